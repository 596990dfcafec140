"""One signal of several channels: their mean, unless they cancel each other or one is dead.

A microphone that is connected twice, once in opposite phase, is silent in the mean of both, and
what is left of it is no voice. So channels are compared with their mean before it is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Channels = npt.NDArray[np.intp]

# A channel this far below the loudest, in power, is connected to nothing: 30 dB.
_DEAD: Final = 1e-3

# The mean of independent channels has 1 / n of their mean power. With less than half of that they
# cancel each other.
_CANCELLED: Final = 0.5

# 32 MB of float32: two channels at 48 kHz for 87 s. What is longer is decoded twice.
_KEPT_VALUES: Final = 2**23

_CHOICE_LENGTH: Final = 1600  # 100 ms at 16 kHz


class Mixer:
    """Mixer that chooses channels by what it has been given so far.

    Parameters
    ----------
    n_channels : int
    """

    def __init__(self, n_channels: int) -> None:
        self.n_samples = 0
        self.reason = ""
        """Why `mix` does not mix all channels, or ""."""
        self._sums = np.zeros(n_channels)
        self._products = np.zeros((n_channels, n_channels))
        self._chosen = np.arange(n_channels)

    def update(self, block: Floats) -> None:
        """Add a block of shape (n, n_channels) to what the channels are compared by."""
        self.n_samples += len(block)
        self._sums += np.ones(len(block), np.float32) @ block
        self._products += block.T @ block

    def choose(self) -> tuple[Channels, str]:
        """Return the numbers of the channels to mix, and why it is not all of them, or ""."""
        n_channels = len(self._sums)
        n = max(1, self.n_samples)
        mean = self._sums / n
        covariance = self._products / n - np.outer(mean, mean)  # offsets are no sound
        powers = np.diag(covariance)
        chosen = np.flatnonzero(powers >= _DEAD * powers.max())
        mixed = covariance[np.ix_(chosen, chosen)].sum()
        if len(chosen) > 1 and mixed < _CANCELLED * powers[chosen].sum():
            loudest = int(powers.argmax())
            reason = f"the channels cancel each other, so channel {loudest + 1} alone was read"
            return np.array([loudest]), reason
        if len(chosen) < n_channels:
            dead = [str(number + 1) for number in range(n_channels) if number not in chosen]
            channels = "channel" if len(dead) == 1 else "channels"
            reason = f"{channels} {', '.join(dead)} of {n_channels} silent and left out of the mix"
            return chosen, reason
        return chosen, ""

    def mix(self, block: Floats) -> Floats:
        """Add a block of an endless signal and return its mix, of shape (n,).

        Channels are chosen by what came before, every `_CHOICE_LENGTH` samples, so that the mix
        does not depend on the lengths of blocks.
        """
        mixed = []
        while len(block):
            n = min(len(block), _CHOICE_LENGTH - self.n_samples % _CHOICE_LENGTH)
            if self.n_samples % _CHOICE_LENGTH == 0:
                self._chosen, self.reason = self.choose()
            mixed.append(_mean(block[:n], self._chosen))
            self.update(block[:n])
            block = block[n:]
        return np.concatenate(mixed)


def mono(
    decode: Callable[[], Iterator[Floats]], n_channels: int, warn: Callable[[str], None]
) -> Iterator[Floats]:
    """Yield one signal of a recording's channels.

    Parameters
    ----------
    decode : callable
        Yields blocks of shape (n, n_channels) from the beginning, each time.
    n_channels : int
    warn : callable
        Receives why not all channels were mixed.
    """
    if n_channels == 1:
        yield from (block[:, 0] for block in decode())
        return
    mixer, n_values = Mixer(n_channels), 0
    kept: list[Floats] = []
    for block in decode():
        mixer.update(block)
        n_values += block.size
        if n_values <= _KEPT_VALUES:
            kept.append(block)
    chosen, reason = mixer.choose()
    if reason:
        warn(reason)
    if n_values > _KEPT_VALUES:
        kept.clear()
    for block in kept or decode():
        yield _mean(block, chosen)


def _mean(block: Floats, chosen: Channels) -> Floats:
    total = block[:, chosen[0]]
    for number in chosen[1:]:  # a reduction over so short an axis takes five times as long
        total = total + block[:, number]
    return np.asarray(total / np.float32(len(chosen)))
