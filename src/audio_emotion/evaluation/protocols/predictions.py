"""Predictions of an evaluation split for recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeVar
from zlib import crc32

import joblib
import numpy as np
import pandas as pd

from audio_emotion.data.folds import Indices
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import AudioError
from audio_emotion.evaluation.protocols.evaluation_split import EvaluationSplit, FoldModel
from audio_emotion.progress import Progress, RunOptions
from audio_emotion.recognition.batch import extract_batch
from audio_emotion.recognition.model import EmotionModel, Probabilities

Extracted = TypeVar("Extracted")

_BATCH: Final = 8  # recordings


def fold_places(split: EvaluationSplit, rows: Indices) -> Iterator[tuple[FoldModel, Indices]]:
    """Yield each fold model with the places of its recordings among `rows`, if there are any."""
    for fold in split.fold_models:
        places = np.flatnonzero(np.isin(rows, fold.rows))
        if len(places):
            yield fold, places


def predict(
    split: EvaluationSplit, catalogue: pd.DataFrame, rows: Indices, options: RunOptions
) -> Probabilities:
    """Compute the probabilities of whole utterances, as `audio-emotion predict` does.

    Parameters
    ----------
    split : EvaluationSplit
    catalogue : DataFrame
    rows : int array of shape (n_rows,)
        Of the catalogue; each has a model in the split.
    options : RunOptions

    Returns
    -------
    float64 array of shape (n_rows, n_emotions)
        In the order of `rows`. A recording that cannot be read has NaN.

    Raises
    ------
    AudioError
        A recording cannot be read and there is no `options.failures`.
    """
    paths = catalogue["path"].to_numpy(dtype=str)[rows]
    result = np.full((len(rows), len(EMOTIONS)), np.nan)
    done = 0
    for fold, places in fold_places(split, rows):
        extracted = extract_batch(
            fold.model,
            paths[places].tolist(),
            failures=options.failures,
            jobs=options.jobs,
            progress=partial(_progress_of_all, options.progress, done, len(rows)),
        )
        done += len(places)
        read = np.array([path not in (options.failures or {}) for path in paths[places]])
        if read.any():
            result[places[read]] = fold.model.probabilities(extracted[read])
    return result


def map_recordings(
    split: EvaluationSplit,
    paths: Sequence[str],
    rows: Indices,
    extract: Callable[[EmotionModel, int], Extracted | AudioError],
    options: RunOptions,
) -> Iterator[tuple[FoldModel, dict[int, Extracted]]]:
    """Apply a function to recordings and their models in threads, some recordings at a time.

    Parameters
    ----------
    split : EvaluationSplit
    paths : sequence of str, n_rows
    rows : int array of shape (n_rows,)
        Of the catalogue; each has a model in the split.
    extract : callable
        Takes a model and a place among `rows`; returns the error of a recording that cannot be
        read.
    options : RunOptions
        The work stays on this machine, even with a cluster.

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
    jobs = options.jobs or -1
    parallel = joblib.Parallel(n_jobs=jobs, backend="threading", return_as="generator")
    done = 0
    for fold, places in fold_places(split, rows):
        batches = [places[begin : begin + _BATCH] for begin in range(0, len(places), _BATCH)]
        work = (joblib.delayed(_map_batch)(extract, fold.model, batch) for batch in batches)
        for batch in parallel(work):
            extracted: dict[int, Extracted] = {}
            for place, found in batch.items():
                if not isinstance(found, AudioError):
                    extracted[place] = found
                elif options.failures is None:
                    raise found
                else:
                    options.failures[paths[place]] = str(found)
            yield fold, extracted
            done += len(batch)
            options.progress(done, len(rows))


def _map_batch(
    extract: Callable[[EmotionModel, int], Extracted | AudioError],
    model: EmotionModel,
    places: Indices,
) -> dict[int, Extracted | AudioError]:
    return {int(place): extract(model, int(place)) for place in places}


def random_generator(path: str, condition: str) -> np.random.Generator:
    """Return random numbers for a recording under a condition, the same on every machine.

    They depend on the name of the file and of the condition alone, so that neither the order of
    recordings nor the number of threads matters.
    """
    return np.random.default_rng([crc32(Path(path).name.encode()), crc32(condition.encode())])


def _progress_of_all(
    progress: Progress, before: int, total: int, done: int, _: int | None, step: str = "", /
) -> None:
    progress(before + done, total, step)
