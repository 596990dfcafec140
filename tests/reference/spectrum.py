"""The power spectrum in double precision."""

import numpy as np
from numpy.typing import NDArray

FRAME_LENGTH, N_FFT = 400, 512
HANN = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME_LENGTH) / FRAME_LENGTH)
LOW = slice(2, 9)  # bins that the mean reaches, but for what is 60 dB below it


def power(frames: NDArray[np.int16], window: NDArray[np.float64] = HANN) -> NDArray[np.float64]:
    """|X_k|^2, shape (..., 257), of frames under a periodic Hann window, zero-padded at the end."""
    return np.abs(np.fft.rfft(frames * window, N_FFT)) ** 2


def power_without_mean(
    frames: NDArray[np.int16], window: NDArray[np.float64] = HANN
) -> NDArray[np.float64]:
    """The same of frames without their weighted mean, as the mel bands see it."""
    mean = np.asarray(frames @ window / window.sum())[..., None]
    bins = power(frames, window)
    bins[..., LOW] = power(frames - mean, window)[..., LOW]
    return bins
