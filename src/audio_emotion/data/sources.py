"""Sources that the Python interface takes: recordings by path, or signals in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, Final, TypeGuard

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.engine.features import SAMPLE_RATE
from audio_emotion.errors import InputError

Path = str | os.PathLike[str]

_WAY_OUT: Final = (
    "Give a path, a list of paths, an open binary file, or an array of samples with its sample rate"
)


def is_path(source: object) -> TypeGuard[Path]:
    """Return whether a source is one path; a string never is a sequence of characters."""
    return isinstance(source, str | os.PathLike)


def is_file(source: object) -> bool:
    """Return whether a source is an open file."""
    return callable(getattr(source, "read", None))


def is_signal(source: object) -> TypeGuard[npt.ArrayLike]:
    """Return whether a source is an array of samples, of any library that numpy understands."""
    if isinstance(source, str | pd.Series | pd.Index | pd.DataFrame):  # numpy's text is an array
        return False
    if isinstance(source, np.ndarray):
        return source.dtype.kind in "fiubc"
    return hasattr(source, "__array__") or hasattr(source, "__array_interface__")


def paths_of(source: object) -> list[str]:
    """Return the paths that a source lists.

    Parameters
    ----------
    source : iterable of str or os.PathLike
        A list, tuple, pandas Series or Index, generator, ...

    Raises
    ------
    InputError
        It is no such thing, or a member of it is no path.
    """
    if source is None or isinstance(source, bytes | bytearray | memoryview | dict):
        raise InputError(f"{_shown(source)} is no recording. {_WAY_OUT}.{_bytes_hint(source)}")
    if not isinstance(source, Iterable):
        raise InputError(f"{_shown(source)} is no recording. {_WAY_OUT}.")
    members = list(source)
    for member in members:
        if not is_path(member):
            hint = (
                " Make samples an array first: numpy.asarray(samples)."
                if isinstance(member, int | float | np.number)
                else ""
            )
            raise InputError(
                f"{_shown(member)} in a list of recordings is no path. {_WAY_OUT}.{hint}"
            )
    return [os.fspath(member) for member in members]


def require_rate(sr: float | None) -> float:
    """Return the sample rate of a signal, which must be given.

    Raises
    ------
    InputError
        `sr` is None.
    """
    if sr is None:
        raise InputError(
            "an array has no sample rate of its own. Give it as sr, such as "
            "predict(samples, 44100)."
        )
    return sr


def refuse_rate(sr: float | None) -> None:
    """Refuse a sample rate for a recording that has its own.

    Raises
    ------
    InputError
        `sr` is not None.
    """
    if sr is not None:
        raise InputError(
            f"sr={sr!r} is for arrays of samples; a recording has its own sample rate. "
            "Leave it out."
        )


def _bytes_hint(source: object) -> str:
    return " Bytes of a file can be given as io.BytesIO(data)." if isinstance(source, bytes) else ""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def segmented_index(
    files: list[str] | None, lengths: list[int] | npt.NDArray[np.integer[Any]]
) -> pd.MultiIndex:
    """Return audformat's segmented index of whole recordings.

    Parameters
    ----------
    files : list of str or None
        Paths; None for signals in memory, whose index has no level `file`, as audinterface's.
    lengths : list of int
        In samples at `SAMPLE_RATE` Hz; negative for a recording that cannot be read, whose end is
        not a time.

    Returns
    -------
    MultiIndex
        Levels `file` (string), `start` and `end` (timedelta64[ns]).
    """
    counted = np.asarray(lengths, np.int64)
    nanoseconds = counted * (1_000_000_000 // SAMPLE_RATE)
    ends = pd.to_timedelta(np.where(counted < 0, np.iinfo(np.int64).min, nanoseconds), unit="ns")
    starts = pd.to_timedelta(np.zeros(len(counted), np.int64), unit="ns")
    levels: dict[str, Any] = {"start": starts, "end": ends}
    if files is not None:
        levels = {"file": pd.array(files, dtype="string"), **levels}
    return pd.MultiIndex.from_arrays(list(levels.values()), names=list(levels))
