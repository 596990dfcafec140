"""All numbers of an analysis, computed once; words, figures and tables are made from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from audio_emotion.analysis import effects, importance
from audio_emotion.analysis.clusters import Clusters, cluster_features
from audio_emotion.analysis.effects import OverallEffects, PairEffects
from audio_emotion.analysis.importance import Importance
from audio_emotion.analysis.population import NotDefined, Population, select_population
from audio_emotion.analysis.statistics import Codes, Floats
from audio_emotion.data.feature_table import FeatureTable
from audio_emotion.errors import InputError
from audio_emotion.progress import Progress, no_progress


@dataclass(frozen=True)
class Study:
    """What was found."""

    population: Population
    overall: OverallEffects
    pairs: PairEffects
    clusters: Clusters
    importances: tuple[Importance, ...]
    ranking: pd.DataFrame
    """One row per feature, what emotion moves most first."""
    distributions: pd.DataFrame
    not_defined: tuple[NotDefined, ...]

    def distinct(self, strength: Floats, n: int) -> list[int]:
        """Find the n strongest features of which no two are of one cluster.

        Parameters
        ----------
        strength : array of shape (n_features,)
            NaN where there is none.
        n : int
        """
        number = self.clusters.labels
        order = np.argsort(-np.where(np.isnan(strength), -1, strength), kind="stable")
        found: dict[int, int] = {}
        for feature in order[~np.isnan(strength[order])]:
            found.setdefault(int(number[feature]), int(feature))
            if len(found) == n:
                break
        return list(found.values())

    def speakers(self) -> Codes:
        """How many speakers each corpus has."""
        return np.bincount(self.population.corpus_of, minlength=len(self.population.corpora))


def study(
    dataset: FeatureTable,
    *,
    models: Sequence[Path] = (),
    with_importance: bool = True,
    jobs: int = 1,
    progress: Progress = no_progress,
) -> Study:
    """Analyze a table of features.

    Parameters
    ----------
    dataset : FeatureTable
    models : sequence of Path
        Classifiers whose needs are measured; without them, some are trained in folds.
    with_importance : bool
        Measure what classifiers need, which takes most of the time.
    jobs : int
        Processes; -1 for one per core.
    progress : callable
        Told how much is done, of how much, and what.

    Raises
    ------
    InputError
        Too few utterances to compare, or a model knows every speaker or is a network.
    ModelError
        A file is not a model.
    """
    classifiers = [importance.load_classifier(path) for path in models]
    population = select_population(dataset)
    progress(0, 1, "effects")
    overall = effects.overall_effects(population)
    pairs = effects.pair_effects(population)
    clusters = cluster_features(population, overall.effect)
    names = [population.names[center] for center in clusters.centers]
    ranking = effects.ranking(
        population, overall, pairs, [names[number] for number in clusters.labels]
    )
    missing = effects.not_defined(population, ranking)
    importances: list[Importance] = []
    if with_importance:
        try:
            importances = importance.measure(
                population, clusters, classifiers, jobs=jobs, progress=progress
            )
        except InputError as error:
            if models:
                raise
            missing.append(NotDefined("importance for classifiers", str(error)))
    return Study(
        population=population,
        overall=overall,
        pairs=pairs,
        clusters=clusters,
        importances=tuple(importances),
        ranking=ranking,
        distributions=effects.distributions(population),
        not_defined=tuple(missing),
    )
