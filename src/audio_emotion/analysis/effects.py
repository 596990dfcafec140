"""Effect sizes of emotion on each feature: over all emotions, and between any two of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from audio_emotion.analysis.population import Population
from audio_emotion.analysis.statistics import (
    RESAMPLES,
    Codes,
    Floats,
    chi_squared_p,
    cliffs_delta,
    epsilon_squared,
    epsilon_squared_of,
    interval,
    ranks,
    speaker_weights,
)

# A medium effect by J. Romano et al. (Florida Association of Institutional Research, 2006);
# the direction of smaller ones is not compared between corpora.
MEDIUM: Final = 0.33


@dataclass(frozen=True)
class OverallEffects:
    """Epsilon-squared of each feature within speakers: arrays of shape (n_features,)."""

    effect: Floats
    """Mean over the full corpora."""
    low: Floats
    high: Floats
    corpora: Floats
    """Of each corpus over its own emotions, shape (n_corpora, n_features)."""
    h: Floats
    """Kruskal-Wallis' statistic, summed over the full corpora."""
    df: npt.NDArray[np.int64]
    raw: Floats
    """Of the values as measured, across speakers."""
    speaker: Floats
    """Share of the variance of ranks that lies between speakers."""

    @property
    def p(self) -> Floats:
        """Probability of so large an `h` by chance."""
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
        """Number of corpora that have both emotions."""
        return np.asarray((~np.isnan(self.corpora)).sum(axis=0), dtype=np.int64)

    @property
    def agreeing(self) -> npt.NDArray[np.int64]:
        """Number of corpora whose delta has the sign of the mean."""
        return np.asarray((np.sign(self.corpora) == np.sign(self.delta)).sum(axis=0), np.int64)

    def row(self, first: int, second: int) -> int:
        """Return the row of a pair."""
        return self.pairs.index((first, second))

    def profile(self, n_emotions: int) -> Floats:
        """Return the mean delta of each emotion to all others, shape (n_emotions, n_features)."""
        square = np.full((n_emotions, n_emotions, self.delta.shape[1]), np.nan)
        for row, (first, second) in enumerate(self.pairs):
            square[first, second] = self.delta[row]
            square[second, first] = -self.delta[row]
        return nan_mean(square, axis=1)


def overall_effects(population: Population) -> OverallEffects:
    """Compute how much of the variance of each feature emotion explains."""
    found = [_corpus_effects(population, corpus) for corpus in range(len(population.corpora))]
    corpora = np.array([effect for effect, _ in found])
    full, n_speakers = population.full_corpora, np.bincount(population.corpus_of)
    effect = nan_mean(corpora[full], axis=0)
    defined = ~np.isnan(corpora[full])
    # Where a corpus has one speaker its resamples are not defined, and so neither is the mean.
    resampled = sum(
        np.where(there, found[corpus][1], 0) for corpus, there in zip(full, defined, strict=True)
    ) / np.maximum(defined.sum(axis=0), 1)
    low, high = interval(effect, resampled, (n_speakers[full] - 1.0) @ defined, 0, 1)
    n = population.counts.sum(axis=1)[full]
    h = np.where(defined, corpora[full] * (n[:, None] - 1), 0).sum(axis=0)
    df = ((population.counts[full] > 0).sum(axis=1)[:, None] - 1) * defined
    several = [corpus for corpus in full if n_speakers[corpus] > 1]
    return OverallEffects(
        effect=effect,
        low=low,
        high=high,
        corpora=corpora,
        h=np.where(defined.any(axis=0), h, np.nan),
        df=df.sum(axis=0),
        raw=_group_effects(population, full, population.emotion),
        speaker=_group_effects(population, several, population.speaker),
    )


def pair_effects(population: Population) -> PairEffects:
    """Compute Cliff's delta of any two emotions within speakers."""
    pairs = tuple(combinations(range(len(population.emotions)), 2))
    n_corpora = len(population.corpora)
    shape = (n_corpora, len(pairs), len(population.names))
    corpora = np.full(shape, np.nan)
    delta, low, high = (np.full(shape[1:], np.nan) for _ in range(3))
    speaker_deltas = [_speaker_deltas(population, corpus, pairs) for corpus in range(n_corpora)]
    constant = [population.constant(corpus) for corpus in range(n_corpora)]
    for row in range(len(pairs)):
        resampled = []
        df = np.zeros(shape[2])
        for corpus, deltas in enumerate(speaker_deltas):
            defined = deltas[~np.isnan(deltas[:, row, 0]), row]
            if not len(defined):
                continue
            corpora[corpus, row] = np.where(constant[corpus], np.nan, defined.mean(axis=0))
            # Of one speaker the weights are not defined, and so neither is the interval.
            weights = speaker_weights(np.full(len(defined), corpus))
            resampled.append(np.where(constant[corpus], 0, weights @ defined / len(defined)))
            df += np.where(constant[corpus], 0, len(defined) - 1)
        delta[row] = nan_mean(corpora[:, row], axis=0)
        n_defined = np.maximum((~np.isnan(corpora[:, row])).sum(axis=0), 1)
        if resampled:
            low[row], high[row] = interval(delta[row], sum(resampled) / n_defined, df, -1, 1)
    return PairEffects(pairs, delta, low, high, corpora)


def nan_mean(values: Floats | Iterable[Floats], axis: int) -> Floats:
    """Return the mean of the defined values; NaN where there are none."""
    values = np.asarray(values if isinstance(values, np.ndarray) else list(values))
    defined = ~np.isnan(values)
    n = defined.sum(axis=axis)
    total = np.where(defined, values, 0).sum(axis=axis)
    return np.asarray(np.where(n > 0, total / np.maximum(n, 1), np.nan), dtype=np.float64)


def _corpus_effects(population: Population, corpus: int) -> tuple[Floats, Floats]:
    """Return epsilon-squared of a corpus and of its resamples.

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
    if len(members) == 1:  # does not show how speakers differ
        return effect, np.full((RESAMPLES, shape[2]), np.nan)
    return effect, weighted(speaker_weights(population.corpus_of[members]))


def _group_effects(population: Population, corpora: list[int], groups: Codes) -> Floats:
    """Return the mean epsilon-squared of values as measured; NaN without corpora."""
    found = [np.full(len(population.names), np.nan)]
    for corpus in corpora:
        rows = population.rows(corpus)
        _, places = np.unique(groups[rows], return_inverse=True)
        found.append(epsilon_squared_of(population.values[rows], places))
    return nan_mean(found, axis=0)


def _speaker_deltas(
    population: Population, corpus: int, pairs: tuple[tuple[int, int], ...]
) -> Floats:
    """Return Cliff's delta of each speaker of a corpus; NaN where one lacks an emotion."""
    members = np.flatnonzero(population.corpus_of == corpus)
    deltas = np.full((len(members), len(pairs), len(population.names)), np.nan)
    for place, speaker in enumerate(members):
        own = population.speaker == speaker
        values = [
            population.values[own & (population.emotion == emotion)]
            for emotion in range(len(population.emotions))
        ]
        for row, (first, second) in enumerate(pairs):
            if len(values[first]) and len(values[second]):
                deltas[place, row] = cliffs_delta(values[first], values[second])
    return deltas
