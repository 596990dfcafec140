"""Figures for people; needs the `plot` extra."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from audio_emotion.errors import ToolError
from audio_emotion.files import replacing


def require_matplotlib() -> None:
    """Say at once, rather than after an hour of training, that no figure can be drawn.

    Raises
    ------
    ToolError
        matplotlib is not installed.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise ToolError(
            "matplotlib is not installed, so no confusion matrix can be drawn. "
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

    written = []
    for ending, undated in ((".pdf", {"CreationDate": None}), (".png", {"Software": None})):
        target = path.with_name(path.name + ending)
        with replacing(target) as partial:
            figure.savefig(partial, format=ending[1:], dpi=150, metadata=undated)
        written.append(target)
    return written
