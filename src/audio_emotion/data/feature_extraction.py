"""Acoustic features of recordings and signals as tables, and as a step of scikit-learn."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Self

import joblib
import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from audio_emotion.data import audio, sources
from audio_emotion.data.arrays import to_pcm
from audio_emotion.engine import features
from audio_emotion.engine.features import Floats
from audio_emotion.errors import AudioEmotionError, AudioError, InputError
from audio_emotion.progress import Progress, progress_bar

Errors = Literal["raise", "coerce"]


def extract_features(
    source: sources.Path | Iterable[sources.Path] | npt.ArrayLike,
    sr: float | None = None,
    *,
    errors: Errors = "raise",
    n_jobs: int | None = None,
    progress: bool | Progress = False,
) -> pd.DataFrame:
    """Extract the acoustic features of recordings.

    Parameters
    ----------
    source : path, iterable of paths, or array of shape (n,) or (n, n_channels)
        Recordings of any format that `audio_emotion.data.audio` reads, or one signal: float in
        -1 to 1, or uint8, int16 or int32 of full scale.
    sr : float, optional
        Sample rate of a signal, Hz; recordings have their own.
    errors : {"raise", "coerce"}
        Whether a recording that cannot be read raises, or has missing values and a warning.
    n_jobs : int, optional
        Threads; one per core by default.
    progress : bool or callable
        Show a bar on standard error, or be told (done, total).

    Returns
    -------
    DataFrame
        One row per recording and 160 float32 columns, named `<descriptor>_<functional>`. The index
        is audformat's segmented index: `file`, `start`, `end`; of a signal `start`, `end`.

    Raises
    ------
    InputError
        `source` or `sr` is nothing of the kind, or a signal is shorter than 25 ms.
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
    if sources.is_signal(source):
        pcm = to_pcm(source, sources.require_rate(sr))
        rows, lengths, files = features.extract(pcm)[None], [len(pcm)], None
    else:
        sources.refuse_rate(sr)
        files = [os.fspath(source)] if sources.is_path(source) else sources.paths_of(source)
        rows, lengths = _of_files(files, errors, n_jobs, progress)
    index = sources.segmented_index(files, lengths)
    return pd.DataFrame(rows, index=index, columns=list(features.names()))


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
        """Learn nothing: the features are fixed.

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
            Signals need `sr`; a matrix has a mono signal in each row, a table paths in its only
            column.

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
        if isinstance(X, pd.DataFrame):
            if X.shape[1] != 1:
                raise InputError(f"a table of {X.shape[1]} columns: needs one, of paths.")
            X = X.iloc[:, 0]
        if sources.is_path(X):
            raise InputError(f"{X!r} is one recording: needs a list of them, such as [{X!r}].")
        members = list(X)
        if members and all(map(sources.is_signal, members)):
            rate = sources.require_rate(self.sr)
            parallel = joblib.Parallel(n_jobs=self.n_jobs or -1, prefer="threads")
            return np.stack(parallel(joblib.delayed(_of_signal)(one, rate) for one in members))
        sources.refuse_rate(self.sr)
        paths = sources.paths_of(members)
        return _of_files(paths, "raise", self.n_jobs, progress=False)[0]

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
        """Return what scikit-learn asks of every estimator: this one needs no fitting."""
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags


def _of_signal(signal: npt.ArrayLike, sr: float) -> Floats:
    return features.extract(to_pcm(signal, sr))


def _of_files(
    files: Sequence[str], errors: Errors, n_jobs: int | None, progress: bool | Progress
) -> tuple[Floats, list[int]]:
    """Return the features of each recording, and its length in samples or -1."""
    if errors not in {"raise", "coerce"}:
        raise InputError(f"errors={errors!r} is unknown: choose 'raise' or 'coerce'.")
    rows = np.full((len(files), len(features.names())), np.nan, np.float32)
    lengths = [-1] * len(files)
    parallel = joblib.Parallel(n_jobs=n_jobs or -1, prefer="threads", return_as="generator")
    with progress_bar(progress, "features", "recordings") as advance:
        results = parallel(joblib.delayed(_of_file)(file) for file in files)
        for place, found in enumerate(results):
            if not isinstance(found, AudioEmotionError):
                rows[place], lengths[place] = found
            elif errors == "raise":
                raise found
            else:
                warnings.warn(str(found), UserWarning, stacklevel=3)
            advance(place + 1, len(files))
    return rows, lengths


def _of_file(file: str) -> tuple[Floats, int] | AudioEmotionError:
    extractor, n_samples = features.Extractor(), 0
    try:
        for block in audio.blocks(file):
            extractor.process(block)
            n_samples += len(block)
        return extractor.finish(), n_samples
    except AudioError as error:
        return error
    except InputError as error:  # shorter than one frame
        return AudioError(f"{file}: {error}")
