"""Feature extraction from many recordings, on all cores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import joblib
import numpy as np

from audio_emotion.data import audio, isolation
from audio_emotion.engine.features import FeatureVector
from audio_emotion.errors import AudioEmotionError, AudioError
from audio_emotion.progress import Progress, no_progress
from audio_emotion.recognition.model import EmotionModel

_BATCH: Final = 64  # recordings


def extract_batch(
    model: EmotionModel,
    paths: Sequence[str],
    *,
    failures: dict[str, str] | None = None,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> FeatureVector:
    """Extract what `model.probabilities` takes from many recordings, on all cores.

    Parameters
    ----------
    model : EmotionModel
    paths : sequence of str
        At least one.
    failures : dict, optional
        Filled with path and reason of recordings that cannot be read; their rows are 0.
        Without it the first of them is raised.
    jobs : int, optional
        Threads; one per core by default. The core and the decoders work beside each other.
    progress : callable, optional
        Told how many recordings are done, and of how many.

    Returns
    -------
    array of shape (n_recordings, n_features)

    Raises
    ------
    AudioError
        A recording cannot be read or is shorter than a frame, and there is no `failures`.
    """
    rows: list[FeatureVector | AudioError] = []
    parallel = joblib.Parallel(n_jobs=jobs or -1, prefer="threads", return_as="generator")
    batches = [paths[begin : begin + _BATCH] for begin in range(0, len(paths), _BATCH)]
    for batch in parallel(joblib.delayed(_extract)(model, batch) for batch in batches):
        rows.extend(batch)
        progress(len(rows), len(paths))
    for path, row in zip(paths, rows, strict=True):
        if isinstance(row, AudioError):
            if failures is None:
                raise row
            failures[path] = str(row)
    extracted = [row for row in rows if not isinstance(row, AudioError)]
    unread = np.zeros_like(extracted[0]) if extracted else np.zeros(1, np.float32)
    return np.stack([unread if isinstance(row, AudioError) else row for row in rows])


def _extract(model: EmotionModel, paths: Sequence[str]) -> list[FeatureVector | AudioError]:
    extractor = model.extractor()
    rows: list[FeatureVector | AudioError] = []
    for path in paths:
        try:
            extractor.reset()
            extractor.process(isolation.read(path, audio.ignore))
            rows.append(extractor.finish())
        except AudioError as error:
            rows.append(error)
        except AudioEmotionError as error:
            rows.append(AudioError(f"{path}: {error}"))
    return rows
