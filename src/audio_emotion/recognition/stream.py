"""Emotions on a live stream, whose utterances the C core finds as on the device."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import BinaryIO, Final, TypedDict

import numpy as np

from audio_emotion.data.pcm import PcmDecoder
from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.engine.listener import Event, Kind
from audio_emotion.errors import AudioError, InputError
from audio_emotion.recognition.model import (
    Adaptation,
    AnyPath,
    EmotionModel,
    adaptation_for,
    answers,
)

ESTIMATE_MS: Final = 500

# 50 ms: what a microphone gives at a time, and the pace of `in_realtime`.
CHUNK_LENGTH: Final = SAMPLE_RATE // 20


class StreamEvent(TypedDict):
    """Event of a stream, a dictionary: one line of `audio-emotion listen --json`.

    Attributes
    ----------
    event : {"began", "estimate", "ended"}
        An utterance begins, goes on or has ended.
    start_s, end_s : float
        Of the utterance so far, seconds since the stream began.
    cut : bool
        Whether it was ended because it became too long, while the speaker goes on.
    emotion : str or None
        The likeliest of `EMOTIONS`; None where nobody speaks.
    confident : bool or None
        Whether somebody speaks and the largest probability reaches the model's threshold; None of
        an utterance that has just begun, as are the next.
    speech : float or None
        Probability that somebody speaks.
    probabilities : dict of str to float, or None
        By emotion, if somebody speaks.
    """

    event: Kind
    start_s: float
    end_s: float
    cut: bool
    emotion: str | None
    confident: bool | None
    speech: float | None
    probabilities: dict[str, float] | None


def stream(
    blocks: Iterator[Samples],
    model: EmotionModel,
    *,
    estimates: bool = False,
    adapt: bool | AnyPath = False,
) -> Iterator[StreamEvent]:
    """Recognize the emotion of every utterance on a stream, while the stream goes on.

    Parameters
    ----------
    blocks : iterator of int16 arrays
        Mono, `SAMPLE_RATE` Hz, in pieces of any size.
    model : EmotionModel
    estimates : bool
        Also yield an estimate every `ESTIMATE_MS` of an utterance.
    adapt : bool or path
        One person speaks: adapt to the voice. A path: the file of that voice, which the page saves.

    Yields
    ------
    StreamEvent
        A sound that is no speech begins and ends like an utterance, without an emotion.

    Raises
    ------
    InputError
        `adapt` is true and the model cannot.
    """
    recognizer = StreamRecognizer(model, estimates=estimates, adapt=adapt)
    for block in blocks:
        yield from recognizer.process(block)
    yield from recognizer.finish()


class StreamRecognizer:
    """Recognizer of the utterances on a stream, fed by calls of `process`.

    Parameters
    ----------
    model, estimates, adapt
        As for `stream`.
    """

    def __init__(
        self, model: EmotionModel, *, estimates: bool = False, adapt: bool | AnyPath = False
    ) -> None:
        self._model = model
        self._adaptation = adaptation_for(model, adapt)
        self._listener = model.listener(estimate_ms=ESTIMATE_MS if estimates else 0)

    def process(self, samples: Samples) -> Iterator[StreamEvent]:
        """Process some samples and yield their events."""
        for event in self._listener.process(samples):
            yield _event(event, self._model, self._adaptation)

    def finish(self) -> Iterator[StreamEvent]:
        """End the stream and yield the utterance that was going on, if any."""
        for event in self._listener.finish():
            yield _event(event, self._model, self._adaptation)


def in_realtime(blocks: Iterator[Samples]) -> Iterator[Samples]:
    """Yield samples at the rate at which a microphone delivers them."""
    began = time.monotonic()
    n_delivered = 0
    for block in blocks:
        for start in range(0, len(block), CHUNK_LENGTH):
            chunk = block[start : start + CHUNK_LENGTH]
            n_delivered += len(chunk)
            time.sleep(max(0.0, began + n_delivered / SAMPLE_RATE - time.monotonic()))
            yield chunk


def level_db(samples: Samples) -> float:
    """Return the level of samples in dB of full scale: the loudest sine has 0, silence -inf.

    Examples
    --------
    >>> round(level_db(np.array([3277, -3277], np.int16)))
    -17
    """
    if not len(samples):
        return -math.inf
    mean_square = float(np.mean(np.square(samples, dtype=np.float64)))
    return 10 * math.log10(2 * mean_square / 2**30) if mean_square else -math.inf


def raw_pcm(stream: BinaryIO, decoder: PcmDecoder) -> Iterator[Samples]:
    """Read headerless PCM as it arrives.

    Raises
    ------
    AudioError
        It is not what the decoder takes: nothing, with half a sample at the end, or something else.
    """
    try:
        while piece := stream.read(2 * CHUNK_LENGTH):
            if len(samples := decoder.process(piece)):
                yield samples
        if len(samples := decoder.finish()):
            yield samples
    except InputError as error:
        raise AudioError(f"standard input: {error}") from error


def _event(event: Event, model: EmotionModel, adaptation: Adaptation) -> StreamEvent:
    result = StreamEvent(
        event=event.kind,
        start_s=event.start / SAMPLE_RATE,
        end_s=event.end / SAMPLE_RATE,
        cut=event.cut,
        emotion=None,
        confident=None,
        speech=None,
        probabilities=None,
    )
    if event.features is not None:
        (answer,) = answers(model, event.features[None], adaptation)
        result["emotion"], result["confident"] = answer.emotion, answer.confident
        result["speech"], result["probabilities"] = answer.speech, answer.probabilities
        if event.kind == "ended":
            adaptation.update(event.features)
    return result
