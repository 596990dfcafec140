"""The measurements of an analysis, from which findings, figures and tables are made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from audio_emotion.analysis.clusters import Clusters
from audio_emotion.analysis.effects import OverallEffects, PairEffects
from audio_emotion.analysis.importance import Importance
from audio_emotion.analysis.population import NotDefined, Population
from audio_emotion.analysis.statistics import Codes, Floats


@dataclass(frozen=True)
class Study:
    """Everything that was measured on one table of features."""

    population: Population
    overall: OverallEffects
    pairs: PairEffects
    clusters: Clusters
    importances: tuple[Importance, ...]
    ranking: pd.DataFrame
    """One row per feature, by decreasing effect."""
    distributions: pd.DataFrame
    not_defined: tuple[NotDefined, ...]

    def distinct(self, strength: Floats, n: int) -> list[int]:
        """Return the n strongest features, one per cluster.

        Parameters
        ----------
        strength : array of shape (n_features,)
            NaN where it is not defined.
        n : int
        """
        labels = self.clusters.labels
        order = np.argsort(-np.where(np.isnan(strength), -1, strength), kind="stable")
        found: dict[int, int] = {}
        for feature in order[~np.isnan(strength[order])]:
            found.setdefault(int(labels[feature]), int(feature))
            if len(found) == n:
                break
        return list(found.values())

    def speakers(self) -> Codes:
        """Return the number of speakers of each corpus."""
        return np.bincount(self.population.corpus_of, minlength=len(self.population.corpora))
