"""How much each feature moves with emotion, over all emotions and between any two of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.analysis.feature_labels import feature_family, feature_label
from audio_emotion.analysis.population import NotDefined, Population
from audio_emotion.analysis.statistics import (
    RESAMPLES,
    Floats,
    benjamini_hochberg,
    chi_squared_p,
    cliffs_delta,
    epsilon_squared,
    epsilon_squared_of,
    interval,
    ranks,
    speaker_weights,
    weighted_quantiles,
)

# A medium effect by J. Romano et al. (Florida Association of Institutional Research, 2006);
# smaller ones have no direction worth comparing between corpora.
MEDIUM: Final = 0.33

SHARES: Final = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}


@dataclass(frozen=True)
class OverallEffects:
    """Epsilon-squared of each feature within speakers: arrays of shape (n_features,)."""

    effect: Floats
    """Mean over the whole corpora."""
    low: Floats
    high: Floats
    corpora: Floats
    """Of each corpus over its own emotions, shape (n_corpora, n_features)."""
    h: Floats
    """Kruskal-Wallis' statistic, summed over the whole corpora."""
    df: npt.NDArray[np.int64]
    raw: Floats
    """Of the values as measured, across speakers."""
    speaker: Floats
    """How much of the variance of ranks lies between speakers."""

    @property
    def p(self) -> Floats:
        """Probability of so large an `h` if emotion moved nothing."""
        return chi_squared_p(self.h, self.df)


@dataclass(frozen=True)
class PairEffects:
    """Cliff's delta of two emotions within speakers: arrays (n_pairs, n_features)."""

    pairs: tuple[tuple[int, int], ...]
    delta: Floats
    """Above 0: higher in the first emotion. Mean over the corpora that have both."""
    low: Floats
    high: Floats
    corpora: Floats
    """Of each corpus, shape (n_corpora, n_pairs, n_features)."""

    @property
    def counted(self) -> npt.NDArray[np.int64]:
        """How many corpora have both emotions."""
        return np.asarray((~np.isnan(self.corpora)).sum(axis=0), dtype=np.int64)

    @property
    def agreeing(self) -> npt.NDArray[np.int64]:
        """In how many of them the feature moves the same way as on the whole."""
        return np.asarray((np.sign(self.corpora) == np.sign(self.delta)).sum(axis=0), np.int64)

    def row(self, first: int, second: int) -> int:
        """Row of a pair."""
        return self.pairs.index((first, second))

    def profile(self, n_emotions: int) -> Floats:
        """How much higher each emotion is than the others, shape (n_emotions, n_features)."""
        square = np.full((n_emotions, n_emotions, self.delta.shape[1]), np.nan)
        for row, (first, second) in enumerate(self.pairs):
            square[first, second] = self.delta[row]
            square[second, first] = -self.delta[row]
        return nan_mean(square, axis=1)


def overall_effects(population: Population) -> OverallEffects:
    """Measure how much of each feature emotion explains."""
    found = [_corpus_effects(population, corpus) for corpus in range(len(population.corpora))]
    corpora = np.array([effect for effect, _ in found])
    whole = population.full_corpora
    effect = nan_mean(corpora[whole], axis=0)
    n = population.counts.sum(axis=1)[whole]
    defined = ~np.isnan(corpora[whole])
    # Where a corpus has one speaker its resamples are not defined, and so neither is the mean.
    resampled = [
        np.where(there, found[corpus][1], 0) for corpus, there in zip(whole, defined, strict=True)
    ]
    free = (np.bincount(population.corpus_of)[whole] - 1.0) @ defined
    low, high = interval(effect, sum(resampled) / np.maximum(defined.sum(axis=0), 1), free, 0, 1)
    h = np.where(defined, corpora[whole] * (n[:, None] - 1), 0).sum(axis=0)
    df = ((population.counts[whole] > 0).sum(axis=1)[:, None] - 1) * defined
    several = [
        corpus
        for corpus in whole
        if len(set(population.speaker[population.rows(corpus)].tolist())) > 1
    ]
    return OverallEffects(
        effect=effect,
        low=low,
        high=high,
        corpora=corpora,
        h=np.where(defined.any(axis=0), h, np.nan),
        df=df.sum(axis=0),
        raw=nan_mean(
            [_group_effects(population, corpus, population.emotion) for corpus in whole], axis=0
        ),
        speaker=(
            nan_mean(
                [_group_effects(population, corpus, population.speaker) for corpus in several],
                axis=0,
            )
            if several
            else np.full(len(population.names), np.nan)
        ),
    )


def pair_effects(population: Population) -> PairEffects:
    """Compare any two emotions, each speaker with their own."""
    pairs = tuple(combinations(range(len(population.emotions)), 2))
    shape = (len(population.corpora), len(pairs), len(population.names))
    corpora = np.full(shape, np.nan)
    delta, low, high = (np.full(shape[1:], np.nan) for _ in range(3))
    of_speakers = [
        _speaker_deltas(population, corpus, pairs) for corpus in range(len(population.corpora))
    ]
    for row in range(len(pairs)):
        resampled = []
        free = np.zeros(shape[2])
        for corpus, deltas in enumerate(of_speakers):
            acted = deltas[~np.isnan(deltas[:, row, 0]), row]
            if not len(acted):
                continue
            constant = np.ptp(population.values[population.rows(corpus)], axis=0) == 0
            corpora[corpus, row] = np.where(constant, np.nan, acted.mean(axis=0))
            # Of one speaker the weights are not defined, and so neither is the interval.
            weights = speaker_weights(np.full(len(acted), corpus))
            resampled.append(np.where(constant, 0, weights @ acted / len(acted)))
            free += np.where(constant, 0, len(acted) - 1)
        delta[row] = nan_mean(corpora[:, row], axis=0)
        n_corpora = np.maximum((~np.isnan(corpora[:, row])).sum(axis=0), 1)
        if resampled:
            low[row], high[row] = interval(delta[row], sum(resampled) / n_corpora, free, -1, 1)
    return PairEffects(pairs, delta, low, high, corpora)


def ranking(
    population: Population, effects: OverallEffects, pairs: PairEffects, cluster: list[str]
) -> pd.DataFrame:
    """One row per feature, what emotion moves most first; the last column says what is missing."""
    table = pd.DataFrame(
        {
            "feature": population.names,
            "meaning": [feature_label(name) for name in population.names],
            "family": [feature_family(name) for name in population.names],
            "cluster": cluster,
            "epsilon2": effects.effect,
            "low": effects.low,
            "high": effects.high,
            "kruskal_h": effects.h,
            "df": effects.df,
            "p": effects.p,
            "q": benjamini_hochberg(effects.p),
            "epsilon2_raw": effects.raw,
            "speaker_epsilon2": effects.speaker,
        }
        | {
            f"epsilon2_{corpus}": values
            for corpus, values in zip(population.corpora, effects.corpora, strict=True)
        }
    )
    table["agreement"] = agreement(pairs)
    table["not_defined"] = missing_reasons(population, effects.low)
    table = table.sort_values(
        ["epsilon2", "feature"], ascending=[False, True], na_position="last", ignore_index=True
    )
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def agreement(pairs: PairEffects) -> Floats:
    """Share of each feature's medium effects that have the same sign in all of several corpora."""
    counts = (np.abs(pairs.delta) >= MEDIUM) & (pairs.counted > 1)
    agrees = counts & (pairs.agreeing == pairs.counted)
    n = counts.sum(axis=0)
    return np.where(n > 0, agrees.sum(axis=0) / np.maximum(n, 1), np.nan)


def pair_table(population: Population, pairs: PairEffects) -> pd.DataFrame:
    """One row per feature and pair of emotions, in the order of features, then of emotions."""
    n_pairs, n_features = pairs.delta.shape
    first, second = (
        [population.emotions[pair[side]] for pair in pairs.pairs] * n_features for side in (0, 1)
    )
    table = pd.DataFrame(
        {
            "feature": np.repeat(population.names, n_pairs),
            "first": first,
            "second": second,
            "delta": pairs.delta.T.ravel(),
            "low": pairs.low.T.ravel(),
            "high": pairs.high.T.ravel(),
            "corpora": pairs.counted.T.ravel(),
            "agreeing": pairs.agreeing.T.ravel(),
        }
        | {
            f"delta_{corpus}": values.T.ravel()
            for corpus, values in zip(population.corpora, pairs.corpora, strict=True)
        }
    )
    nobody = "no speaker of a corpus with enough of both acted both"
    constant = np.repeat(np.ptp(population.values, axis=0) == 0, n_pairs)
    table["not_defined"] = np.select(
        [constant, table["delta"].isna(), table["low"].isna()],
        ["the same value in every utterance", nobody, f"interval: {_ONE_SPEAKER}"],
        "",
    )
    return table


def distributions(population: Population) -> pd.DataFrame:
    """Quantiles of each feature in each emotion, as measured and within speaker."""
    weights = population.weights()
    frames = []
    for scale, values in (
        ("as measured", population.values),
        ("within speaker", population.normalized),
    ):
        for number, emotion in enumerate(population.emotions):
            rows = (population.emotion == number) & (weights > 0)
            if not rows.any():
                continue
            shares = np.array(list(SHARES.values()))
            quantiles = weighted_quantiles(values[rows].astype(np.float64), weights[rows], shares)
            frame = pd.DataFrame(quantiles.T, columns=list(SHARES))
            frame.insert(0, "utterances", int(rows.sum()))
            frame.insert(0, "emotion", emotion)
            frame.insert(0, "scale", scale)
            frame.insert(0, "feature", population.names)
            frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def corpus_agreement(population: Population, pairs: PairEffects) -> pd.DataFrame:
    """How alike two corpora are: of the effects that are medium in both, those of the same sign."""
    rows = []
    for one, other in combinations(range(len(population.corpora)), 2):
        medium = (np.abs(pairs.corpora[[one, other]]) >= MEDIUM).all(axis=0)
        same = np.sign(pairs.corpora[one]) == np.sign(pairs.corpora[other])
        n = int(medium.sum())
        rows.append(
            {
                "corpus": population.corpora[one],
                "other": population.corpora[other],
                "effects": n,
                "same_sign": float(same[medium].mean()) if n else np.nan,
            }
        )
    return pd.DataFrame(rows, columns=["corpus", "other", "effects", "same_sign"])


_ONE_SPEAKER: Final = "a corpus has only one speaker to tell how speakers differ"


def missing_reasons(population: Population, low: Floats) -> list[str]:
    """Why a feature has no effect or no interval; empty where it has both."""
    values = population.values
    constant = np.ptp(values, axis=0) == 0
    partly = [
        [
            population.corpora[c]
            for c in population.full_corpora
            if np.ptp(values[population.rows(c), f]) == 0
        ]
        for f in range(values.shape[1])
    ]
    return [
        f"{value:.9g} in every utterance"
        if same
        else f"the same value in every utterance of {', '.join(corpora)}"
        if corpora
        else f"interval: {_ONE_SPEAKER}"
        if np.isnan(bound)
        else ""
        for value, same, corpora, bound in zip(values[0], constant, partly, low, strict=True)
    ]


def not_defined(population: Population, table: pd.DataFrame) -> list[NotDefined]:
    """Everything that `ranking` and the population leave open, with reasons."""
    features = table[table["not_defined"] != ""]
    return [
        *population.not_defined,
        *(
            NotDefined(str(name), str(reason))
            for name, reason in zip(features["feature"], features["not_defined"], strict=True)
        ),
    ]


def nan_mean(values: Floats | Iterable[Floats], axis: int) -> Floats:
    """Mean of what is defined; NaN where nothing is."""
    values = np.asarray(values if isinstance(values, np.ndarray) else list(values))
    defined = ~np.isnan(values)
    n = defined.sum(axis=axis)
    total = np.where(defined, values, 0).sum(axis=axis)
    return np.asarray(np.where(n > 0, total / np.maximum(n, 1), np.nan), dtype=np.float64)


def _corpus_effects(population: Population, corpus: int) -> tuple[Floats, Floats]:
    """Epsilon-squared of a corpus, and of its resamples.

    Utterances keep the ranks they have among all of the corpus: ranking each resample again would
    take minutes and move a rank by less than a speaker's share of the utterances.
    """
    rows = population.rows(corpus)
    members = np.flatnonzero(population.corpus_of == corpus)
    ranked = ranks(population.normalized[rows])
    # Centered, so that sums of squares do not lose digits by subtracting large numbers.
    ranked -= ranked.mean(axis=0)
    shape = (len(members), len(population.emotions), ranked.shape[1])
    sums, squares, counts = np.zeros(shape), np.zeros((shape[0], shape[2])), np.zeros(shape[:2])
    place = np.searchsorted(members, population.speaker[rows])
    np.add.at(sums, (place, population.emotion[rows]), ranked)
    np.add.at(squares, place, ranked**2)
    np.add.at(counts, (place, population.emotion[rows]), 1)

    def weighted(weight: Floats) -> Floats:
        return epsilon_squared(np.tensordot(weight, sums, 1), weight @ squares, weight @ counts)

    effect = weighted(np.ones((1, len(members))))[0]
    if len(members) == 1:  # nobody to tell how speakers differ
        return effect, np.full((RESAMPLES, shape[2]), np.nan)
    return effect, weighted(speaker_weights(population.corpus_of[members]))


def _group_effects(population: Population, corpus: int, groups: npt.NDArray[np.intp]) -> Floats:
    rows = population.rows(corpus)
    _, places = np.unique(groups[rows], return_inverse=True)
    return epsilon_squared_of(population.values[rows], places)


def _speaker_deltas(
    population: Population, corpus: int, pairs: tuple[tuple[int, int], ...]
) -> Floats:
    """Cliff's delta of each speaker of a corpus; NaN for who did not act both emotions."""
    members = np.flatnonzero(population.corpus_of == corpus)
    deltas = np.full((len(members), len(pairs), len(population.names)), np.nan)
    for place, speaker in enumerate(members):
        own = population.speaker == speaker
        acted = [
            population.values[own & (population.emotion == e)]
            for e in range(len(population.emotions))
        ]
        for row, (first, second) in enumerate(pairs):
            if len(acted[first]) and len(acted[second]):
                deltas[place, row] = cliffs_delta(acted[first], acted[second])
    return deltas
