"""Recognition of a stream of samples over a WebSocket.

The client sends binary messages of PCM, 16-bit little-endian at 16 kHz unless the query declares
another `format` and `rate`, and finally the text `end`; it receives the lines that `audio-emotion
listen --json` prints, a message each.
"""

from __future__ import annotations

import asyncio
import json
from typing import Final

from starlette.datastructures import QueryParams
from starlette.websockets import WebSocket, WebSocketDisconnect

from audio_emotion.data.pcm import ForeignError, PcmDecoder
from audio_emotion.engine.features import SAMPLE_RATE
from audio_emotion.errors import InputError
from audio_emotion.recognition.model import EmotionModel
from audio_emotion.recognition.stream import StreamEvent, StreamRecognizer
from audio_emotion.server.limits import Limits, RefusedError

END: Final = "end"
FLAGS: Final = ("estimates", "adapt")
DECLARED: Final = ("rate", "format")
_THEN: Final = f"Send binary messages of PCM, and then the text {END!r}."

# RFC 6455, section 7.4.1
_NORMAL_CLOSURE: Final = 1000
_UNSUPPORTED_DATA: Final = 1003
_INVALID_DATA: Final = 1007
_POLICY_VIOLATION: Final = 1008


class _EndedError(Exception):
    """The server ends the stream: the close code, and the error that it sends before."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def decoder_for(query: QueryParams) -> PcmDecoder:
    """Return a decoder of what the query declares.

    Raises
    ------
    RefusedError
        No such format, or no such rate.
    """
    rate = query.get("rate", str(SAMPLE_RATE))
    try:
        if not (rate.isascii() and rate.isdecimal() and len(rate) < 10):
            raise InputError(f"rate={rate[:20]!r} is no number of Hz. Give one such as 48000.")
        return PcmDecoder(int(rate), query.get("format", "s16le")[:20])
    except InputError as error:
        raise RefusedError(400, str(error)) from error


def recognizer_for(model: EmotionModel, query: QueryParams) -> StreamRecognizer:
    """Return a recognizer with the options of the query.

    Raises
    ------
    RefusedError
        No such option, a value that is neither true nor false, or a model that cannot adapt.
    """
    for name, value in query.items():
        if name in DECLARED:
            continue
        if name not in FLAGS or value not in {"true", "false"}:
            raise RefusedError(
                400,
                f"{f'{name}={value}'[:100]!r} is not an option of a stream. "
                f"Choose from: {', '.join(FLAGS)}, each true or false, and "
                f"{' and '.join(DECLARED)} of the samples.",
            )
    estimates, adapt = (query.get(name) == "true" for name in FLAGS)
    try:
        return StreamRecognizer(model, estimates=estimates, adapt=adapt)
    except InputError as error:
        raise RefusedError(400, str(error)) from error


async def recognize(
    websocket: WebSocket, recognizer: StreamRecognizer, decoder: PcmDecoder, limits: Limits
) -> None:
    """Recognize the utterances of an accepted stream until it ends."""
    try:
        try:
            async with asyncio.timeout(limits.stream_s):
                await _process(websocket, recognizer, decoder, limits)
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


async def _process(
    websocket: WebSocket, recognizer: StreamRecognizer, decoder: PcmDecoder, limits: Limits
) -> None:
    def events(content: bytes | None) -> list[StreamEvent]:
        last = content is None
        samples = decoder.finish() if content is None else decoder.process(content)
        found = list(recognizer.process(samples))
        return [*found, *recognizer.finish()] if last else found

    try:
        while (content := await _receive(websocket, limits)) is not None:
            if content:  # none need no thread
                await _send(websocket, await asyncio.to_thread(events, content))
        if decoder.n_bytes:
            await _send(websocket, await asyncio.to_thread(events, None))
    except ForeignError as error:
        raise _EndedError(_UNSUPPORTED_DATA, str(error)) from error
    except InputError as error:
        raise _EndedError(_INVALID_DATA, str(error)) from error


async def _receive(websocket: WebSocket, limits: Limits) -> bytes | None:
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
    content: bytes | None = message.get("bytes")
    if content is None:
        if message.get("text") == END:
            return None
        raise _EndedError(_UNSUPPORTED_DATA, f"a text other than {END!r}. {_THEN}")
    return content


async def _send(websocket: WebSocket, events: list[StreamEvent]) -> None:
    for event in events:
        await websocket.send_text(json.dumps(event, allow_nan=False))
