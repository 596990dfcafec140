"""Signals in memory, of any type and sample rate, as the samples that the core takes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from audio_emotion.data import audio
from audio_emotion.data.audio import HIGHEST_PEAK, HIGHEST_RATE, LOWEST_RATE
from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.errors import InputError

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

    Yields
    ------
    int16 array of shape (n,)
        Mono, `SAMPLE_RATE` Hz; n > 0.

    Raises
    ------
    InputError
        As for `to_pcm`; an empty or a silent block is none.
    """
    rate = _checked_rate(sr)
    arrays = (_checked(block) for block in blocks)
    if rate == SAMPLE_RATE:
        for array in arrays:
            if len(array):
                as_it_is = array.dtype == np.int16 and array.ndim == 1
                yield (
                    np.ascontiguousarray(array)
                    if as_it_is
                    else next(audio.resample_blocks(iter([_mono(array)]), rate))
                )
    else:
        yield from audio.resample_blocks((_mono(array) for array in arrays if len(array)), rate)


def _checked_rate(sr: Any) -> int:
    number = isinstance(sr, int | float | np.integer | np.floating) and not isinstance(sr, bool)
    if not number or not math.isfinite(sr) or not LOWEST_RATE <= sr <= HIGHEST_RATE or sr % 1:
        raise InputError(
            f"sr={sr!r} is no sample rate: needs a whole number of Hz, {LOWEST_RATE} to "
            f"{HIGHEST_RATE}, such as 16000 or 44100."
        )
    return int(sr)


def _checked(samples: Any) -> npt.NDArray[Any]:
    """Return the samples as an array of a type and shape that can be converted."""
    array = np.asarray(samples)
    if array.dtype.kind != "f" and array.dtype.name not in INTEGERS:
        raise InputError(
            f"samples of type {array.dtype} have no full scale: needs floats in -1 to 1, or one "
            f"of {', '.join(INTEGERS)}. Convert them, for example with samples / 32768."
        )
    if array.ndim not in {1, 2}:
        raise InputError(
            f"samples of shape {array.shape} are no recording: needs (n,) or (n, n_channels)."
        )
    if array.ndim == 2 and not 1 <= array.shape[1] <= MOST_CHANNELS:
        raise InputError(
            f"samples of shape {array.shape} read as {array.shape[0]} samples of "
            f"{array.shape[1]} channels: needs (n, n_channels). Transpose them with samples.T."
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
