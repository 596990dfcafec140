"""Clusters of redundant features, whose ranks are correlated within speakers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.cluster.hierarchy import fcluster, leaves_list, linkage
from scipy.spatial.distance import squareform

from audio_emotion.analysis.effects import nan_mean
from audio_emotion.analysis.population import Population
from audio_emotion.analysis.statistics import Codes, Floats, Values, ranks

# Two features of a cluster have a rank correlation of 0.7 on average: they share half of their
# variance.
MIN_CORRELATION: Final = 0.7


@dataclass(frozen=True)
class Clusters:
    """Features grouped by rank correlation."""

    correlation: Floats
    """Spearman's, mean over corpora, shape (n_features, n_features); NaN where constant."""
    tree: Floats
    """SciPy's linkage matrix of the distances 1 - |correlation|."""
    members: tuple[Codes, ...]
    """Features of each cluster; features and clusters by decreasing effect."""

    @property
    def centers(self) -> list[int]:
        """Member of each cluster that correlates most with all of them; it names the cluster."""
        nearness = np.abs(np.nan_to_num(self.correlation))
        return [
            int(members[nearness[np.ix_(members, members)].sum(axis=1).argmax()])
            for members in self.members
        ]

    @property
    def order(self) -> Codes:
        """Features in the order of the leaves."""
        return np.asarray(leaves_list(self.tree), dtype=np.intp)

    @property
    def labels(self) -> Codes:
        """Cluster of each feature."""
        result = np.empty(len(self.correlation), dtype=np.intp)
        for label, members in enumerate(self.members):
            result[members] = label
        return result


def cluster_features(population: Population, effect: Floats) -> Clusters:
    """Cluster the features by average linkage.

    Parameters
    ----------
    population : Population
    effect : array of shape (n_features,)
        Sorts members and clusters; NaN last.
    """
    correlation = mean_correlation(population)
    distance = 1 - np.abs(np.where(np.isnan(correlation), 0, correlation))
    np.fill_diagonal(distance, 0)
    # The mean over corpora is symmetric save for rounding.
    tree = linkage(squareform((distance + distance.T) / 2, checks=False), "average")
    labels = fcluster(tree, 1 - MIN_CORRELATION, "distance")
    # Equal effects of a cluster stay in the core's order.
    strength = np.where(np.isnan(effect), -1, effect)
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    ordered = [rows[np.argsort(-strength[rows], kind="stable")] for rows in members]
    ordered.sort(key=lambda rows: (-strength[rows[0]], rows[0]))
    return Clusters(correlation, np.asarray(tree, dtype=np.float64), tuple(ordered))


def mean_correlation(population: Population) -> Floats:
    """Compute Spearman's correlation within speakers, mean over corpora."""
    return nan_mean(
        [
            spearman(population.normalized[population.rows(c)])
            for c in range(len(population.corpora))
        ],
        axis=0,
    )


def spearman(values: Values) -> Floats:
    """Compute the rank correlation of all columns; NaN where a column is constant."""
    ranked = ranks(values)
    ranked -= ranked.mean(axis=0)
    norm = np.sqrt((ranked**2).sum(axis=0))
    ranked /= np.where(norm > 0, norm, np.nan)
    return np.asarray(np.clip(ranked.T @ ranked, -1, 1), dtype=np.float64)
