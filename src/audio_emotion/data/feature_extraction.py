"""Acoustic features of recordings and signals as tables, and as a step of scikit-learn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO, Self

import joblib
import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from audio_emotion.data import sources
from audio_emotion.data.sources import Errors, Recording
from audio_emotion.engine import features
from audio_emotion.engine.features import Floats
from audio_emotion.errors import AudioError, InputError
from audio_emotion.files import shown
from audio_emotion.progress import Callback, progress_bar


def extract_features(
    source: sources.Path | BinaryIO | Iterable[sources.Path] | npt.ArrayLike,
    sr: float | None = None,
    *,
    errors: Errors = "raise",
    n_jobs: int | None = None,
    progress: bool | Callback = False,
) -> pd.DataFrame:
    """Extract the acoustic features of recordings.

    Parameters
    ----------
    source : path, open binary file, array, or iterable of paths
        As for `predict`.
    sr : float, optional
        Sample rate of a signal, Hz; recordings have their own.
    errors : {"raise", "coerce"}
        Raise for a recording that cannot be read, or warn and give missing values.
    n_jobs : int, optional
        Threads; one per core by default.
    progress : bool or callable
        Show a bar on standard error, or call a function with (done, total).

    Returns
    -------
    DataFrame
        One row per recording and 160 float32 columns, named `<descriptor>_<functional>`. The index
        is audformat's segmented index: `file`, `start`, `end`; of a signal `start`, `end`.

    Raises
    ------
    InputError
        An argument is of another kind, or a signal is shorter than 25 ms.
    AudioError
        A recording cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> tone = 0.1 * np.sin(2 * np.pi * 200 * np.arange(44100) / 44100)
    >>> table = extract_features(tone, 44100)
    >>> table.shape
    (1, 160)
    >>> round(float(table["f0_mean"].iloc[0]))
    200
    """
    sources.check_errors(errors)
    is_one = sources.is_one(source, sr)
    recordings = [sources.recording(source, sr)] if is_one else sources.recordings(source)
    return _table(recordings, errors, _checked(n_jobs), progress)


class FeatureExtractor(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Acoustic features as a transformer of scikit-learn: recordings in, a matrix out.

    Parameters
    ----------
    sr : float, optional
        Sample rate of signals, Hz; None where recordings are given by path.
    n_jobs : int, optional
        Threads; one per core by default.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> rng = np.random.default_rng(0)
    >>> signals = [0.1 * rng.standard_normal(8000) for _ in range(3)]
    >>> make_pipeline(FeatureExtractor(sr=16000), StandardScaler()).fit_transform(signals).shape
    (3, 160)
    """

    def __init__(self, *, sr: float | None = None, n_jobs: int | None = None) -> None:
        self.sr = sr
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002  (scikit-learn's interface)
        """Return the transformer: it has nothing to fit.

        Returns
        -------
        FeatureExtractor
            The same.
        """
        return self

    def transform(self, X: Any) -> Floats:
        """Extract the features of each recording.

        Parameters
        ----------
        X : sequence of paths, or of arrays of shape (n,) or (n, n_channels)
            Signals need `sr`; a matrix of numbers has a mono signal in each row, a table of paths
            one column.

        Returns
        -------
        float32 array of shape (n_recordings, 160)

        Raises
        ------
        InputError
            A member of X is neither.
        AudioError
            A recording cannot be read.
        """
        if self.sr is None:
            return extract_features(sources.paths(X), n_jobs=self.n_jobs).to_numpy(copy=True)
        parallel = joblib.Parallel(_checked(self.n_jobs), prefer="threads")
        members = sources.members(X)
        rows = parallel(joblib.delayed(_of_signal)(member, self.sr) for member in members)
        return np.array(rows, np.float32).reshape(len(rows), len(features.names()))

    def get_feature_names_out(
        self,
        input_features: Any = None,  # noqa: ARG002  (scikit-learn's interface)
    ) -> npt.NDArray[np.object_]:
        """Return the names of the columns.

        Returns
        -------
        object array of shape (160,)
        """
        return np.array(features.names(), dtype=object)

    def __sklearn_tags__(self) -> Any:
        """Return the estimator tags: no fitting, input of paths or arrays."""
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags


def _table(
    recordings: list[Recording], errors: Errors, n_jobs: int, progress: bool | Callback
) -> pd.DataFrame:
    rows = np.full((len(recordings), len(features.names())), np.nan, np.float32)
    ends = [sources.UNKNOWN_END] * len(recordings)
    parallel = joblib.Parallel(n_jobs, prefer="threads", return_as="generator")
    with progress_bar(progress, "features", "recordings") as advance:
        attempts = parallel(joblib.delayed(_attempt)(recording) for recording in recordings)
        for place, found in enumerate(attempts):
            if isinstance(found, AudioError):
                sources.fail(found, errors)
            else:
                rows[place], ends[place] = found
            advance(place + 1, len(recordings))
    index = sources.segmented_index(recordings, ends)
    return pd.DataFrame(rows, index=index, columns=list(features.names()))


def _checked(n_jobs: Any) -> int:
    """Return the number of threads as joblib takes it."""
    if n_jobs is None:
        return -1
    if not isinstance(n_jobs, int | np.integer) or isinstance(n_jobs, bool) or n_jobs == 0:
        raise InputError(
            f"n_jobs={shown(n_jobs)} is no number of threads. Give 1 or more, or -1 for all cores."
        )
    return int(n_jobs)


def _of_signal(signal: npt.ArrayLike, sr: float) -> Floats:
    return _of(sources.recording(signal, sr))[0]


def _attempt(recording: Recording) -> tuple[Floats, np.timedelta64] | AudioError:
    try:
        return _of(recording)
    except AudioError as error:
        return error


def _of(recording: Recording) -> tuple[Floats, np.timedelta64]:
    """Return the features of a recording, and its end."""
    extractor, n_samples = features.Extractor(), 0
    for block in recording.blocks():
        extractor.process(block)
        n_samples += len(block)
    try:
        return extractor.finish(), recording.end(n_samples)
    except InputError as error:  # shorter than one frame
        if recording.file is None:
            raise
        raise AudioError(f"{recording.file}: {error}") from error
