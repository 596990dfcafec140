"""Describe many recordings as a model wants them, on all cores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import joblib
import numpy as np

from audio_emotion.data import audio
from audio_emotion.engine.features import Floats
from audio_emotion.errors import AudioEmotionError, AudioError
from audio_emotion.recognition.model import EmotionModel

_BATCH: Final = 64  # recordings


def hear(
    model: EmotionModel,
    paths: Sequence[str],
    *,
    failures: dict[str, str] | None = None,
    jobs: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Floats:
    """Describe each recording as `audio-emotion predict` does.

    Parameters
    ----------
    model : EmotionModel
    paths : sequence of str
        At least one.
    failures : dict, optional
        Filled with path and reason of recordings that cannot be described; their rows are NaN.
        Without it the first of them ends everything.
    jobs : int, optional
        Threads; one per core by default. The core and the decoders work beside each other.
    progress : callable, optional
        Told how many recordings are done, and of how many.

    Returns
    -------
    float32 array of shape (n_recordings, n_values)
        What `model.probabilities` wants.

    Raises
    ------
    AudioError
        A recording cannot be read or is shorter than a frame, and there is no `failures`.
    """
    rows: list[Floats | AudioError] = []
    parallel = joblib.Parallel(n_jobs=jobs or -1, prefer="threads", return_as="generator")
    batches = [paths[begin : begin + _BATCH] for begin in range(0, len(paths), _BATCH)]
    for batch in parallel(joblib.delayed(_hear)(model, batch) for batch in batches):
        rows.extend(batch)
        progress(len(rows), len(paths))
    for path, row in zip(paths, rows, strict=True):
        if isinstance(row, AudioError):
            if failures is None:
                raise row
            failures[path] = str(row)
    heard = [row for row in rows if not isinstance(row, AudioError)]
    nothing = np.full(len(heard[0]) if heard else 1, np.nan, np.float32)
    return np.stack([nothing if isinstance(row, AudioError) else row for row in rows])


def _hear(model: EmotionModel, paths: Sequence[str]) -> list[Floats | AudioError]:
    extractor = model.extractor()
    rows: list[Floats | AudioError] = []
    for path in paths:
        try:
            extractor.reset()
            extractor.process(audio.read(path))
            rows.append(extractor.finish())
        except AudioError as error:
            rows.append(error)
        except AudioEmotionError as error:
            rows.append(AudioError(f"{path}: {error}"))
    return rows
