"""Figures of an evaluation, from its document alone; needs the `plot` extra.

No emotion and no group is distinguished by its color alone: each has its name or a marker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from audio_emotion.data.corpora import TITLES
from audio_emotion.evaluation.measures.confidence import N_BINS
from audio_emotion.evaluation.measures.cost import CORPUS
from audio_emotion.report.figures import require_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colors, which all kinds of color vision tell apart.
BLUE: Final = "#0072b2"
ORANGE: Final = "#d55e00"
GREEN: Final = "#009e73"
GRAY: Final = "#6b6b6b"
MARKERS: Final = ("o", "s", "^", "D", "v")
COLORS: Final = (BLUE, ORANGE, GREEN, "#cc79a7")
"""Their number has no divisor in common with that of the markers: twenty pairs."""

Estimate = dict[str, Any]


def figure(width: float = 5.4, height: float = 4.0) -> Figure:
    """Return an empty figure."""
    require_matplotlib()
    from matplotlib.figure import Figure  # noqa: PLC0415  (an optional extra)

    return Figure(figsize=(width, height), layout="constrained")


def intervals(
    names: Sequence[str],
    series: Mapping[str, Sequence[Estimate]],
    label: str,
    *,
    guessing: Sequence[float] = (),
    limit: float | None = None,
) -> Figure:
    """Draw estimates with their intervals, one line of each name, one marker of each series.

    Parameters
    ----------
    names : sequence of str
        From top to bottom.
    series : mapping
        Of each series, an estimate per name; one without a value is left out.
    label : str
        What is measured.
    guessing : sequence of float, optional
        Scores of guessing, per name.
    limit : float, optional
        Shade up to it, in either direction.
    """
    drawn = figure(height=1.3 + 0.4 * len(names))
    axes = drawn.add_subplot()
    lines = np.arange(len(names))
    for number, (name, estimates) in enumerate(series.items()):
        shift = 0.22 * (number - (len(series) - 1) / 2)
        _series(axes, lines + shift, estimates, name, number)
    if len(guessing):
        axes.plot(guessing, lines, "|", color=GRAY, markersize=13, label="guessing")
    if limit is not None:
        axes.axvspan(-limit, limit, color="#dddddd", label=f"at most {limit:g}", zorder=0)
        axes.axvline(0, color=GRAY, linewidth=0.8)
    else:
        axes.set_xlim(0, 1)
    axes.set_yticks(lines, names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel(label)
    style(axes, bars=True)
    if len(series) + bool(len(guessing)) + (limit is not None) > 1:
        legend_above(drawn)
    return drawn


def legend_above(drawn: Figure, columns: int = 3) -> None:
    """Put the legend of a figure's first axes above them, where it hides nothing."""
    handles, names = drawn.axes[0].get_legend_handles_labels()
    drawn.legend(handles, names, loc="outside upper left", frameon=False, fontsize=9, ncols=columns)


def _series(
    axes: Axes, lines: np.ndarray[Any, Any], estimates: Sequence[Estimate], name: str, number: int
) -> None:
    color, marker = COLORS[number % len(COLORS)], MARKERS[number % len(MARKERS)]
    there = [(line, one) for line, one in zip(lines, estimates, strict=True) if _given(one)]
    for line, one in there:
        if one["low"] is not None:
            axes.plot(
                [one["low"], one["high"]],
                [line, line],
                color=color,
                linewidth=2,
                alpha=0.6,
                clip_on=False,  # a share of 1 is drawn whole
            )
    axes.plot(
        [one["value"] for _, one in there],
        [line for line, _ in there],
        color=color,
        marker=marker,
        linestyle="none",
        label=name,
        clip_on=False,
        zorder=3,
    )


def _given(estimate: Estimate | None) -> bool:
    return estimate is not None and estimate["value"] is not None


def reliability(confidence: dict[str, Any]) -> Figure:
    """Draw the share of right predictions against their probability."""
    drawn = figure(height=4.8)
    above, below = drawn.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    above.plot([0, 1], [0, 1], color=GRAY, linestyle="--", linewidth=1, label="ideal")
    series = {"as stored": confidence["as_stored"]}
    if confidence["cross_fitted"]:
        series["temperature from other speakers"] = confidence["cross_fitted"]
    for number, (name, calibration) in enumerate(series.items()):
        bins = calibration["bins"]
        above.plot(
            [one["probability"] for one in bins],
            [one["right"] for one in bins],
            color=COLORS[number],
            marker=MARKERS[number],
            linestyle="-" if number == 0 else ":",
            label=f"{name}, error {calibration['expected_calibration_error']:.3f}",
        )
    bins = confidence["as_stored"]["bins"]
    width = 1 / N_BINS
    below.bar(
        [one["from"] + width / 2 for one in bins],
        [one["n_utterances"] for one in bins],
        width * 0.9,
        color=BLUE,
    )
    above.set_ylabel("share of right predictions")
    legend_above(drawn, columns=1)
    below.set_ylabel("utterances")
    below.set_xlabel("probability of the prediction")
    style(above, below)
    return drawn


def risk_coverage(confidence: dict[str, Any]) -> Figure:
    """Draw the share of right predictions among the most confident ones."""
    drawn = figure()
    axes = drawn.add_subplot()
    _curve(axes, confidence["risk_coverage"]["curve"])
    stored = confidence["stored_threshold"]
    if stored["accuracy"] is not None:
        point = (100 * stored["coverage"], 100 * stored["accuracy"])
        axes.plot(*point, "s", color=ORANGE, label="the model's threshold")
    there = [one for one in confidence["thresholds"] if one.get("accuracy") is not None]
    for number, one in enumerate(there):
        point = (100 * one["coverage"], 100 * one["accuracy"])
        name = "thresholds of other speakers" if number == 0 else None
        axes.plot(*point, "^", color=GREEN, markersize=6, label=name)
        axes.annotate(
            f"{one['threshold']:.2f}",
            point,
            textcoords="offset points",
            xytext=(0, -15),  # below: the curve comes from above
            ha="center",
            color=GREEN,
            fontsize=9,
        )
    legend_above(drawn, columns=2)
    return drawn


def risk_coverage_curve(found: dict[str, Any]) -> Figure:
    """Draw the share of right predictions among the most confident ones, and of all."""
    drawn = figure(height=3.6)
    axes = drawn.add_subplot()
    _curve(axes, found["curve"])
    useless = 100 * (1 - found["area_if_useless"])
    axes.axhline(useless, color=GRAY, linestyle="--", linewidth=1, label="a useless confidence")
    legend_above(drawn)
    return drawn


def _curve(axes: Axes, curve: Sequence[Mapping[str, float]]) -> None:
    """Draw the share of right predictions against the share of confident ones."""
    axes.plot(
        [100 * one["coverage"] for one in curve],
        [100 * (1 - one["risk"]) for one in curve],
        color=BLUE,
        label="most confident first",
    )
    axes.set_xlabel("confident predictions, %")
    axes.set_ylabel("of these right, %")
    axes.set_xlim(0, 103)
    axes.margins(y=0.12)
    style(axes)


def cost(points: Sequence[dict[str, Any]], board: str) -> Figure:
    """Draw recall against flash, RAM and response time, one numbered point per model."""
    quantities = (
        ("flash_bytes", 1024, "flash, KB"),
        ("ram_bytes", 1024, "RAM, KB"),
        ("answer_ms", 1, "answer after the last sample, ms"),
    )
    ordered = sorted(points, key=lambda point: -point["uar"])
    drawn = figure(11, 4.2)
    for axes, (key, unit, label) in zip(drawn.subplots(1, 3, sharey=True), quantities, strict=True):
        for number, point in enumerate(ordered, start=1):
            _numbered(axes, point[key] / unit, point["uar"], number, this=point["this"])
        values = [point[key] for point in ordered]
        if max(values) > 4 * min(values):
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter("{x:g}")
            axes.margins(x=0.15)
        else:
            axes.set_xlim(0, 1.25 * max(values) / unit)
        axes.set_xlabel(f"{label} ({board})")
        style(axes)
    drawn.axes[0].set_ylabel(f"UAR, unseen {TITLES[CORPUS]} speakers")
    handles = [
        drawn.axes[0].plot([], [], " ", label=f"{number} {point['model']}")[0]
        for number, point in enumerate(ordered, start=1)
    ]
    drawn.legend(
        handles=handles,
        loc="outside right upper",
        frameon=False,
        fontsize=9,
        handlelength=0,
        handletextpad=0,
    )
    return drawn


def _numbered(axes: Axes, x: float, y: float, number: int, *, this: bool) -> None:
    """Draw a point and its number, left and right by turns; this model is a square."""
    axes.plot([x], [y], "s" if this else "o", color=ORANGE if this else BLUE, markersize=6)
    left = number % 2 == 0
    axes.annotate(
        str(number),
        (x, y),
        xytext=(-6 if left else 6, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        fontsize=8,
        fontweight="bold" if this else "normal",
    )


def style(*several: Axes, bars: bool = False) -> None:
    """Draw a faint grid and few edges, around horizontal bars only the lower one."""
    for axes in several:
        axes.grid(axis="x" if bars else "both", alpha=0.3)
        axes.spines[["top", "right", *(["left"] if bars else [])]].set_visible(False)
        if bars:
            axes.tick_params(axis="y", length=0)
