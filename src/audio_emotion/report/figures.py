"""Figures for people; needs the `plot` extra."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from audio_emotion.devices.boards import ANSWER_LIMIT_MS, RAM_LIMIT_BYTES
from audio_emotion.errors import ToolError
from audio_emotion.files import replacing
from audio_emotion.report.page import save_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from audio_emotion.devices.profile import BoardProfile, Profile


def require_matplotlib() -> None:
    """Say at once, rather than after an hour of training, that no figure can be drawn.

    Raises
    ------
    ToolError
        matplotlib is not installed.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise ToolError(
            "matplotlib is not installed, so no figure can be drawn. "
            "Install it with: pip install 'embedded-audio-emotion[plot]'."
        )


def save_confusion(
    counts: npt.NDArray[np.int64], classes: Sequence[str], title: str, path: Path
) -> list[Path]:
    """Draw a confusion matrix as `path` with the endings .pdf and .png.

    Parameters
    ----------
    counts : int array of shape (n_classes, n_classes)
        Rows are the truth, columns the prediction. Colors show the share of the row, that is the
        recall on the diagonal; a class that is not in the truth has an empty row.
    classes : sequence of str
    title : str
    path : Path
        Without an ending.

    Returns
    -------
    list of Path
        The files written.
    """
    return save_figure(confusion(counts, classes, title), path)


def confusion(counts: npt.NDArray[np.int64], classes: Sequence[str], title: str) -> Figure:
    """Draw a confusion matrix: see `save_confusion`."""
    require_matplotlib()
    from matplotlib.figure import Figure  # noqa: PLC0415  (an optional extra)

    support = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, support, where=support > 0, out=np.zeros(counts.shape))
    figure = Figure(figsize=(6, 5.4), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(counts.shape):
        if support[row]:
            color = "white" if share[row, column] > 0.5 else "black"
            text = f"{share[row, column]:.0%}\n{counts[row, column]}"
            axes.text(column, row, text, ha="center", va="center", color=color, fontsize=8)
    axes.set_xticks(range(len(classes)), classes, rotation=45, ha="right")
    axes.set_yticks(range(len(classes)), classes)
    axes.set_xlabel("prediction")
    axes.set_ylabel("truth")
    axes.set_title(title, fontsize=10)
    return figure


def save_profile(document: Profile, path: Path) -> Path:
    """Draw RAM, answer and energy of each board beside the original system's, and the limits.

    Parameters
    ----------
    document : Profile
    path : Path
        Of the PNG to write.

    Returns
    -------
    Path
        The same.
    """
    require_matplotlib()
    from matplotlib.figure import Figure  # noqa: PLC0415  (an optional extra)

    panels = (
        ("RAM in all", "original: RAM", "bytes", "RAM", RAM_LIMIT_BYTES, 0),
        (
            "an answer",
            "original: an answer",
            "ms",
            "answer after the last sample",
            ANSWER_LIMIT_MS,
            1,
        ),
        ("an answer", "original: an answer", "mJ", "energy of an answer", None, 2),
    )
    boards = document["boards"]
    names = [board["name"] + ("" if board["run_here"] else "\nnot run here") for board in boards]
    figure = Figure(figsize=(3 + 2.2 * len(boards), 4), layout="constrained")
    for axes, (ours, theirs, unit, label, limit, digits) in zip(
        figure.subplots(1, 3), panels, strict=True
    ):
        for shift, name, series in ((-0.2, ours, "this system"), (0.2, theirs, "original")):
            values = [_figure_of(board, name, unit) for board in boards]
            bars = axes.bar(np.arange(len(boards)) + shift, values, 0.4, label=series)
            labels = ["" if np.isnan(value) else f"{value:,.{digits}f}" for value in values]
            axes.bar_label(bars, labels, fontsize=7)
        if limit:
            axes.axhline(limit, color="gray", linestyle="--", linewidth=1)
        axes.set_xticks(range(len(boards)), names, rotation=30, ha="right", fontsize=8)
        axes.set_ylabel(f"{label}, {unit}")
    figure.axes[2].legend(loc="upper left", fontsize=8)
    figure.suptitle(f"{document['model'] or 'Features alone'}; dashed: 256 KB and 50 ms")
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        figure.savefig(partial, format="png", dpi=150, metadata={"Software": None})
    return path


def _figure_of(board: BoardProfile, name: str, unit: str) -> float:
    for figure in board["figures"]:
        if figure["name"] == name and figure["unit"] == unit:
            return figure["value"]
    return np.nan
