"""Jitter and shimmer of a recording, after Praat, in float64.

Pulses come from waveform matching forward through every voiced stretch, and a new chain
begins at every peak higher than those before it: the core's way, by the plainest means.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]
SR, HOP = 16000, 160


def match(x: Samples, pulse: float, period: float) -> tuple[float, float]:
    """Shift to where one period of samples correlates best with that around the pulse."""
    left, right = round(pulse - period / 2), round(pulse + period / 2) + 1
    here = x[left:right]
    lags = np.arange(int(0.8 * period), int(1.25 * period) + 2)
    there = np.array([x[left + lag : right + lag] for lag in lags])
    r = there @ here / np.sqrt((here @ here) * (there**2).sum(axis=1) + 1e-9)
    maxima = 1 + np.flatnonzero((r[1:-1] > r[:-2]) & (r[1:-1] >= r[2:]))
    if len(maxima) == 0:
        return period, 0.0
    top = maxima[np.argmax(r[maxima])]
    before, height, after = r[top - 1 : top + 2]
    return lags[top] + (after - before) / 2 / (2 * height - before - after), height


def chains(x: Samples, f0_hz: Samples, center: int) -> list[list[float]]:
    """Pulses, in samples; `f0_hz` is of every hop, the first at sample `center`."""
    found: list[list[float]] = []
    voiced = np.flatnonzero(f0_hz > 0)
    for stretch in np.split(voiced, 1 + np.flatnonzero(np.diff(voiced) > 1)):
        peak, pulse = 0.0, -1.0
        for frame in stretch:
            period = SR / f0_hz[frame]
            begin = center + frame * HOP - HOP // 2
            if frame == stretch[0]:
                pulse, peak = highest(x, begin + period / 2, period)
                found.append([pulse])
            while pulse < begin + HOP and pulse + 1.8 * period < len(x):
                shift, r = match(x, pulse, period)
                pulse += shift
                last = frame == stretch[-1] and pulse >= begin + HOP
                if r > (0.7 if last else 0.3):
                    found[-1].append(pulse)
                place, height = highest(x, pulse, period)
                if height > peak and not last:
                    peak = height
                    if abs(place - pulse) > 0.05 * period:
                        pulse = place
                        found.append([pulse])
    return found


def highest(x: Samples, center: float, period: float) -> tuple[float, float]:
    """Place and magnitude of the highest sample within half a period."""
    left, right = round(center - period / 2), round(center + period / 2)
    place = left + int(np.argmax(np.abs(x[left:right])))
    return float(place), float(np.abs(x[place]))


def amplitude(x: Samples, pulse: float, before: float, after: float) -> float:
    """Hann-windowed root mean square, to a fifth of the periods on either side."""
    n = np.arange(int(np.ceil(pulse - 0.2 * before)), int(pulse + 0.2 * after) + 1)
    phase = (n - pulse) / np.where(n < pulse, 0.2 * before, 0.2 * after)
    window = 0.5 + 0.5 * np.cos(np.pi * phase)
    return float(np.sqrt(((x[n] * window) ** 2).sum() / (window**2).sum()))


def jitter_and_shimmer(x: Samples, pulses: list[list[float]]) -> tuple[float, float]:
    """Mean differences of neighbours over the means: Praat's "local" ones."""
    periods, amplitudes, period_steps, amplitude_steps = [], [], [], []
    for chain in pulses:
        spans = np.diff(chain)
        inside = (spans >= 1.6) & (spans <= 320)
        alike = [
            bool(inside[i] and inside[i + 1] and max(a / b, b / a) <= 1.3)
            for i, (a, b) in enumerate(pairwise(spans))
        ]
        pairs = np.flatnonzero(alike)
        period_steps += [abs(spans[i + 1] - spans[i]) for i in pairs]
        periods += list(spans[sorted({*pairs, *(pairs + 1)})])
        heights = [amplitude(x, chain[i + 1], spans[i], spans[i + 1]) for i in pairs]
        amplitudes += heights[:-1]
        for (i, a), (j, b) in pairwise(zip(pairs, heights, strict=True)):
            if chain[j + 1] - chain[i + 1] <= 320 and max(a / b, b / a) <= 1.6:
                amplitude_steps.append(abs(b - a))
    return (
        float(np.mean(period_steps) / np.mean(periods)),
        float(np.mean(amplitude_steps) / np.mean(amplitudes)),
    )
