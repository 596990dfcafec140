"""The report of traces, to be opened in a browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from audio_emotion.power.document import row
from audio_emotion.power.figures import Picture
from audio_emotion.power.tables import ROWS, amount, notes
from audio_emotion.report.page import Report

_METHOD: Final = (
    "A sample is corrupt if it is no finite number, if time does not increase, if power and "
    "voltage are zeros, if the voltage is more than 30 % from the trace's median, if current or "
    "power is negative or beyond what the trace and any USB supply reach, or if power is not "
    "current times voltage; and, too, if it is beside one whose electrical values are wrong, "
    "because loggers average. Corrupt samples are left out of all figures.",
    "A prediction is a rise that stands out above everything that idling does: the trace is "
    "smoothed, the heights of its local maxima fall into a group of idling and a group of "
    "predictions, and the gap between them must be at least one and a half times as high as what "
    "idling reaches; what takes more than a third of the time is a way of idling. Its edges are "
    "where a step fits the unsmoothed samples best. What the rise is, the trace does not say: "
    "anything else that a board does now and then looks the same.",
    "Idle is the mean outside of predictions, so that idle and predictions add up to the average.",
)


def of(
    traces: Sequence[Mapping[str, Any]],
    errors: Sequence[Mapping[str, str]],
    pictures: Sequence[Picture],
    footer: str,
) -> Report:
    """Make the report: figures first, then how they were found."""
    report = Report("Power traces", _lead(traces), footer)
    report.section("In numbers")
    rows = [row(one) for one in traces]
    table = pd.DataFrame(
        [
            {"": label.strip()} | {values["trace"]: amount(values[key]) for values in rows}
            for key, label in ROWS
            if key in rows[0]
        ]
    )
    report.table(table, "Of several predictions the median; corrupt samples are left out.")
    report.text(*notes(traces))
    for error in errors:
        report.text(f"Not analyzed: {error['error']}")
    if pictures:
        report.section("In pictures")
    for picture in pictures:
        report.figure(picture.figure, picture.caption, picture.alternative)
    report.section("How it was found", *_METHOD)
    return report


def _lead(traces: Sequence[Mapping[str, Any]]) -> str:
    told = []
    for one in traces:
        values = row(one)
        words = f"{values['trace']}: {amount(values['power_mw'])} mW on average"
        if values["predictions"]:
            words += (
                f", {values['predictions']} predictions of {amount(values['duration_ms'])} ms and "
                f"{amount(values['above_idle_mj'])} mJ above idle"
            )
        else:
            words += ", no predictions found"
        told.append(words)
    return "; ".join(told) + "."
