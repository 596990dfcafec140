"""Quantiles and plots of a stream of any length, in memory of a fixed size."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from audio_emotion.power.trace import Floats

_LOWEST: Final = 1e-9
_DECADES: Final = 21
_BINS_PER_DECADE: Final = 4_605  # 0.05 % a bin
_COLUMNS: Final = 1_500  # as many as a figure can show


class Histogram:
    """Counts of positive values in logarithmic bins, each 0.05 % wide.

    Values that are not finite are not counted, values of zero or below only with `with_zero`: then
    as zero. The result does not depend on how the values were cut into blocks.
    """

    def __init__(self, *, with_zero: bool = False) -> None:
        self._with_zero = with_zero
        self._zeros = 0
        self._counts = np.zeros(_DECADES * _BINS_PER_DECADE, np.int64)

    def add(self, values: Floats) -> None:
        """Count more values."""
        kept = values[np.isfinite(values) & (values > 0)]
        if self._with_zero:
            self._zeros += int((values <= 0).sum())
        if not len(kept):
            return
        bins = np.floor(np.log10(kept / _LOWEST) * _BINS_PER_DECADE).astype(np.int64)
        np.clip(bins, 0, len(self._counts) - 1, out=bins)
        low = int(bins.min())
        counts = np.bincount(bins - low)
        self._counts[low : low + len(counts)] += counts

    @property
    def total(self) -> int:
        """Number of values counted."""
        return int(self._counts.sum()) + self._zeros

    def quantile(self, share: float) -> float:
        """Return the value below which this share of the values lies; NaN of no values."""
        total = self.total
        if not total:
            return float("nan")
        rank = min(int(share * total), total - 1) - self._zeros
        if rank < 0:
            return 0.0
        return float(_center(np.searchsorted(np.cumsum(self._counts), rank, side="right")))

    def robust_std(self) -> float:
        """Return the standard deviation of a normal distribution of the same median deviation."""
        values, counts = self.bins()
        if not len(values):
            return float("nan")
        deviations = np.abs(values - self.quantile(0.5))
        order = np.argsort(deviations, kind="stable")
        middle = np.searchsorted(np.cumsum(counts[order]), self.total // 2, side="right")
        return 1.4826 * float(deviations[order][middle])

    def shares_above(self, values: Floats) -> Floats:
        """Return, for each of these values, the share of what was counted that is larger."""
        centers, counts = self.bins()
        below = np.concatenate([[0], np.cumsum(counts)])
        return np.asarray(1 - below[np.searchsorted(centers, values)] / below[-1], np.float64)

    def bins(self) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Return the centers of the bins that are not empty, ascending, and their counts."""
        (places,) = np.nonzero(self._counts)
        return _center(places), self._counts[places]


def _center(place: npt.NDArray[np.intp] | np.intp) -> Floats:
    return np.asarray(_LOWEST * 10 ** ((place + 0.5) / _BINS_PER_DECADE), np.float64)


class Envelope:
    """Mean, minimum and maximum of rows `first` to `end` in as many columns as a plot can show.

    Attributes
    ----------
    time_ms, mean, low, high : float arrays of shape (n_columns,)
        Of a column without samples, `time_ms` and `mean` are NaN, `low` and `high` infinite.
    """

    def __init__(self, first: int, end: int) -> None:
        self._first, self._end = first, end
        n_columns = max(1, min(_COLUMNS, end - first))
        self.time_ms = np.full(n_columns, np.nan)
        self.low = np.full(n_columns, np.inf)
        self.high = np.full(n_columns, -np.inf)
        self._sum = np.zeros(n_columns)
        self._count = np.zeros(n_columns, np.int64)

    @property
    def mean(self) -> Floats:
        """Mean of each column."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self._sum / self._count, np.float64)

    def add(self, rows: npt.NDArray[np.intp], time_ms: Floats, values: Floats) -> None:
        """Take samples, of which those outside of the rows count nowhere."""
        inside = (rows >= self._first) & (rows < self._end)
        places = (rows[inside] - self._first) * len(self._sum) // (self._end - self._first)
        values, time_ms = values[inside], time_ms[inside]
        np.minimum.at(self.low, places, values)
        np.maximum.at(self.high, places, values)
        np.add.at(self._sum, places, values)
        np.add.at(self._count, places, 1)
        columns, first = np.unique(places, return_index=True)
        unset = np.isnan(self.time_ms[columns])
        self.time_ms[columns[unset]] = time_ms[first[unset]]
