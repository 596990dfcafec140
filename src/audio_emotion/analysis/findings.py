"""What was found, in words: every sentence is computed from the numbers of a study."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from audio_emotion.analysis.effects import MEDIUM, corpus_agreement
from audio_emotion.analysis.feature_labels import MINUS, feature_label, join_words, signed
from audio_emotion.analysis.importance import Importance
from audio_emotion.analysis.statistics import Codes, Floats, weighted_quantiles
from audio_emotion.analysis.study import Study

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
    """One thing that was found."""

    topic: str
    text: str


def findings(study: Study) -> list[Finding]:
    """Say what was found, the most general first."""
    return [
        Finding("Overall", overall(study)),
        Finding("Most moved", most_moved(study)),
        *(
            Finding(f"{a.capitalize()} or {b}", parted(study, a, b))
            for a, b in _pairs_in_words(study)
        ),
        Finding("Hard and easy pairs", hard_and_easy(study)),
        *(
            Finding(emotion.capitalize(), text)
            for emotion, text in zip(study.population.emotions, profiles(study), strict=True)
        ),
        Finding("One's own voice", own_voice(study)),
        Finding("As the original drew it", as_drawn(study)),
        Finding("The same said twice", same(study)),
        Finding("Corpora", " ".join(corpora(study))),
        *(Finding(f"What {one.name} needs", needs(study, one)) for one in study.importances),
    ]


def overall(study: Study) -> str:
    """How many features move, and how many far."""
    q = study.ranking["q"]
    effect = study.overall.effect
    if np.isnan(effect).all():
        return "No feature changes at all, so nothing can be said."
    return (
        f"Within one speaker, emotion moves {int((q < FALSE_DISCOVERIES).sum())} of {len(effect)} "
        f"features (Kruskal-Wallis, false discovery rate {FALSE_DISCOVERIES:g}), which many "
        "utterances make easy; how far is the question. Of "
        f"{int((effect >= STRONG).sum())} features emotion explains more than {STRONG:g} of the "
        f"variance of ranks (epsilon-squared), of half of them more than "
        f"{np.nanmedian(effect):.2f}."
    )


def most_moved(study: Study) -> str:
    """Name the strongest features that are no variants of each other."""
    result = study.overall
    strongest = study.distinct(result.effect, 5)
    if not strongest:
        return "Not defined: no feature changes."
    return (
        "What emotion moves most, close relatives left out: "
        + join_words(
            f"{_name(study, feature)} ({result.effect[feature]:.2f}"
            f"{_interval(result.low[feature], result.high[feature])})"
            for feature in strongest
        )
        + "."
    )


def parted(study: Study, first: str, second: str) -> str:
    """Which three features part two emotions best, and in which direction."""
    population, pairs = study.population, study.pairs
    row = pairs.row(population.emotions.index(first), population.emotions.index(second))
    best = study.distinct(np.abs(pairs.delta[row]), 3)
    if not best:
        return f"{first.capitalize()} and {second}: not defined, nobody acted both."
    return (
        f"{first.capitalize()} and {second} are parted best by "
        + join_words(_direction(study, row, feature, first, second) for feature in best)
        + "."
    )


def hard_and_easy(study: Study) -> str:
    """Which emotions no single feature parts well, and which one feature does."""
    population, pairs = study.population, study.pairs
    strength = np.abs(pairs.delta)
    defined = [row for row in range(len(pairs.pairs)) if not np.isnan(strength[row]).all()]
    if not defined:
        return "Not defined: nobody acted two emotions."
    best = {row: float(np.nanmax(strength[row])) for row in defined}
    order = sorted(defined, key=lambda row: best[row])

    def said(row: int) -> str:
        first, second = (population.emotions[side] for side in pairs.pairs[row])
        feature = int(np.nanargmax(strength[row]))
        return f"{first} and {second} ({_name(study, feature)}, {best[row]:.2f})"

    if len(order) == 1:
        return f"Only one pair can be compared: {said(order[0])}."
    n = min(3, len(order) // 2)
    return (
        "Hardest to part by any one feature (the best one, with the size of its Cliff's delta): "
        f"{join_words(said(row) for row in order[:n])}; easiest: "
        f"{join_words(said(row) for row in order[: -n - 1 : -1])}."
    )


def profiles(study: Study) -> Iterator[str]:
    """Say what each emotion does to the voice, against the speaker's other emotions."""
    profile = study.pairs.profile(len(study.population.emotions))
    for emotion, deltas in zip(study.population.emotions, profile, strict=True):
        strongest = study.distinct(np.abs(deltas), 4)
        said = (
            join_words(
                f"{'higher' if deltas[feature] > 0 else 'lower'} {_name(study, feature)} "
                f"({signed(deltas[feature])})"
                for feature in strongest
            )
            if strongest
            else "not defined"
        )
        yield (
            f"Beside the same speaker's other emotions, {emotion} has {said} (mean Cliff's delta)."
        )


def own_voice(study: Study) -> str:
    """Say what is gained by measuring speakers against themselves."""
    result = study.overall
    gain = result.effect - result.raw
    if np.isnan(gain).all() or np.isnan(result.speaker).all():
        return "Not defined: it takes features that change, and two speakers in a corpus."
    most = study.distinct(gain, 1)[0]
    whose = int((result.speaker > result.raw).sum())
    return (
        f"As measured, who speaks explains more than emotion does for {whose} of "
        f"{len(gain)} features. Against the speaker's own voice emotion explains "
        f"{np.nanmedian(result.effect):.2f} instead of {np.nanmedian(result.raw):.2f} (medians); "
        f"{_name(study, most)} gains most: {result.raw[most]:.2f} as measured, of which the "
        f"speaker's share is {result.speaker[most]:.2f}, {result.effect[most]:.2f} within speaker."
    )


def as_drawn(study: Study) -> str:
    """Compare what the original's four plots show with what each speaker does."""
    population = study.population
    everybody = np.ones(len(population.values))
    said = [
        f"{feature_label(feature)}: {_extremes(study, population.values, everybody, feature)} "
        f"as measured, {_extremes(study, population.normalized, population.weights(), feature)} "
        "within speaker"
        for feature in ORIGINAL.values()
    ]
    return (
        "Emotions with the highest and the lowest median of the features that the original drew: "
        + "; ".join(said)
        + ". Where the two differ, who was recorded, how and how often, shows through."
    )


def same(study: Study) -> str:
    """Which features mean the same."""
    population, clusters = study.population, study.clusters
    several: list[Codes] = sorted(
        (members for members in clusters.members if len(members) > 1), key=len, reverse=True
    )
    if not several:
        return f"No two of the {len(population.names)} features move together."
    centers = dict(zip(map(tuple, clusters.members), clusters.centers, strict=True))
    largest = "; ".join(
        f"{_name(study, centers[tuple(members)])} "
        f"({', '.join(population.names[f] for f in members)})"
        for members in several[:4]
    )
    return (
        f"The {len(population.names)} features move in {len(clusters.members)} groups; "
        f"{len(several)} of them hold several features that mean nearly the same. The largest, "
        f"each with its members: {largest}."
    )


def corpora(study: Study) -> Iterator[str]:
    """Whether the corpora agree on directions."""
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
    both = corpus_agreement(population, pairs).dropna()
    if len(both):
        yield (
            "Effects that are medium in two corpora have the same direction in both: "
            + join_words(
                f"{row.same_sign:.0%} for {row.corpus} and {row.other} ({row.effects:,} effects)"
                for row in both.itertuples()
            )
            + "."
        )
    yield from _contradiction(study)


def needs(study: Study, one: Importance) -> str:
    """Say what a classifier cannot do without."""
    order = np.argsort(-one.clusters.mean, kind="stable")[:4]
    single = int(np.argmax(one.features.mean))
    return (
        f"{one.name} recalls {one.recall:.2f} of what {one.n_speakers} speakers said whom it never "
        "heard (mean over emotions and corpora). It loses most when these are another utterance's: "
        + join_words(
            f"{_group(study, int(number))} ({one.clusters.mean[number]:.3f}"
            f"{_interval(one.clusters.low[number], one.clusters.high[number], 3)})"
            for number in order
        )
        + f". The single feature it misses most is {_name(study, single)} "
        f"({one.features.mean[single]:.3f})."
    )


def _pairs_in_words(study: Study) -> list[tuple[str, str]]:
    """Pairs worth a sentence: the two that people ask about first, of those that are there."""
    asked = [("anger", "sadness"), ("anger", "happiness"), ("happiness", "sadness")]
    there = [pair for pair in asked if set(pair) <= set(study.population.emotions)]
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
    """Find the two corpora that contradict each other most."""
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
        f"{population.corpora[up]} it is higher in {first} than in {second} "
        f"({signed(values[up])}), in {population.corpora[down]} lower ({signed(values[down])})."
    )


def _extremes(study: Study, values: npt.NDArray[np.floating], weights: Floats, feature: str) -> str:
    population = study.population
    column = values[:, [population.names.index(feature)]].astype(np.float64)
    medians = {}
    for number, emotion in enumerate(population.emotions):
        rows = (population.emotion == number) & (weights > 0)
        if rows.any():
            medians[emotion] = float(
                weighted_quantiles(column[rows], weights[rows], np.array([0.5]))[0, 0]
            )
    return f"{max(medians, key=medians.__getitem__)} and {min(medians, key=medians.__getitem__)}"


def _group(study: Study, number: int) -> str:
    others = len(study.clusters.members[number]) - 1
    more = f" with {others} that say{'s' * (others == 1)} the same" if others else ""
    return f"{_name(study, study.clusters.centers[number])}{more}"


def _name(study: Study, feature: int) -> str:
    return feature_label(study.population.names[feature])


def _interval(low: float, high: float, digits: int = 2) -> str:
    """Give the interval as it follows a figure; nothing where there is none."""
    if np.isnan(low):
        return ""
    return f", {low:.{digits}f} to {high:.{digits}f}".replace("-", MINUS)
