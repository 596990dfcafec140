"""The power spectrum in double precision."""

import numpy as np
from numpy.typing import NDArray

FRAME_LENGTH, N_FFT = 400, 512


def power(frames: NDArray[np.int16]) -> NDArray[np.float64]:
    """|X_k|^2, shape (..., 257), of frames under a periodic Hann window, zero-padded at the end."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME_LENGTH) / FRAME_LENGTH)
    return np.abs(np.fft.rfft(frames * window, N_FFT)) ** 2
