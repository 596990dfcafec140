"""Power traces made up for the tests: what they hold is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HEADER = ("Time (ms)", "USB Avg Current (mA)", "USB Avg Power (mW)", "USB Avg Voltage (V)")
STEP_MS = 0.2


@dataclass
class Made:
    """Columns of a trace, to be spoilt before it is written."""

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


def board(
    n: int = 20_000,
    *,
    idle_mw: float = 100.0,
    noise_mw: float = 1.0,
    swing_mw: float = 0.0,
    rise_mw: float = 40.0,
    starts: Sequence[int] = (2_000, 7_000, 12_000, 17_000),
    length: int = 100,
) -> Made:
    """A board that idles, noisily or swinging every 10 ms, and predicts now and then."""
    rng = np.random.default_rng(n + length)
    places = np.arange(n)
    power = idle_mw + noise_mw * rng.standard_normal(n)
    power += swing_mw * np.where(places // 50 % 2, 1.0, -1.0)
    for start in starts:
        power[start : start + length] += rise_mw
    voltage = 5.0 + 0.004 * rng.standard_normal(n)
    return Made(STEP_MS * places, power, voltage, power / voltage)


def spoilt(kind: str, n: int = 20_000) -> tuple[Made, slice]:
    """A trace whose end is impossible in the way of one of the four published traces."""
    made = board(n, starts=(2_000, 7_000, 12_000))
    end = slice(int(0.84 * n), n)
    rng = np.random.default_rng(1)
    if kind == "zeros":
        made.current[end], made.power[end], made.voltage[end] = -1.07e6, 0.0, 0.0
    elif kind == "signs":
        size = end.stop - end.start
        made.current[end] = 1.8e6 * rng.choice([-1, 1], size)
        made.power[end], made.voltage[end] = 0.0, 0.0
    elif kind == "huge":
        made.current[end], made.voltage[end] = 667_000.0, 15.9
        made.power[end] = 667_000.0 * 15.9
    return made, end
