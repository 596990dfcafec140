"""Recall against seconds of speech, and time until the prediction is stable.

Seconds count from the first speech (`levels.span`: an energy rule), whatever silence a recording
begins with; the model processes the recording from its beginning and predicts repeatedly.
Every utterance counts at every length, one that has ended with its last prediction, so that the
same utterances stand behind every point; `ended` is the share of those without more speech.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.data import audio, isolation
from audio_emotion.data.folds import Indices
from audio_emotion.engine.features import SAMPLE_RATE
from audio_emotion.errors import AudioEmotionError, AudioError, InputError
from audio_emotion.evaluation.measures.bootstrap import Draws
from audio_emotion.evaluation.measures.scores import measures
from audio_emotion.evaluation.perturbations import levels
from audio_emotion.evaluation.protocols.answers import answer
from audio_emotion.evaluation.protocols.evaluation_split import EvaluationSplit
from audio_emotion.evaluation.protocols.predictions import Alteration, map_recordings
from audio_emotion.evaluation.protocols.row_cache import NO_CACHE, Extracted, RowCache
from audio_emotion.evaluation.protocols.subsample import stratified
from audio_emotion.progress import RunOptions
from audio_emotion.recognition.model import EmotionModel
from audio_emotion.training.metrics import SMALLEST_CLASS

SECONDS: Final = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
STEP_S: Final = 0.05  # between two predictions
N_UTTERANCES: Final = 1920
ALL: Final = "all"

_STEP: Final = round(STEP_S * SAMPLE_RATE)
_QUARTILES: Final = (25, 50, 75)

Labels = npt.NDArray[np.str_]


@dataclass(frozen=True)
class _Track:
    """Predictions of one recording over time."""

    labels: Labels  # (n_steps + 1,)
    speech_s: float
    """From the first speech to the last."""
    whole_s: float
    """From the first speech to the end of the recording."""

    def at(self, seconds: float) -> str:
        """Return the prediction after so much speech; the last one if there is no more."""
        return str(self.labels[min(round(seconds / STEP_S), len(self.labels)) - 1])

    @property
    def stable_s(self) -> float:
        """Time from which on the prediction is the one at the end of the recording."""
        others = np.flatnonzero(self.labels != self.labels[-1])
        first = int(others[-1]) + 1 if len(others) else 0
        return min((first + 1) * STEP_S, self.whole_s)


def measure(
    split: EvaluationSplit,
    catalogue: pd.DataFrame,
    rows: Indices,
    *,
    n_utterances: int = N_UTTERANCES,
    options: RunOptions = RunOptions(),
    cache: RowCache = NO_CACHE,
) -> pd.DataFrame:
    """Predict utterances repeatedly from their beginning.

    Parameters
    ----------
    split : EvaluationSplit
    catalogue : DataFrame
        Columns as `corpora.COLUMNS`.
    rows : int array
        Of the catalogue; those with a model are sampled evenly (`subsample.stratified`).
    n_utterances : int
        Largest number of recordings.
    options : RunOptions, optional
    cache : RowCache, optional

    Returns
    -------
    DataFrame
        Rows of two kinds (`measure`) for all corpora together and for each (`corpus`):

        - `uar` after so many `seconds` of speech (NaN: after the whole recording): its `value` and
          its interval over speakers (`low`, `high`), over the emotions of which the corpus has
          `SMALLEST_CLASS` utterances; the share of utterances that had `ended`, and
          the share of predictions that are already the last one (`settled`).
        - `stable`: seconds of speech until the prediction no longer changes: median (`value`) and
          quartiles (`low`, `high`).

    Raises
    ------
    InputError
        None of the rows has a model.
    AudioError
        A recording cannot be read, and there is no `options.failures`; or none can.
    """
    allowed = np.intersect1d(rows, split.rows)
    if not len(allowed):
        raise InputError(
            "no recording of a speaker that the model was not trained on: give at least one."
        )
    chosen = stratified(catalogue, allowed, n_utterances)
    tracks = _predict(split, catalogue, chosen, options, cache)
    kept = [place for place, track in enumerate(tracks) if track is not None]
    there = [track for track in tracks if track is not None]
    if not there:
        raise AudioError(next(iter((options.failures or {}).values())))
    utterances = catalogue.iloc[chosen[kept]].reset_index(drop=True)
    found: list[dict[str, Any]] = []
    for corpus, of_corpus in _parts(utterances):
        of_places = [there[place] for place in of_corpus.index]
        found += _recalls(corpus, of_corpus, of_places)
        found.append(_stability(corpus, of_places))
    return pd.DataFrame(found)


def _predict(
    split: EvaluationSplit,
    catalogue: pd.DataFrame,
    rows: Indices,
    options: RunOptions,
    cache: RowCache,
) -> list[_Track | None]:
    """Return the predictions of each recording over time; None where it cannot be read."""
    paths = catalogue["path"].to_numpy(dtype=str)[rows].tolist()
    tracks: list[_Track | None] = [None] * len(rows)

    def extract(model: EmotionModel, place: int) -> Extracted | AudioError:
        return _extract(model, paths[place])

    alteration = Alteration(paths, extract, ("length", STEP_S), 2)
    for fold, extracted in map_recordings(split, rows, alteration, options, cache):
        of_places = _tracks(fold.model, list(extracted.values()))
        for place, track in zip(extracted, of_places, strict=True):
            tracks[place] = track
    return tracks


def _tracks(model: EmotionModel, extracted: Sequence[Extracted]) -> Iterator[_Track]:
    """Predict several recordings in one batch, which is faster for forests."""
    if not extracted:
        return
    labels = answer(model, np.concatenate([one.rows for one in extracted])).labels
    ends = np.cumsum([len(one.rows) for one in extracted])
    for one, of_one in zip(extracted, np.split(labels, ends[:-1]), strict=True):
        yield _Track(of_one, *one.facts.tolist())


def _extract(model: EmotionModel, path: str) -> Extracted | AudioError:
    """Extract a recording so far, every `STEP_S` of its speech, and at its end.

    Its facts are the seconds from the first speech to the last, and to the end of the recording.
    """
    extractor = model.extractor()
    try:
        samples = isolation.read(path, audio.ignore, allow_silence=False)
        begin, end = levels.span(samples)
        rows, done = [], 0
        for mark in (*range(begin + _STEP, len(samples), _STEP), len(samples)):
            extractor.process(samples[done:mark])
            rows.append(extractor.finish())
            done = mark
    except AudioError as error:
        return error
    except AudioEmotionError as error:
        return AudioError(f"{path}: {error}")
    facts = np.array([end - begin, len(samples) - begin]) / SAMPLE_RATE
    return Extracted(np.stack(rows), facts.astype(np.float32))


def _parts(utterances: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield all utterances, then those of each corpus if there are several."""
    yield ALL, utterances
    if utterances["corpus"].nunique() > 1:
        for corpus, of_corpus in utterances.groupby("corpus"):
            yield str(corpus), of_corpus


def _recalls(
    corpus: str, utterances: pd.DataFrame, tracks: Sequence[_Track]
) -> Iterator[dict[str, Any]]:
    """Yield the UAR after each of `SECONDS`, and of whole recordings."""
    truth = utterances["emotion"].to_numpy(dtype=str)
    emotions, n = np.unique(truth, return_counts=True)
    counted = np.isin(truth, emotions[n >= SMALLEST_CLASS]) if corpus != ALL else truth != ""
    draws = Draws(utterances["speaker"].to_list(), utterances["corpus"].to_list())
    last = np.array([track.labels[-1] for track in tracks])
    speech_s = np.array([track.speech_s for track in tracks])
    for seconds in (*SECONDS, None):
        labels = np.array([track.at(seconds) for track in tracks]) if seconds else last
        estimate = draws.estimate(measures, draws.counts(truth, labels, counted))[0]
        yield {
            "measure": "uar",
            "corpus": corpus,
            "seconds": np.nan if seconds is None else seconds,
            "value": estimate["value"],
            "low": estimate["low"],
            "high": estimate["high"],
            "ended": 1.0 if seconds is None else float(np.mean(speech_s <= seconds)),
            "settled": float(np.mean(labels == last)),
            "n_utterances": int(counted.sum()),
        }


def _stability(corpus: str, tracks: Sequence[_Track]) -> dict[str, Any]:
    low, median, high = np.percentile([track.stable_s for track in tracks], _QUARTILES)
    return {
        "measure": "stable",
        "corpus": corpus,
        "value": float(median),
        "low": float(low),
        "high": float(high),
        "n_utterances": len(tracks),
    }
