"""Permutation importance: the recall that classifiers lose without a feature.

A feature is permuted among the utterances of a speaker unknown to the classifier, so that its
values still fit the speaker, but no longer the emotion (L. Breiman, Machine Learning 45(1), 2001).
Redundant features replace one another, so whole clusters are permuted as well as single features.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import joblib
import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from audio_emotion.analysis.clusters import Clusters
from audio_emotion.analysis.population import Population
from audio_emotion.analysis.statistics import Codes, Floats, interval, speaker_weights
from audio_emotion.data import folds
from audio_emotion.data.feature_table import FeatureTable
from audio_emotion.errors import InputError
from audio_emotion.progress import RunOptions
from audio_emotion.recognition.classifier_file import ClassifierModel
from audio_emotion.recognition.model import load_model
from audio_emotion.training.classifiers import SEED, ZOO, fit

# The best linear and the best other classifier that are also fast; SVM is as good and slow.
DEFAULT_CLASSIFIERS: Final = ("ShrinkageLDA", "MLP")
REPEATS: Final = 5


class Loss(NamedTuple):
    """Recall lost by permuting each of several groups of features, and its 95 % interval."""

    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Importance:
    """Permutation importance of clusters and features for one classifier."""

    name: str
    recall: float
    """With all features in place, mean over the emotions of each corpus, then over corpora."""
    n_speakers: int
    """Number of speakers, none of them in its training data."""
    clusters: Loss
    features: Loss


@dataclass(frozen=True)
class _Task:
    """One classifier and the utterances of speakers unknown to it."""

    name: str
    fitted: Callable[[], Pipeline]
    rows: Codes


class _Measured(NamedTuple):
    rows: Codes
    correct: npt.NDArray[np.bool_]
    """Return whether each utterance is recognized."""
    lost: npt.NDArray[np.float32]
    """Loss of correct predictions by permuting each group, shape (n_groups, n_rows)."""


def measure_importance(
    population: Population,
    clusters: Clusters,
    models: Sequence[ClassifierModel] = (),
    options: RunOptions = RunOptions(),
) -> list[Importance]:
    """Measure the importance of each cluster and each feature.

    Parameters
    ----------
    population : Population
    clusters : Clusters
    models : sequence of ClassifierModel
        Tested on speakers they were not trained on. Without them, `DEFAULT_CLASSIFIERS` are
        trained without each fold in turn.
    options : RunOptions

    Raises
    ------
    InputError
        No speaker is left to train on, or a model was trained on every speaker.
    """
    tasks = [_model_task(population, model) for model in models] or _fold_tasks(population)
    groups = [*clusters.members, *(np.array([f]) for f in range(len(population.names)))]
    # A process would hold the table and all libraries again; products of matrices, which are
    # most of the work, run beside one another in threads as well.
    parallel = joblib.Parallel(
        n_jobs=options.jobs or -1, backend="threading", return_as="generator"
    )
    measured: dict[str, list[_Measured]] = {}
    with threadpool_limits(1):  # another number gives other roundings
        work = parallel(joblib.delayed(_measure)(task, population, groups) for task in tasks)
        for done, (task, one) in enumerate(zip(tasks, work, strict=True), start=1):
            measured.setdefault(task.name, []).append(one)
            options.progress(done, len(tasks), task.name)
    return [
        _summary(name, population, len(clusters.members), own) for name, own in measured.items()
    ]


def load_classifier(path: Path) -> ClassifierModel:
    """Read a classifier of acoustic features.

    Raises
    ------
    InputError
        It is a network.
    ModelError
        It is not a model.
    """
    model = load_model(path)
    if not isinstance(model, ClassifierModel):
        raise InputError(
            f"{path}: a network, which takes no acoustic features that could be permuted. "
            "Give a classifier written by `audio-emotion train`, a .skops file."
        )
    return model


def _fit(name: str, known: FeatureTable, rows: Codes) -> Pipeline:
    """Fit a classifier in the process that calls it, so that fits run in parallel."""
    return fit(ZOO[name], known.utterances[rows], known.catalogue.iloc[rows])


def _fold_tasks(population: Population) -> list[_Task]:
    known = population.dataset
    return [
        _Task(name, partial(_fit, name, known, train_rows), test_rows)
        for name in DEFAULT_CLASSIFIERS
        for train_rows, test_rows in folds.split(folds.assign(known.catalogue))
    ]


def _model_task(population: Population, model: ClassifierModel) -> _Task:
    unseen = ~population.dataset.catalogue["speaker"].isin(set(model.metadata.speakers)).to_numpy()
    if not unseen.any():
        raise InputError(
            f"{model.name} was trained on every speaker of the table, so its importances for "
            "other speakers cannot be measured. Train it with --leave-out, or omit --model."
        )
    return _Task(model.name, lambda: model.pipeline, np.flatnonzero(unseen))


def _measure(task: _Task, population: Population, groups: Sequence[Codes]) -> _Measured:
    pipeline = task.fitted()
    values = population.values[task.rows]
    truth = np.array(population.emotions)[population.emotion[task.rows]]
    correct = pipeline.predict(values) == truth
    generator = np.random.default_rng(SEED)
    speaker = population.speaker[task.rows]
    permutations = [_permutation(speaker, generator) for _ in range(REPEATS)]
    # A cluster of one is its feature.
    lost: dict[tuple[int, ...], npt.NDArray[np.float32]] = {}
    for columns in groups:
        if tuple(columns) in lost:
            continue
        permuted = values.copy()
        still = np.zeros(len(values))
        for places in permutations:
            permuted[:, columns] = values[np.ix_(places, columns)]
            still += pipeline.predict(permuted) == truth
        lost[tuple(columns)] = (correct - still / REPEATS).astype(np.float32)
    return _Measured(task.rows, correct, np.stack([lost[tuple(columns)] for columns in groups]))


def _permutation(speaker: Codes, generator: np.random.Generator) -> Codes:
    """Return a permutation of the utterances within each speaker."""
    places = np.arange(len(speaker))
    for one in np.unique(speaker):
        own = np.flatnonzero(speaker == one)
        places[own] = generator.permutation(own)
    return places


def _summary(
    name: str,
    population: Population,
    n_clusters: int,
    measured: Sequence[_Measured],
) -> Importance:
    """Weigh the utterances so that each emotion of a corpus, and each corpus, counts the same."""
    rows = np.concatenate([one.rows for one in measured])
    correct = np.concatenate([one.correct for one in measured])
    lost = np.concatenate([one.lost for one in measured], axis=1)
    cells, cell, counts = np.unique(
        np.stack([population.corpus[rows], population.emotion[rows]]),
        axis=1,
        return_inverse=True,
        return_counts=True,
    )
    corpora, n_cells = np.unique(cells[0], return_counts=True)
    share = 1 / (n_cells[np.searchsorted(corpora, cells[0])] * len(corpora) * counts)
    weight = share[cell.ravel()]
    members, place = np.unique(population.speaker[rows], return_inverse=True)
    of_speaker = np.zeros((len(members), len(lost)))
    np.add.at(of_speaker, place, (weight * lost).T)
    loss = of_speaker.sum(axis=0)
    replicates = speaker_weights(population.corpus_of[members]) @ of_speaker
    low, high = interval(loss, replicates, len(members) - len(corpora), -1, 1)
    every = (loss, low, high)
    return Importance(
        name,
        float(weight @ correct),
        len(members),
        Loss(*(each[:n_clusters] for each in every)),
        Loss(*(each[n_clusters:] for each in every)),
    )
