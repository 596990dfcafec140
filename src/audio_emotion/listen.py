"""Emotions on a live stream: utterances are found and described by the C core as on the device."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, Literal, NamedTuple, TypedDict

import numpy as np

from audio_emotion import _core
from audio_emotion.errors import AudioError, InputError, ToolError
from audio_emotion.features import SAMPLE_RATE, Floats, Samples, as_pcm
from audio_emotion.model import Model
from audio_emotion.predict import likeliest, named

_ffi, _lib = _core.ffi, _core.lib

Kind = Literal["began", "estimate", "ended"]
_KINDS: Final[dict[int, Kind]] = {
    _lib.AE_UTTERANCE_BEGAN: "began",
    _lib.AE_ESTIMATE: "estimate",
    _lib.AE_UTTERANCE_ENDED: "ended",
}
_FIELDS: Final = tuple(name for name, _ in _ffi.typeof("struct ae_listener_config").fields)

ESTIMATE_MS: Final = 500

# 50 ms: what is asked of a microphone at a time, and the pace of `in_realtime`.
CHUNK_LENGTH: Final = SAMPLE_RATE // 20


class Event(NamedTuple):
    """Something that happened on the stream; times are in samples since its beginning."""

    kind: Kind
    start: int
    end: int
    """The first sample after the utterance, or after what the estimate is of."""
    cut: bool
    """The utterance reached the greatest length; its speaker goes on."""
    features: Floats | None
    """Of the samples from start to end; None when the utterance has just begun."""


class Listener:
    """Utterances of a stream from chunks of any size, in fixed memory.

    Chunking changes no bit of the result, and the features of an utterance are those that
    `features.extract` gives for the samples from its start to its end.

    Parameters
    ----------
    **config : int, optional
        Fields of `struct ae_listener_config` that shall differ from their defaults; see
        core/listener.h for units and limits.

    Raises
    ------
    InputError
        No such field, or a value outside its limits.
    """

    def __init__(self, **config: int) -> None:
        chosen = _ffi.new("struct ae_listener_config *", _lib.ae_listener_defaults)
        for name, value in config.items():
            if name not in _FIELDS:
                raise InputError(
                    f"a listener has no option {name!r}. Choose from: {', '.join(_FIELDS)}."
                )
            setattr(chosen, name, value)
        self._listener = _ffi.new("struct ae_listener *")
        self._used = _ffi.new("size_t *")
        if _lib.ae_listener_reset(self._listener, chosen) < 0:
            raise InputError(f"{config} is outside the limits that core/listener.h states.")

    def process(self, samples: Samples) -> Iterator[Event]:
        """Take some samples and yield what happens, while it happens.

        Parameters
        ----------
        samples : int16 array of shape (n,)
            Mono, `SAMPLE_RATE` Hz.
        """
        samples = as_pcm(samples)
        pcm = _ffi.from_buffer("int16_t[]", samples)
        done = 0
        while done < len(samples):
            event = _lib.ae_listener_process(
                self._listener, pcm + done, len(samples) - done, self._used
            )
            done += self._used[0]
            if event != _lib.AE_NOTHING:
                yield self._event(event)

    def finish(self) -> Iterator[Event]:
        """End the stream: yield the utterance that this ends, if any."""
        event = _lib.ae_listener_finish(self._listener)
        if event != _lib.AE_NOTHING:
            yield self._event(event)

    def _event(self, event: int) -> Event:
        utterance = self._listener.utterance
        kind = _KINDS[event]
        if kind == "began":
            return Event(kind, utterance.start, utterance.start, False, None)
        features = np.frombuffer(_ffi.buffer(utterance.result.features), np.float32).copy()
        return Event(kind, utterance.start, utterance.end, utterance.cut, features)


class Heard(TypedDict):
    """What `audio-emotion listen --json` prints in each line."""

    event: Kind
    start_s: float
    end_s: float
    cut: bool
    emotion: str | None
    probabilities: dict[str, float] | None


def listen(blocks: Iterator[Samples], model: Model, *, estimates: bool = False) -> Iterator[Heard]:
    """Recognize the emotion of every utterance on a stream, while the stream goes on.

    Parameters
    ----------
    blocks : iterator of int16 arrays
        Mono, `SAMPLE_RATE` Hz, in pieces of any size.
    model : Model
    estimates : bool
        Also say every `ESTIMATE_MS` what the utterance sounds like so far.

    Yields
    ------
    Heard
        `emotion` and `probabilities` are None for an utterance that has just begun.
    """
    listener = Listener(estimate_ms=ESTIMATE_MS if estimates else 0)
    for block in blocks:
        for event in listener.process(block):
            yield _heard(event, model)
    for event in listener.finish():
        yield _heard(event, model)


def in_realtime(blocks: Iterator[Samples]) -> Iterator[Samples]:
    """Hold samples back until a microphone would have delivered them."""
    began = time.monotonic()
    n_delivered = 0
    for block in blocks:
        for start in range(0, len(block), CHUNK_LENGTH):
            chunk = block[start : start + CHUNK_LENGTH]
            n_delivered += len(chunk)
            time.sleep(max(0.0, began + n_delivered / SAMPLE_RATE - time.monotonic()))
            yield chunk


def raw_pcm(stream: BinaryIO) -> Iterator[Samples]:
    """Read headerless PCM as it arrives: 16 bits, little-endian, mono, `SAMPLE_RATE` Hz.

    Raises
    ------
    AudioError
        Nothing arrived, or half a sample is left at the end.
    """
    form = f"Send 16-bit little-endian mono PCM at {SAMPLE_RATE} Hz."
    n_bytes = 0
    while piece := stream.read(2 * CHUNK_LENGTH):
        n_bytes += len(piece)
        yield np.frombuffer(piece[: len(piece) // 2 * 2], "<i2").astype(np.int16)
    if n_bytes == 0:
        raise AudioError(f"standard input: empty, 0 bytes. {form}")
    if n_bytes % 2:
        raise AudioError(f"standard input: {n_bytes} bytes end inside a sample. {form}")


def microphone() -> Iterator[Samples]:
    """Record from the default microphone until interrupted.

    Raises
    ------
    ToolError
        No package sounddevice, no PortAudio or no microphone.
    """
    sounddevice = _sounddevice()
    try:
        with sounddevice.RawInputStream(
            samplerate=SAMPLE_RATE, channels=1, dtype="int16", blocksize=CHUNK_LENGTH
        ) as stream:
            while True:
                recorded, overflowed = stream.read(CHUNK_LENGTH)
                if overflowed:
                    warnings.warn(
                        "the microphone was faster than we; samples are lost", stacklevel=2
                    )
                yield np.frombuffer(recorded, np.int16)
    except sounddevice.PortAudioError as error:
        raise ToolError(
            f"the microphone cannot be opened ({error}). Connect one, or use --input FILE."
        ) from error


def _sounddevice() -> Any:
    try:
        import sounddevice  # noqa: PLC0415  (optional)
    except (ImportError, OSError) as error:  # an OSError is a missing PortAudio library
        raise ToolError(
            f"the microphone needs the package sounddevice ({error}). Install it with: "
            "pip install 'embedded-audio-emotion[mic]', or use --input FILE."
        ) from error
    return sounddevice


def _heard(event: Event, model: Model) -> Heard:
    heard = Heard(
        event=event.kind,
        start_s=event.start / SAMPLE_RATE,
        end_s=event.end / SAMPLE_RATE,
        cut=event.cut,
        emotion=None,
        probabilities=None,
    )
    if event.features is not None:
        probabilities = model.probabilities(event.features[None])[0]
        heard["emotion"], heard["probabilities"] = likeliest(probabilities), named(probabilities)
    return heard
