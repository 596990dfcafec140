"""Synthetic power traces, whose content is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HEADER = ("Time (ms)", "USB Avg Current (mA)", "USB Avg Power (mW)", "USB Avg Voltage (V)")
STEP_MS = 0.2


@dataclass
class SyntheticTrace:
    """Columns of a trace, which tests may corrupt before it is written."""

    time: np.ndarray
    power: np.ndarray
    voltage: np.ndarray
    current: np.ndarray

    def write(
        self,
        path: Path,
        header: Sequence[str] = HEADER,
        delimiter: str = ",",
        decimal: str = ".",
        scale: Sequence[float] = (1, 1, 1, 1),
    ) -> Path:
        columns = (self.time, self.current, self.power, self.voltage)
        rows = np.stack([column * by for column, by in zip(columns, scale, strict=True)], axis=1)
        lines = (delimiter.join(f"{cell:.9g}" for cell in row) for row in rows)
        text = "\n".join(lines).replace(".", decimal)
        path.write_text(delimiter.join(header) + "\n" + text + "\n", encoding="utf-8")
        return path


def synthetic_trace(
    n: int = 20_000,
    *,
    idle_mw: float = 100.0,
    noise_mw: float = 1.0,
    swing_mw: float = 0.0,
    rise_mw: float = 40.0,
    starts: Sequence[int] = (2_000, 7_000, 12_000, 17_000),
    length: int = 100,
) -> SyntheticTrace:
    """Return the trace of a board that idles, with noise or swings every 10 ms, and predicts."""
    rng = np.random.default_rng(n + length)
    places = np.arange(n)
    power = idle_mw + noise_mw * rng.standard_normal(n)
    power += swing_mw * np.where(places // 50 % 2, 1.0, -1.0)
    for start in starts:
        power[start : start + length] += rise_mw
    voltage = 5.0 + 0.004 * rng.standard_normal(n)
    return SyntheticTrace(STEP_MS * places, power, voltage, power / voltage)


def corrupted_trace(kind: str, n: int = 20_000) -> tuple[SyntheticTrace, slice]:
    """Return a trace whose end is corrupt as in one of the published traces, and the rows of it."""
    trace = synthetic_trace(n, starts=(2_000, 7_000, 12_000))
    end = slice(int(0.84 * n), n)
    rng = np.random.default_rng(1)
    if kind == "zeros":
        trace.current[end], trace.power[end], trace.voltage[end] = -1.07e6, 0.0, 0.0
    elif kind == "signs":
        size = end.stop - end.start
        trace.current[end] = 1.8e6 * rng.choice([-1, 1], size)
        trace.power[end], trace.voltage[end] = 0.0, 0.0
    elif kind == "huge":
        trace.current[end], trace.voltage[end] = 667_000.0, 15.9
        trace.power[end] = 667_000.0 * 15.9
    return trace, end
