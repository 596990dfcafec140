"""Sources that the Python interface takes: recordings by path or open file, signals in memory."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from numbers import Number
from typing import Any, BinaryIO, Final, Literal, NamedTuple, TypeGuard

import numpy as np
import pandas as pd

from audio_emotion.data import audio, isolation
from audio_emotion.data.arrays import as_array, is_numeric, to_pcm
from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.errors import AudioEmotionError, InputError
from audio_emotion.files import path_text, shown

Path = str | os.PathLike[str]
Errors = Literal["raise", "coerce"]

UNKNOWN_END: Final[np.timedelta64] = np.timedelta64("NaT", "ns")

_WAY_OUT: Final = (
    "Give a path as text, a list of paths, an open binary file such as io.BytesIO(data), or an "
    "array of samples with its sample rate, as in predict(samples, 44100) or "
    "FeatureExtractor(sr=44100)."
)


class Recording(NamedTuple):
    """One recording or signal."""

    file: str | None
    """Path; None of an open file or a signal in memory."""
    blocks: Callable[[], Iterator[Samples]]
    """Gives it from its beginning, as `data.audio.blocks`."""
    declared_s: Callable[[], float]
    """Gives its length by its own sample rate."""

    def end(self, n_samples: int) -> np.timedelta64:
        """Return where a recording of so many samples at `SAMPLE_RATE` Hz ends.

        By its own sample rate, as opensmile and audinterface have it, so that their tables join;
        unless a header is wrong.
        """
        declared_s, measured_s = self.declared_s(), n_samples / SAMPLE_RATE
        is_right = abs(declared_s - measured_s) < 2 / SAMPLE_RATE
        return pd.to_timedelta(declared_s if is_right else measured_s, unit="s").to_timedelta64()


def is_path(source: object) -> TypeGuard[Path]:
    """Return whether a source is one path; a string never is a sequence of characters."""
    return isinstance(source, str | os.PathLike)


def is_one(source: object, sr: object) -> bool:
    """Return whether a source is one recording or signal."""
    return sr is not None or is_path(source) or _is_file(source) or _is_signal(source)


def recordings(source: Any) -> list[Recording]:
    """Return the recordings of a collection of paths: see `paths`."""
    found = paths(source)
    read = isolation.blocks_of(len(found))
    return [recording(path, None)._replace(blocks=partial(read, path_text(path))) for path in found]


def recording(source: Any, sr: float | None) -> Recording:
    """Return one recording or signal.

    Parameters
    ----------
    source : path, open binary file, or array of shape (n,) or (n, n_channels)
        As for `recognition.prediction.predict`.
    sr : float or None
        Sample rate of a signal, Hz; None for a recording.

    Raises
    ------
    InputError
        `source` or `sr` is nothing of the kind.
    """
    if sr is None:
        if is_path(source):
            path = path_text(source)
            return Recording(path, partial(audio.blocks, path), partial(audio.declared_s, path))
        if _is_file(source):
            file = _rewound(source)
            return Recording(
                None, lambda: audio.blocks(_rewound(file)), lambda: audio.declared_s(_rewound(file))
            )
        raise InputError(f"an array has no sample rate of its own. {_WAY_OUT}")
    if is_path(source) or _is_file(source) or not is_numeric(signal := as_array(source)):
        hint = "" if isinstance(sr, Number) else ", or name what it is, such as model="
        raise InputError(
            f"sr={shown(sr)} is for an array of samples, which {shown(source)} is not; a recording "
            f"has its own sample rate. Leave it out{hint}."
        )
    pcm = to_pcm(signal, sr)
    return Recording(None, lambda: iter([pcm]), lambda: len(signal) / float(sr))


def members(source: Any) -> list[Any]:
    """Return the members of a collection of recordings or signals.

    Parameters
    ----------
    source : iterable
        A list, array, pandas Series or Index, generator, ...; a table of paths has one column.

    Raises
    ------
    InputError
        It is no such thing.
    """
    if is_path(source) or _is_file(source):
        raise InputError(f"{shown(source)} is one recording: needs a list, even of one.")
    if isinstance(source, pd.DataFrame):
        source = source.to_numpy()
    if isinstance(source, np.ndarray) and source.ndim == 2 and not is_numeric(source):
        if source.shape[1] != 1:
            raise InputError(f"a table of {source.shape[1]} columns: needs one, of paths.")
        source = source[:, 0]
    single = isinstance(source, bytes | bytearray | Mapping) or getattr(source, "ndim", 1) == 0
    if single or not isinstance(source, Iterable):
        raise InputError(f"{shown(source)} is not a recording. {_WAY_OUT}")
    return list(source)


def paths(source: Any) -> list[Path]:
    """Return the paths that a collection holds.

    Raises
    ------
    InputError
        It is not an iterable, or a member of it is not a path.
    """
    found = members(source)
    for member in found:
        if not is_path(member):
            raise InputError(f"{shown(member)} in a list of recordings is not a path. {_WAY_OUT}")
    return found


def check_errors(errors: object) -> None:
    """Check what is to be done about a recording that cannot be read."""
    if errors not in ("raise", "coerce"):
        raise InputError(f"errors={errors!r} is unknown: choose 'raise' or 'coerce'.")


def fail(error: AudioEmotionError, errors: Errors) -> None:
    """Raise the error of a recording; or warn of it, two functions above the caller."""
    if errors == "raise":
        raise error
    warnings.warn(str(error), UserWarning, stacklevel=4)


def segmented_index(recordings: list[Recording], ends: list[np.timedelta64]) -> pd.MultiIndex:
    """Return audformat's segmented index of whole recordings.

    Parameters
    ----------
    recordings : list of Recording
        A signal in memory alone has no level `file`, as in audinterface.
    ends : list of timedelta64
        `UNKNOWN_END` for a recording that cannot be read.

    Returns
    -------
    MultiIndex
        Levels `file` (string), `start` and `end` (timedelta64[ns]).
    """
    levels: dict[str, Any] = {
        "start": np.zeros(len(ends), "timedelta64[ns]"),
        "end": np.array(ends, "timedelta64[ns]"),
    }
    files = [one.file for one in recordings]
    if None not in files:
        try:
            levels = {"file": pd.array(files, dtype="string"), **levels}
        except UnicodeEncodeError:  # a name that is not UTF-8, which pyarrow cannot hold
            levels = {"file": pd.array(files, dtype=pd.StringDtype("python")), **levels}
    return pd.MultiIndex.from_arrays(list(levels.values()), names=list(levels))


def _is_file(source: object) -> bool:
    parts = ("read", "readable", "seekable")
    return not isinstance(source, type) and all(hasattr(source, part) for part in parts)


def _is_signal(source: object) -> bool:
    return hasattr(source, "__array__") and is_numeric(as_array(source))


def _rewound(file: BinaryIO) -> BinaryIO:
    """Return an open file at its beginning.

    Raises
    ------
    InputError
        It is closed, or open as text or for writing.
    """
    text, closed = isinstance(file, io.TextIOBase), getattr(file, "closed", False)
    if closed or text or not file.readable():
        state = "closed" if closed else "open as text" if text else "open for writing"
        raise InputError(f"{shown(file)} is {state}. Open it with open(path, 'rb').")
    if not file.seekable():
        return io.BytesIO(file.read())
    file.seek(0)
    return file
