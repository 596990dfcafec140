"""Which features say the same: groups of features whose ranks move together within speakers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, leaves_list, linkage
from scipy.spatial.distance import squareform

from audio_emotion.analysis.effects import nan_mean
from audio_emotion.analysis.population import Population
from audio_emotion.analysis.statistics import Codes, Floats, ranks

# Two features of a cluster have a rank correlation of 0.7 on average: they share half of their
# variance, so what one tells the other tells nearly as well.
MIN_CORRELATION: Final = 0.7


@dataclass(frozen=True)
class Clusters:
    """Features grouped by the correlation of their ranks."""

    correlation: Floats
    """Spearman's, mean over corpora, shape (n_features, n_features); NaN for a constant one."""
    tree: Floats
    """SciPy's linkage matrix, of distances 1 - |correlation|."""
    members: tuple[Codes, ...]
    """Features of each cluster, those that emotion moves most first, as are the clusters."""

    @property
    def centers(self) -> list[int]:
        """The member of each cluster that is nearest to all of them, to name it by."""
        nearness = np.abs(np.nan_to_num(self.correlation))
        return [
            int(members[nearness[np.ix_(members, members)].sum(axis=1).argmax()])
            for members in self.members
        ]

    @property
    def order(self) -> Codes:
        """Features as they stand below the tree."""
        return np.asarray(leaves_list(self.tree), dtype=np.intp)

    @property
    def labels(self) -> Codes:
        """Cluster of each feature."""
        result = np.empty(len(self.correlation), dtype=np.intp)
        for number, members in enumerate(self.members):
            result[members] = number
        return result


def cluster_features(population: Population, effect: Floats) -> Clusters:
    """Group the features by average linkage.

    Parameters
    ----------
    population : Population
    effect : array of shape (n_features,)
        By which members and clusters are put in order; NaN last.
    """
    correlation = mean_correlation(population)
    distance = 1 - np.abs(np.where(np.isnan(correlation), 0, correlation))
    np.fill_diagonal(distance, 0)
    # The mean over corpora is symmetric save for rounding.
    tree = linkage(squareform((distance + distance.T) / 2, checks=False), "average")
    labels = fcluster(tree, 1 - MIN_CORRELATION, "distance")
    # Effects of one cluster may be the same to the last digit; then the core's order decides.
    strength = np.where(np.isnan(effect), -1, effect)
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    ordered = [rows[np.argsort(-strength[rows], kind="stable")] for rows in members]
    ordered.sort(key=lambda rows: (-strength[rows[0]], rows[0]))
    return Clusters(correlation, np.asarray(tree, dtype=np.float64), tuple(ordered))


def mean_correlation(population: Population) -> Floats:
    """Spearman's correlation within speakers in each corpus, and its mean over corpora."""
    return nan_mean(
        [
            spearman(population.normalized[population.rows(c)])
            for c in range(len(population.corpora))
        ],
        axis=0,
    )


def spearman(values: npt.NDArray[np.floating]) -> Floats:
    """Rank correlation of all columns; NaN where a column is constant."""
    ranked = ranks(values)
    ranked -= ranked.mean(axis=0)
    norm = np.sqrt((ranked**2).sum(axis=0))
    ranked /= np.where(norm > 0, norm, np.nan)
    return np.asarray(np.clip(ranked.T @ ranked, -1, 1), dtype=np.float64)
