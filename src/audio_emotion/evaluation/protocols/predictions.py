"""Ask a panel about recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final, TypeVar
from zlib import crc32

import joblib
import numpy as np
import pandas as pd

from audio_emotion.data.folds import Indices
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.evaluation.protocols.evaluation_split import Judge, Panel
from audio_emotion.progress import Progress, no_progress
from audio_emotion.recognition.batch import extract_batch
from audio_emotion.recognition.model import EmotionModel, Probabilities

Heard = TypeVar("Heard")

_BATCH: Final = 8  # recordings


def ask(
    panel: Panel,
    catalogue: pd.DataFrame,
    rows: Indices,
    *,
    failures: dict[str, str] | None = None,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> Probabilities:
    """Ask about whole utterances, one answer each, as `audio-emotion predict` gives it.

    Parameters
    ----------
    panel : Panel
    catalogue : DataFrame
    rows : int array of shape (n_rows,)
        Of the catalogue; each has a judge in the panel.
    failures : dict, optional
        Filled with path and reason of recordings without an answer.
    jobs : int, optional
        Threads; one per core by default.
    progress : callable, optional
        Told how many recordings are done, and of how many.

    Returns
    -------
    float64 array of shape (n_rows, n_emotions)
        In the order of `rows`. A recording without an answer has NaN.

    Raises
    ------
    AudioError
        A recording cannot be heard and there is no `failures`.
    """
    paths = catalogue["path"].to_numpy(dtype=str)
    result = np.full((len(rows), len(EMOTIONS)), np.nan)
    done = 0
    for judge in panel.judges:
        places = np.flatnonzero(np.isin(rows, judge.rows))
        if not len(places):
            continue
        heard = extract_batch(
            judge.model,
            paths[rows[places]].tolist(),
            failures=failures,
            jobs=jobs,
            progress=partial(_of_all, progress, done, len(rows)),
        )
        done += len(places)
        answered = np.array([path not in (failures or {}) for path in paths[rows[places]]])
        if answered.any():
            result[places[answered]] = judge.model.probabilities(heard[answered])
    return result


def in_batches(
    panel: Panel,
    rows: Indices,
    hear: Callable[[EmotionModel, Indices], Heard],
    *,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> Iterator[tuple[Judge, Indices, Heard]]:
    """Have recordings heard by their judges in threads, some at a time.

    Parameters
    ----------
    panel : Panel
    rows : int array of shape (n_rows,)
        Of the catalogue; each has a judge in the panel.
    hear : callable
        Takes a model and places among `rows`; gives what it heard there.
    jobs : int, optional
        Threads; one per core by default. A cluster is not asked.
    progress : callable, optional
        Told how many recordings are done, and of how many.

    Yields
    ------
    judge, places, heard
        In the order of the judges and of `rows`.
    """
    parallel = joblib.Parallel(n_jobs=jobs or -1, backend="threading", return_as="generator")
    done = 0
    for judge in panel.judges:
        places = np.flatnonzero(np.isin(rows, judge.rows))
        batches = [places[begin : begin + _BATCH] for begin in range(0, len(places), _BATCH)]
        work = (joblib.delayed(hear)(judge.model, batch) for batch in batches)
        for batch, heard in zip(batches, parallel(work), strict=True):
            yield judge, batch, heard
            done += len(batch)
            progress(done, len(rows))


def generator(path: str, condition: str) -> np.random.Generator:
    """Give random numbers for a recording under a condition, the same on every machine.

    They depend on the name of the file and of the condition alone, so that neither the order of
    recordings nor the number of threads matters.
    """
    return np.random.default_rng([crc32(Path(path).name.encode()), crc32(condition.encode())])


def _of_all(progress: Progress, before: int, total: int, done: int, _: int) -> None:
    progress(before + done, total)
