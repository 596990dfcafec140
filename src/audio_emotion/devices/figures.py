"""Figures of what models cost on a board; needs the `plot` extra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from audio_emotion.devices.boards import ANSWER_LIMIT_MS, RAM_LIMIT_BYTES
from audio_emotion.devices.budget import CPU
from audio_emotion.report.figures import require_matplotlib

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from audio_emotion.devices.profile import BoardProfile, Profile

# This system's figure, the original's, unit, label, limit and digits.
_CHARTS: Final = (
    ("total RAM", "original: RAM", "bytes", "RAM", RAM_LIMIT_BYTES, 0),
    ("latency", "original: latency", "ms", "answer after the last sample", ANSWER_LIMIT_MS, 1),
    ("energy per prediction", "original: energy", "mJ", "energy per prediction", None, 2),
)


def profile_bars(document: Profile) -> Figure:
    """Draw RAM, response time and energy of each board beside the original's, and the limits."""
    require_matplotlib()
    from matplotlib.figure import Figure  # noqa: PLC0415  (an optional extra)

    boards = document["boards"]
    names = [board["name"] + ("" if board["run_here"] else "\nnot run here") for board in boards]
    figure = Figure(figsize=(3 + 2.2 * len(boards), 4), layout="constrained")
    for axes, (ours, theirs, unit, label, limit, digits) in zip(
        figure.subplots(1, 3), _CHARTS, strict=True
    ):
        for shift, name, series in ((-0.2, ours, "this system"), (0.2, theirs, "original")):
            values = [_value(board, name, unit) for board in boards]
            bars = axes.bar(np.arange(len(boards)) + shift, values, 0.4, label=series)
            labels = ["" if np.isnan(value) else f"{value:,.{digits}f}" for value in values]
            axes.bar_label(bars, labels, fontsize=7)
        if limit:
            axes.axhline(limit, color="gray", linestyle="--", linewidth=1)
        axes.set_xticks(range(len(boards)), names, rotation=30, ha="right", fontsize=8)
        axes.set_ylabel(f"{label}, {unit}")
    figure.axes[2].legend(loc="upper left", fontsize=8)
    figure.suptitle(f"{document['model'] or 'Features alone'}; dashed: 256 KB and 50 ms")
    return figure


def pareto_front(candidates: pd.DataFrame, flash_limit: int | None, title: str) -> Figure:
    """Draw recall on unseen speakers against size, of the candidates that `fit.table` returns."""
    require_matplotlib()
    from matplotlib.figure import Figure  # noqa: PLC0415  (an optional extra)

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    kilobytes, recall = candidates["flash_bytes"] / 1024, candidates["unseen_uar"]
    axes.step(
        kilobytes, recall.cummax(), where="post", color="tab:blue", label="best up to this size"
    )
    axes.scatter(kilobytes, recall, color="tab:blue")
    for x, y, settings in zip(kilobytes, recall, candidates["settings"], strict=True):
        axes.annotate(settings, (x, y), (4, -9), textcoords="offset points", fontsize=7)
    chosen = candidates["chosen"]
    best = kilobytes[chosen], recall[chosen]
    axes.scatter(*best, 120, marker="*", color="tab:red", label="chosen", zorder=3)
    if flash_limit is not None:
        axes.axvline(flash_limit / 1024, color="gray", linestyle="--", label="budget")
    axes.set_xlabel(f"flash of the whole program on a {CPU} / KB")
    axes.set_ylabel("unweighted average recall, unseen speakers")
    axes.set_title(title, fontsize=10)
    axes.legend(loc="lower right")
    return figure


def _value(board: BoardProfile, name: str, unit: str) -> float:
    for figure in board["figures"]:
        if figure["name"] == name and figure["unit"] == unit:
            return figure["value"]
    return np.nan
