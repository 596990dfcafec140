"""Mel energies in double precision."""

import numpy as np
from numpy.typing import NDArray

SR, N_FFT, N_MELS = 16000, 512, 40
MIN_HZ, MAX_HZ = 60.0, 7600.0
LINEAR_HZ, LINEAR_MEL, OCTAVE = 1000.0, 15.0, np.log(6.4) / 27  # Slaney's scale


def hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    logarithmic = LINEAR_HZ * np.exp(OCTAVE * (mel - LINEAR_MEL))
    return np.where(mel < LINEAR_MEL, mel * LINEAR_HZ / LINEAR_MEL, logarithmic)


def filters() -> NDArray[np.float64]:
    """Triangles of peak 1, shape (40, 257)."""
    highest = LINEAR_MEL + np.log(MAX_HZ / LINEAR_HZ) / OCTAVE
    edges = hz(np.linspace(MIN_HZ * LINEAR_MEL / LINEAR_HZ, highest, N_MELS + 2))
    ramps = np.arange(N_FFT // 2 + 1) * SR / N_FFT - edges[:, None]
    rising = ramps[:-2] / np.diff(edges)[:-1, None]
    falling = -ramps[2:] / np.diff(edges)[1:, None]
    return np.maximum(0, np.minimum(rising, falling))


def log2_mel(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """log2 of the energy in each band, shape (..., 40), at least 0."""
    return np.log2(np.maximum(power @ filters().T, 1))
