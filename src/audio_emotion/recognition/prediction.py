"""Predictions as Python objects and tables: the front door of the package."""

from __future__ import annotations

import html
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Literal, overload

import numpy.typing as npt
import pandas as pd

from audio_emotion.data import arrays, audio, sources
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.errors import AudioEmotionError, InputError
from audio_emotion.progress import Progress, progress_bar
from audio_emotion.recognition import stream as streams
from audio_emotion.recognition.model import (
    Adaptation,
    EmotionModel,
    adaptation_for,
    default_model_path,
    load_model,
)
from audio_emotion.recognition.predict import Result, Window, recognize
from audio_emotion.recognition.stream import StreamEvent

Model = EmotionModel | sources.Path | None
Errors = Literal["raise", "coerce"]


@dataclass(frozen=True)
class Prediction:
    """Emotion of one recording.

    Attributes
    ----------
    emotion : str
        The likeliest of `EMOTIONS`.
    probabilities : dict of str to float
        By emotion; they add up to 1.
    confident : bool
        Whether the largest probability reaches the model's threshold.
    timeline : tuple of Window
        Dictionaries with `start_s`, `end_s`, `emotion`, `confident` and `probabilities`, for each
        window of 3 s; empty for recordings of up to 3 s.
    file : str or None
        Path; None of a signal in memory.
    model : str
        Name of the model.
    """

    emotion: str
    probabilities: dict[str, float]
    confident: bool
    timeline: tuple[Window, ...]
    file: str | None
    model: str

    @property
    def probability(self) -> float:
        """Probability of the likeliest emotion."""
        return self.probabilities[self.emotion]

    def __repr__(self) -> str:
        """Return what is worth seeing at a prompt."""
        parts = [self.emotion, f"{self.probability:.0%}"]
        if not self.confident:
            parts.append("not confident")
        if self.file is not None:
            parts.append(self.file)
        return f"<Prediction: {', '.join(parts)}>"

    def _repr_html_(self) -> str:
        """Return a table with a bar for each emotion, as notebooks show it."""
        ranked = sorted(self.probabilities.items(), key=lambda item: item[1], reverse=True)
        rows = "".join(
            f"<tr><td>{emotion}</td><td>{probability:.0%}</td><td style='text-align:left'>"
            f"<div style='background:#4a78b5;height:0.8em;width:{100 * probability:.0f}px'></div>"
            "</td></tr>"
            for emotion, probability in ranked
        )
        note = "" if self.confident else " (not confident)"
        name = "" if self.file is None else f": {html.escape(self.file)}"
        return f"<table><caption><b>{self.emotion}</b>{note}{name}</caption>{rows}</table>"


@overload
def predict(  # type: ignore[overload-overlap]  # a string is one path, not many
    source: sources.Path,
    sr: None = None,
    *,
    model: Model = None,
    adapt: bool = False,
    errors: Errors = "raise",
    progress: bool | Progress = False,
) -> Prediction: ...


@overload
def predict(
    source: npt.NDArray[Any],
    sr: float,
    *,
    model: Model = None,
    adapt: bool = False,
    errors: Errors = "raise",
    progress: bool | Progress = False,
) -> Prediction: ...


@overload
def predict(
    source: Iterable[sources.Path],
    sr: None = None,
    *,
    model: Model = None,
    adapt: bool = False,
    errors: Errors = "raise",
    progress: bool | Progress = False,
) -> pd.DataFrame: ...


def predict(
    source: Any,
    sr: float | None = None,
    *,
    model: Model = None,
    adapt: bool = False,
    errors: Errors = "raise",
    progress: bool | Progress = False,
) -> Prediction | pd.DataFrame:
    """Predict the emotion of one recording, of many, or of a signal.

    Parameters
    ----------
    source : path, open binary file, array, or iterable of paths
        One recording, one signal of shape (n,) or (n, n_channels) (float in -1 to 1, or uint8,
        int16 or int32 of full scale), or many recordings. A string is one path.
    sr : float, optional
        Sample rate of a signal, Hz; recordings have their own.
    model : EmotionModel or path, optional
        As `load_model` gives; by default the network that ships.
    adapt : bool
        Of many recordings, all of one speaker in the order in which they were spoken: adapt to the
        voice from each to the next. Networks only.
    errors : {"raise", "coerce"}
        Of many: whether a recording that cannot be read raises, or has missing values and a
        warning.
    progress : bool or callable
        Of many: show a bar on standard error, or be told (done, total).

    Returns
    -------
    Prediction
        For one recording or signal.
    DataFrame
        For many: columns `emotion`, `confident` and the probability of each emotion. The index is
        audformat's segmented index: `file`, `start`, `end`.

    Raises
    ------
    InputError
        `source`, `sr` or `model` is nothing of the kind, or the model cannot adapt.
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
    chosen = _model(model)
    if sources.is_signal(source):
        pcm = arrays.to_pcm(source, sources.require_rate(sr))
        return _one(None, lambda: iter([pcm]), chosen)[0]
    sources.refuse_rate(sr)
    if sources.is_path(source):
        return _one(os.fspath(source), partial(audio.blocks, os.fspath(source)), chosen)[0]
    if sources.is_file(source):
        return _one(None, partial(audio.blocks, source), chosen)[0]
    return _many(sources.paths_of(source), chosen, adaptation_for(chosen, adapt), errors, progress)


def stream(
    blocks: Iterable[npt.ArrayLike],
    model: Model = None,
    *,
    sr: float = SAMPLE_RATE,
    estimates: bool = False,
    adapt: bool | None = None,
) -> Iterator[StreamEvent]:
    """Predict the emotion of every utterance on a stream, while the stream goes on.

    Parameters
    ----------
    blocks : iterable of arrays of shape (n,) or (n, n_channels)
        Of any length each: float in -1 to 1, or uint8, int16 or int32 of full scale.
    model : EmotionModel or path, optional
        As `load_model` gives; by default the network that ships.
    sr : float
        Sample rate, Hz.
    estimates : bool
        Also yield every 0.5 s what the utterance sounds like so far.
    adapt : bool, optional
        Adapt to the voice, as one person speaks; by default if the model can.

    Yields
    ------
    StreamEvent
        A dictionary: `event` (`began`, `estimate`, `ended`), `start_s`, `end_s`, `cut`, `emotion`,
        `confident`, `probabilities`; the last three are None when an utterance has just begun.

    Raises
    ------
    InputError
        A block or the rate is nothing of the kind, or the model cannot adapt.

    Examples
    --------
    >>> from audio_emotion.data.audio import read
    >>> from audio_emotion.data.sample import sample_recording
    >>> for event in stream([read(sample_recording())]):
    ...     if event["event"] == "ended":
    ...         print(event["emotion"])
    surprise
    """
    if sources.is_path(blocks) or blocks is None:
        raise InputError(
            f"{blocks!r} is no stream: needs blocks of samples, one after the other. "
            "Use predict for a recording."
        )
    pcm = arrays.pcm_blocks(blocks, sr)
    return streams.stream(pcm, _model(model), estimates=estimates, adapt=adapt)


@cache
def _default() -> EmotionModel:
    return load_model(default_model_path())


def _model(model: Model) -> EmotionModel:
    if model is None:
        return _default()
    if sources.is_path(model):
        return load_model(model)
    if not callable(getattr(model, "probabilities", None)):
        raise InputError(
            f"{model!r} is no model. Give what load_model() returns, or the path of a model's file."
        )
    return model  # type: ignore[return-value]


def _one(
    file: str | None,
    blocks: Callable[[], Iterator[Samples]],
    model: EmotionModel,
    adaptation: Adaptation | None = None,
) -> tuple[Prediction, int]:
    """Return the prediction of one recording, and its length in samples."""
    n_samples = 0

    def counted() -> Iterator[Samples]:
        nonlocal n_samples
        for block in blocks():
            n_samples += len(block)
            yield block

    name = "samples" if file is None else file
    result = recognize(name, counted, model, adaptation or adaptation_for(model, adapt=False))
    return _prediction(result, file, model), n_samples


def _prediction(result: Result, file: str | None, model: EmotionModel) -> Prediction:
    return Prediction(
        emotion=result["emotion"],
        probabilities=result["probabilities"],
        confident=result["confident"],
        timeline=tuple(result["timeline"]),
        file=file,
        model=model.name,
    )


def _many(
    files: list[str],
    model: EmotionModel,
    adaptation: Adaptation,
    errors: Errors,
    progress: bool | Progress,
) -> pd.DataFrame:
    if errors not in {"raise", "coerce"}:
        raise InputError(f"errors={errors!r} is unknown: choose 'raise' or 'coerce'.")
    rows: list[dict[str, Any]] = []
    lengths: list[int] = []
    with progress_bar(progress, "predicting", "recordings") as advance:
        for file in files:
            try:
                one, n_samples = _one(file, partial(audio.blocks, file), model, adaptation)
            except AudioEmotionError as error:
                if errors == "raise":
                    raise
                warnings.warn(str(error), UserWarning, stacklevel=3)
                rows.append({})
                lengths.append(-1)
            else:
                known = {"emotion": one.emotion, "confident": one.confident}
                rows.append({**known, **one.probabilities})
                lengths.append(n_samples)
            advance(len(rows), len(files))
    kinds = {"emotion": "string", "confident": "boolean"} | dict.fromkeys(EMOTIONS, "float64")
    index = sources.segmented_index(files, lengths)
    return pd.DataFrame(rows, index=index, columns=list(kinds)).astype(kinds)
