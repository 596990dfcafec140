"""Predictions of an evaluation split for recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final
from zlib import crc32

import joblib
import numpy as np
import pandas as pd

from audio_emotion.data.folds import Indices
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import FeatureVector
from audio_emotion.errors import AudioError
from audio_emotion.evaluation.protocols.answers import Answers, answer
from audio_emotion.evaluation.protocols.evaluation_split import EvaluationSplit, FoldModel
from audio_emotion.evaluation.protocols.row_cache import NO_CACHE, Extracted, RowCache
from audio_emotion.progress import Progress, RunOptions
from audio_emotion.recognition.batch import extract_batch
from audio_emotion.recognition.model import EmotionModel

_BATCH: Final = 8  # recordings
_CHUNK: Final = 512  # recordings that a killed run extracts again, at most
_NO_FACTS: Final = np.zeros(0, np.float32)


def fold_places(split: EvaluationSplit, rows: Indices) -> Iterator[tuple[FoldModel, Indices]]:
    """Yield each fold model with the places of its recordings among `rows`, if there are any."""
    for fold in split.fold_models:
        places = np.flatnonzero(np.isin(rows, fold.rows))
        if len(places):
            yield fold, places


def extract(
    split: EvaluationSplit,
    catalogue: pd.DataFrame,
    rows: Indices,
    options: RunOptions,
    cache: RowCache = NO_CACHE,
) -> list[FeatureVector | None]:
    """Extract whole utterances, each with the model that predicts it.

    Parameters
    ----------
    split : EvaluationSplit
    catalogue : DataFrame
    rows : int array of shape (n_rows,)
        Of the catalogue; each has a model in the split.
    options : RunOptions
    cache : RowCache, optional

    Returns
    -------
    list of array of shape (n_features,), or None
        In the order of `rows`. A recording that cannot be read has None.

    Raises
    ------
    AudioError
        A recording cannot be read and there is no `options.failures`.
    """
    paths = catalogue["path"].to_numpy(dtype=str)[rows].tolist()
    result: list[FeatureVector | None] = [None] * len(rows)
    done = 0
    for fold, places in fold_places(split, rows):
        with cache.of(fold.model) as kept:
            for place in places:
                if found := kept.find(paths[place]):
                    result[place] = found.rows[0]
            unknown = [int(place) for place in places if result[place] is None]
            done += len(places) - len(unknown)
            for begin in range(0, len(unknown), _CHUNK):
                chunk = unknown[begin : begin + _CHUNK]
                inner = replace(
                    options, progress=partial(_of_all, options.progress, done, len(rows))
                )
                for place, row in _extract_chunk(fold.model, paths, chunk, inner):
                    result[place] = row
                    kept.add(paths[place], Extracted(row[None], _NO_FACTS))
                done += len(chunk)
    options.progress(done, len(rows))
    return result


def _extract_chunk(
    model: EmotionModel, paths: Sequence[str], places: Sequence[int], options: RunOptions
) -> Iterator[tuple[int, FeatureVector]]:
    """Yield place and row of the recordings that can be read."""
    rows = extract_batch(
        model,
        [paths[place] for place in places],
        failures=options.failures,
        jobs=options.jobs,
        progress=options.progress,
    )
    for place, row in zip(places, rows, strict=True):
        if paths[place] not in (options.failures or {}):
            yield place, row


def predict(
    split: EvaluationSplit, rows: Indices, extracted: Sequence[FeatureVector | None]
) -> Answers:
    """Return the answers to whole utterances, as `audio-emotion predict` gives them.

    Parameters
    ----------
    split : EvaluationSplit
    rows : int array of shape (n_rows,)
        Of the catalogue; each has a model in the split.
    extracted : sequence of array of shape (n_features,), or None
        Of each row, as `extract` returns them.

    Returns
    -------
    Answers
        In the order of `rows`. A recording that was not extracted has the label "" and NaN.
    """
    labels = np.full(len(rows), "", dtype=object)
    confident, speech = np.zeros(len(rows), bool), np.full(len(rows), np.nan)
    probabilities = np.full((len(rows), len(EMOTIONS)), np.nan)
    for fold, places in fold_places(split, rows):
        read = [place for place in places if extracted[place] is not None]
        if read:
            found = answer(fold.model, np.stack([extracted[place] for place in read]))
            labels[read], confident[read] = found.labels, found.confident
            speech[read], probabilities[read] = found.speech, found.probabilities
    return Answers(labels.astype(str), confident, speech, probabilities)


@dataclass(frozen=True)
class Alteration:
    """Extraction from altered versions of recordings, as `map_recordings` does it."""

    paths: Sequence[str]
    extract: Callable[[EmotionModel, int], Extracted | AudioError]
    """Takes a model and a place among `paths`; returns the error if it cannot be read."""
    altered: Sequence[object]
    """Conditions of the rows besides the recording: see `RowCache.of`."""
    n_facts: int


def map_recordings(
    split: EvaluationSplit,
    rows: Indices,
    alteration: Alteration,
    options: RunOptions,
    cache: RowCache = NO_CACHE,
) -> Iterator[tuple[FoldModel, dict[int, Extracted]]]:
    """Extract altered recordings with their models in threads, some recordings at a time.

    Parameters
    ----------
    split : EvaluationSplit
    rows : int array of shape (n_rows,)
        Of the catalogue; each has a model in the split.
    alteration : Alteration
        Of the recordings of these rows.
    options : RunOptions
        The work stays on this machine, even with a cluster.
    cache : RowCache, optional

    Yields
    ------
    fold : FoldModel
    extracted : dict
        By place, without the recordings that cannot be read.

    Raises
    ------
    AudioError
        A recording cannot be read and there is no `options.failures`.
    """
    paths = alteration.paths
    parallel = joblib.Parallel(
        n_jobs=options.jobs or -1, backend="threading", return_as="generator"
    )
    done = 0
    for fold, places in fold_places(split, rows):
        with cache.of(fold.model, alteration.altered, alteration.n_facts) as kept:
            known = {int(place): found for place in places if (found := kept.find(paths[place]))}
            yield fold, known
            done += len(known)
            unknown = [int(place) for place in places if place not in known]
            batches = [unknown[begin : begin + _BATCH] for begin in range(0, len(unknown), _BATCH)]
            work = (joblib.delayed(_map_batch)(alteration, fold.model, batch) for batch in batches)
            for batch in parallel(work):
                extracted = _readable(batch, paths, options)
                for place, found in extracted.items():
                    kept.add(paths[place], found)
                yield fold, extracted
                done += len(batch)
                options.progress(done, len(rows))


def _map_batch(
    alteration: Alteration, model: EmotionModel, places: Sequence[int]
) -> dict[int, Extracted | AudioError]:
    return {place: alteration.extract(model, place) for place in places}


def _readable(
    batch: dict[int, Extracted | AudioError], paths: Sequence[str], options: RunOptions
) -> dict[int, Extracted]:
    """Return what could be read; list the others, or raise the first."""
    extracted = {}
    for place, found in batch.items():
        if not isinstance(found, AudioError):
            extracted[place] = found
        elif options.failures is None:
            raise found
        else:
            options.failures[paths[place]] = str(found)
    return extracted


def random_generator(path: str, condition: str) -> np.random.Generator:
    """Return random numbers for a recording under a condition, the same on every machine.

    They depend on the name of the file and of the condition alone, so that neither the order of
    recordings nor the number of threads matters.
    """
    return np.random.default_rng([crc32(Path(path).name.encode()), crc32(condition.encode())])


def _of_all(
    progress: Progress, before: int, total: int, done: int, _: int | None, step: str = "", /
) -> None:
    progress(before + done, total, step)
