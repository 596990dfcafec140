"""Speech detection in double precision."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter


def levels(pcm: NDArray[np.int16]) -> NDArray[np.float64]:
    """Level of each 10 ms between 160 Hz and 1.8 kHz, dB re full scale RMS."""
    low = lfilter([1 / 16], [1, -15 / 16], pcm)
    voice = lfilter([1 / 4] * 4, [1], pcm - low)
    blocks = voice[: len(voice) // 160 * 160].reshape(-1, 160) / 32768
    return 10 * np.log10(np.mean(blocks**2, axis=1) + 1e-12)


def is_speech(
    level_db: NDArray[np.float64], on_db: float, off_db: float, quietest_dbfs: float
) -> NDArray[np.bool_]:
    """Above a floor of minimum statistics, a peak that sinks and an absolute limit."""
    smooth = lfilter([1 / 4], [1, -3 / 4], level_db, zi=[0.75 * level_db[0]])[0]
    windows = [smooth[i : i + 80] for i in range(0, len(smooth), 80)]
    decision = np.zeros(len(level_db), bool)
    peak_db, n_loud = level_db[0], 0
    for i, level in enumerate(level_db):
        window = i // 80
        so_far = [*windows[max(0, window - 2) : window], smooth[80 * window : i + 1]]
        floor_db = min(w.min() for w in so_far)
        if window < 2:
            floor_db = min(floor_db, level_db[0])
        peak_db = max(level, peak_db - 0.05)
        above_db = off_db if n_loud > 0 else on_db
        threshold_db = max(floor_db + above_db, quietest_dbfs, peak_db - 25)
        n_loud = n_loud + 1 if level > threshold_db else 0
        decision[i] = n_loud >= 4
    return decision
