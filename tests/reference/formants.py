"""Formants by Burg's method in the time domain, which the core reaches through the spectrum."""

import numpy as np
from numpy.typing import NDArray

SR, FRAME_LENGTH, N_FFT = 16000, 400, 512
CEILING_HZ, ORDER = 5500, 10


def resampled(frame: NDArray[np.float64]) -> NDArray[np.float64]:
    """The Hann-windowed frame at twice the ceiling, without what is above the ceiling."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME_LENGTH) / FRAME_LENGTH)
    spectrum = np.fft.rfft(frame * window, N_FFT)
    bins = CEILING_HZ * N_FFT // SR
    return np.fft.irfft(spectrum[: bins + 1], 2 * bins)


def pre_emphasised(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Raised by 6 dB an octave from 50 Hz on."""
    return x - np.exp(-np.pi * 50 / CEILING_HZ) * np.roll(x, 1)


def burg(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Prediction polynomial whose reflections minimise forward and backward errors (Burg 1967)."""
    a = np.ones(1)
    forward, backward = x[1:], x[:-1]
    for _ in range(ORDER):
        reflection = -2 * forward @ backward / (forward @ forward + backward @ backward)
        a = np.append(a, 0) + reflection * np.append(a, 0)[::-1]
        forward, backward = (
            (forward + reflection * backward)[1:],
            (backward + reflection * forward)[:-1],
        )
    return a


def formants(frame: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angles of the polynomial's roots in Hz, rising, those 50 Hz from both ends."""
    roots = np.roots(burg(pre_emphasised(resampled(frame))))
    hz = np.sort(np.angle(roots[roots.imag > 0])) * CEILING_HZ / np.pi
    return hz[(hz > 50) & (hz < CEILING_HZ - 50)]
