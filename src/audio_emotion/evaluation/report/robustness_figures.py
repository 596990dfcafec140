"""Figures of robustness and length, from their tables alone; needs the `plot` extra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from audio_emotion.data.corpora import corpus_title
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.evaluation.measures.speech_length import ALL, SECONDS
from audio_emotion.evaluation.perturbations.noises import BACKGROUND
from audio_emotion.evaluation.report.figures import (
    BLUE,
    COLORS,
    GRAY,
    GREEN,
    MARKERS,
    ORANGE,
    figure,
    legend_above,
    style,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LINE_INCHES: Final = 0.21


def labels(table: pd.DataFrame) -> list[str]:
    """Return the name of each condition with its level."""
    return [
        name if pd.isna(level) else f"{name}, {level:g} {unit}"
        for name, level, unit in zip(
            table["condition"], table["level"].astype(float), table["unit"], strict=True
        )
    ]


def against_noise(table: pd.DataFrame, drop: float) -> Figure:
    """Draw UAR against the signal-to-noise ratio, one line per kind of noise."""
    noise = table[(table["group"] == "noise") & table["uar"].notna()]
    drawn = figure()
    axes = drawn.add_subplot()
    for number, (name, of_kind) in enumerate(noise.groupby("condition", sort=False)):
        points = of_kind.sort_values("level")
        x = points["level"].to_numpy(dtype=float) + 0.25 * (number - 1.5)  # bars side by side
        y = points["uar"].to_numpy(dtype=float)
        color, marker = COLORS[number % len(COLORS)], MARKERS[number % len(MARKERS)]
        shown = "recorded background" if name == BACKGROUND else str(name)
        axes.plot(x, y, color=color, marker=marker, label=shown)
        if points["uar_low"].notna().all():
            low, high = (points[key].to_numpy(dtype=float) for key in ("uar_low", "uar_high"))
            axes.vlines(x, low, high, color=color, alpha=0.4)
    if len(noise):
        clean = float(noise["uar_clean"].iloc[0])
        axes.axhline(clean, color="black", linewidth=1, label="as recorded")
        axes.axhline(clean - drop, color=GRAY, linestyle="--", linewidth=1, label=f"{drop:g} less")
        axes.set_xticks(sorted(set(noise["level"].astype(float))))
    axes.invert_xaxis()
    axes.set_xlabel("signal-to-noise ratio, dB")
    axes.set_ylabel("UAR")
    axes.set_ylim(bottom=0)
    style(axes)
    legend_above(drawn)
    return drawn


def changes(table: pd.DataFrame, drop: float) -> Figure:
    """Draw the change of the UAR under every condition, with its interval and the threshold."""
    there = table[table["change"].notna()]
    drawn = figure(height=1 + _LINE_INCHES * len(there))
    axes = drawn.add_subplot()
    lines = np.arange(len(there))
    change = there["change"].to_numpy(dtype=float)
    hatched = change < -drop
    for is_large, color, what in (
        (False, BLUE, f"drops by at most {drop:g}"),
        (True, ORANGE, f"drops by more than {drop:g}"),
    ):
        shown = hatched == is_large
        axes.barh(
            lines[shown],
            change[shown],
            color=color,
            height=0.7,
            label=what,
            hatch="//" if is_large else None,
            edgecolor="white",
        )
    if there["change_low"].notna().any():
        low, high = (there[key].to_numpy(dtype=float) for key in ("change_low", "change_high"))
        axes.hlines(lines, low, high, color="black", linewidth=0.9)
    axes.axvline(-drop, color=GRAY, linestyle="--", linewidth=1)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_yticks(lines, labels(there), fontsize=8)
    axes.set_ylim(len(there) - 0.5, -0.5)
    axes.set_xlabel("change of the UAR")
    style(axes, bars=True)
    legend_above(drawn)
    return drawn


def recalls(table: pd.DataFrame) -> Figure:
    """Draw the change of each emotion's recall under every condition."""
    there = table[table["change"].notna()]
    values = there[[f"change_{emotion}" for emotion in EMOTIONS]].to_numpy(dtype=float)
    drawn = figure(height=1.2 + _LINE_INCHES * len(there))
    axes = drawn.add_subplot()
    largest = max(0.05, float(np.nanmax(np.abs(values), initial=0.0)))
    image = axes.imshow(values, cmap="PuOr", vmin=-largest, vmax=largest, aspect="auto")
    for line, column in np.ndindex(values.shape):
        value = float(values[line, column])
        if np.isfinite(value):
            ink = "white" if abs(value) > 0.6 * largest else "black"
            shown = f"{100 * value:+.0f}" if round(100 * value) else "0"
            axes.text(column, line, shown, ha="center", va="center", color=ink, fontsize=7)
    axes.set_xticks(range(len(EMOTIONS)), EMOTIONS, rotation=40, ha="left")
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.set_yticks(range(len(there)), labels(there), fontsize=8)
    drawn.colorbar(
        image, ax=axes, location="bottom", shrink=0.7, aspect=40, label="change of the recall"
    )
    return drawn


def without_speech(table: pd.DataFrame) -> Figure:
    """Draw the confidence of predictions for noise alone."""
    drawn = figure(height=1 + 1.1 * _LINE_INCHES * len(table))
    axes = drawn.add_subplot()
    lines = np.arange(len(table))
    axes.barh(lines, table["confidence"].to_numpy(dtype=float), color=GREEN, height=0.7)
    axes.set_yticks(lines, labels(table), fontsize=8)
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xlabel("mean probability of the prediction")
    axes.axvline(
        1 / len(EMOTIONS), color=GRAY, linestyle="--", linewidth=1, label="guessing among seven"
    )
    style(axes, bars=True)
    legend_above(drawn)
    return drawn


def against_length(table: pd.DataFrame) -> Figure:
    """Draw UAR against seconds of speech, one line per corpus."""
    drawn = figure(height=4.6)
    axes = drawn.add_subplot()
    recalls = table[(table["measure"] == "uar") & table["value"].notna()]
    whole = max(SECONDS) + 0.6
    corpora = sorted(set(recalls["corpus"]) - {ALL})
    for number, corpus in enumerate([ALL, *corpora]):
        points = recalls[recalls["corpus"] == corpus]
        x = points["seconds"].to_numpy(dtype=float)
        x = np.where(np.isnan(x), whole, x)
        y = points["value"].to_numpy(dtype=float)
        color = COLORS[(number - 1) % len(COLORS)] if number else "black"
        marker = MARKERS[(number - 1) % len(MARKERS)] if number else "."
        width = 1.2 if number else 2.2
        axes.plot(
            x,
            y,
            marker=marker,
            label=corpus_title(corpus),
            color=color,
            linewidth=width,
            markersize=5,
        )
        if corpus == ALL and points["low"].notna().all():
            low, high = (points[name].to_numpy(dtype=float) for name in ("low", "high"))
            axes.fill_between(x, low, high, color=GRAY, alpha=0.2, linewidth=0)
    axes.axvline(max(SECONDS) + 0.3, color=GRAY, linewidth=0.8, linestyle=":")
    shown = [0.5, 1.0, 1.5, 2.0, 3.0]
    axes.set_xticks([*shown, whole], [*(f"{seconds:g}" for seconds in shown), "whole"])
    axes.set_xlabel("seconds of speech")
    axes.set_ylabel("UAR")
    axes.set_ylim(0, 1)
    style(axes)
    legend_above(drawn)
    return drawn
