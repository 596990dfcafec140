"""Findings of an analysis in sentences, computed from the numbers of a study."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from audio_emotion.analysis.effects import MEDIUM
from audio_emotion.analysis.feature_labels import MINUS, feature_label, join_words, signed
from audio_emotion.analysis.importance import Importance
from audio_emotion.analysis.statistics import Floats, Values
from audio_emotion.analysis.study import Study
from audio_emotion.analysis.tables import corpus_agreement
from audio_emotion.data.corpora import corpus_title

FALSE_DISCOVERIES: Final = 0.05

# "Relatively strong" by L. Rea, R. Parker, Designing and Conducting Survey Research, 1992.
STRONG: Final = 0.36

# The features of the original system's box plots, by the names of its files.
ORIGINAL: Final = {
    "bp1": "zcr_mean",
    "bp2": "rms_mean",
    "bp3": "shimmer_local",
    "bp4": "mfcc_01_mean",
}


class Finding(NamedTuple):
    """A sentence or two on one topic."""

    topic: str
    text: str


def findings(study: Study) -> list[Finding]:
    """Return the findings, the most general first."""
    return [
        Finding("Overall", overall(study)),
        Finding("Largest effects", largest_effects(study)),
        *(
            Finding(f"{a.capitalize()} or {b}", pair_separation(study, a, b))
            for a, b in _main_pairs(study)
        ),
        Finding("Hard and easy pairs", hard_and_easy(study)),
        *profiles(study),
        Finding("Speaker normalization", speaker_normalization(study)),
        Finding("The original's box plots", original_plots(study)),
        Finding("Redundant features", redundant_features(study)),
        Finding("Corpora", " ".join(corpora(study))),
        *(
            Finding(f"Importance for {one.name}", classifier_importance(study, one))
            for one in study.importances
        ),
    ]


def overall(study: Study) -> str:
    """Count the features on which emotion has an effect, and those with a strong one."""
    effect = study.overall.effect
    if np.isnan(effect).all():
        return "Not defined: no feature changes."
    n_significant = int((study.ranking["q"] < FALSE_DISCOVERIES).sum())
    return (
        f"Within one speaker, emotion changes {n_significant} of {len(effect)} features "
        f"(Kruskal-Wallis, false discovery rate {FALSE_DISCOVERIES:g}). With many utterances "
        "small effects are significant, so their size matters more: of "
        f"{int((effect >= STRONG).sum())} features emotion explains more than {STRONG:g} of the "
        f"variance of ranks (epsilon-squared), of half of them more than "
        f"{np.nanmedian(effect):.2f}."
    )


def largest_effects(study: Study) -> str:
    """Name the features with the largest effects, one per cluster."""
    result = study.overall
    strongest = study.distinct(result.effect, 5)
    if not strongest:
        return "Not defined: no feature changes."
    return (
        "Emotion has the largest effects on these features, one per cluster: "
        + join_words(
            f"{_name(study, feature)} ({result.effect[feature]:.2f}"
            f"{_interval(result.low[feature], result.high[feature])})"
            for feature in strongest
        )
        + "."
    )


def pair_separation(study: Study, first: str, second: str) -> str:
    """Name the three features that separate two emotions best, and their direction."""
    population, pairs = study.population, study.pairs
    row = pairs.row(population.emotions.index(first), population.emotions.index(second))
    best = study.distinct(np.abs(pairs.delta[row]), 3)
    if not best:
        return f"{first.capitalize()} and {second}: not defined, no speaker acted both."
    return (
        f"{first.capitalize()} and {second} are best separated by "
        + join_words(_direction(study, row, feature, first, second) for feature in best)
        + "."
    )


def hard_and_easy(study: Study) -> str:
    """Name the pairs of emotions that are hardest and easiest to separate by one feature."""
    population, pairs = study.population, study.pairs
    strength = np.abs(pairs.delta)
    defined = [row for row in range(len(pairs.pairs)) if not np.isnan(strength[row]).all()]
    if not defined:
        return "Not defined: no speaker acted two emotions."
    best = {row: float(np.nanmax(strength[row])) for row in defined}
    order = sorted(defined, key=lambda row: best[row])

    def described(row: int) -> str:
        first, second = (population.emotions[side] for side in pairs.pairs[row])
        feature = int(np.nanargmax(strength[row]))
        return f"{first} and {second} ({_name(study, feature)}, {best[row]:.2f})"

    if len(order) == 1:
        return f"Only one pair can be compared: {described(order[0])}."
    n = min(3, len(order) // 2)
    return (
        "Hardest to separate by a single feature (the best one, with its absolute Cliff's delta): "
        f"{join_words(described(row) for row in order[:n])}; easiest: "
        f"{join_words(described(row) for row in order[: -n - 1 : -1])}."
    )


def profiles(study: Study) -> Iterator[Finding]:
    """Describe each emotion against the same speaker's other emotions."""
    profile = study.pairs.profile(len(study.population.emotions))
    for emotion, deltas in zip(study.population.emotions, profile, strict=True):
        differences = [
            f"{'higher' if deltas[feature] > 0 else 'lower'} {_name(study, feature)} "
            f"({signed(deltas[feature])})"
            for feature in study.distinct(np.abs(deltas), 4)
        ] or ["no defined differences"]
        text = (
            f"Compared with the same speaker's other emotions, {emotion} has "
            f"{join_words(differences)} (mean Cliff's delta)."
        )
        yield Finding(emotion.capitalize(), text)


def speaker_normalization(study: Study) -> str:
    """Compare effects within speakers with those of the values as measured."""
    result = study.overall
    gain = result.effect - result.raw
    if np.isnan(gain).all() or np.isnan(result.speaker).all():
        return "Not defined: it takes features that change, and two speakers in a corpus."
    most = study.distinct(gain, 1)[0]
    n_speaker = int((result.speaker > result.raw).sum())
    return (
        f"As measured, the speaker explains more than emotion does for {n_speaker} of "
        f"{len(gain)} features. Normalized by speaker, emotion explains "
        f"{np.nanmedian(result.effect):.2f} instead of {np.nanmedian(result.raw):.2f} (medians); "
        f"{_name(study, most)} gains most: {result.raw[most]:.2f} as measured, where the speaker "
        f"explains {result.speaker[most]:.2f}, and {result.effect[most]:.2f} within speaker."
    )


def original_plots(study: Study) -> str:
    """Compare the original's four plots with the same features normalized by speaker."""
    population = study.population
    all_utterances = np.ones(len(population.values))
    extremes = [
        f"{feature_label(feature)}: {_extremes(study, population.values, all_utterances, feature)} "
        f"as measured, {_extremes(study, population.normalized, population.weights(), feature)} "
        "within speaker"
        for feature in ORIGINAL.values()
    ]
    return (
        "Emotions with the highest and the lowest median of the features in the original's plots: "
        + "; ".join(extremes)
        + ". Where the two differ, the original's plots show speakers and recordings, not emotions."
    )


def redundant_features(study: Study) -> str:
    """Count the clusters of redundant features, and list the largest."""
    population, clusters = study.population, study.clusters
    sizes = [len(members) for members in clusters.members]
    several = [cluster for cluster, size in enumerate(sizes) if size > 1]
    if not several:
        return f"No two of the {len(population.names)} features are redundant."
    largest = "; ".join(
        f"{_name(study, clusters.centers[cluster])} "
        f"({', '.join(population.names[f] for f in clusters.members[cluster])})"
        for cluster in sorted(several, key=lambda cluster: -sizes[cluster])[:4]
    )
    return (
        f"The {len(population.names)} features form {len(clusters.members)} clusters; "
        f"{len(several)} of them hold several features, which are redundant. The largest, "
        f"each with its members: {largest}."
    )


def corpora(study: Study) -> Iterator[str]:
    """Describe how far the corpora agree on directions."""
    population, pairs = study.population, study.pairs
    medium = (np.abs(pairs.delta) >= MEDIUM) & (pairs.counted > 1)
    if medium.any():
        alike = (pairs.agreeing == pairs.counted)[medium]
        yield (
            f"Of {int(medium.sum()):,} effects of a feature on two emotions that are at least "
            f"medium (Cliff's delta {MEDIUM} or more), {alike.mean():.0%} have the same direction "
            "in every corpus that has both emotions."
        )
    else:
        yield (
            f"Agreement is not defined: no effect of several corpora is {MEDIUM} or more on the "
            "whole."
        )
    both = corpus_agreement(population, pairs).dropna().sort_values("same_sign", kind="stable")
    if len(both):
        extremes = [both.iloc[0]] if len(both) == 1 else [both.iloc[0], both.iloc[-1]]
        yield (
            "Effects that are medium in two corpora have the same direction in both: "
            + " to ".join(
                f"{row.same_sign:.0%} for {corpus_title(row.corpus)} and {corpus_title(row.other)} "
                f"({row.effects:,} effects)"
                for row in extremes
            )
            + "."
        )
    yield from _contradiction(study)


def classifier_importance(study: Study, one: Importance) -> str:
    """Name the most important features of a classifier."""
    order = np.argsort(-one.clusters.mean, kind="stable")[:4]
    single = int(np.argmax(one.features.mean))
    return (
        f"{one.name} has a recall of {one.recall:.2f} on {one.n_speakers} speakers unknown to it "
        "(mean over emotions and corpora). It loses most recall when these are permuted: "
        + join_words(
            f"{_group(study, int(number))} ({one.clusters.mean[number]:.3f}"
            f"{_interval(one.clusters.low[number], one.clusters.high[number], 3)})"
            for number in order
        )
        + f". The most important single feature is {_name(study, single)} "
        f"({one.features.mean[single]:.3f})."
    )


def _main_pairs(study: Study) -> list[tuple[str, str]]:
    """Return the pairs that get a sentence: the best-known ones that are in the data."""
    best_known = [("anger", "sadness"), ("anger", "happiness"), ("happiness", "sadness")]
    there = [pair for pair in best_known if set(pair) <= set(study.population.emotions)]
    emotions = study.population.emotions
    return there or [(emotions[first], emotions[second]) for first, second in study.pairs.pairs[:1]]


def _direction(study: Study, row: int, feature: int, first: str, second: str) -> str:
    pairs = study.pairs
    delta = pairs.delta[row, feature]
    counted, agreeing = pairs.counted[row, feature], pairs.agreeing[row, feature]
    low, high = pairs.low[row, feature], pairs.high[row, feature]
    between = "" if np.isnan(low) else f", {signed(low)} to {signed(high)}"
    where = f"{agreeing} of {counted}" if agreeing < counted or counted == 1 else f"all {counted}"
    return (
        f"{_name(study, feature)} (higher in {first if delta > 0 else second}, Cliff's delta "
        f"{signed(delta)}{between}, so in {where} "
        f"{'corpus' if counted == 1 else 'corpora'})"
    )


def _contradiction(study: Study) -> Iterator[str]:
    """Describe the largest contradiction between two corpora."""
    population, pairs = study.population, study.pairs
    highest = np.where(np.isnan(pairs.corpora), -2, pairs.corpora).max(axis=0)
    lowest = np.where(np.isnan(pairs.corpora), 2, pairs.corpora).min(axis=0)
    clash = np.where((highest > 0) & (lowest < 0), np.minimum(highest, -lowest), 0)
    row, feature = np.unravel_index(int(clash.argmax()), clash.shape)
    if clash[row, feature] < MEDIUM:
        return
    values = pairs.corpora[:, row, feature]
    first, second = (population.emotions[side] for side in pairs.pairs[row])
    up, down = int(np.nanargmax(values)), int(np.nanargmin(values))
    yield (
        f"They contradict each other most on {_name(study, int(feature))}: in "
        f"{corpus_title(population.corpora[up])} it is higher in {first} than in {second} "
        f"({signed(values[up])}), in {corpus_title(population.corpora[down])} lower "
        f"({signed(values[down])})."
    )


def _extremes(study: Study, values: Values, weights: Floats, feature: str) -> str:
    population = study.population
    column = values[:, [population.names.index(feature)]]
    quantiles = population.quantiles(column, weights, [0.5])
    medians = {population.emotions[emotion]: marks[0, 0] for emotion, marks in quantiles.items()}
    return f"{max(medians, key=medians.__getitem__)} and {min(medians, key=medians.__getitem__)}"


def _group(study: Study, number: int) -> str:
    others = len(study.clusters.members[number]) - 1
    more = f" with {others} redundant feature{'s' * (others > 1)}" if others else ""
    return f"{_name(study, study.clusters.centers[number])}{more}"


def _name(study: Study, feature: int) -> str:
    return feature_label(study.population.names[feature])


def _interval(low: float, high: float, digits: int = 2) -> str:
    """Return an interval as it follows a number; empty where there is none."""
    if np.isnan(low):
        return ""
    return f", {low:.{digits}f} to {high:.{digits}f}".replace("-", MINUS)
