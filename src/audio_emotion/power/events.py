"""Events in a power trace, such as predictions: stretches that stand out above all idle activity.

The power of an idle board is not constant: regulators, radios and clocks make it swing, by half of
it on some boards. So the trace is smoothed. The heights of its local maxima fall into a group of
idling and a group of events, with a gap between them. Of several smoothings the one with the widest
gap is used; where none has one, there are no events. The edges of an event are where a step fits
the unsmoothed samples best.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d

from audio_emotion.power.corruption import CheckedSamples, Limits
from audio_emotion.power.streaming import Histogram
from audio_emotion.power.trace import Floats

SMOOTHINGS: Final = (5, 11, 25, 51, 101, 251)  # samples
PEAK_REACH: Final = 2  # smoothings to either side over which a maximum is the largest
MARGIN: Final = 4  # smoothings around a window, so that cutting changes nothing
IDLE_PEAKS_SHARE: Final = 0.25  # of the maxima, at least this many belong to idling
MAX_EVENT_SHARE: Final = 1 / 3  # of the time; what takes more of it counts as idling
MIN_SEPARATION: Final = 1.5  # gap between both groups, in heights of the maxima of idling
CLEAR_SEPARATION: Final = 3.0
MIN_RISE: Final = 0.02  # of the idle level
MIN_SAMPLES: Final = 3
BREAK_STEPS: Final = 10  # after as long without valid samples, a new stretch begins

# Rows of the arrays that are cut into windows: end and duration of each sample in ms, mW and mA.
_TIME, _WEIGHT, _POWER, _CURRENT = range(4)


@dataclass(frozen=True)
class Window:
    """Samples `low` to `high` of `values`, with a margin on both sides where there are samples.

    Attributes
    ----------
    values : float array of shape (4, n)
    low, high : int
    before : int
        Samples of the same stretch before `values`.
    ends : bool
        The stretch ends with `values`.
    """

    values: Floats
    low: int
    high: int
    before: int
    ends: bool


@dataclass(frozen=True)
class Thresholds:
    """Powers that tell events from idling.

    Attributes
    ----------
    smoothing : int
        Samples averaged.
    idle_mw, idle_peak_mw : float
        Usual smoothed power, and the highest that idling reaches.
    event_peak_mw : float
        Lowest peak of an event.
    """

    smoothing: int
    idle_mw: float
    idle_peak_mw: float
    event_peak_mw: float

    @property
    def separation(self) -> float:
        """Gap between idling and events, in heights of the maxima of idling."""
        return (self.event_peak_mw - self.idle_peak_mw) / (self.idle_peak_mw - self.idle_mw)

    @property
    def edge_mw(self) -> float:
        """Power at the edges of an event: high, as boards draw a little more after one."""
        return self.idle_peak_mw + 0.35 * (self.event_peak_mw - self.idle_peak_mw)

    @property
    def required_mw(self) -> float:
        """Power that an event must reach."""
        return 0.5 * (self.event_peak_mw + self.idle_peak_mw)


@dataclass(frozen=True)
class PowerEvent:
    """One rise of the power; `complete` unless its stretch of valid samples begins or ends in it.

    `measured_ms` is the time covered by valid samples, over which energy and charge are summed.
    """

    start_ms: float
    end_ms: float
    measured_ms: float
    energy_mj: float
    charge_mas: float
    complete: bool

    @property
    def duration_ms(self) -> float:
        """Time between its edges."""
        return self.end_ms - self.start_ms


def windows(blocks: Iterable[CheckedSamples], limits: Limits, smoothing: int) -> Iterator[Window]:
    """Cut valid samples into windows that overlap by a margin, for a smoothing of that length.

    Corrupt samples are left out; where they or a gap last `BREAK_STEPS`, a new stretch begins.
    """
    margin = MARGIN * smoothing
    held: Floats | None = None
    done = before = 0
    for values, begins in _pieces(blocks, limits):
        if held is not None and begins:
            yield Window(held, done, held.shape[1], before, ends=True)
            held = None
        if held is None:
            held, done, before = values, 0, 0
        else:
            held = np.concatenate([held, values], axis=1)
        ready = held.shape[1] - margin
        if ready > done:
            yield Window(held, done, ready, before, ends=False)
            drop = max(0, ready - margin)
            held, done, before = held[:, drop:], ready - drop, before + drop
    if held is not None:
        yield Window(held, done, held.shape[1], before, ends=True)


def _pieces(blocks: Iterable[CheckedSamples], limits: Limits) -> Iterator[tuple[Floats, bool]]:
    """Yield arrays of shape (4, n) of valid samples, and whether each begins a stretch."""
    last = np.nan
    longest_ms = max(limits.gap_ms, BREAK_STEPS * limits.step_ms)
    for block in blocks:
        samples, valid = block.samples, block.valid
        current = samples.current_ma
        if current is None:
            current = np.full(len(valid), np.nan)
        columns = (samples.time_ms, block.weight_ms, samples.power_mw, current)
        values = np.stack([column[valid] for column in columns])
        if not values.shape[1]:
            continue
        steps = np.diff(values[_TIME], prepend=last)
        cuts = np.flatnonzero(~(steps <= longest_ms))  # the very first is NaN and cuts, too
        for first, end in zip([0, *cuts], [*cuts, values.shape[1]], strict=True):
            if end > first:
                yield values[:, first:end], bool(first in cuts)
        last = float(values[_TIME, -1])


def smooth(power: Floats, smoothing: int) -> Floats:
    """Return moving averages over `smoothing` samples, fewer at the ends."""
    half = smoothing // 2
    base = power.mean()
    total = np.concatenate([[0.0], np.cumsum(power - base)])
    places = np.arange(len(power))
    first, last = np.maximum(places - half, 0), np.minimum(places + half + 1, len(power))
    return np.asarray((total[last] - total[first]) / (last - first) + base, np.float64)


class PeakStatistics:
    """Distributions of the power and of its local maxima, for each smoothing."""

    def __init__(self) -> None:
        self._powers = {smoothing: Histogram() for smoothing in SMOOTHINGS}
        self._peaks = {smoothing: Histogram() for smoothing in SMOOTHINGS}

    def add(self, window: Window) -> None:
        """Take the next window, except the ends of a stretch, where fewer samples are averaged."""
        length = window.values.shape[1]
        for smoothing in SMOOTHINGS:
            half = smoothing // 2
            power = smooth(window.values[_POWER], smoothing)
            highest = maximum_filter1d(power, 2 * PEAK_REACH * smoothing + 1, mode="nearest")
            low = max(window.low, half - window.before)
            high = min(window.high, length - half) if window.ends else window.high
            if low >= high:
                continue
            here = slice(low, high)
            self._powers[smoothing].add(power[here])
            self._peaks[smoothing].add(power[here][power[here] == highest[here]])

    def thresholds(self) -> Thresholds | str:
        """Return the thresholds with the widest gap, or why no events can be told from idling."""
        found = [one for one in map(self._with, SMOOTHINGS) if one is not None]
        best = max(found, key=lambda one: one.separation, default=None)
        if best is None:
            return "all rises are within the swings of the idle power, or last too long"
        if best.separation < MIN_SEPARATION:
            return (
                "no rise stands out: the idle power reaches "
                f"{best.idle_peak_mw - best.idle_mw:.3g} mW above its level, and the next higher "
                f"rises are only {best.event_peak_mw - best.idle_peak_mw:.3g} mW above that"
            )
        return best

    def _with(self, smoothing: int) -> Thresholds | None:
        """Return the widest gap between heights of maxima, relative to the heights below it."""
        powers, peaks = self._powers[smoothing], self._peaks[smoothing]
        idle = powers.quantile(0.2)
        heights, _ = peaks.bins()
        common = max(peaks.quantile(IDLE_PEAKS_SHARE), idle)
        heights = np.concatenate([[common], heights[heights > common]])
        if len(heights) < 2:
            return None
        # Bins are 0.05 % wide: closer heights cannot be told apart.
        tops = np.maximum(heights[:-1], idle * 1.001)
        scores = (heights[1:] - tops) / (tops - idle)
        scores[heights[1:] < idle * (1 + MIN_RISE)] = -1
        middles = (heights[1:] + tops) / 2
        scores[powers.shares_above(middles) > MAX_EVENT_SHARE] = -1
        # The lowest wide gap: what happens once, as at power-up, may rise higher still.
        good = np.flatnonzero(scores >= CLEAR_SEPARATION)
        best = int(good[0]) if len(good) else int(scores.argmax())
        if scores[best] <= 0:
            return None
        return Thresholds(smoothing, idle, float(tops[best]), float(heights[best + 1]))


@dataclass(frozen=True)
class _Edge:
    """Edge of an event: its place among all samples, and the sums up to there."""

    coarse: int
    place: int
    time_ms: float
    sums: Floats
    complete: bool


class EventDetector:
    """Detector of events in a stream of windows."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self._start: _Edge | None = None
        self._tall = False
        self._highest = 0.0  # energy of the largest sample of the event that is open
        self._first = 0  # place of the window's `low` among all samples
        self._sums = np.zeros(3)  # of time, energy and charge before it

    def add(self, window: Window) -> Iterator[PowerEvent]:
        """Take the next window and yield the events that end in it."""
        values, low, high = window.values, window.low, window.high
        power = smooth(values[_POWER], self._thresholds.smoothing)
        above = power > self._thresholds.edge_mw
        tall = power > self._thresholds.required_mw
        weighted = values[_WEIGHT] * np.stack(
            [np.ones_like(power), values[_POWER], values[_CURRENT]]
        )
        sums = np.concatenate([np.zeros((3, 1)), np.cumsum(weighted, axis=1)], axis=1)
        self._totals = sums + (self._sums - sums[:, low])[:, None]
        begun = self._start is not None
        changes = low + np.flatnonzero(np.diff(above[low:high], prepend=begun))
        place = low
        for change in map(int, changes):
            if self._start is None:
                self._start = self._rise(window, change)
                self._tall, self._highest = False, 0.0
            else:
                self._follow(tall[place:change], weighted[1, place:change])
                yield from self._close(self._fall(window, change))
            place = change
        if self._start is not None:
            self._follow(tall[place:high], weighted[1, place:high])
            if window.ends:
                yield from self._close(self._edge(window, high, high, complete=False))
        self._first += high - low
        self._sums = self._totals[:, high]

    def _follow(self, tall: npt.NDArray[np.bool_], energy: Floats) -> None:
        self._tall |= bool(tall.any())
        self._highest = max(self._highest, float(energy.max(initial=0.0)))

    def _rise(self, window: Window, place: int) -> _Edge:
        if window.before + place == 0:
            return self._edge(window, place, place, complete=False)
        n = self._thresholds.smoothing
        power = window.values[_POWER]
        smoothed = smooth(power, n)[place : place + 2 * n]
        falls = np.flatnonzero(smoothed <= self._thresholds.edge_mw)
        middle = place + (int(falls[0]) // 2 if len(falls) else n)
        first, last = max(place - n, 0), min(middle, place + n, len(power))
        return self._edge(window, first + _step(power[first:last]), place, complete=True)

    def _fall(self, window: Window, place: int) -> _Edge:
        assert self._start is not None
        n = self._thresholds.smoothing
        power = window.values[_POWER]
        long = place - window.low + self._first - self._start.coarse
        first = max(place - min(n, long // 2), 0)
        return self._edge(
            window, first + _step(power[first : place + n]), place, complete=self._start.complete
        )

    def _edge(self, window: Window, place: int, coarse: int, complete: bool) -> _Edge:
        shift = self._first - window.low
        if place:
            time = float(window.values[_TIME, place - 1])
        else:
            time = float(window.values[_TIME, 0] - window.values[_WEIGHT, 0])
        return _Edge(shift + coarse, shift + place, time, self._totals[:, place], complete)

    def _close(self, end: _Edge) -> Iterator[PowerEvent]:
        start, self._start = self._start, None
        assert start is not None
        n_samples = end.place - start.place
        if not self._tall or n_samples < MIN_SAMPLES:
            return
        measured, energy, charge = end.sums - start.sums
        # One sample, however large, is no event: the rest must be high, too.
        if energy - self._highest > self._thresholds.edge_mw * measured * (1 - 1 / n_samples):
            yield PowerEvent(
                start_ms=start.time_ms,
                end_ms=end.time_ms,
                measured_ms=float(measured),
                energy_mj=float(energy) / 1e3,
                charge_mas=float(charge) / 1e3,
                complete=end.complete,
            )


def _step(power: Floats) -> int:
    """Return the place of the step between two constant levels that fit the samples best."""
    n = len(power)
    if n < 2:
        return 0
    shifted = power - power.mean()
    left = np.cumsum(shifted)[:-1]
    size = np.arange(1, n)
    explained: npt.NDArray[np.float64] = left**2 / size + left**2 / (n - size)
    return int(explained.argmax()) + 1
