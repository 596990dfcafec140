"""Corrupt samples, found by rules that hold for any trace, and the reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from audio_emotion.errors import InputError
from audio_emotion.power.streaming import Histogram
from audio_emotion.power.trace import Floats, Samples, Trace

VOLTAGE_BAND: Final = 0.3  # of the median; a lithium cell from full to empty stays within it
MAX_MEDIAN_MISMATCH: Final = 0.5  # beyond it, the columns do not belong together
POWER_BAND: Final = 0.1  # between power and current times voltage, unless the trace is coarser
MAX_MA: Final = 10_000.0  # twice what a USB-C cable may carry
MAX_MW: Final = 240_000.0  # the most that USB Power Delivery gives
COMMON_SHARE: Final = 0.999
TIMES_COMMON: Final = 20.0
MAX_MA_AT_LEAST: Final = 1_000.0  # a radio that wakes up may draw what a sleeping board never does
MAX_MW_AT_LEAST: Final = 5_000.0
NEAR_ZERO: Final = 0.1  # of the median; a sleeping board draws less, and may read 0
GAP_STEPS: Final = 1.5
RUNS_LISTED: Final = 1_000


class Fault(IntEnum):
    """Reasons why a sample is corrupt, of which the first one counts."""

    NONE = 0
    NOT_FINITE = 1
    TIME = 2
    ZERO = 3
    VOLTAGE = 4
    NEGATIVE = 5
    TOO_LARGE = 6
    INCONSISTENT = 7
    ADJACENT = 8


REASONS: Final = {
    Fault.NOT_FINITE: "not a finite number",
    Fault.TIME: "time does not increase",
    Fault.ZERO: "zeros in place of power and voltage",
    Fault.VOLTAGE: "voltage far from the trace's median",
    Fault.NEGATIVE: "current or power below zero",
    Fault.TOO_LARGE: "current or power too large for the trace or for any USB supply",
    Fault.INCONSISTENT: "power is not current times voltage",
    Fault.ADJACENT: "next to a corrupt sample, which the logger averages into it",
}


@dataclass(frozen=True)
class Limits:
    """Limits of the valid samples of a trace, from the whole of it."""

    rows: int
    step_ms: float
    gap_ms: float
    voltage_v: tuple[float, float]
    min_ma: float
    min_mw: float
    max_ma: float
    max_mw: float
    mismatch: float
    never_zero: bool  # the power stays so far above zero that zeros are faults


@dataclass(frozen=True)
class CheckedSamples:
    """Samples with their faults and durations.

    Attributes
    ----------
    samples : Samples
    faults : int array of shape (n,)
        `Fault` of each.
    weight_ms : float array of shape (n,)
        Time since the sample before, or the median step where that is not known.
    missing_ms : float array of shape (n,)
        Time before the sample in which the logger wrote nothing; 0 without a gap.
    """

    samples: Samples
    faults: npt.NDArray[np.int8]
    weight_ms: Floats
    missing_ms: Floats

    @property
    def valid(self) -> npt.NDArray[np.bool_]:
        """Mask of the samples without a fault."""
        return np.asarray(self.faults == Fault.NONE)

    @property
    def plotted(self) -> tuple[npt.NDArray[np.intp], Floats, Floats]:
        """Rows, times and currents of the valid samples; powers where no current is known."""
        samples, (places,) = self.samples, np.nonzero(self.valid)
        values = samples.power_mw if samples.current_ma is None else samples.current_ma
        return samples.first + places, samples.time_ms[places], values[places]


@dataclass
class Run:
    """Consecutive corrupt samples; rows count from 1 below the header."""

    first_row: int
    last_row: int
    start_ms: float
    end_ms: float
    reasons: Counter[Fault]


@dataclass
class Corruption:
    """Corrupt samples and gaps of a trace."""

    samples: int = 0
    reasons: Counter[Fault] = field(default_factory=Counter)
    runs: list[Run] = field(default_factory=list)
    n_runs: int = 0
    n_gaps: int = 0
    missing_ms: float = 0.0
    _last_row: int = -1

    def add(self, block: CheckedSamples) -> None:
        """Take the next block."""
        gaps = block.missing_ms > 0
        self.n_gaps += int(gaps.sum())
        self.missing_ms += float(block.missing_ms[gaps].sum())
        bad = np.flatnonzero(block.faults)
        for run in np.split(bad, np.flatnonzero(np.diff(bad) > 1) + 1):
            if len(run):
                self._extend(block, int(run[0]), int(run[-1]))

    def _extend(self, block: CheckedSamples, first: int, last: int) -> None:
        codes, counts = np.unique(block.faults[first : last + 1], return_counts=True)
        reasons = Counter(dict(zip(map(Fault, codes.tolist()), counts.tolist(), strict=True)))
        self.samples += last - first + 1
        self.reasons += reasons
        row, time = block.samples.first + 1, block.samples.time_ms
        continued = self._last_row == row + first - 1
        self._last_row = row + last
        self.n_runs += not continued
        if self.n_runs > RUNS_LISTED:
            return
        if continued:
            run = self.runs[-1]
            run.last_row, run.end_ms = row + last, float(time[last])
            run.reasons += reasons
        else:
            times = float(time[first]), float(time[last])
            self.runs.append(Run(row + first, row + last, *times, reasons))


def estimate_limits(trace: Trace, blocks: Iterable[Samples]) -> Limits:
    """Estimate limits from a trace, of which up to half may be corrupt.

    Raises
    ------
    InputError
        There are fewer than two samples, no power is above zero, time does not increase, or power
        is not current times voltage.
    """
    usual = {name: Histogram() for name in ("step", "power", "current", "voltage", "mismatch")}
    rows, last = 0, np.nan
    measured = {"power", "current", "voltage"} <= set(trace.columns)
    for block in blocks:
        usual["step"].add(np.diff(block.time_ms, prepend=last))
        rows, last = rows + len(block.time_ms), float(block.time_ms[-1])
        usual["power"].add(block.power_mw)
        if block.current_ma is not None:
            usual["current"].add(block.current_ma)
        if block.voltage_v is not None:
            usual["voltage"].add(block.voltage_v)
        if measured:
            usual["mismatch"].add(_mismatch(block))
    mismatch = usual["mismatch"].quantile(0.5) if usual["mismatch"].total else 0.0
    _require_usable(trace, rows, usual, mismatch)
    voltage = usual["voltage"].quantile(0.5)
    step_ms = float(f"{usual['step'].quantile(0.5):.4g}")  # as fine as the bins
    return Limits(
        rows=rows,
        step_ms=step_ms,
        gap_ms=max(GAP_STEPS * step_ms, step_ms + 10 * usual["step"].robust_std()),
        voltage_v=(voltage * (1 - VOLTAGE_BAND), voltage * (1 + VOLTAGE_BAND)),
        min_ma=_minimum(usual["current"]),
        min_mw=_minimum(usual["power"]),
        max_ma=_maximum(usual["current"], MAX_MA_AT_LEAST, MAX_MA),
        max_mw=_maximum(usual["power"], MAX_MW_AT_LEAST, MAX_MW),
        mismatch=max(POWER_BAND, 10 * mismatch) if measured else np.inf,
        never_zero=_far_from_zero(usual["power"]),
    )


def _require_usable(trace: Trace, rows: int, usual: dict[str, Histogram], mismatch: float) -> None:
    if rows < 2:
        raise InputError(f"{trace.path}: has {rows} row; an average needs at least two.")
    if not usual["power"].total:
        raise InputError(f"{trace.path}: no sample has a power above zero; every one is corrupt.")
    if 2 * usual["step"].total < rows - 1:
        raise InputError(
            f"{trace.path}: time does not increase in {rows - 1 - usual['step'].total:,} of "
            f"{rows - 1:,} steps. Sort the rows, or let the logger write the time with more digits."
        )
    if mismatch > MAX_MEDIAN_MISMATCH:
        raise InputError(
            f"{trace.path}: power and current times voltage differ by {mismatch:.0%} of the larger "
            "in most rows. Correct the units in the header, or remove the column that is wrong."
        )


def _mismatch(block: Samples) -> Floats:
    """Return the relative difference between power and current times voltage."""
    assert block.current_ma is not None  # called where all three are measured
    assert block.voltage_v is not None
    with np.errstate(all="ignore"):
        product = block.current_ma * block.voltage_v
        larger = np.maximum(np.abs(product), np.abs(block.power_mw))
        return np.where(larger > 0, np.abs(product - block.power_mw) / larger, 0.0)


def _minimum(usual: Histogram) -> float:
    """Return the lowest valid value: below zero only if usual values come close to it."""
    if not usual.total:
        return -np.inf
    if _far_from_zero(usual):
        return 0.0
    return min(0.0, usual.quantile(0.5) - 10 * usual.robust_std())


def _far_from_zero(usual: Histogram) -> bool:
    """Return whether all but a few values stay away from zero."""
    return usual.quantile(0.001) > NEAR_ZERO * usual.quantile(0.5)


def _maximum(usual: Histogram, at_least: float, at_most: float) -> float:
    if not usual.total:
        return np.inf
    return min(at_most, max(at_least, TIMES_COMMON * usual.quantile(COMMON_SHARE)))


def check(blocks: Iterable[Samples], limits: Limits) -> Iterator[CheckedSamples]:
    """Yield blocks with their faults, one block behind, for its end depends on the next."""
    last_time = np.nan
    before = False
    held: tuple[Samples, npt.NDArray[np.int8], Floats] | None = None
    for block in blocks:
        faults = _faults(block, limits)
        times = np.concatenate([[last_time], block.time_ms])
        known = np.maximum.accumulate(np.where(np.isfinite(times), np.arange(len(times)), 0))
        times = times[known]
        steps = np.diff(times)
        faults[(faults == Fault.NONE) & (steps <= 0)] = Fault.TIME
        last_time = float(times[-1])
        if held is not None:
            yield _with_adjacent(held, limits, before, after=bool(_is_electrical(faults[:1]).any()))
            before = bool(_is_electrical(held[1][-1:]).any())
        held = (block, faults, steps)
    if held is not None:
        yield _with_adjacent(held, limits, before, after=False)


def _faults(block: Samples, limits: Limits) -> npt.NDArray[np.int8]:
    """Return the faults that a sample shows by itself."""
    power, current, voltage = block.power_mw, block.current_ma, block.voltage_v
    known = [values for values in (power, current, voltage) if values is not None]
    faults = np.zeros(len(power), np.int8)

    def mark(bad: Any, fault: Fault) -> None:
        faults[bad & (faults == Fault.NONE)] = fault

    mark(~np.isfinite([block.time_ms, power]).all(axis=0), Fault.NOT_FINITE)
    zero = power == 0
    if voltage is not None:
        mark(zero & (voltage == 0), Fault.ZERO)
    elif limits.never_zero:
        mark(zero, Fault.ZERO)
    mark(~np.isfinite(known).all(axis=0), Fault.NOT_FINITE)
    if voltage is not None:
        low, high = limits.voltage_v
        mark((voltage < low) | (voltage > high), Fault.VOLTAGE)
    mark(power < limits.min_mw, Fault.NEGATIVE)
    mark(power > limits.max_mw, Fault.TOO_LARGE)
    if current is not None:
        mark(current < limits.min_ma, Fault.NEGATIVE)
        mark(current > limits.max_ma, Fault.TOO_LARGE)
    if np.isfinite(limits.mismatch):
        mark(_mismatch(block) > limits.mismatch, Fault.INCONSISTENT)
    return faults


def _is_electrical(faults: npt.NDArray[np.int8]) -> npt.NDArray[np.bool_]:
    """Return which faults reach into adjacent samples: those of the electrical values."""
    return (faults >= Fault.ZERO) & (faults <= Fault.INCONSISTENT)


def _with_adjacent(
    held: tuple[Samples, npt.NDArray[np.int8], Floats],
    limits: Limits,
    before: bool,
    after: bool,
) -> CheckedSamples:
    """Mark samples adjacent to an electrical fault, also to one just `before` or `after`."""
    block, faults, steps = held
    bad = np.concatenate([[before], _is_electrical(faults), [after]])
    adjacent = (bad[:-2] | bad[2:]) & (faults == Fault.NONE)
    faults = np.where(adjacent, Fault.ADJACENT, faults).astype(np.int8)
    gap = steps > limits.gap_ms
    usual = (steps > 0) & ~gap
    return CheckedSamples(
        block,
        faults,
        weight_ms=np.where(usual, steps, limits.step_ms),
        missing_ms=np.where(gap, steps - limits.step_ms, 0.0),
    )
