"""What classifiers need: the recall they lose when a feature is another utterance's.

The utterances of a speaker whom the classifier never heard exchange a feature among each other,
so the feature still fits the voice, but no longer the emotion (L. Breiman, Machine Learning
45(1), 2001). Features that say the same stand in for one another, so whole clusters are exchanged
as well as single features.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import joblib
import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from audio_emotion.analysis.clusters import Clusters
from audio_emotion.analysis.population import Population
from audio_emotion.analysis.statistics import Codes, Floats, interval, speaker_weights
from audio_emotion.data import folds
from audio_emotion.errors import InputError
from audio_emotion.progress import Progress, no_progress
from audio_emotion.recognition.classifier_file import ClassifierModel
from audio_emotion.recognition.model import load_model
from audio_emotion.training.classifiers import SEED, ZOO, fit

# The best linear and the best other classifier that are also fast; SVM is as good and slow.
DEFAULT_CLASSIFIERS: Final = ("ShrinkageLDA", "MLP")
REPEATS: Final = 5


class Loss(NamedTuple):
    """Recall lost by exchanging each of some groups of features, and its interval."""

    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Importance:
    """What one classifier loses."""

    name: str
    recall: float
    """With all features in place, mean over the emotions of each corpus, then over corpora."""
    n_speakers: int
    """Asked about, none of whom it knows."""
    clusters: Loss
    features: Loss


@dataclass(frozen=True)
class _Task:
    """One classifier and the utterances of people it does not know."""

    name: str
    fitted: Callable[[], Pipeline]
    rows: Codes


class _Measured(NamedTuple):
    rows: Codes
    correct: npt.NDArray[np.bool_]
    """Which of them are recognized."""
    lost: npt.NDArray[np.float32]
    """How much less often when each group is exchanged, shape (n_groups, n_rows)."""


def measure(
    population: Population,
    clusters: Clusters,
    models: Sequence[ClassifierModel] = (),
    *,
    jobs: int = 1,
    progress: Progress = no_progress,
) -> list[Importance]:
    """Measure the importance of each cluster and each feature.

    Parameters
    ----------
    population : Population
    clusters : Clusters
    models : sequence of Model
        Asked about speakers they were not trained on. Without them, `DEFAULT_CLASSIFIERS` are
        trained without each fold in turn.
    jobs : int
    progress : callable

    Raises
    ------
    InputError
        Nobody is left to train on, or a model knows every speaker.
    """
    tasks = [task for model in models for task in _model_tasks(population, model)] or _fold_tasks(
        population
    )
    groups = [*clusters.members, *(np.array([f]) for f in range(len(population.names)))]
    work = joblib.Parallel(n_jobs=jobs, return_as="generator")(
        joblib.delayed(_measure)(task, population, groups) for task in tasks
    )
    measured = []
    for done, one in enumerate(work, start=1):
        measured.append(one)
        progress(done, len(tasks), tasks[done - 1].name)
    names = [task.name for task in tasks]
    return [
        _summary(
            name,
            population,
            len(clusters.members),
            [one for own, one in zip(names, measured, strict=True) if own == name],
        )
        for name in dict.fromkeys(names)
    ]


def _fold_tasks(population: Population) -> list[_Task]:
    return [
        _Task(name, _Fit(name, population, train_rows), test_rows)
        for name in DEFAULT_CLASSIFIERS
        for train_rows, test_rows in folds.split(folds.assign(population.dataset.catalogue))
    ]


@dataclass(frozen=True)
class _Fit:
    """Fits in the process that asks, so that fits run side by side."""

    name: str
    population: Population
    rows: Codes

    def __call__(self) -> Pipeline:
        known = self.population.dataset
        return fit(ZOO[self.name], known.utterances[self.rows], known.catalogue.iloc[self.rows])


def load_classifier(path: Path) -> ClassifierModel:
    """Read a classifier of features.

    Raises
    ------
    InputError
        It is a network.
    ModelError
        It is no model.
    """
    model = load_model(path)
    if not isinstance(model, ClassifierModel):
        raise InputError(
            f"{path}: a network, which hears no features that could be exchanged. "
            "Give a classifier written by `audio-emotion train`, a .skops file."
        )
    return model


def _model_tasks(population: Population, model: ClassifierModel) -> list[_Task]:
    unseen = ~population.dataset.catalogue["speaker"].isin(set(model.metadata.speakers)).to_numpy()
    if not unseen.any():
        raise InputError(
            f"{model.name} was trained on every speaker of the table, so what it needs for "
            "others cannot be measured. Train it with --leave-out, or leave --model away."
        )
    return [_Task(model.name, lambda: model.pipeline, np.flatnonzero(unseen))]


def _measure(task: _Task, population: Population, groups: Sequence[Codes]) -> _Measured:
    with threadpool_limits(1):  # another number gives other roundings
        pipeline = task.fitted()
        values = population.values[task.rows]
        truth = np.array(population.emotions)[population.emotion[task.rows]]
        correct = pipeline.predict(values) == truth
        generator = np.random.default_rng(SEED)
        speaker = population.speaker[task.rows]
        exchanges = [_permutation(speaker, generator) for _ in range(REPEATS)]
        # A cluster of one is its feature.
        lost: dict[tuple[int, ...], npt.NDArray[np.float32]] = {}
        for columns in groups:
            if tuple(columns) in lost:
                continue
            exchanged = values.copy()
            again = np.zeros(len(values))
            for places in exchanges:
                exchanged[:, columns] = values[np.ix_(places, columns)]
                again += pipeline.predict(exchanged) == truth
            lost[tuple(columns)] = (correct - again / REPEATS).astype(np.float32)
    return _Measured(task.rows, correct, np.stack([lost[tuple(columns)] for columns in groups]))


def _permutation(speaker: Codes, generator: np.random.Generator) -> Codes:
    """Where each utterance takes its values from: another one of the same speaker."""
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


def table(
    population: Population, clusters: Clusters, importances: Sequence[Importance]
) -> pd.DataFrame:
    """One row per classifier and group of features, in the order of clusters, then of features."""
    named = [" ".join(population.names[f] for f in members) for members in clusters.members]
    frames = [
        pd.DataFrame(
            {"model": one.name, "recall": one.recall, "group": group, "features": rows}
            | {"loss": loss.mean, "low": loss.low, "high": loss.high}
        )
        for one in importances
        for group, rows, loss in (
            ("cluster", named, one.clusters),
            ("feature", list(population.names), one.features),
        )
    ]
    columns = ["model", "recall", "group", "features", "loss", "low", "high"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
