"""Descriptors in double precision, from power spectra of shape (n_frames, 257)."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

HZ = np.arange(257) * 31.25
OCTAVES_HZ = [0, 200, 400, 800, 1600, 3200, 6400, np.inf]


def db(power: Array) -> Array:
    return 10 * np.log10(np.maximum(power, 1e-20))


def mfcc(log_mel_db: Array, n_mfcc: int = 13) -> Array:
    n = log_mel_db.shape[1]
    basis = np.cos(np.pi / n * np.outer(np.arange(n) + 0.5, np.arange(n_mfcc))) * np.sqrt(2 / n)
    basis[:, 0] /= np.sqrt(2)
    return log_mel_db @ basis


def chroma_filters() -> Array:
    """Gaussian bumps around each bin's pitch, narrower than an octave, shape (257, 12)."""
    pitch = 12 * np.log2(HZ[1:] / 27.5)
    pitch = np.append(pitch[0] - 18, pitch)
    width = np.maximum(np.append(np.diff(pitch), 1), 1)
    distance = (pitch[:, None] - np.arange(12) + 6) % 12 - 6
    bumps = np.exp(-0.5 * (2 * distance / width[:, None]) ** 2)
    bumps /= np.linalg.norm(bumps, axis=1, keepdims=True)
    octave = np.exp(-0.5 * ((pitch / 12 - 5) / 2) ** 2)
    return np.roll(bumps * octave[:, None], -3, axis=1)


def chroma(power: Array) -> Array:
    energy = power @ chroma_filters()
    return energy / energy.max(axis=1, keepdims=True)


def contrast(power: Array) -> Array:
    """A band takes over the last bin of the band below, and leaves its own to the next."""
    columns = []
    first = 0
    for high in OCTAVES_HZ[1:]:
        last = np.flatnonzero(high >= HZ)[-1] + (high == np.inf)
        n = max(1, round(0.02 * (last - first + 1)))
        band = np.sort(np.sqrt(power[:, first:last]), axis=1)
        columns.append(10 * np.log10(band[:, -n:].mean(axis=1) / band[:, :n].mean(axis=1)))
        first = last
    return np.column_stack(columns)


def centroid(power: Array) -> Array:
    return np.average(np.tile(HZ, (len(power), 1)), axis=1, weights=np.sqrt(power))


def bandwidth(power: Array) -> Array:
    squares = (HZ - centroid(power)[:, None]) ** 2
    return np.sqrt(np.average(squares, axis=1, weights=np.sqrt(power)))


def rolloff_85(power: Array) -> Array:
    below = np.cumsum(np.sqrt(power), axis=1)
    return HZ[np.argmax(below >= 0.85 * below[:, -1:], axis=1)]


def flatness(power: Array) -> Array:
    return np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1)


def flux(power: Array) -> Array:
    unit = np.sqrt(power / power.sum(axis=1, keepdims=True))
    return np.append(0, np.linalg.norm(np.diff(unit, axis=0), axis=1))


def band_energy_ratio(power: Array) -> Array:
    above, below = (HZ > 1000) & (HZ <= 5000), (HZ >= 50) & (HZ <= 1000)
    return db(power[:, above].sum(axis=1) / power[:, below].sum(axis=1))


def hammarberg(power: Array) -> Array:
    below, above = HZ <= 2000, (HZ > 2000) & (HZ <= 5000)
    return db(power[:, below].max(axis=1) / power[:, above].max(axis=1))


def slope(power: Array, low_hz: float, high_hz: float) -> Array:
    inside = (low_hz <= HZ) & (high_hz >= HZ)
    return np.polyfit(HZ[inside], db(power[:, inside]).T, 1)[0]
