"""Figures of any report, and how they are written; needs the `plot` extra."""

from __future__ import annotations

import importlib.util
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from audio_emotion import extras
from audio_emotion.files import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class CaptionedFigure(NamedTuple):
    """A figure, the name of its file without an ending, its caption and its alternative text."""

    name: str
    figure: Figure
    caption: str
    alternative: str


def can_draw() -> bool:
    """Return whether matplotlib, an optional extra, is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def require_matplotlib() -> None:
    """Check that figures can be drawn, before the work that they are of.

    Raises
    ------
    ToolError
        matplotlib is not installed.
    """
    extras.require("plot", "drawing figures", "matplotlib")


def confusion_matrix(
    counts: npt.NDArray[np.int64],
    classes: Sequence[str],
    title: str,
    columns: Sequence[str] | None = None,
) -> Figure:
    """Draw a confusion matrix.

    Parameters
    ----------
    counts : int array of shape (n_classes, n_columns)
        Rows are the truth, columns the prediction. Colors show the share of the row, that is the
        recall on the diagonal; a class that is not in the truth has an empty row.
    classes : sequence of str
    title : str
    columns : sequence of str, optional
        Of predictions; by default the classes.
    """
    require_matplotlib()
    from matplotlib.figure import Figure  # noqa: PLC0415  (an optional extra)

    columns = columns or classes
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
    axes.set_xticks(range(len(columns)), columns, rotation=45, ha="right")
    axes.set_yticks(range(len(classes)), classes)
    axes.set_xlabel("prediction")
    axes.set_ylabel("truth")
    axes.set_title(title, fontsize=10)
    return figure


def save_figure(figure: Figure, path: Path, endings: Sequence[str] = ("pdf", "png")) -> list[Path]:
    """Write a figure as `path` with each of the endings, without a date; return the files."""
    undated = {"pdf": {"CreationDate": None}, "png": {"Software": None}, "svg": {"Date": None}}
    written = []
    for ending in endings:
        target = path.with_name(f"{path.name}.{ending}")
        # In memory: when the disk is full, matplotlib complains of something else.
        content = io.BytesIO()
        figure.savefig(content, format=ending, dpi=150, metadata=undated[ending])
        with replacing(target) as partial:
            partial.write_bytes(content.getvalue())
        written.append(target)
    return written


def inline_svg(figure: Figure, prefix: str) -> str:
    """Return a figure as an SVG element whose identifiers begin with `prefix`.

    With different prefixes, several figures can stand in one page.
    """
    import matplotlib as mpl  # noqa: PLC0415  (an optional extra)

    file = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "audio-emotion", "svg.fonttype": "none"}):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    drawing = file.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r'\bid="', f'id="{prefix}-', drawing)
    return re.sub(r'(href="#|url\(#)', rf"\1{prefix}-", drawing)
