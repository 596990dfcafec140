"""Medians and quartiles of a stream of any length, in memory of a fixed size."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from audio_emotion.power.trace import Floats

_LOWEST: Final = 1e-9
_DECADES: Final = 21
_PER_DECADE: Final = 4_605  # 0.05 % a bin


class Histogram:
    """Count positive values in logarithmic bins, each 0.05 % wide.

    What is not finite is not counted, nor what is zero or below unless `with_zero`: then as zero.
    How the values were cut into blocks changes nothing.
    """

    def __init__(self, *, with_zero: bool = False) -> None:
        self._with_zero = with_zero
        self._zeros = 0
        self._counts = np.zeros(_DECADES * _PER_DECADE, np.int64)

    def add(self, values: Floats) -> None:
        """Count some more values."""
        kept = values[np.isfinite(values) & (values > 0)]
        if self._with_zero:
            self._zeros += int((values <= 0).sum())
        bins = np.floor(np.log10(kept / _LOWEST) * _PER_DECADE).astype(np.int64)
        np.clip(bins, 0, len(self._counts) - 1, out=bins)
        low = int(bins.min(initial=len(self._counts)))
        if len(bins):
            counted = np.bincount(bins - low)
            self._counts[low : low + len(counted)] += counted

    @property
    def total(self) -> int:
        """How many values were counted."""
        return int(self._counts.sum()) + self._zeros

    def quantile(self, share: float) -> float:
        """Value below which this share of the values lies; NaN if there are none."""
        total = self.total
        if not total:
            return float("nan")
        rank = min(int(share * total), total - 1) - self._zeros
        if rank < 0:
            return 0.0
        return float(_center(np.searchsorted(np.cumsum(self._counts), rank, side="right")))

    def spread(self) -> float:
        """Give the standard deviation of a normal distribution with the same median deviation."""
        occupied, counts = self.levels()
        if not len(occupied):
            return float("nan")
        distance = np.abs(occupied - self.quantile(0.5))
        order = np.argsort(distance, kind="stable")
        middle = np.searchsorted(np.cumsum(counts[order]), self.total // 2, side="right")
        return 1.4826 * float(distance[order][middle])

    def shares_above(self, values: Floats) -> Floats:
        """For each of these values, the share of what was counted that is larger."""
        occupied, counts = self.levels()
        below = np.concatenate([[0], np.cumsum(counts)])
        return np.asarray(1 - below[np.searchsorted(occupied, values)] / below[-1], np.float64)

    def levels(self) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Give the centers of the bins that hold something, rising, and what they hold."""
        (places,) = np.nonzero(self._counts)
        return _center(places), self._counts[places]


def _center(place: npt.NDArray[np.intp] | np.intp) -> Floats:
    return np.asarray(_LOWEST * 10 ** ((place + 0.5) / _PER_DECADE), np.float64)
