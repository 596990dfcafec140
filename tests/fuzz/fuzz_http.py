"""Any body of a request, any recording, any stream: answered, or refused in a sentence."""

from __future__ import annotations

import asyncio
import io
import sys
from contextlib import suppress
from typing import Any

import atheris

with atheris.instrument_imports(
    include=["audio_emotion.server", "audio_emotion.data.audio", "starlette", "python_multipart"]
):
    from starlette.datastructures import QueryParams
    from starlette.requests import Request

    from audio_emotion.data import audio
    from audio_emotion.errors import AudioError
    from audio_emotion.recognition.model import default_model_path, load_model
    from audio_emotion.server import stream, upload
    from audio_emotion.server.limits import Limits, RefusedError

LIMITS = Limits(body_bytes=100_000)
MODEL = load_model(default_model_path())
LOOP = asyncio.new_event_loop()
PIECES = (1, 7, 64, 1000, 100_000)


def messages(body: bytes, piece: int) -> list[dict[str, Any]]:
    """A body as the server's library hands it on."""
    cut = [body[i : i + piece] for i in range(0, len(body), piece)] or [b""]
    return [
        {"type": "http.request", "body": part, "more_body": i + 1 < len(cut)}
        for i, part in enumerate(cut)
    ]


async def post(body: bytes, kind: bytes, piece: int) -> None:
    """Receive a form."""
    waiting = messages(body, piece)

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind)]}
    try:
        name, content = await upload.receive(Request(scope, receive), LIMITS)
    except RefusedError:
        return
    assert name
    assert name.isprintable()
    assert "/" not in name
    assert 0 < len(content) <= LIMITS.body_bytes


class Socket:
    """A client of a stream that sends what it is told and then leaves."""

    def __init__(self, content: list[dict[str, Any]]) -> None:
        self.content = content

    async def receive(self) -> dict[str, Any]:
        """Send the next message."""
        return self.content.pop(0) if self.content else {"type": "websocket.disconnect"}

    async def send_text(self, text: str) -> None:
        """Take a line."""
        assert text

    async def close(self, code: int) -> None:
        """Take the end."""
        assert code >= 1000


async def talk(data: bytes) -> None:
    """Send a query and pieces of PCM."""
    query, _, body = data.partition(b"\n")
    try:
        options = QueryParams(query.decode("latin-1"))
        decoder, recognizer = stream.decoder_for(options), stream.recognizer_for(MODEL, options)
    except RefusedError:
        return
    content = [{"type": "websocket.receive", "bytes": part} for part in body.split(b"\n")[:50]]
    last = {"type": "websocket.receive", "text": stream.END if len(body) % 3 else "what?"}
    socket: Any = Socket([*content, last])
    await stream.recognize(socket, recognizer, decoder, LIMITS)


def one_input(data: bytes) -> None:
    """Do what the first byte says."""
    what, body = data[0] if data else 0, data[1:]
    if what % 4 == 1:
        with suppress(AudioError):
            for samples in audio.blocks(io.BytesIO(body), audio.ignore):
                assert len(samples)
    elif what % 4 == 2:
        LOOP.run_until_complete(talk(body))
    else:
        kind = b"multipart/form-data; boundary=b"
        if what % 4 == 3:
            kind, _, body = body.partition(b"\n")
        LOOP.run_until_complete(post(body, kind, PIECES[what // 4 % len(PIECES)]))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
