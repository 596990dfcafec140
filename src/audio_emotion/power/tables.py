"""What the command prints: a row per figure and a column per trace, then what needs words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from audio_emotion.power.battery import FORMULA
from audio_emotion.power.document import row
from audio_emotion.report.page import NOT_DEFINED

ROWS: Final = (
    ("samples", "samples"),
    ("corrupt", "corrupt samples"),
    ("valid_s", "valid time, s"),
    ("power_mw", "mean power, mW"),
    ("current_ma", "mean current, mA"),
    ("idle_mw", "idle power, mW"),
    ("idle_ma", "idle current, mA"),
    ("predictions", "predictions"),
    ("duration_ms", "a prediction, ms"),
    ("above_idle_mj", "  mJ above idle"),
    ("total_mj", "  mJ in total"),
    ("period_ms", "  every, ms"),
    ("predictions_per_hour", "predictions an hour"),
    ("battery_hours", "battery lasts, h"),
)
_RUNS_SHOWN: Final = 5


def of_power(traces: Sequence[Mapping[str, Any]]) -> Table:
    """Lay the traces out side by side; of several predictions the median."""
    rows = [row(one) for one in traces]
    table = Table(title="Power", box=SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for values in rows:
        table.add_column(values["trace"], justify="right", overflow="fold")
    for key, label in ROWS:
        if key in rows[0]:
            table.add_row(label, *(amount(values[key]) for values in rows))
    return table


def amount(value: float | str) -> str:
    """Write a number with as many digits as a person wants to see."""
    if value == "":
        return NOT_DEFINED
    if isinstance(value, int):
        return f"{value:,}"
    number = float(value)
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"


def notes(traces: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Say what no number says: where samples are corrupt and why, and what is not defined."""
    for one in traces:
        name = row(one)["trace"]
        yield from (f"{name}: {words}" for words in of_corrupt(one))
        predictions, battery = one["predictions"], one["battery"]
        if predictions["reason"]:
            yield f"{name}: no predictions found: {predictions['reason']}"
        if predictions["cut_off"]:
            yield f"{name}: {predictions['cut_off']} more cut off by an end of the sound samples"
        if battery and battery["reason"]:
            yield f"{name}: battery life not defined: {battery['reason']}"
    if any(one["battery"] for one in traces):
        yield f"Battery: {FORMULA}."


def of_corrupt(one: Mapping[str, Any]) -> Iterator[str]:
    """Tell of each corrupt stretch, and of gaps."""
    corrupt, gaps = one["corrupt"], one["gaps"]
    if not corrupt["samples"]:
        yield "no corrupt samples"
    for run in corrupt["runs"][:_RUNS_SHOWN]:
        reasons = "; ".join(f"{reason} ({n:,})" for reason, n in run["reasons"].items())
        yield f"rows {run['first_row']:,} to {run['last_row']:,} are corrupt: {reasons}"
    if corrupt["n_runs"] > _RUNS_SHOWN:
        yield f"{corrupt['n_runs'] - _RUNS_SHOWN:,} more corrupt stretches"
    if gaps["count"]:
        many = "gap" if gaps["count"] == 1 else "gaps"
        yield f"{gaps['count']:,} {many} in time, {gaps['missing_ms']:.4g} ms missing"
