"""Voices made on the spot, of which f0, jitter, shimmer and noise are known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SR = 16000


class PulseTrain(NamedTuple):
    """Samples, and what was put into them."""

    pcm: NDArray[np.int16]
    jitter: float
    shimmer: float


def pulse_train(
    f0_hz: float, jitter: float = 0.0, shimmer: float = 0.0, seed: int = 0, duration_s: float = 3.0
) -> PulseTrain:
    """Pulses of 2.5 ms, so that few overlap, at any time between the samples, after a nearly silent
    pause.

    `jitter` and `shimmer` are the standard deviations of period and amplitude; the
    mean differences of neighbours that follow from them are returned.
    """
    random = np.random.default_rng(seed)
    n = int(duration_s * f0_hz)
    periods = SR / f0_hz * (1 + jitter * random.standard_normal(n).clip(-2.5, 2.5))
    amplitudes = 1 + shimmer * random.standard_normal(n).clip(-2.5, 2.5)
    instants = SR // 10 + np.cumsum(periods)
    signal = np.zeros(int(instants[-1]) + 400)
    for instant, amplitude in zip(instants, amplitudes, strict=True):
        place = np.arange(int(instant) - 24, int(instant) + 25)
        distance_s = (place - instant) / SR
        signal[place] += amplitude * pulse(distance_s)
    signal += 0.0005 * random.standard_normal(len(signal))
    return PulseTrain(
        quantised(signal),
        float(np.abs(np.diff(periods)).mean() / periods.mean()),
        float(np.abs(np.diff(amplitudes)).mean() / amplitudes.mean()),
    )


def pulse(distance_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """A click whose energy is around 500 Hz."""
    return np.exp(-((distance_s / 0.0006) ** 2)) * np.cos(2 * np.pi * 500 * distance_s)


def harmonics(
    f0_hz: float,
    weights: tuple[float, ...] = (1, 0.7, 0.5, 0.35, 0.25, 0.15, 0.1),
    snr_db: float = 60.0,
    duration_s: float = 1.0,
) -> NDArray[np.int16]:
    """A steady sum of harmonics in white noise."""
    time = np.arange(int(duration_s * SR)) / SR
    signal = sum(
        weight * np.cos(2 * np.pi * f0_hz * (k + 1) * time + k) for k, weight in enumerate(weights)
    )
    noise = np.random.default_rng(0).standard_normal(len(time))
    level = np.sqrt(np.mean(np.square(signal)) / 10 ** (snr_db / 10))
    return quantised(signal + level * noise)


def quantised(signal: NDArray[np.float64], peak: float = 20000) -> NDArray[np.int16]:
    return np.rint(signal / np.abs(signal).max() * peak).astype(np.int16)
