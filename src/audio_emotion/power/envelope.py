"""A long trace in as many columns as a picture can show: mean, lowest and highest of each."""

from __future__ import annotations

import numpy as np

from audio_emotion.power.corruption import CheckedSamples
from audio_emotion.power.trace import Floats, Samples

COLUMNS = 1_500


class Envelope:
    """Gather rows `first` to `end` into columns; those without a sound sample stay NaN.

    Attributes
    ----------
    time_ms, mean, low, high : float arrays of shape (n_columns,)
    """

    def __init__(self, first: int, end: int, *, columns: int = COLUMNS) -> None:
        self.first, self.end = first, end
        self.n_columns = max(1, min(columns, end - first))
        self.time_ms = np.full(self.n_columns, np.nan)
        self.low = np.full(self.n_columns, np.inf)
        self.high = np.full(self.n_columns, -np.inf)
        self._sum = np.zeros(self.n_columns)
        self._count = np.zeros(self.n_columns, np.int64)

    @property
    def mean(self) -> Floats:
        """Mean of each column."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self._sum / self._count, np.float64)

    def add(self, block: CheckedSamples) -> None:
        """Take the samples of a block that lie within the rows."""
        samples = block.samples
        rows = samples.first + np.arange(len(samples.time_ms))
        inside = (rows >= self.first) & (rows < self.end) & (block.faults == 0)
        places = (rows[inside] - self.first) * self.n_columns // (self.end - self.first)
        values = drawn(samples)[inside]
        np.minimum.at(self.low, places, values)
        np.maximum.at(self.high, places, values)
        np.add.at(self._sum, places, values)
        np.add.at(self._count, places, 1)
        time = samples.time_ms[inside]
        fresh, first = np.unique(places, return_index=True)
        unset = np.isnan(self.time_ms[fresh])
        self.time_ms[fresh[unset]] = time[first[unset]]


def drawn(samples: Samples) -> Floats:
    """Give what pictures show: the current, or the power of a trace that has no current."""
    return samples.power_mw if samples.current_ma is None else samples.current_ma
