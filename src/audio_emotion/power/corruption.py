"""Samples that cannot be true, found by rules that hold for any trace, and why."""

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

VOLTAGE_BAND: Final = 0.3  # of the median: a lithium cell from full to empty stays within
WORST_MISMATCH: Final = 0.5  # beyond which the columns do not belong together
POWER_BAND: Final = 0.1  # between power and current times voltage, unless the trace is coarser
MAX_MA: Final = 10_000.0  # twice what a USB-C cable may carry
MAX_MW: Final = 240_000.0  # what USB Power Delivery ends at
COMMON_SHARE: Final = 0.999
TIMES_COMMON: Final = 20.0
SMALLEST_CAP_MA: Final = 1_000.0  # a radio that wakes up may draw what a sleeping board never does
SMALLEST_CAP_MW: Final = 5_000.0
NEAR_ZERO: Final = 0.1  # of the median; a board that sleeps gets there, and may read 0
GAP_STEPS: Final = 1.5
RUNS_LISTED: Final = 1_000


class Fault(IntEnum):
    """Why a sample cannot be true; of several reasons the first counts."""

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
    """What a sample of one trace must keep to; made from the whole trace."""

    rows: int
    step_ms: float
    gap_ms: float
    voltage_v: tuple[float, float]
    min_ma: float
    min_mw: float
    max_ma: float
    max_mw: float
    mismatch: float
    never_zero: bool  # the power stays so far above zero that a zero is no measurement


@dataclass(frozen=True)
class CheckedSamples:
    """Samples, each with its fault and the time it stands for.

    Attributes
    ----------
    samples : Samples
    faults : int array of shape (n,)
        `Fault` of each.
    weight_ms : float array of shape (n,)
        Time since the sample before, or the usual step where that is not known.
    missing_ms : float array of shape (n,)
        Time before the sample in which the logger wrote nothing; 0 without a gap.
    """

    samples: Samples
    faults: npt.NDArray[np.int8]
    weight_ms: Floats
    missing_ms: Floats


@dataclass
class Run:
    """Corrupt samples in a row; rows count from 1 below the header."""

    first_row: int
    last_row: int
    start_ms: float
    end_ms: float
    reasons: Counter[Fault]


@dataclass
class Corruption:
    """Gather where a trace is corrupt, and its gaps."""

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
        why: Counter[Fault] = Counter()
        codes, counts = np.unique(block.faults[first : last + 1], return_counts=True)
        for code, count in zip(codes, counts, strict=True):
            why[Fault(int(code))] = int(count)
        self.samples += last - first + 1
        self.reasons += why
        row, time = block.samples.first + 1, block.samples.time_ms
        goes_on = self._last_row == row + first - 1
        self._last_row = row + last
        if not goes_on:
            self.n_runs += 1
        elif self.n_runs <= RUNS_LISTED:
            run = self.runs[-1]
            run.last_row, run.end_ms = row + last, float(time[last])
            run.reasons += why
            return
        if not goes_on and self.n_runs <= RUNS_LISTED:
            self.runs.append(
                Run(row + first, row + last, float(time[first]), float(time[last]), why)
            )


def estimate_limits(trace: Trace, blocks: Iterable[Samples]) -> Limits:
    """Learn from a trace what its samples usually are; up to half of them may be corrupt.

    Raises
    ------
    InputError
        There are fewer than two samples, none is above zero, time does not increase, or the
        power has nothing to do with current and voltage.
    """
    step, power, current, voltage, mismatch = (Histogram() for _ in range(5))
    n, last = 0, np.nan
    measured = {"power", "current", "voltage"} <= set(trace.columns)
    for block in blocks:
        step.add(np.diff(block.time_ms, prepend=last))
        n, last = n + len(block.time_ms), float(block.time_ms[-1])
        power.add(block.power_mw)
        if block.current_ma is not None:
            current.add(block.current_ma)
        if block.voltage_v is not None:
            voltage.add(block.voltage_v)
        if measured:
            mismatch.add(_mismatch(block))
    if n < 2:
        raise InputError(f"{trace.path}: has {n} row; an average needs at least two.")
    if not power.total:
        raise InputError(f"{trace.path}: no sample has a power above zero; every one is corrupt.")
    if 2 * step.total < n - 1:
        raise InputError(
            f"{trace.path}: time does not increase in {n - 1 - step.total:,} of {n - 1:,} steps. "
            "Sort the rows, or let the logger write the time with more digits."
        )
    middle = voltage.quantile(0.5)
    usual = float(f"{step.quantile(0.5):.4g}")  # the bins are no finer
    usual_mismatch = mismatch.quantile(0.5) if mismatch.total else 0.0
    if usual_mismatch > WORST_MISMATCH:
        raise InputError(
            f"{trace.path}: power and current times voltage differ by {usual_mismatch:.0%} of the "
            "larger in most rows. Correct the units in the header, or remove the column that is "
            "wrong."
        )
    return Limits(
        rows=n,
        step_ms=usual,
        gap_ms=max(GAP_STEPS * usual, usual + 10 * step.spread()),
        voltage_v=(middle * (1 - VOLTAGE_BAND), middle * (1 + VOLTAGE_BAND)),
        min_ma=_lowest(current),
        min_mw=_lowest(power),
        max_ma=_largest(current, SMALLEST_CAP_MA, MAX_MA),
        max_mw=_largest(power, SMALLEST_CAP_MW, MAX_MW),
        mismatch=max(POWER_BAND, 10 * usual_mismatch) if measured else np.inf,
        never_zero=_far_from_zero(power),
    )


def _mismatch(block: Samples) -> Floats:
    """Relative difference between the power and current times voltage."""
    assert block.current_ma is not None  # only asked where all three are measured
    assert block.voltage_v is not None
    with np.errstate(all="ignore"):
        product = block.current_ma * block.voltage_v
        larger = np.maximum(np.abs(product), np.abs(block.power_mw))
        return np.where(larger > 0, np.abs(product - block.power_mw) / larger, 0.0)


def _lowest(usual: Histogram) -> float:
    """How far below zero is noise: nothing, unless what is usual comes close to zero."""
    if not usual.total:
        return -np.inf
    if _far_from_zero(usual):
        return 0.0
    return min(0.0, usual.quantile(0.5) - 10 * usual.spread())


def _far_from_zero(usual: Histogram) -> bool:
    """Tell whether all but a few of the values keep away from zero."""
    return usual.quantile(0.001) > NEAR_ZERO * usual.quantile(0.5)


def _largest(usual: Histogram, smallest_cap: float, largest_cap: float) -> float:
    if not usual.total:
        return np.inf
    return min(largest_cap, max(smallest_cap, TIMES_COMMON * usual.quantile(COMMON_SHARE)))


def check(blocks: Iterable[Samples], limits: Limits) -> Iterator[CheckedSamples]:
    """Find the fault of every sample; one block behind, to see what stands beside its end."""
    last_time = np.nan
    before: bool = False
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
            yield _finished(held, limits, before, after=bool(_spreads(faults[:1]).any()))
            before = bool(_spreads(held[1][-1:]).any())
        held = (block, faults, steps)
    if held is not None:
        yield _finished(held, limits, before, after=False)


def _faults(block: Samples, limits: Limits) -> npt.NDArray[np.int8]:
    """Everything that a sample tells by itself."""
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


def _spreads(faults: npt.NDArray[np.int8]) -> npt.NDArray[np.bool_]:
    """Tell which faults reach into the samples beside: those of the electrical values."""
    return (faults >= Fault.ZERO) & (faults <= Fault.INCONSISTENT)


def _finished(
    held: tuple[Samples, npt.NDArray[np.int8], Floats],
    limits: Limits,
    before: bool,
    after: bool,
) -> CheckedSamples:
    block, faults, steps = held
    bad = np.concatenate([[before], _spreads(faults), [after]])
    beside = (bad[:-2] | bad[2:]) & (faults == Fault.NONE)
    faults = np.where(beside, Fault.ADJACENT, faults).astype(np.int8)
    gap = steps > limits.gap_ms
    usual = (steps > 0) & ~gap
    return CheckedSamples(
        block,
        faults,
        weight_ms=np.where(usual, steps, limits.step_ms),
        missing_ms=np.where(gap, steps - limits.step_ms, 0.0),
    )
