"""Figures of traces: box plots of all, and each trace with its predictions and corrupt samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from audio_emotion.power.analysis import Analysis
from audio_emotion.power.streaming import Envelope
from audio_emotion.report.figures import CaptionedFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# M. Okabe, K. Ito, "Color Universal Design", 2008.
_TRACE: Final = "#0072b2"
_EVENT: Final = "#e69f00"
_CORRUPT: Final = "#d55e00"
_INK: Final = "#1b1f24"
_LABELED: Final = 12  # predictions, beyond which labels would cover the trace
_UNITS: Final = {"current": "mA", "power": "mW"}


def box_plots(found: Sequence[Analysis]) -> CaptionedFigure:
    """Draw the box plots of the original: one box per trace, of power and of current."""
    quantities = [q for q in _UNITS if all(one.box_statistics(q) for one in found)]
    figure = _figure(max(5.4, 1.1 * len(found) * len(quantities) / 2 + 1), 3.8)
    for axes, quantity in zip(
        np.atleast_1d(np.array(figure.subplots(1, len(quantities)))), quantities, strict=True
    ):
        for place, one in enumerate(found):
            _box(axes, one, quantity, place)
        axes.set_xticks(range(len(found)), [one.name for one in found])
        axes.set_xlim(-0.6, len(found) - 0.4)
        axes.set_ylim(0, axes.get_ylim()[1] * 1.08)
        axes.set_ylabel(f"{quantity}, {_UNITS[quantity]}")
        axes.grid(axis="y", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        if len(found) > 3:
            axes.tick_params(axis="x", rotation=40)
    means = "; ".join(f"{one.name} {one.power_mw:.1f} mW" for one in found)
    return CaptionedFigure(
        "boxes",
        figure,
        "Power and current of each trace, corrupt samples left out. Boxes hold the middle half of "
        "the samples, whiskers 98 %; diamonds and numbers are means.",
        f"Mean power: {means}.",
    )


def trace_plot(found: Analysis, detail: Envelope | None) -> CaptionedFigure:
    """Draw a trace with its predictions and corrupt samples and, in detail, one prediction."""
    quantity = "power" if found.current_ma is None else "current"
    figure = _figure(7.4, 5.4 if detail else 3.2)
    axes, *below = np.atleast_1d(np.array(figure.subplots(2 if detail else 1, 1)))
    _plot(axes, found.envelope, 1e-3)
    for run in found.corruption.runs:
        start_s, end_s = run.start_ms / 1e3, run.end_ms / 1e3
        if np.isfinite([start_s, end_s]).all():
            axes.axvspan(start_s, end_s, color=_CORRUPT, alpha=0.22, linewidth=0.8)
    low, high = _limits(found.envelope)
    axes.set(
        xlim=(found.totals.start_ms / 1e3, _last_ms(found) / 1e3),
        ylim=(low, high + 0.3 * (high - low)),
        xlabel="time, s",
        ylabel=f"{quantity}, {_UNITS[quantity]}",
    )
    _mark_predictions(axes, found, high)
    _label_corrupt(axes, found)
    axes.set_title(_title(found), fontsize=10, loc="left")
    if detail:
        _draw_detail(below[0], found, detail, quantity)
    return CaptionedFigure(
        f"trace_{found.name}",
        figure,
        f"{found.name}: the {quantity} over time; dark is the mean, light reaches from the lowest "
        "to the highest sample. Orange are predictions, red are corrupt samples, which are left "
        "out of every figure." + (" Below, the first prediction in detail." if detail else ""),
        _alternative(found),
    )


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure  # noqa: PLC0415  (an optional extra)

    return Figure(figsize=(width, height), layout="constrained")


def _label(x: float, y: float) -> dict[str, Any]:
    return {"xytext": (x, y), "textcoords": "offset points"}


def _box(axes: Axes, one: Analysis, quantity: str, place: int) -> None:
    box = one.box_statistics(quantity)
    assert box is not None  # drawn where all traces have one
    axes.bxp(
        [box | {"whislo": box["low"], "med": box["median"], "whishi": box["high"]}],
        positions=[place],
        widths=0.5,
        showfliers=False,
        showmeans=True,
        patch_artist=True,
        boxprops={"facecolor": _TRACE, "alpha": 0.35, "edgecolor": _TRACE},
        medianprops={"color": _INK},
        whiskerprops={"color": _TRACE},
        capprops={"color": _TRACE},
        meanprops={"marker": "D", "markersize": 4, "mfc": _INK, "mec": _INK},
    )
    text, above = f"{box['mean']:.4g}", (place, box["high"])
    axes.annotate(text, above, **_label(0, 4), ha="center", fontsize=9, color=_INK)


def _plot(axes: Axes, envelope: Envelope, per_ms: float) -> None:
    """Draw mean and range; a column without valid samples breaks the line."""
    time = envelope.time_ms * per_ms
    known = np.isfinite(envelope.low)
    low = np.where(known, envelope.low, np.nan)
    high = np.where(known, envelope.high, np.nan)
    axes.fill_between(time, low, high, color=_TRACE, alpha=0.3, linewidth=0, rasterized=True)
    axes.plot(time, envelope.mean, color=_TRACE, linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)


def _limits(envelope: Envelope) -> tuple[float, float]:
    known = np.isfinite(envelope.low)
    low, high = float(envelope.low[known].min()), float(envelope.high[known].max())
    room = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return low - room, high + room


def _last_ms(found: Analysis) -> float:
    ends = [run.end_ms for run in found.corruption.runs if np.isfinite(run.end_ms)]
    return max([found.totals.end_ms, *ends])


def _mark_predictions(axes: Axes, found: Analysis, high: float) -> None:
    for event in found.complete:
        start_s, end_s = event.start_ms / 1e3, event.end_ms / 1e3
        axes.axvspan(start_s, end_s, color=_EVENT, alpha=0.6, linewidth=1.2, zorder=0)
    if len(found.complete) > _LABELED:
        return
    middle = (found.totals.start_ms + _last_ms(found)) / 2
    for event, above in zip(found.complete, found.above_idle_mj, strict=True):
        right = event.start_ms < middle  # the label stands where there is room
        axes.annotate(
            f"{event.duration_ms:.1f} ms\n{above:.2f} mJ above idle",
            ((event.end_ms if right else event.start_ms) / 1e3, high),
            **_label(5 if right else -5, 2),
            ha="left" if right else "right",
            va="bottom",
            fontsize=8,
            color=_INK,
        )


def _label_corrupt(axes: Axes, found: Analysis) -> None:
    """Write the number of samples on the longest corrupt stretch, if there is room for it."""
    runs = found.corruption.runs
    if not runs:
        return
    longest = max(runs, key=lambda run: run.last_row - run.first_row)
    left, right = axes.get_xlim()
    start, end = longest.start_ms / 1e3, longest.end_ms / 1e3
    if end - start > 0.04 * (right - left):
        axes.text(
            (start + end) / 2,
            0.42,
            f"{longest.last_row - longest.first_row + 1:,}\ncorrupt",
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="center",
            fontsize=8,
            color=_INK,
        )


def _draw_detail(axes: Axes, found: Analysis, detail: Envelope, quantity: str) -> None:
    event = found.complete[0]
    _plot(axes, detail, 1.0)
    axes.axvspan(event.start_ms, event.end_ms, color=_EVENT, alpha=0.18, linewidth=0)
    idle = found.idle_ma if quantity == "current" else found.idle_mw
    if idle is not None:
        axes.axhline(idle, color=_INK, linewidth=0.8, linestyle="--")
        axes.annotate(
            f"idle {idle:.3g} {_UNITS[quantity]}",
            (1, idle),
            xycoords=axes.get_yaxis_transform(),
            **_label(-4, 3),
            ha="right",
            fontsize=8,
            bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1},
        )
    low, high = _limits(detail)
    axes.set(
        xlim=(np.nanmin(detail.time_ms), np.nanmax(detail.time_ms)),
        ylim=(low, high),
        xlabel="time, ms",
        ylabel=f"{quantity}, {_UNITS[quantity]}",
    )
    axes.set_title(f"the first prediction: {event.duration_ms:.1f} ms", fontsize=9, loc="left")


def _title(found: Analysis) -> str:
    mean = f"{found.power_mw:.4g} mW"
    if found.current_ma is not None:
        mean += f", {found.current_ma:.3g} mA"
    return f"{found.name}: {mean} on average"


def _alternative(found: Analysis) -> str:
    corrupt = f"{found.corruption.samples:,} of {found.limits.rows:,} samples are corrupt."
    if found.reason_without_events:
        return f"No predictions: {found.reason_without_events}. {corrupt}"
    starts = ", ".join(f"{event.start_ms / 1e3:.2f} s" for event in found.complete[:_LABELED])
    return f"{len(found.complete)} predictions, beginning at {starts}. {corrupt}"
