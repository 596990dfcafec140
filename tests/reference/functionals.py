"""Functionals in double precision over whole columns: NaN-free, 0 where no frame counts."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def runs(inside: NDArray[np.bool_], n: int) -> NDArray[np.bool_]:
    """Whether the n frames from each on all count."""
    return np.array([inside[i : i + n].all() for i in range(len(inside) - n + 1)], bool)


def slopes(x: Array, whole: NDArray[np.bool_]) -> Array:
    """Regression over every five frames in a row that count."""
    five = np.array([x[i : i + 5] for i in np.flatnonzero(whole)]).reshape(-1, 5)
    return five @ np.array([-2, -1, 0, 1, 2]) / 10


def contour(hz: Array, voiced: NDArray[np.bool_]) -> tuple[dict[str, float], dict[str, float]]:
    """Functionals of the pitch contour in Hz and in semitones."""
    semitone = 12 * np.log2(np.where(voiced, hz, 27.5) / 27.5)
    joined = voiced[1:] & voiced[:-1] & (np.abs(np.diff(semitone)) <= 1.5)
    counted = np.zeros(len(hz), bool)
    counted[1:-1] = joined[1:] & joined[:-1]
    if counted.any():
        counted &= np.abs(semitone - np.median(semitone[counted])) <= 8
    whole = runs(joined, 4)
    return _summary(hz, counted, whole), _summary(semitone, counted, whole)


def functionals(x: Array, inside: NDArray[np.bool_]) -> dict[str, float]:
    return _summary(x, inside, runs(inside, 5))


def _summary(x: Array, inside: NDArray[np.bool_], whole: NDArray[np.bool_]) -> dict[str, float]:
    """Functionals of the values that count, and of the slopes of the fives that do."""
    names = [
        "mean",
        "std",
        "skewness",
        "range",
        "p20",
        "p50",
        "p80",
        "spread",
        "delta_mean",
        "delta_std",
        "delta_abs",
    ]
    values = dict.fromkeys(names, 0.0)
    counted, slope = x[inside], slopes(x, whole)
    if counted.size:
        p20, p50, p80 = np.percentile(counted, (20, 50, 80))
        mean, std = counted.mean(), counted.std()
        values |= {"mean": mean, "std": std, "range": np.ptp(counted)}
        values |= {"p20": p20, "p50": p50, "p80": p80, "spread": p80 - p20}
        values["skewness"] = ((counted - mean) ** 3).mean() / std**3 if std > 0 else 0.0
    if slope.size:
        values |= {"delta_mean": slope.mean(), "delta_std": slope.std()}
        values["delta_abs"] = np.abs(slope).mean()
    return values
