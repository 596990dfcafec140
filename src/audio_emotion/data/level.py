"""Level of a signal: whether it is silence, or too quiet for 16 bits to hold it well."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

# -48 dBFS: samples of 24 bits at the wrong end of 32 are below. The quietest clip of the corpora
# peaks at -40, and 8 bits are left of 16.
QUIET_PEAK: Final = 2**-8

_LOWEST_BIT: Final = 2**-24


class Level:
    """Lowest and highest value of a signal, full scale 1.0."""

    def __init__(self) -> None:
        self.n_samples = 0
        self._lowest = math.inf
        self._highest = -math.inf

    def update(self, block: Floats) -> None:
        """Add a block of shape (n,), n > 0."""
        self.n_samples += len(block)
        self._lowest = min(self._lowest, float(block.min()))
        self._highest = max(self._highest, float(block.max()))

    def watch(self, signal: Iterator[Floats]) -> Iterator[Floats]:
        """Add each block of a signal, and yield it."""
        for block in signal:
            self.update(block)
            yield block

    @property
    def peak(self) -> float:
        """Half the range of the values, so that an offset does not count."""
        return (self._highest - self._lowest) / 2

    @property
    def silent(self) -> bool:
        """Return whether samples differ by one step at most: dither of an empty input, no voice."""
        return round(32768 * self._highest) - round(32768 * self._lowest) <= 1

    def problem(self) -> str:
        """Return what is wrong with the level, and a way out; or ""."""
        if self.peak >= QUIET_PEAK:
            return ""
        if self.peak < _LOWEST_BIT:
            value = round(32768 * self._lowest)
            return f"silent, every sample is {value}; check the microphone or the recording"
        return (
            f"{'silent in 16 bits' if self.silent else 'very quiet'}, its peak is at "
            f"{20 * math.log10(self.peak):.0f} dBFS; raise the gain of the microphone, or bring "
            "samples to the full scale of their type"
        )
