"""Predictions as Python objects and tables: the Python interface of the package."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, BinaryIO, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.data import arrays, sources
from audio_emotion.data.sources import Errors, Recording
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH, NOT_CONFIDENT
from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.errors import AudioEmotionError, InputError
from audio_emotion.files import shown
from audio_emotion.progress import Callback, progress_bar
from audio_emotion.recognition import stream as streams
from audio_emotion.recognition.model import (
    Adaptation,
    AnyPath,
    EmotionModel,
    adaptation_for,
    load_model,
)
from audio_emotion.recognition.predict import Window, recognize
from audio_emotion.recognition.stream import StreamEvent

Model = EmotionModel | sources.Path | None


@dataclass(frozen=True)
class Prediction:
    """Emotion of one recording.

    Attributes
    ----------
    emotion : str or None
        The likeliest of `EMOTIONS`; None where nobody speaks.
    probabilities : dict of str to float
        By emotion, if somebody speaks; they add up to 1.
    confident : bool
        Whether somebody speaks and the largest probability reaches the model's threshold.
    speech : float
        Probability that somebody speaks.
    timeline : tuple of Window
        Dictionaries with `start_s`, `end_s`, `emotion`, `confident`, `speech` and `probabilities`,
        for each window of 3 s; empty for recordings of up to 3 s.
    utterances : tuple of Window
        The same of each utterance, as on a stream; empty for recordings of up to 10 s, which have
        one answer.
    file : str or None
        Path; None of a signal in memory.
    model : str
        Name of the model.
    """

    emotion: str | None
    probabilities: dict[str, float]
    confident: bool
    speech: float
    timeline: tuple[Window, ...]
    utterances: tuple[Window, ...]
    file: str | None
    model: str

    @property
    def probability(self) -> float:
        """Probability of the likeliest emotion; where nobody speaks, that it is so."""
        return 1 - self.speech if self.emotion is None else self.probabilities[self.emotion]

    def __repr__(self) -> str:
        """Return emotion, probability and file."""
        parts = [self.emotion or NO_SPEECH, f"{self.probability:.0%}"]
        if self.emotion and not self.confident:
            parts.append(NOT_CONFIDENT)
        if self.file is not None:
            parts.append(self.file)
        return f"<Prediction: {', '.join(parts)}>"

    def _repr_html_(self) -> str:
        """Return a table with a bar for each emotion, as notebooks show it."""
        label = self.emotion or NO_SPEECH
        said = self.probabilities if self.emotion else {NO_SPEECH: self.probability}
        ranked = sorted(said.items(), key=lambda item: item[1], reverse=True)
        rows = "".join(
            f"<tr><td>{emotion}</td><td>{probability:.0%}</td><td style='text-align:left'>"
            f"<div style='background:#4a78b5;height:0.8em;width:{100 * probability:.0f}px'></div>"
            "</td></tr>"
            for emotion, probability in ranked
        )
        note = " (not confident)" if self.emotion and not self.confident else ""
        name = "" if self.file is None else f": {html.escape(self.file)}"
        return f"<table><caption><b>{label}</b>{note}{name}</caption>{rows}</table>"


@overload
def predict(  # type: ignore[overload-overlap]  # a string is one path, not many
    source: sources.Path | BinaryIO,
    sr: None = None,
    *,
    model: Model = None,
    adapt: bool | AnyPath = False,
    errors: Errors = "raise",
    progress: bool | Callback = False,
) -> Prediction: ...


@overload
def predict(
    source: npt.ArrayLike,
    sr: float,
    *,
    model: Model = None,
    adapt: bool | AnyPath = False,
    errors: Errors = "raise",
    progress: bool | Callback = False,
) -> Prediction: ...


@overload
def predict(
    source: Iterable[sources.Path],
    sr: None = None,
    *,
    model: Model = None,
    adapt: bool | AnyPath = False,
    errors: Errors = "raise",
    progress: bool | Callback = False,
) -> pd.DataFrame: ...


def predict(
    source: Any,
    sr: float | None = None,
    *,
    model: Model = None,
    adapt: bool | AnyPath = False,
    errors: Errors = "raise",
    progress: bool | Callback = False,
) -> Prediction | pd.DataFrame:
    """Predict the emotion of one recording, of many, or of a signal.

    Parameters
    ----------
    source : path, open binary file, array, or iterable of paths
        One recording, one signal of shape (n,) or (n, n_channels) (float in -1 to 1, or uint8,
        int16 or int32 of full scale), or many recordings. A string is one path.
    sr : float, optional
        Sample rate of a signal, Hz; recordings have their own.
    model : EmotionModel, name or path, optional
        As `load_model` gives; by default the network that ships.
    adapt : bool or path
        All recordings are of one speaker, in the order in which they were spoken: adapt to the
        voice from each to the next. A path: the file of that voice, which the page saves. Networks
        only.
    errors : {"raise", "coerce"}
        Of many: whether a recording that cannot be read raises, or has missing values and a
        warning.
    progress : bool or callable
        Of many: show a bar on standard error, or call a function with (done, total).

    Returns
    -------
    Prediction
        For one recording or signal.
    DataFrame
        For many: columns `emotion` (missing where nobody speaks), `confident`, `speech` and the
        probability of each emotion. The index is audformat's segmented index: `file`, `start`,
        `end`.

    Raises
    ------
    InputError
        An argument is of another kind, or the model cannot adapt.
    AudioError
        A recording cannot be read.
    ModelError
        The model cannot be read.

    Examples
    --------
    >>> from audio_emotion.data.sample import sample_recording
    >>> predict(sample_recording()).emotion
    'surprise'
    """
    sources.check_errors(errors)
    chosen = _model(model)
    adaptation = adaptation_for(chosen, adapt)
    if sources.is_one(source, sr):
        return _one(sources.recording(source, sr), chosen, adaptation)[0]
    return _many(sources.recordings(source), chosen, adaptation, errors, progress)


def stream(
    blocks: Iterable[npt.ArrayLike],
    model: Model = None,
    *,
    sr: float = SAMPLE_RATE,
    estimates: bool = False,
    adapt: bool | AnyPath = False,
) -> Iterator[StreamEvent]:
    """Predict the emotion of every utterance on a stream, while the stream goes on.

    Parameters
    ----------
    blocks : iterable of arrays of shape (n,) or (n, n_channels)
        Of any length each: float in -1 to 1, or uint8, int16 or int32 of full scale.
    model : EmotionModel, name or path, optional
        As `load_model` gives; by default the network that ships.
    sr : float
        Sample rate, Hz.
    estimates : bool
        Also yield an estimate of the utterance so far every 0.5 s.
    adapt : bool or path
        One person speaks: adapt to the voice. A path: the file of that voice.

    Yields
    ------
    StreamEvent
        An utterance begins, goes on (with `estimates`) or has ended.

    Raises
    ------
    InputError
        A block or the rate is of another kind, or the model cannot adapt.

    Examples
    --------
    >>> from audio_emotion.data.audio import read
    >>> from audio_emotion.data.sample import sample_recording
    >>> for event in stream([read(sample_recording())]):
    ...     if event["event"] == "ended":
    ...         print(event["emotion"])
    surprise
    """
    if isinstance(blocks, str | bytes) or not isinstance(blocks, Iterable):
        raise InputError(
            f"{shown(blocks)} is not a stream: needs blocks of samples, one after the other. "
            "Use predict for a recording."
        )
    pcm = arrays.pcm_blocks(blocks, sr)
    return streams.stream(pcm, _model(model), estimates=estimates, adapt=adapt)


@cache
def _default() -> EmotionModel:
    return load_model()


def _model(model: Model) -> EmotionModel:
    if model is None:
        return _default()
    if isinstance(model, str | os.PathLike):
        return load_model(model)
    if isinstance(model, type) or not hasattr(model, "extractor"):
        raise InputError(
            f"{shown(model)} is not a model. Give what load_model() returns, or a model's name or "
            "path."
        )
    return model


def _one(
    recording: Recording, model: EmotionModel, adaptation: Adaptation
) -> tuple[Prediction, int]:
    """Return the prediction of one recording, and its length in samples."""
    n_samples = 0

    def counted() -> Iterator[Samples]:
        nonlocal n_samples
        for block in recording.blocks():
            n_samples += len(block)
            yield block

    result = recognize(recording.file or "samples", counted, model, adaptation)
    prediction = Prediction(
        emotion=result["emotion"],
        probabilities=result["probabilities"],
        confident=result["confident"],
        speech=result["speech"],
        timeline=tuple(result["timeline"]),
        utterances=tuple(result["utterances"]),
        file=recording.file,
        model=model.name,
    )
    return prediction, n_samples


def _many(
    recordings: list[Recording],
    model: EmotionModel,
    adaptation: Adaptation,
    errors: Errors,
    progress: bool | Callback,
) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    ends: list[np.timedelta64] = []
    with progress_bar(progress, "predicting", "recordings") as advance:
        for recording in recordings:
            row: dict[str, Any] = {}
            end = sources.UNKNOWN_END
            try:
                one, n_samples = _one(recording, model, adaptation)
                end = recording.end(n_samples)
                row = {"emotion": one.emotion, "confident": one.confident, "speech": one.speech}
                row |= one.probabilities
            except AudioEmotionError as error:
                sources.fail(error, errors)
            rows.append(row)
            ends.append(end)
            advance(len(rows), len(recordings))
    kinds = {"emotion": "string", "confident": "boolean"}
    kinds |= dict.fromkeys(("speech", *EMOTIONS), "float64")
    index = sources.segmented_index(recordings, ends)
    return pd.DataFrame(rows, index=index, columns=list(kinds)).astype(kinds)
