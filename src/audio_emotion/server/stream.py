"""Recognition of a stream of samples over a WebSocket.

The client sends binary messages of PCM and finally the text `end`; it receives the lines that
`audio-emotion listen --json` prints, a message each.
"""

from __future__ import annotations

import asyncio
import json
from typing import Final

import numpy as np
from starlette.datastructures import QueryParams
from starlette.websockets import WebSocket, WebSocketDisconnect

from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.errors import InputError
from audio_emotion.recognition.model import EmotionModel
from audio_emotion.recognition.stream import StreamEvent, StreamRecognizer
from audio_emotion.server.limits import Limits, RefusedError

END: Final = "end"
FLAGS: Final = ("estimates", "adapt")
_FORM: Final = f"Send 16-bit little-endian mono PCM at {SAMPLE_RATE} Hz, and then the text {END!r}."

# RFC 6455, section 7.4.1
_NORMAL_CLOSURE: Final = 1000
_UNSUPPORTED_DATA: Final = 1003
_POLICY_VIOLATION: Final = 1008


class _EndedError(Exception):
    """The server ends the stream: the close code, and the error that it sends before."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def recognizer_for(model: EmotionModel, query: QueryParams) -> StreamRecognizer:
    """Return a recognizer with the options of the query.

    Raises
    ------
    RefusedError
        No such option, a value that is neither true nor false, or a model that cannot adapt.
    """
    for name, value in query.items():
        if name not in FLAGS or value not in {"true", "false"}:
            raise RefusedError(
                400,
                f"{f'{name}={value}'[:100]!r} is not an option of a stream. "
                f"Choose from: {', '.join(FLAGS)}; each is true or false.",
            )
    adapt = {"true": True, "false": False}.get(query.get("adapt", ""))
    try:
        return StreamRecognizer(model, estimates=query.get("estimates") == "true", adapt=adapt)
    except InputError as error:
        raise RefusedError(400, str(error)) from error


async def recognize(websocket: WebSocket, recognizer: StreamRecognizer, limits: Limits) -> None:
    """Recognize the utterances of an accepted stream until it ends."""
    try:
        try:
            async with asyncio.timeout(limits.stream_s):
                await _process(websocket, recognizer, limits)
        except TimeoutError:
            raise _EndedError(
                _POLICY_VIOLATION, f"a stream may last {limits.stream_s:g} s. Begin another one."
            ) from None
    except _EndedError as ended:
        await websocket.send_text(json.dumps({"error": ended.sentence}))
        await websocket.close(ended.code)
    except WebSocketDisconnect:
        pass
    else:
        await websocket.close(_NORMAL_CLOSURE)


async def _process(websocket: WebSocket, recognizer: StreamRecognizer, limits: Limits) -> None:
    while (samples := await _receive(websocket, limits)) is not None:
        if len(samples):  # none need no thread
            events = await asyncio.to_thread(list, recognizer.process(samples))
            await _send(websocket, events)
    await _send(websocket, list(recognizer.finish()))


async def _receive(websocket: WebSocket, limits: Limits) -> Samples | None:
    try:
        async with asyncio.timeout(limits.idle_s):
            message = await websocket.receive()
    except TimeoutError:
        raise _EndedError(
            _POLICY_VIOLATION,
            f"nothing arrived for {limits.idle_s:g} s. Connect again later.",
        ) from None
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", _NORMAL_CLOSURE))
    content = message.get("bytes")
    if content is None:
        if message.get("text") == END:
            return None
        raise _EndedError(_UNSUPPORTED_DATA, f"a text other than {END!r}. {_FORM}")
    if len(content) % 2:
        raise _EndedError(_UNSUPPORTED_DATA, f"{len(content)} bytes end inside a sample. {_FORM}")
    return np.frombuffer(content, "<i2").astype(np.int16)


async def _send(websocket: WebSocket, events: list[StreamEvent]) -> None:
    for event in events:
        await websocket.send_text(json.dumps(event, allow_nan=False))
