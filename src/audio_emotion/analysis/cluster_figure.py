"""Figure of redundant features: dendrogram, and correlations in its order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.cluster.hierarchy import dendrogram

from audio_emotion.analysis.clusters import MIN_CORRELATION
from audio_emotion.analysis.feature_labels import cluster_label
from audio_emotion.analysis.statistics import Floats
from audio_emotion.analysis.study import Study
from audio_emotion.report.figures import CaptionedFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK: Final = "#1b1f24"


def clusters(study: Study) -> CaptionedFigure:
    """Draw the dendrogram, and the correlations in its order."""
    groups = study.clusters
    order = groups.order
    from matplotlib.figure import Figure  # noqa: PLC0415  (an optional extra)

    figure = Figure(figsize=(7.4, 7), layout="constrained")
    above, axes = figure.subplots(2, 1, height_ratios=[1, 5])
    _dendrogram(above, groups.tree)
    correlation = np.ma.masked_invalid(groups.correlation[np.ix_(order, order)])
    image = axes.imshow(
        correlation, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto", interpolation="nearest"
    )
    place = np.argsort(order)
    named = {
        center: members
        for center, members in zip(groups.centers, groups.members, strict=True)
        if len(members) > 1
    }
    for members in named.values():
        axes.add_patch(_square(place[members].min() - 0.5, len(members)))
    _labels_beside(
        axes,
        [float(place[members].mean()) for members in named.values()],
        [cluster_label(study.population.names[one], len(named[one])) for one in named],
    )
    axes.set_xticks([])
    axes.set_yticks([])
    bar = figure.colorbar(image, ax=axes, location="bottom", shrink=0.5, aspect=40)
    bar.set_label("Spearman's correlation within speaker", fontsize=8)
    bar.ax.tick_params(labelsize=8)
    return CaptionedFigure(
        "clusters",
        figure,
        f"Redundant features: rank correlations within speaker of all {len(order)} features, "
        "in the order of average linkage. Boxes and names: clusters that the tree joins below the "
        f"dashed line (a mean correlation of {MIN_CORRELATION}), by their central member.",
        f"{len(named)} clusters of several features stand out as dark squares on the diagonal.",
    )


def _dendrogram(axes: Axes, tree: Floats) -> None:
    import matplotlib as mpl  # noqa: PLC0415  (an optional extra)

    with mpl.rc_context({"lines.linewidth": 0.6}):
        dendrogram(
            tree, ax=axes, no_labels=True, color_threshold=0, above_threshold_color="#59636e"
        )
    axes.axhline(1 - MIN_CORRELATION, color="#d55e00", linewidth=1, linestyle="--")
    axes.set_ylabel("1 - |correlation|", fontsize=8)
    axes.spines[["top", "right", "bottom"]].set_visible(False)


def _labels_beside(axes: Axes, places: Sequence[float], labels: Sequence[str]) -> None:
    """Write labels left of rows, moved apart where rows are close, each with a line to its row."""
    order = np.argsort(places, kind="stable")
    rows, below = axes.get_ylim()[::-1]
    gap = (below - rows) / 36
    heights: list[float] = []
    for row in np.asarray(places)[order]:
        heights.append(max(float(row), heights[-1] + gap if heights else float(row)))
    heights = [height - max(0.0, heights[-1] - below) for height in heights]
    for number, height in zip(order, heights, strict=True):
        axes.annotate(
            labels[number],
            (0, places[number]),
            xycoords=axes.get_yaxis_transform(),
            xytext=(-0.06, height),
            textcoords=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontsize=7.5,
            arrowprops={"arrowstyle": "-", "linewidth": 0.5, "color": _INK, "shrinkA": 0},
        )


def _square(first: float, size: int) -> Any:
    from matplotlib.patches import Rectangle  # noqa: PLC0415  (an optional extra)

    return Rectangle((first, first), size, size, fill=False, edgecolor=_INK, linewidth=1)
