"""Everything that one trace tells, from three passes over its file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from audio_emotion.errors import InputError
from audio_emotion.power import corruption, events, trace
from audio_emotion.power.corruption import CheckedSamples, Corruption, Fault, Limits
from audio_emotion.power.envelope import Envelope
from audio_emotion.power.events import EventDetector, PeakStatistics, PowerEvent, Thresholds
from audio_emotion.power.streaming import Histogram
from audio_emotion.power.trace import BLOCK_ROWS, Trace

N_PASSES: Final = 3
_ZOOM: Final = 1.0  # lengths of an event shown to either side of it

Progress = Callable[[int], None]


@dataclass
class Totals:
    """Sums over the samples that are sound, each with the time it stands for."""

    samples: int = 0
    time_ms: float = 0.0
    energy_uj: float = 0.0
    charge_uas: float = 0.0
    volt_ms: float = 0.0
    start_ms: float = np.nan
    end_ms: float = np.nan
    power: Histogram = field(default_factory=lambda: Histogram(with_zero=True))
    current: Histogram = field(default_factory=lambda: Histogram(with_zero=True))

    def add(self, block: CheckedSamples) -> None:
        """Take the next block."""
        good = block.faults == 0
        samples, weight = block.samples, block.weight_ms[good]
        if not len(weight):
            return
        self.samples += len(weight)
        self.time_ms += float(weight.sum())
        power = samples.power_mw[good]
        self.energy_uj += float(weight @ power)
        self.power.add(power)
        if samples.current_ma is not None:
            self.charge_uas += float(weight @ samples.current_ma[good])
            self.current.add(samples.current_ma[good])
        if samples.voltage_v is not None:
            self.volt_ms += float(weight @ samples.voltage_v[good])
        times = samples.time_ms[good]
        if np.isnan(self.start_ms):
            self.start_ms = float(times[0] - weight[0])
        self.end_ms = float(times[-1])


@dataclass(frozen=True)
class BoxStatistics:
    """What a box plot shows: whiskers hold 98 % of the samples."""

    low: float
    q1: float
    median: float
    q3: float
    high: float
    mean: float


@dataclass(frozen=True)
class Analysis:
    """What was found in one trace.

    Attributes
    ----------
    trace : Trace
    limits : Limits
    corruption : Corruption
    totals : Totals
    thresholds : Thresholds or str
        How predictions were told from idling, or why they could not be.
    events : list of PowerEvent
    envelope : Envelope
        The whole trace, to be drawn.
    """

    trace: Trace
    limits: Limits
    corruption: Corruption
    totals: Totals
    thresholds: Thresholds | str
    events: list[PowerEvent]
    envelope: Envelope

    @property
    def name(self) -> str:
        """Name of the file without its ending."""
        return self.trace.path.stem

    @property
    def power_mw(self) -> float:
        """Mean power."""
        return self.totals.energy_uj / self.totals.time_ms

    @property
    def current_ma(self) -> float | None:
        """Mean current; None where nothing tells it."""
        known = self.totals.current.total
        return self.totals.charge_uas / self.totals.time_ms if known else None

    @property
    def voltage_v(self) -> float | None:
        """Mean voltage; None where nothing tells it."""
        if "voltage" not in self.trace.columns:
            return None
        return self.totals.volt_ms / self.totals.time_ms

    @property
    def complete(self) -> list[PowerEvent]:
        """Bumps of which both edges were seen."""
        return [event for event in self.events if event.complete]

    @property
    def reason_without_events(self) -> str | None:
        """Why there are no events to reckon with; None if there are."""
        if isinstance(self.thresholds, str):
            return self.thresholds
        if not self.events:
            return f"what rises lasts fewer than {events.MIN_SAMPLES} samples"
        if not self.complete:
            return "no rise has both its edges in the trace"
        return None

    def _idle(self, total: float, within: float) -> float | None:
        """Mean over the time outside of all events."""
        time = self.totals.time_ms - sum(event.measured_ms for event in self.events)
        return None if self.reason_without_events or time <= 0 else (total - 1e3 * within) / time

    @property
    def idle_mw(self) -> float | None:
        """Mean power outside of events."""
        return self._idle(self.totals.energy_uj, sum(event.energy_mj for event in self.events))

    @property
    def idle_ma(self) -> float | None:
        """Mean current outside of events; None, too, where no current is known."""
        if self.current_ma is None:
            return None
        return self._idle(self.totals.charge_uas, sum(event.charge_mas for event in self.events))

    @property
    def above_idle_mj(self) -> list[float]:
        """What each whole event takes beyond idling for as long."""
        idle = self.idle_mw
        if idle is None:
            return []
        return [event.energy_mj - idle * event.measured_ms / 1e3 for event in self.complete]

    @property
    def periods_ms(self) -> list[float]:
        """Times from the beginning of one event to that of the next."""
        return [float(step) for step in np.diff([event.start_ms for event in self.complete])]

    def box_statistics(self, quantity: str) -> BoxStatistics | None:
        """Give what a box plot of "power" (mW) or "current" (mA) shows."""
        counted = self.totals.power if quantity == "power" else self.totals.current
        mean = self.power_mw if quantity == "power" else self.current_ma
        if mean is None:
            return None
        low, q1, median, q3, high = map(counted.quantile, (0.01, 0.25, 0.5, 0.75, 0.99))
        return BoxStatistics(low, q1, median, q3, high, mean)


def analyze(
    path: Path, *, block_rows: int = BLOCK_ROWS, progress: Progress | None = None
) -> Analysis:
    """Analyze a trace in memory that does not depend on its length, but for a few words an event.

    Parameters
    ----------
    path : Path
    block_rows : int, optional
        Rows read at a time; changes nothing of what is found.
    progress : callable, optional
        Told, after each block of each of the `N_PASSES` passes, how many rows it had.

    Raises
    ------
    InputError
        It is no trace, or all its samples are corrupt.
    """
    log = trace.open_trace(path)

    def rows() -> Iterator[trace.Samples]:
        for block in log.blocks(block_rows):
            yield block
            if progress:
                progress(len(block.time_ms))

    limits = corruption.estimate_limits(log, rows())
    found, totals, peaks = Corruption(), Totals(), PeakStatistics()
    envelope = Envelope(0, limits.rows)

    def valid() -> Iterator[CheckedSamples]:
        for block in corruption.check(rows(), limits):
            found.add(block)
            totals.add(block)
            envelope.add(block)
            yield block

    margin = events.MARGIN * max(events.SMOOTHINGS)
    for window in events.windows(events.segments(valid(), limits), margin):
        peaks.add(window)
    if totals.samples < 2:
        raise InputError(_nothing_left(path, found, totals.samples))
    thresholds = peaks.thresholds()
    seen: list[PowerEvent] = []
    if isinstance(thresholds, Thresholds):
        finder = EventDetector(thresholds)
        parts = events.segments(corruption.check(rows(), limits), limits)
        for window in events.windows(parts, events.MARGIN * thresholds.smoothing):
            seen += finder.add(window)
    return Analysis(log, limits, found, totals, thresholds, seen, envelope)


def zoom(found: Analysis) -> Envelope | None:
    """Read again what surrounds the first whole event, to draw it; None where there is none."""
    if not found.complete:
        return None
    event = found.complete[0]
    around = _ZOOM * event.duration_ms
    first, end = None, 0
    for block in corruption.check(found.trace.blocks(), found.limits):
        time = block.samples.time_ms
        near = np.flatnonzero((time >= event.start_ms - around) & (time <= event.end_ms + around))
        if len(near):
            first = block.samples.first + int(near[0]) if first is None else first
            end = block.samples.first + int(near[-1]) + 1
        elif first is not None:
            break
    if first is None:
        return None
    envelope = Envelope(first, end)
    for block in corruption.check(found.trace.blocks(), found.limits):
        if block.samples.first >= end:
            break
        envelope.add(block)
    return envelope


def _nothing_left(path: Path, found: Corruption, left: int) -> str:
    (fault, count), *_ = found.reasons.most_common(1)
    return (
        f"{path}: {found.samples:,} samples are corrupt and {left} sound, most often because: "
        f"{corruption.REASONS[Fault(fault)]} ({count:,}). Record it again."
    )
