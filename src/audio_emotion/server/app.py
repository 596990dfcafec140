"""The ASGI application: routes and their handlers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from importlib import metadata, resources
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import SAMPLE_RATE
from audio_emotion.recognition.model import EmotionModel, find_model, load_model
from audio_emotion.server import openapi, stream, upload
from audio_emotion.server.guard import Guard, refuse
from audio_emotion.server.limits import Limits, RefusedError, busy
from audio_emotion.server.pool import Pool
from audio_emotion.server.queue import FairQueue

VERSION: Final = metadata.version("embedded-audio-emotion")
NOT_BUILT: Final = (
    "This installation has no page; the interface at /api/ works without it. In a checkout, build "
    "the page with: make web. A wheel contains it if built with: make wheel."
)


def create_app(
    model: str | os.PathLike[str] | None = None,
    *,
    limits: Limits | None = None,
    token: str | None = None,
    allow_origins: Collection[str] = (),
    allow_hosts: Collection[str] = (),
    page: Path | None = None,
) -> ASGIApp:
    """Return the application for any ASGI server.

    Parameters
    ----------
    model : str or path, optional
        As for `recognition.model.load_model`.
    limits : Limits, optional
    token, allow_origins, allow_hosts
        See `guard.Guard`.
    page : Path, optional
        Folder of the page, by default the one that `make web` builds.

    Raises
    ------
    ModelError
        The model cannot be loaded.
    """
    limits = limits or Limits()
    path = find_model(model)
    service = _Service(load_model(path), Pool(path, limits), limits)
    cors = Middleware(
        CORSMiddleware,
        allow_origins=[origin.lower() for origin in allow_origins],  # as browsers write them
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type"],
    )
    application = Starlette(
        routes=[Mount("/api", routes=service.routes()), *_page(page or built_page())],
        middleware=[cors],
        exception_handlers={RefusedError: _refused, HTTPException: _failed, Exception: _broken},
        lifespan=service.lifespan,
    )
    return Guard(application, limits, allow_hosts, allow_origins, token)


class _Service:
    """Handlers of the routes below /api."""

    def __init__(self, model: EmotionModel, pool: Pool, limits: Limits) -> None:
        self._model = model
        self._pool = pool
        self._limits = limits
        self._requests = FairQueue(limits.requests, limits.waiting, limits.patience_s)
        self._streams = asyncio.Semaphore(limits.streams)

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Run the workers while the server runs."""
        try:
            await self._pool.start()
            yield
        finally:
            await self._pool.close()

    def routes(self) -> list[BaseRoute]:
        """Return the routes below /api."""
        return [
            Route("/predict", self.predict, methods=["POST"]),
            Route("/model", self.model),
            Route("/health", self.health),
            Route("/openapi.json", self.openapi),
            WebSocketRoute("/stream", self.stream),
        ]

    async def predict(self, request: Request) -> Response:
        """Recognize the emotion of a recording."""
        address = request.client.host if request.client else ""
        async with self._requests.place(address):
            name, content = await upload.receive(request, self._limits)
            return JSONResponse(await self._pool.recognize(name, content))

    async def stream(self, websocket: WebSocket) -> None:
        """Recognize the emotion of each utterance on a stream."""
        try:
            if self._streams.locked():
                raise busy(f"{self._limits.streams} streams are being recognized")
            decoder = stream.decoder_for(websocket.query_params)
            recognizer = stream.recognizer_for(self._model, websocket.query_params)
        except RefusedError as refused:
            await refuse(refused, websocket.scope, websocket.receive, websocket.send)
            return
        async with self._streams:
            await websocket.accept()
            await stream.recognize(websocket, recognizer, decoder, self._limits)

    async def model(self, _request: Request) -> Response:
        """Return the model's description and the limits."""
        return JSONResponse(_description(self._model, self._limits))

    async def health(self, _request: Request) -> Response:
        """Return the server's status; 503 while nobody can answer."""
        n_alive = self._pool.n_alive
        if not n_alive:
            raise busy("no worker runs, and all are being started")
        return JSONResponse({"status": "ok", "version": VERSION, "workers": n_alive})

    async def openapi(self, _request: Request) -> Response:
        """Return the OpenAPI document."""
        return JSONResponse(openapi.document(self._limits, VERSION))


def _description(model: EmotionModel, limits: Limits) -> dict[str, Any]:
    return {
        "name": model.name,
        "training_data": model.metadata.training_data,
        "speakers": len(model.metadata.speakers),
        "emotions": list(EMOTIONS),
        "threshold": model.threshold,
        "speech_threshold": model.speech_threshold,
        "adapts": model.adapts,
        "sample_rate": SAMPLE_RATE,
        "limits": {
            "bytes": limits.body_bytes,
            "seconds": limits.recording_s,
            "requests": limits.requests,
            "streams": limits.streams,
        },
    }


def built_page() -> Path | None:
    """Return the folder of the installed page, or None."""
    try:
        folder = Path(str(resources.files("audio_emotion.web"))) / "dist"
    except ModuleNotFoundError:
        return None
    return folder if (folder / "index.html").is_file() else None


def _page(folder: Path | None) -> list[BaseRoute]:
    if folder is None:
        return [Route("/", lambda _request: PlainTextResponse(NOT_BUILT, 404))]
    files = StaticFiles(directory=folder, html=True)
    return [Mount("/", files, middleware=[Middleware(GZipMiddleware)])]


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return JSONResponse({"error": error.sentence}, error.status, error.headers)


async def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = f"{request.method} {request.url.path[:100]}: {error.detail.lower()}."
    return JSONResponse({"error": sentence}, error.status_code, error.headers)


async def _broken(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": "the server failed; its log says why."}, 500)
