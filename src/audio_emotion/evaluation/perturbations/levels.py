"""Level and position of speech, and 16-bit samples that saturate."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from audio_emotion.engine.features import HOP_LENGTH, Samples

Signal = npt.NDArray[np.float64]  # in steps of int16

# Speech is within this range of the loudest hop ...
_RANGE_DB: Final = 30.0
# ... and this much above the fifth percentile, or above continuous noise.
_ABOVE_FLOOR_DB: Final = 6.0

_RUN: Final = 3  # hops, the shortest speech: a click is none


def saturated(signal: Signal) -> Samples:
    """Round to 16 bits; values beyond the range saturate and never wrap."""
    samples: Samples = np.clip(np.rint(signal), -32768, 32767).astype(np.int16)
    return samples


def active(samples: Samples) -> npt.NDArray[np.bool_]:
    """Find the hops of 10 ms with speech, by their energy.

    A hop is active if it is within 30 dB of the loudest and 6 dB above the fifth percentile, so
    that pauses do not count. A signal without pauses is active all the time: the second bound is at
    most 6 dB below the loudest hop.

    Parameters
    ----------
    samples : int16 array of shape (n,)

    Returns
    -------
    bool array of shape (n // HOP_LENGTH,)
        All false for silence.
    """
    n_hops = len(samples) // HOP_LENGTH
    if not n_hops:
        return np.zeros(0, dtype=bool)
    power = _powers(samples, n_hops)
    if not power.any():
        return np.zeros(n_hops, dtype=bool)
    level_db = 10 * np.log10(power + 0.1)
    loudest, quietest = level_db.max(), np.percentile(level_db, 5)
    floor = min(quietest + _ABOVE_FLOOR_DB, loudest - _ABOVE_FLOOR_DB)
    is_active: npt.NDArray[np.bool_] = level_db > max(loudest - _RANGE_DB, floor)
    return is_active


def span(samples: Samples) -> tuple[int, int]:
    """Return the first sample of speech and the first after it; a sound below 30 ms is none.

    Silence, and a recording of clicks alone, counts from its beginning to its end.
    """
    is_active = active(samples)
    n_runs = max(0, len(is_active) - _RUN + 1)
    runs = [is_active[shift : shift + n_runs] for shift in range(_RUN)]
    begins = np.flatnonzero(np.logical_and.reduce(runs))
    if not len(begins):
        return 0, len(samples)
    return int(begins[0]) * HOP_LENGTH, int(begins[-1] + _RUN) * HOP_LENGTH


def speech_power(samples: Samples) -> float:
    """Return the mean square of the active hops, without their mean; 0 for silence.

    Recordings shorter than a hop count whole.
    """
    n_hops = len(samples) // HOP_LENGTH
    if not n_hops:
        return float(np.var(samples.astype(np.float64))) if len(samples) else 0.0
    is_active = active(samples)
    return float(_powers(samples, n_hops)[is_active].mean()) if is_active.any() else 0.0


def _powers(samples: Samples, n_hops: int) -> Signal:
    """Return the mean square of each hop, without the recording's mean."""
    signal = samples.astype(np.float64)
    hops = (signal - signal.mean())[: n_hops * HOP_LENGTH].reshape(n_hops, HOP_LENGTH)
    power: Signal = np.square(hops).mean(axis=1)
    return power
