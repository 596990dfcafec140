"""Figures of a study, in colors that color-blind people can tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.stats import gaussian_kde

from audio_emotion.analysis.cluster_figure import clusters
from audio_emotion.analysis.feature_labels import (
    FAMILIES,
    cluster_label,
    feature_family,
    feature_label,
    signed,
)
from audio_emotion.analysis.findings import ORIGINAL
from audio_emotion.analysis.statistics import Codes, Floats, Values
from audio_emotion.analysis.study import Study
from audio_emotion.analysis.tables import QUANTILES
from audio_emotion.data.corpora import corpus_title
from audio_emotion.report.figures import CaptionedFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# M. Okabe, K. Ito, "Color Universal Design", 2008; gray for neutral.
EMOTION_COLORS: Final = {
    "anger": "#d55e00",
    "disgust": "#009e73",
    "fear": "#cc79a7",
    "happiness": "#e69f00",
    "neutral": "#8c8c8c",
    "sadness": "#0072b2",
    "surprise": "#56b4e9",
}
_FAMILY_COLORS: Final = dict(
    zip(
        FAMILIES,
        ("#666666", "#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#000000", "#56b4e9"),
        strict=True,
    )
)
_MARKERS: Final = "osD^vP*X"
_INK: Final = "#1b1f24"

_WIDTH: Final = 5.4  # inches, beside which a report has room for text
_HEAT_ROWS: Final = 20
_VIOLINS: Final = 6
_RANKED: Final = 20
_BARS: Final = 10


def original_figures(study: Study) -> list[CaptionedFigure]:
    """Draw the original's box plots, as measured and within speaker."""
    return [_original(study, name, feature) for name, feature in ORIGINAL.items()]


def study_figures(study: Study) -> list[CaptionedFigure]:
    """Draw all other figures, except those without data."""
    drawn = [violins, ranking, emotions, pairs] if study.ranking["epsilon2"].notna().any() else []
    drawn += [clusters, importance] if study.importances else [clusters]
    return [draw(study) for draw in drawn]


def violins(study: Study) -> CaptionedFigure:
    """Draw the distributions of the features with the largest effects, within speaker."""
    population = study.population
    weights = population.weights()
    shown = study.distinct(study.overall.effect, _VIOLINS)
    figure = _figure(11, 5.6)
    for axes, feature in zip(figure.subplots(2, 3, sharey=True).flat, shown, strict=False):
        values = population.normalized[:, feature]
        for place in range(len(population.emotions)):
            _violin(axes, study, values, weights, place)
        _boxes(axes, study, values, weights, width=0.14)
        for corpus in population.full_corpora:
            own = population.corpus == corpus
            medians = [
                _median(values[own & (population.emotion == emotion)])
                for emotion in range(len(population.emotions))
            ]
            _corpus_marks(axes, study, corpus, np.arange(len(medians)) + 0.27, medians)
        axes.axhline(0, color=_INK, linewidth=0.6, zorder=0)
        title = feature_label(population.names[feature])
        axes.set_title(f"{title} ({study.overall.effect[feature]:.2f})", fontsize=9)
        axes.set_ylim(-3, 4)
    for axes in figure.axes[len(shown) :]:
        axes.set_visible(False)
    figure.supylabel("standard deviations from the speaker's mean", fontsize=9)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=len(labels), frameon=False, fontsize=8
    )
    return CaptionedFigure(
        "violins",
        figure,
        "The features on which emotion has the largest effects, one per cluster, in standard "
        "deviations from the speaker's own mean; epsilon-squared in brackets. White marks: the "
        "medians of each corpus; where they coincide the corpora agree.",
        " ".join(_medians_as_text(study, feature) for feature in shown),
    )


def ranking(study: Study) -> CaptionedFigure:
    """Draw epsilon-squared with intervals, and each corpus by itself."""
    population, result = study.population, study.overall
    rows = study.ranking.dropna(subset=["epsilon2"]).head(_RANKED)
    columns = np.array([population.names.index(name) for name in rows["feature"]], dtype=np.intp)
    figure = _figure(_WIDTH, 1.8 + 0.22 * len(columns))
    axes = figure.add_subplot()
    means, bounds = result.effect[columns], np.stack([result.low[columns], result.high[columns]])
    places = _bars(axes, rows["feature"].tolist(), rows["meaning"].tolist(), means, bounds)
    for corpus in population.full_corpora:
        _corpus_marks(axes, study, corpus, result.corpora[corpus, columns], places)
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.8, len(columns) - 0.2)
    axes.set_xlabel("epsilon-squared within speaker", fontsize=9)
    from matplotlib.patches import Patch  # noqa: PLC0415  (an optional extra)

    handles, _ = axes.get_legend_handles_labels()
    handles += [
        Patch(color=_FAMILY_COLORS[name], alpha=0.55, label=name)
        for name in FAMILIES
        if name in set(rows["family"])
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=4, frameon=False, fontsize=8)
    top = rows.iloc[0] if len(rows) else None
    return CaptionedFigure(
        "ranking",
        figure,
        f"The {len(rows)} features on which emotion has the largest effects. Bars: mean over the "
        "corpora with most emotions; lines: 95 % intervals over speakers; marks: each of these.",
        "" if top is None else f"The longest bar is {top['meaning']}, {top['epsilon2']:.2f}.",
    )


def emotions(study: Study) -> CaptionedFigure:
    """Draw each emotion compared with the same speaker's other emotions."""
    population = study.population
    profile = study.pairs.profile(len(population.emotions))
    shown = study.distinct(study.overall.effect, _HEAT_ROWS)
    figure = _figure(_WIDTH, 1.8 + 0.25 * len(shown))
    _heat_map(figure, profile[:, shown].T, study, shown, list(population.emotions))
    return CaptionedFigure(
        "emotions",
        figure,
        "Each emotion compared with the same speaker's others: how much more often the feature is "
        "higher (red) than lower (blue), mean of Cliff's delta. Rows: the features with the "
        "largest effects, one per cluster.",
        "Rows are features, columns emotions; the strongest cells are those named in the text.",
    )


def pairs(study: Study) -> CaptionedFigure:
    """Draw Cliff's delta of each pair of emotions."""
    population, found = study.population, study.pairs
    shown = study.distinct(study.overall.effect, _HEAT_ROWS)
    labels = [f"{population.emotions[a]}, {population.emotions[b]}" for a, b in found.pairs]
    figure = _figure(3 + 0.37 * len(labels), 2.6 + 0.25 * len(shown))
    axes = _heat_map(figure, found.delta[:, shown].T, study, shown, labels)
    disagree = (found.agreeing < found.counted)[:, shown].T & ~np.isnan(found.delta[:, shown].T)
    rows, columns = np.nonzero(disagree)
    axes.plot(columns + 0.38, rows - 0.3, ".", color=_INK, markersize=3)
    return CaptionedFigure(
        "pairs",
        figure,
        "Any two emotions of one speaker: Cliff's delta, red where the first is higher, blue where "
        "it is lower. A dot in the corner: the corpora do not agree on the direction.",
        "Rows are features, columns pairs of emotions; the palest columns are the pairs that are "
        "hard to separate.",
    )


def importance(study: Study) -> CaptionedFigure:
    """Draw the recall that each classifier loses without each cluster."""
    names, groups = study.population.names, study.clusters
    n = len(study.importances)
    figure = _figure(_WIDTH, n * (0.9 + 0.22 * _BARS))
    for axes, one in zip(
        figure.subplots(n, 1, squeeze=False)[:, 0], study.importances, strict=True
    ):
        order = np.argsort(-one.clusters.mean, kind="stable")[:_BARS]
        centers = [names[groups.centers[number]] for number in order]
        labels = [
            cluster_label(name, len(groups.members[number]))
            for name, number in zip(centers, order, strict=True)
        ]
        bounds = np.stack([one.clusters.low[order], one.clusters.high[order]])
        _bars(axes, centers, labels, one.clusters.mean[order], bounds)
        axes.axvline(0, color=_INK, linewidth=0.6)
        axes.set_title(f"{one.name}, recall {one.recall:.2f}", fontsize=10)
        axes.set_xlabel("recall lost")
    return CaptionedFigure(
        "importance",
        figure,
        "Recall on unseen speakers that is lost when a cluster of features is permuted among the "
        "utterances of a speaker. Clusters are named by their central member, with the number of "
        "members; lines: 95 % intervals over speakers.",
        "The longest bars are those named in the text.",
    )


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure  # noqa: PLC0415  (an optional extra)

    return Figure(figsize=(width, height), layout="constrained")


def _original(study: Study, name: str, feature: str) -> CaptionedFigure:
    population = study.population
    label, column = feature_label(feature), population.names.index(feature)
    figure = _figure(_WIDTH, 2.9)
    left, right = figure.subplots(1, 2)
    _boxes(left, study, population.values[:, column], np.ones(len(population.values)))
    left.set(title="as measured")
    left.set_ylabel(label, fontsize=8)
    _boxes(right, study, population.normalized[:, column], population.weights())
    right.axhline(0, color=_INK, linewidth=0.6, zorder=0)
    right.set(title="within speaker")
    right.set_ylabel("standard deviations from the mean", fontsize=8)
    effect = study.overall.effect[column]
    return CaptionedFigure(
        name,
        figure,
        f"{label[0].upper()}{label[1:]}: boxes hold the middle half, whiskers 90 %. Left as "
        "the original system drew it, but of all emotions (it showed four). Epsilon-squared "
        f"within speaker: {'not defined' if np.isnan(effect) else f'{effect:.2f}'}.",
        _medians_as_text(study, column),
    )


def _boxes(axes: Axes, study: Study, values: Values, weights: Floats, width: float = 0.6) -> None:
    """Draw a box of weighted quantiles per emotion."""
    population = study.population
    quantiles = population.quantiles(values[:, None], weights, list(QUANTILES.values()))
    keys = ("whislo", "q1", "med", "q3", "whishi")
    drawn = axes.bxp(
        [dict(zip(keys, marks[:, 0].tolist(), strict=True)) for marks in quantiles.values()],
        positions=list(quantiles),
        widths=width,
        showfliers=False,
        patch_artist=True,
        medianprops={"color": _INK, "linewidth": 1.6},
        capprops={"linewidth": 0.8 if width > 0.3 else 0},
    )
    for patch, emotion in zip(drawn["boxes"], quantiles, strict=True):
        color = EMOTION_COLORS[population.emotions[emotion]]
        patch.set(facecolor=color, alpha=0.75, linewidth=0.8)
    axes.set_xticks(
        range(len(population.emotions)), population.emotions, rotation=30, ha="right", fontsize=8
    )
    axes.grid(axis="y", alpha=0.3)
    axes.title.set_fontsize(10)


def _violin(axes: Axes, study: Study, values: Floats, weights: Floats, place: int) -> None:
    """Draw the density of one emotion to both sides of its place."""
    rows = (study.population.emotion == place) & (weights > 0)
    own = values[rows]
    if len(own) < 3 or np.ptp(own) == 0:
        return
    low, high = np.quantile(own, [0.005, 0.995])
    grid = np.linspace(low, high, 60)
    density = gaussian_kde(own, weights=weights[rows])(grid)
    half = 0.42 * density / density.max()
    color = EMOTION_COLORS[study.population.emotions[place]]
    axes.fill_betweenx(grid, place - half, place + half, color=color, alpha=0.35, linewidth=0)


def _bars(
    axes: Axes, features: Sequence[str], labels: Sequence[str], means: Floats, bounds: Floats
) -> Codes:
    """Draw bars with intervals in the colors of the features' families; return their places."""
    places = np.arange(len(labels))[::-1]
    colors = [_FAMILY_COLORS[feature_family(name)] for name in features]
    axes.barh(places, means, 0.62, color=colors, alpha=0.55)
    reach = np.abs(np.nan_to_num(bounds - means))
    axes.errorbar(means, places, xerr=reach, fmt="none", ecolor=_INK, elinewidth=1)
    axes.set_yticks(places, labels, fontsize=8)
    axes.grid(axis="x", alpha=0.3)
    return places


def _corpus_marks(axes: Axes, study: Study, corpus: int, x: Any, y: Any) -> None:
    """Draw white marks of one corpus."""
    population = study.population
    axes.plot(
        x,
        y,
        _MARKERS[corpus % len(_MARKERS)],
        color=_INK,
        markersize=4,
        markerfacecolor="white",
        label=corpus_title(population.corpora[corpus]),
    )


def _heat_map(
    figure: Figure, values: Floats, study: Study, features: list[int], columns: list[str]
) -> Axes:
    """Draw a heat map from -1 to 1 with its values written in."""
    axes = figure.add_subplot()
    image = axes.imshow(np.ma.masked_invalid(values), cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        if not np.isnan(value):
            color = "white" if abs(value) > 0.62 else _INK
            shown = signed(100 * value, 0)
            axes.text(column, row, shown, ha="center", va="center", color=color, fontsize=7)
    axes.set_xticks(range(len(columns)), columns, rotation=40, ha="left", fontsize=8)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    names = [feature_label(study.population.names[feature]) for feature in features]
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, location="bottom", shrink=0.5, aspect=40)
    bar.set_label("Cliff's delta (in the cells: in hundredths)", fontsize=8)
    bar.ax.tick_params(labelsize=8)
    return axes


def _median(values: Floats) -> float:
    return float(np.median(values)) if len(values) else np.nan


def _medians_as_text(study: Study, feature: int) -> str:
    """Describe the medians of the emotions for readers who cannot see the figure."""
    name, table = study.population.names[feature], study.distributions
    rows = table[(table["feature"] == name) & (table["scale"] == "within speaker")]
    rows = rows.sort_values("p50", ascending=False, kind="stable")
    medians = ", ".join(
        f"{emotion} {median:+.1f}"
        for emotion, median in zip(rows["emotion"], rows["p50"], strict=True)
    )
    return f"{feature_label(name)}, medians within speaker: {medians}."
