"""Signals in memory, of any type and sample rate, as the samples that the core takes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from numbers import Real
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from audio_emotion.data import audio, channels
from audio_emotion.data.audio import HIGHEST_PEAK, HIGHEST_RATE, LOWEST_RATE
from audio_emotion.data.level import Level
from audio_emotion.engine.features import Samples
from audio_emotion.errors import InputError, reason_of
from audio_emotion.files import shown

MOST_CHANNELS: Final = 64
INTEGERS: Final = ("uint8", "int16", "int32")  # full scale is that of the type


def to_pcm(samples: npt.ArrayLike, sr: float, on_warning: audio.Warn = audio.warn) -> Samples:
    """Convert a whole signal to mono 16-bit samples at `SAMPLE_RATE` Hz.

    Channels are mixed as those of recordings, values beyond full scale are clipped; an int16 mono
    signal at `SAMPLE_RATE` Hz comes out as it was.

    Parameters
    ----------
    samples : array of shape (n,) or (n, n_channels)
        float in -1 to 1, or uint8, int16 or int32, whose full scale is that of the type.
    sr : float
        Sample rate, Hz.
    on_warning : callable
        Receives a sentence about what is wrong with samples that are converted all the same.

    Returns
    -------
    int16 array of shape (n_samples,)

    Raises
    ------
    InputError
        Another shape or type, empty, not finite, out of all range, or a rate outside 4 to 768 kHz.
    """

    def say(reason: str) -> None:
        on_warning(f"samples: {reason}.")

    rate, array, level = _checked_rate(sr), _checked(samples), Level()
    if not len(array):
        raise InputError("samples are empty. Give at least 25 ms of a recording.")
    signal = channels.mono(lambda: iter([_scaled(array)]), _width(array), say)
    pieces = list(audio.resample_blocks(level.watch(signal), rate))
    if not pieces:
        raise InputError("samples are shorter than one sample at 16000 Hz. Give at least 25 ms.")
    if reason := level.problem():
        say(reason)
    return np.concatenate(pieces)


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
        As for `to_pcm`; an empty block is none.
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
            f"samples are no array of one shape and type ({reason_of(error)}). "
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
    yield from audio.resample_blocks(_mixed(arrays), rate)


def _mixed(arrays: Iterator[npt.NDArray[Any]]) -> Iterator[npt.NDArray[np.float32]]:
    """Mix the channels of blocks, which may change from one to the next."""
    mixers: dict[int, channels.Mixer] = {}
    for array in arrays:
        n_channels, signal = _width(array), _scaled(array)
        if n_channels == 1:
            yield signal[:, 0]
        else:
            yield mixers.setdefault(n_channels, channels.Mixer(n_channels)).mix(signal)


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


def _width(array: npt.NDArray[Any]) -> int:
    """Return the number of channels."""
    return array.shape[1] if array.ndim == 2 else 1


def _scaled(array: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return samples of shape (n, n_channels), full scale 1.0."""
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
    return np.asarray(signal.reshape(len(array), -1), np.float32)
