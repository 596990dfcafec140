"""Pitch and harmonicity of one stretch of 640 samples, after Boersma (1993), in float64."""

import numpy as np
from numpy.typing import NDArray

SR, WINDOW, LONGEST = 16000, 640, 213
HANN = np.hanning(WINDOW + 2)[1:-1]


def correlate(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of a[i + lag] * b[i] for each lag from 0 on, as long as b fits or runs out."""
    return np.correlate(np.pad(a, (0, WINDOW)), b, "valid")


def autocorrelation(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the windowed samples, divided by that of the window; 1 at lag 0."""
    windowed = (x - x.mean()) * HANN
    r, window = correlate(windowed, windowed), correlate(HANN, HANN)
    return (r / r[0])[:WINDOW] / (window / window[0])[:WINDOW].clip(1e-6)


def cross_correlation(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the longest period before the center with what follows, normalised by both energies."""
    x = (x - x.mean())[WINDOW // 2 - LONGEST :]
    lags = np.arange(LONGEST + 5)
    later = np.array([x[lag : lag + LONGEST] for lag in lags])
    return later @ x[:LONGEST] / np.sqrt((later**2).sum(axis=1) * (x[:LONGEST] ** 2).sum())


def top_near(r: NDArray[np.float64], lag: float) -> tuple[float, float]:
    """Lag and height of the highest maximum within 10 % of a lag, through a parabola."""
    inside = np.arange(int(0.9 * lag), min(int(1.1 * lag) + 2, len(r) - 1))
    middle = inside[np.argmax(r[inside])]
    before, here, after = r[middle - 1 : middle + 2]
    slope, curvature = (after - before) / 2, max(2 * here - before - after, 1e-12)
    return middle + slope / curvature, here + slope**2 / curvature / 2


def hnr_db(r: float) -> float:
    """Harmonics-to-noise ratio: the harmonic part of the energy is r."""
    return float(10 * np.log10(r / (1 - r)))
