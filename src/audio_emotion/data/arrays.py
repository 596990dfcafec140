"""Signals in memory, of any type and sample rate, as the samples that the core takes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from numbers import Real
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from audio_emotion.data import audio
from audio_emotion.data.audio import HIGHEST_PEAK, HIGHEST_RATE, LOWEST_RATE
from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.errors import InputError, first_line
from audio_emotion.files import shown

MOST_CHANNELS: Final = 64
INTEGERS: Final = ("uint8", "int16", "int32")  # full scale is that of the type


def to_pcm(samples: npt.ArrayLike, sr: float) -> Samples:
    """Convert a whole signal to mono 16-bit samples at `SAMPLE_RATE` Hz.

    Channels are averaged, values beyond full scale are clipped; an int16 mono signal at
    `SAMPLE_RATE` Hz comes out as it was.

    Parameters
    ----------
    samples : array of shape (n,) or (n, n_channels)
        float in -1 to 1, or uint8, int16 or int32, whose full scale is that of the type.
    sr : float
        Sample rate, Hz.

    Returns
    -------
    int16 array of shape (n_samples,)

    Raises
    ------
    InputError
        Another shape or type, empty, silent, not finite, out of all range, or a rate outside
        4 to 768 kHz.
    """
    pieces = list(pcm_blocks([samples], sr))
    pcm = np.concatenate(pieces) if pieces else np.empty(0, np.int16)
    if not len(pcm):
        raise InputError("samples are empty. Give at least 25 ms of a recording.")
    if int(pcm.max()) - int(pcm.min()) <= 1:
        raise InputError(
            f"samples are silent, every one is {pcm[0]} of 32768. "
            "Check that they are floats in -1 to 1 or integers of full scale."
        )
    return pcm


def pcm_blocks(blocks: Iterable[npt.ArrayLike], sr: float) -> Iterator[Samples]:
    """Convert a signal that comes in blocks: the results joined do not depend on their lengths.

    Parameters
    ----------
    blocks : iterable of arrays of shape (n,) or (n, n_channels)
        As for `to_pcm`.
    sr : float
        Sample rate, Hz.

    Returns
    -------
    iterator of int16 arrays of shape (n,)
        Mono, `SAMPLE_RATE` Hz; n > 0.

    Raises
    ------
    InputError
        As for `to_pcm`; an empty or a silent block is none.
    """
    return _pcm_blocks(blocks, _checked_rate(sr))


def as_array(samples: Any) -> npt.NDArray[Any]:
    """Return what numpy makes of samples.

    Raises
    ------
    InputError
        Nothing, or they are masked in part.
    """
    try:
        array = np.asarray(samples)
    except (RuntimeError, TypeError, ValueError) as error:  # of other libraries' tensors, too
        raise InputError(
            f"samples are no array of one shape and type ({first_line(error)}). "
            "Convert them first, for example with numpy.array(samples, numpy.float32)."
        ) from error
    if np.ma.is_masked(samples):
        raise InputError("samples are masked in part. Give samples.compressed() or .filled(0).")
    return array


def is_numeric(array: npt.NDArray[Any]) -> bool:
    """Return whether an array holds numbers, or truth values."""
    return array.dtype.kind in "biufc"


def _pcm_blocks(blocks: Iterable[npt.ArrayLike], rate: int) -> Iterator[Samples]:
    arrays = (array for block in blocks if len(array := _checked(block)))
    if rate != SAMPLE_RATE:
        yield from audio.resample_blocks(map(_mono, arrays), rate)
        return
    for array in arrays:
        if array.dtype == np.int16 and array.ndim == 1:
            yield np.ascontiguousarray(array)
        else:
            yield from audio.resample_blocks(iter([_mono(array)]), rate)


def _checked_rate(sr: Any) -> int:
    try:
        rate = float(sr) if isinstance(sr, Real) and not isinstance(sr, bool) else math.nan
    except OverflowError:
        rate = math.inf
    if not LOWEST_RATE <= rate <= HIGHEST_RATE or rate % 1:
        raise InputError(
            f"sr={shown(sr)} is not a sample rate: needs a whole number of Hz, {LOWEST_RATE} to "
            f"{HIGHEST_RATE}, such as 16000 or 44100."
        )
    return int(rate)


def _checked(samples: Any) -> npt.NDArray[Any]:
    """Return the samples as an array of a type and shape that can be converted."""
    array = as_array(samples)
    if not is_numeric(array):
        raise InputError(
            f"{shown(samples)} is no array of samples: needs numbers of shape (n,) or "
            "(n, n_channels). Read a recording with predict(path), raw bytes with numpy.frombuffer."
        )
    if array.dtype.kind != "f" and array.dtype.name not in INTEGERS:
        raise InputError(
            f"samples of type {array.dtype} have no full scale: needs floats in -1 to 1, or one "
            f"of {', '.join(INTEGERS)}. Convert them, for example values of 16 bits with "
            "samples / 32768."
        )
    if array.ndim not in {1, 2}:
        hint = "" if array.ndim else " Where many are taken, give one as [samples]."
        raise InputError(
            f"samples of shape {array.shape} are not a recording: needs (n,) or (n, n_channels)."
            f"{hint}"
        )
    if array.ndim == 2 and not 1 <= array.shape[1] <= MOST_CHANNELS:
        raise InputError(
            f"samples of shape {array.shape} read as {array.shape[0]} samples of "
            f"{array.shape[1]} channels: needs (n, n_channels), 1 to {MOST_CHANNELS} channels. "
            "Transpose channels with samples.T, and give one signal at a time."
        )
    return array


def _mono(array: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return the mean of the channels, full scale 1.0."""
    if array.dtype == np.uint8:
        signal = (array.astype(np.float32) - 128) / 128
    elif array.dtype.kind == "i":
        signal = (array / -float(np.iinfo(array.dtype).min)).astype(np.float32)
    else:
        with np.errstate(over="ignore"):  # what is too large is not finite, which is refused below
            signal = array.astype(np.float32)
    peak = float(np.abs(signal).max())
    if not math.isfinite(peak):
        raise InputError("samples contain NaN or infinite values. Remove them first.")
    if peak > HIGHEST_PEAK:
        raise InputError(
            f"float samples reach {peak:.6g}, full scale is 1.0. "
            "Divide 16-bit values by 32768, or give them as int16."
        )
    if signal.ndim == 2:
        signal = signal.mean(axis=1)
    return np.asarray(signal, np.float32)
