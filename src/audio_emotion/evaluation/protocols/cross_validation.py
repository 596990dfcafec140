"""Cross-validation of a classifier: train it on a part of the data, test it on the rest.

Unlike a model file, a classifier given by name can be trained without the speakers, corpora
or sentences that it is tested on, or, as the original system did, without a random 30 %.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Final

import joblib
import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.pipeline import Pipeline

from audio_emotion.data import folds
from audio_emotion.data.corpora import HOW_TO_LABEL, speaker_corpus
from audio_emotion.data.feature_table import FeatureTable
from audio_emotion.data.folds import Indices
from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.errors import InputError
from audio_emotion.evaluation.protocols.evaluation_split import (
    EvaluationSplit,
    Exclusion,
    FoldModel,
    Protocol,
    is_spoken,
)
from audio_emotion.evaluation.protocols.temperature import temperature_of
from audio_emotion.progress import RunOptions
from audio_emotion.recognition.classifier_file import ClassifierModel, Metadata
from audio_emotion.training.classical import random_split
from audio_emotion.training.classifiers import ZOO, fit

SENTENCE_GROUPS: Final = 5


@dataclass(frozen=True)
class TrainTestSplit:
    """Rows to train on and rows to test on."""

    protocol: Protocol
    name: str
    train: Indices
    test: Indices


@dataclass(frozen=True)
class Plan:
    """All splits of a dataset, what they exclude, and the protocols that it does not allow."""

    splits: tuple[TrainTestSplit, ...]
    exclusions: dict[Protocol, tuple[Exclusion, ...]]
    skipped_protocols: dict[Protocol, str]


def plan(catalogue: pd.DataFrame) -> Plan:
    """Split a catalogue by all protocols.

    Raises
    ------
    InputError
        There are too few speakers to leave some out.
    """
    splits = [
        TrainTestSplit("unseen speakers", f"without fold {fold}", train, test)
        for fold, (train, test) in enumerate(folds.split(folds.assign(catalogue)))
    ]
    exclusions: dict[Protocol, tuple[Exclusion, ...]] = {}
    skipped: dict[Protocol, str] = {}
    corpora, unknown = _by_corpus(catalogue)
    sentences, unnamed = _by_sentence(catalogue)
    if corpora:
        exclusions["unseen corpus"] = unknown
    else:
        skipped["unseen corpus"] = "there is only one corpus, so none is left to train on"
    if sentences:
        exclusions["unseen sentence"] = unnamed
    else:
        skipped["unseen sentence"] = "the catalogue names fewer than two sentences of a corpus"
    train, test = random_split(catalogue["emotion"].to_numpy(dtype=str))
    at_random = TrainTestSplit(
        "random 70/30", "without 30 % at random", np.sort(train), np.sort(test)
    )
    splits += [*corpora, *sentences, at_random]
    _check(splits, catalogue["emotion"].to_numpy(dtype=str))
    return Plan(tuple(splits), exclusions, skipped)


def train(
    name: str,
    dataset: FeatureTable,
    plan: Plan,
    protocols: Collection[Protocol],
    options: RunOptions,
) -> Iterator[EvaluationSplit]:
    """Train a classifier in every split of some protocols.

    The temperature of each is fitted on the scores that the others of its protocol give to
    utterances that they were not trained on; where there are no others it is 1.

    Parameters
    ----------
    name : str
        Of `classifiers.ZOO`.
    dataset : FeatureTable
    plan : Plan
        Of the dataset's catalogue.
    protocols : collection of str
    options : RunOptions
        Its jobs are processes here.
    """
    splits = [split for split in plan.splits if split.protocol in protocols]
    parallel = joblib.Parallel(n_jobs=options.jobs or -1, return_as="generator")
    tasks = (joblib.delayed(_train)(name, dataset, split) for split in splits)
    fitted = []
    for done, pipeline in enumerate(parallel(tasks), start=1):
        fitted.append(pipeline)
        options.progress(done, len(splits))
    for protocol in dict.fromkeys(split.protocol for split in splits):
        chosen = [k for k, split in enumerate(splits) if split.protocol == protocol]
        members = [(splits[k], fitted[k]) for k in chosen]
        folds = _calibrated(name, dataset, members)
        yield EvaluationSplit(name, protocol, folds, plan.exclusions.get(protocol, ()))


def _train(name: str, dataset: FeatureTable, split: TrainTestSplit) -> Pipeline:
    return fit(ZOO[name], dataset.utterances[split.train], dataset.catalogue.iloc[split.train])


def _calibrated(
    name: str, dataset: FeatureTable, members: list[tuple[TrainTestSplit, Pipeline]]
) -> tuple[FoldModel, ...]:
    models = [
        ClassifierModel(pipeline, _metadata(name, dataset, split)) for split, pipeline in members
    ]
    truth, probabilities = [], []
    for (split, _), model in zip(members, models, strict=True):
        labels = dataset.catalogue["emotion"].to_numpy(dtype=str)[split.test]
        spoken = labels != NO_SPEECH
        truth.append(labels[spoken])
        probabilities.append(model.probabilities(dataset.utterances[split.test])[spoken])
    folds = []
    for number, ((split, _), model) in enumerate(zip(members, models, strict=True)):
        others = [k for k in range(len(members)) if k != number]
        if others:
            temperature = temperature_of(
                np.concatenate([probabilities[k] for k in others]),
                np.concatenate([truth[k] for k in others]),
            )
            calibrated = replace(model.metadata, temperature=temperature)
            folds.append(FoldModel(split.name, replace(model, metadata=calibrated), split.test))
        else:
            folds.append(FoldModel(split.name, model, split.test))
    return tuple(folds)


def _metadata(name: str, dataset: FeatureTable, split: TrainTestSplit) -> Metadata:
    trained_on = dataset.catalogue.iloc[split.train]
    return Metadata(
        name=f"{name} {split.name}",
        recipe=ZOO[name].describe(),
        version=version("embedded-audio-emotion"),
        schema_hash=features.schema_hash(),
        feature_names=list(features.names()),
        training_data=FeatureTable(trained_on, dataset.utterances[:0]).description(),
        data_hash="",
        speakers=sorted(set(trained_on["speaker"])),
    )


def _by_corpus(catalogue: pd.DataFrame) -> tuple[list[TrainTestSplit], tuple[Exclusion, ...]]:
    """Train on the other corpora's other speakers; test on the emotions that they have, too."""
    corpora = catalogue["corpus"].to_numpy(dtype=str)
    speakers = catalogue["speaker"].to_numpy(dtype=str)
    truth = catalogue["emotion"].to_numpy(dtype=str)
    spoken = sorted(set(catalogue["corpus"][is_spoken(catalogue, "emotion")]))
    splits, exclusions = [], []
    for corpus in spoken if len(spoken) > 1 else ():
        train = np.flatnonzero(~np.isin(speakers, speakers[corpora == corpus]))
        if not len(train):
            continue
        known = np.isin(truth, truth[train])
        test = np.flatnonzero((corpora == corpus) & known)
        unknown = (corpora == corpus) & ~known
        if len(test):
            splits.append(TrainTestSplit("unseen corpus", f"without {corpus}", train, test))
        if unknown.any():
            emotions = ", ".join(sorted(set(truth[unknown].tolist())))
            reason = f"only {corpus} has {emotions}: without it no training data of them is left"
            exclusions.append(_exclusion(catalogue, unknown, reason))
    return splits, tuple(exclusions)


def _by_sentence(catalogue: pd.DataFrame) -> tuple[list[TrainTestSplit], tuple[Exclusion, ...]]:
    """Split the sentences of each corpus into groups; speakers are in training and test.

    A sentence that is spoken and sung is in one group.
    """
    corpora = catalogue["corpus"].map(speaker_corpus).to_numpy(dtype=str)
    named = (catalogue["sentence"] != "").to_numpy()
    group = np.full(len(catalogue), -1)
    for corpus in sorted(set(corpora.tolist())):
        here = named & (corpora == corpus)
        sentences = catalogue["sentence"].to_numpy(dtype=str)[here]
        known = sorted(set(sentences.tolist()))
        if len(known) > 1:
            place = {sentence: k % SENTENCE_GROUPS for k, sentence in enumerate(known)}
            group[here] = [place[sentence] for sentence in sentences]
    splits = [
        TrainTestSplit(
            "unseen sentence",
            f"without sentences {number + 1} of {SENTENCE_GROUPS}",
            np.flatnonzero(group != number),
            np.flatnonzero(group == number),
        )
        for number in range(SENTENCE_GROUPS)
        if (group == number).any()
    ]
    left = group < 0
    reason = "the catalogue names fewer than two sentences of their corpus"
    return splits, (_exclusion(catalogue, left, reason),) if left.any() and splits else ()


def _exclusion(catalogue: pd.DataFrame, rows: npt.NDArray[np.bool_], reason: str) -> Exclusion:
    return Exclusion(reason, int(rows.sum()), tuple(sorted(set(catalogue["speaker"][rows]))))


def _check(splits: list[TrainTestSplit], truth: npt.NDArray[np.str_]) -> None:
    """Raise an error if a training part has fewer than two emotions."""
    for split in splits:
        emotions = sorted(set(truth[split.train].tolist()) & set(EMOTIONS), key=EMOTIONS.index)
        if len(emotions) < 2:
            raise InputError(
                f"{split.protocol}, {split.name}: only {', '.join(emotions) or 'nothing'} is left "
                f"to train on, two emotions are needed. {HOW_TO_LABEL}."
            )
