"""HTML report on traces, and the texts that it shares with the console."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from audio_emotion.power.analysis import FORMULA
from audio_emotion.power.document import row
from audio_emotion.report.figures import CaptionedFigure
from audio_emotion.report.page import NOT_DEFINED, Report

LABELS: Final = {
    "samples": "samples",
    "corrupt": "corrupt samples",
    "valid_s": "valid time, s",
    "power_mw": "mean power, mW",
    "current_ma": "mean current, mA",
    "idle_mw": "idle power, mW",
    "idle_ma": "idle current, mA",
    "predictions": "predictions",
    "duration_ms": "a prediction, ms",
    "above_idle_mj": "  mJ above idle",
    "total_mj": "  mJ in total",
    "period_ms": "  every, ms",
    "predictions_per_hour": "predictions an hour",
    "battery_hours": "battery lasts, h",
}
_RUNS_SHOWN: Final = 5
_METHOD: Final = (
    "A sample is corrupt if it is not a finite number, if time does not increase, if power and "
    "voltage are zeros, if the voltage is more than 30 % from the trace's median, if current or "
    "power is negative or beyond what the trace and any USB supply reach, or if power is not "
    "current times voltage; also if it is next to one whose electrical values are wrong, because "
    "loggers average. Corrupt samples are left out of all figures.",
    "A prediction is a rise that stands out above all idle activity: the trace is smoothed, the "
    "heights of its local maxima fall into a group of idling and a group of predictions, and the "
    "gap between them must be at least one and a half times as high as what idling reaches; what "
    "takes more than a third of the time counts as idling. Its edges are where a step fits the "
    "unsmoothed samples best. A trace does not show what a rise is: anything else that a board "
    "does now and then looks the same.",
    "Idle is the mean outside of predictions, so that idle and predictions add up to the average.",
)


def figure_table(traces: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the main figures as text: a labeled row per figure, a column per trace."""
    rows = [row(one) for one in traces]
    labels = {key: label for key, label in LABELS.items() if key in rows[0]}
    columns = {one["trace"]: [_number(one[key]) for key in labels] for one in rows}
    return pd.DataFrame({"": list(labels.values())} | columns)


def notes(traces: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield sentences on corrupt samples, gaps and figures that are not defined."""
    for one in traces:
        name = row(one)["trace"]
        yield from (f"{name}: {text}" for text in _corruption_notes(one))
        predictions, battery = one["predictions"], one["battery"]
        if predictions["reason"]:
            yield f"{name}: no predictions found: {predictions['reason']}"
        if predictions["cut_off"]:
            yield f"{name}: {predictions['cut_off']} more cut off by an end of the valid samples"
        if battery and battery["reason"]:
            yield f"{name}: battery life not defined: {battery['reason']}"
    if any(one["battery"] for one in traces):
        yield f"Battery: {FORMULA}."


def report(content: Mapping[str, Any], drawn: Sequence[CaptionedFigure], footer: str) -> Report:
    """Return the report of a document: figures, plots, and how they were found."""
    traces = content["traces"]
    page = Report("Power traces", _lead(traces), footer)
    figures = {one.name: one for one in drawn}
    told = list(notes(traces))
    page.section("How much does each draw?")
    _draw(page, figures.get("boxes"))
    page.table(figure_table(traces), "Of several predictions the median; corrupt samples left out")
    page.text(*(text for text in told if text.startswith("Battery: ")))
    page.text(*(f"Not analyzed: {error['error']}" for error in content["errors"]))
    for name in (row(one)["trace"] for one in traces):
        own = [text.removeprefix(f"{name}: ") for text in told if text.startswith(f"{name}: ")]
        page.section(f"What happens in {name}?", *(f"{text[0].upper()}{text[1:]}." for text in own))
        _draw(page, figures.get(f"trace_{name}"))
    page.section("How it was found", *_METHOD)
    return page


def _draw(page: Report, one: CaptionedFigure | None) -> None:
    if one:
        page.figure(one.figure, one.caption, one.alternative)


def _lead(traces: Sequence[Mapping[str, Any]]) -> str:
    sentences = []
    for values in map(row, traces):
        text = f"{values['trace']}: {_number(values['power_mw'])} mW on average"
        if values["predictions"]:
            text += (
                f", {values['predictions']} predictions of {_number(values['duration_ms'])} ms and "
                f"{_number(values['above_idle_mj'])} mJ above idle"
            )
        else:
            text += ", no predictions found"
        sentences.append(text)
    return "; ".join(sentences) + "."


def _number(value: float | str) -> str:
    """Return a number with as many digits as people want to read."""
    if value == "":
        return NOT_DEFINED
    if isinstance(value, int):
        return f"{value:,}"
    number = float(value)
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"


def _corruption_notes(one: Mapping[str, Any]) -> Iterator[str]:
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
