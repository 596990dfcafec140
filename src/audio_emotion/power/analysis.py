"""Analysis of one trace in three passes over its file, and the battery life that follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from audio_emotion.errors import InputError
from audio_emotion.power import events
from audio_emotion.power.corruption import (
    REASONS,
    CheckedSamples,
    Corruption,
    Limits,
    check,
    estimate_limits,
)
from audio_emotion.power.events import EventDetector, PeakStatistics, PowerEvent, Thresholds
from audio_emotion.power.streaming import Envelope, Histogram
from audio_emotion.power.trace import BLOCK_ROWS, Trace, open_trace

FORMULA: Final = (
    "hours = mAh x V / (idle mW + predictions per hour x mJ above idle / 3600), without "
    "self-discharge, aging or losses of a converter"
)


@dataclass
class Totals:
    """Sums and distributions over the valid samples, weighted by their durations."""

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
        valid, samples = block.valid, block.samples
        weight = block.weight_ms[valid]
        if not len(weight):
            return
        self.samples += len(weight)
        self.time_ms += float(weight.sum())
        power = samples.power_mw[valid]
        self.energy_uj += float(weight @ power)
        self.power.add(power)
        if samples.current_ma is not None:
            self.charge_uas += float(weight @ samples.current_ma[valid])
            self.current.add(samples.current_ma[valid])
        if samples.voltage_v is not None:
            self.volt_ms += float(weight @ samples.voltage_v[valid])
        times = samples.time_ms[valid]
        if np.isnan(self.start_ms):
            self.start_ms = float(times[0] - weight[0])
        self.end_ms = float(times[-1])


@dataclass(frozen=True)
class Analysis:
    """Results for one trace.

    Attributes
    ----------
    trace : Trace
    limits : Limits
    corruption : Corruption
    totals : Totals
    thresholds : Thresholds or str
        Powers that tell events from idling, or why there are none.
    events : list of PowerEvent
    envelope : Envelope
        The whole trace, for a plot.
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
        """Mean current; None where it is not known."""
        known = self.totals.current.total
        return self.totals.charge_uas / self.totals.time_ms if known else None

    @property
    def voltage_v(self) -> float | None:
        """Mean voltage; None where it is not known."""
        known = "voltage" in self.trace.columns
        return self.totals.volt_ms / self.totals.time_ms if known else None

    @property
    def complete(self) -> list[PowerEvent]:
        """Events with both edges in the trace."""
        return [event for event in self.events if event.complete]

    @property
    def reason_without_events(self) -> str | None:
        """Reason why there are no complete events; None if there are."""
        if isinstance(self.thresholds, str):
            return self.thresholds
        if not self.events:
            return f"all rises last fewer than {events.MIN_SAMPLES} samples"
        if not self.complete:
            return "no rise has both its edges in the trace"
        return None

    def _idle(self, total: float, within: float) -> float | None:
        """Return a mean over the time outside of all events."""
        time = self.totals.time_ms - sum(event.measured_ms for event in self.events)
        return None if self.reason_without_events or time <= 0 else (total - 1e3 * within) / time

    @property
    def idle_mw(self) -> float | None:
        """Mean power outside of events; None without events."""
        return self._idle(self.totals.energy_uj, sum(event.energy_mj for event in self.events))

    @property
    def idle_ma(self) -> float | None:
        """Mean current outside of events; None without events or current."""
        if self.current_ma is None:
            return None
        return self._idle(self.totals.charge_uas, sum(event.charge_mas for event in self.events))

    @property
    def above_idle_mj(self) -> list[float]:
        """Energy of each complete event beyond that of idling for as long."""
        idle = self.idle_mw
        if idle is None:
            return []
        return [event.energy_mj - idle * event.measured_ms / 1e3 for event in self.complete]

    @property
    def periods_ms(self) -> list[float]:
        """Times from the start of each complete event to that of the next."""
        return [float(step) for step in np.diff([event.start_ms for event in self.complete])]

    def box_statistics(self, quantity: str) -> dict[str, float] | None:
        """Return the figures of a box plot of "power" (mW) or "current" (mA).

        Keys are low, q1, median, q3, high and mean; low to high holds 98 % of the samples.
        """
        values = self.totals.power if quantity == "power" else self.totals.current
        mean = self.power_mw if quantity == "power" else self.current_ma
        if mean is None:
            return None
        shares = {"low": 0.01, "q1": 0.25, "median": 0.5, "q3": 0.75, "high": 0.99}
        return {name: values.quantile(share) for name, share in shares.items()} | {"mean": mean}


def analyze(path: Path, *, block_rows: int = BLOCK_ROWS) -> Analysis:
    """Analyze a trace, in memory that grows only with the number of events.

    Parameters
    ----------
    path : Path
    block_rows : int, optional
        Rows read at a time, without influence on the results.

    Raises
    ------
    InputError
        It is not a trace, or all its samples are corrupt.
    """
    trace = open_trace(path)
    limits = estimate_limits(trace, trace.blocks(block_rows))
    corruption, totals, peaks = Corruption(), Totals(), PeakStatistics()
    envelope = Envelope(0, limits.rows)

    def checked() -> Iterator[CheckedSamples]:
        for block in check(trace.blocks(block_rows), limits):
            corruption.add(block)
            totals.add(block)
            envelope.add(*block.plotted)
            yield block

    for window in events.windows(checked(), limits, max(events.SMOOTHINGS)):
        peaks.add(window)
    if totals.samples < 2:
        (fault, count), *_ = corruption.reasons.most_common(1)
        raise InputError(
            f"{path}: {corruption.samples:,} samples are corrupt and {totals.samples} valid, most "
            f"often because: {REASONS[fault]} ({count:,}). Record it again."
        )
    thresholds = peaks.thresholds()
    found: list[PowerEvent] = []
    if isinstance(thresholds, Thresholds):
        detector = EventDetector(thresholds)
        blocks = check(trace.blocks(block_rows), limits)
        for window in events.windows(blocks, limits, thresholds.smoothing):
            found += detector.add(window)
    return Analysis(trace, limits, corruption, totals, thresholds, found, envelope)


def first_event_envelope(found: Analysis) -> Envelope | None:
    """Read again the first complete event and as much around it; return None without one."""
    if not found.complete:
        return None
    event = found.complete[0]
    start_ms, end_ms = event.start_ms - event.duration_ms, event.end_ms + event.duration_ms
    first, end = found.limits.rows, 0
    for samples in found.trace.blocks():
        near = np.flatnonzero((samples.time_ms >= start_ms) & (samples.time_ms <= end_ms))
        if len(near):
            first = min(first, samples.first + int(near[0]))
            end = samples.first + int(near[-1]) + 1
        elif end:
            break
    envelope = Envelope(first, end)
    for block in check(found.trace.blocks(), found.limits):
        if block.samples.first >= end:
            break
        envelope.add(*block.plotted)
    return envelope


@dataclass(frozen=True)
class Battery:
    """Charge and mean voltage of a battery, and how often it supplies a prediction.

    Parameters
    ----------
    mah, volts : float
    per_hour : float, optional
        Predictions per hour; as often as in the trace by default.

    Raises
    ------
    InputError
        A value is out of range.
    """

    mah: float
    volts: float
    per_hour: float | None = None

    def __post_init__(self) -> None:
        if not (0 < self.mah < float("inf") and 0 < self.volts < float("inf")):
            raise InputError(
                f"a battery of {self.mah:g} mAh at {self.volts:g} V holds no energy. "
                "Give values above zero, as in --battery-mah 1000 --battery-v 3.7."
            )
        if self.per_hour is not None and not 0 <= self.per_hour < float("inf"):
            raise InputError(
                f"{self.per_hour:g} predictions per hour is not a rate. Give zero or more with "
                "--predictions-per-hour."
            )

    def hours(self, idle_mw: float, above_idle_mj: float = 0.0, per_hour: float = 0.0) -> float:
        """Return the time until it is empty: `FORMULA`.

        Examples
        --------
        >>> Battery(1000, 3.7).hours(idle_mw=37.0)
        100.0
        """
        return self.mah * self.volts / (idle_mw + per_hour * above_idle_mj / 3600)
