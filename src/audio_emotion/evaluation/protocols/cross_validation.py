"""Evaluate a kind of classifier: train it inside every split, and ask it about the rest.

Unlike a model's file, a classifier that is only named can be trained without whatever it is asked
about: a speaker, a corpus, a sentence, or, as the original system did, a random 30 %.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

import joblib
import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.pipeline import Pipeline

from audio_emotion.data import folds
from audio_emotion.data.feature_table import FeatureTable
from audio_emotion.data.folds import Indices
from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import InputError
from audio_emotion.evaluation.protocols.evaluation_split import Judge, Panel, Protocol, Refusal
from audio_emotion.progress import Progress, no_progress
from audio_emotion.recognition.classifier_file import ClassifierModel, Metadata
from audio_emotion.training.calibration import fit_temperature
from audio_emotion.training.classical import all_scores, random_split
from audio_emotion.training.classifiers import ZOO, fit

SENTENCE_GROUPS: Final = 5


@dataclass(frozen=True)
class Split:
    """Rows to train on and rows to ask about."""

    protocol: Protocol
    name: str
    train: Indices
    test: Indices


@dataclass(frozen=True)
class Plan:
    """All splits of a dataset, what they leave out, and which protocols it does not allow."""

    splits: tuple[Split, ...]
    refusals: dict[Protocol, tuple[Refusal, ...]]
    not_asked: dict[Protocol, str]


def plan(catalogue: pd.DataFrame) -> Plan:
    """Split a catalogue by all protocols.

    Raises
    ------
    InputError
        There are not speakers enough to leave some out.
    """
    splits = [
        Split("unseen speakers", f"without fold {fold}", train, test)
        for fold, (train, test) in enumerate(folds.split(folds.assign(catalogue)))
    ]
    refusals: dict[Protocol, tuple[Refusal, ...]] = {}
    not_asked: dict[Protocol, str] = {}
    corpora, refused = _by_corpus(catalogue)
    sentences, nameless = _by_sentence(catalogue)
    if corpora:
        refusals["unseen corpus"] = refused
    else:
        not_asked["unseen corpus"] = "there is only one corpus, so none is left to train on"
    if sentences:
        refusals["unseen sentence"] = nameless
    else:
        not_asked["unseen sentence"] = "the catalogue names fewer than two sentences of a corpus"
    train, test = random_split(catalogue["emotion"].to_numpy(dtype=str))
    at_random = Split("random 70/30", "without 30 % at random", np.sort(train), np.sort(test))
    splits += [*corpora, *sentences, at_random]
    _check(splits, catalogue["emotion"].to_numpy(dtype=str))
    return Plan(tuple(splits), refusals, not_asked)


def train(
    name: str,
    dataset: FeatureTable,
    splits: tuple[Split, ...],
    *,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> Iterator[Panel]:
    """Train a classifier in every split, and make a panel of each protocol's.

    The temperature of each is fitted on what the others of its protocol say about utterances that
    they were not trained on; where there are no others it is 1.

    Parameters
    ----------
    name : str
        Of `classifiers.ZOO`.
    dataset : FeatureTable
    splits : tuple of Split
        Of the dataset's catalogue.
    jobs : int, optional
        Processes; one per core by default.
    progress : callable, optional
        Told how many classifiers are trained, and of how many.
    """
    parallel = joblib.Parallel(n_jobs=jobs or -1, return_as="generator")
    tasks = (joblib.delayed(_train)(name, dataset, split) for split in splits)
    fitted = []
    for done, pipeline in enumerate(parallel(tasks), start=1):
        fitted.append(pipeline)
        progress(done, len(splits))
    for protocol in dict.fromkeys(split.protocol for split in splits):
        chosen = [k for k, split in enumerate(splits) if split.protocol == protocol]
        members = [(splits[k], fitted[k]) for k in chosen]
        yield Panel(name, protocol, _calibrated(name, dataset, members))


def _train(name: str, dataset: FeatureTable, split: Split) -> Pipeline:
    return fit(ZOO[name], dataset.utterances[split.train], dataset.catalogue.iloc[split.train])


def _calibrated(
    name: str, dataset: FeatureTable, members: list[tuple[Split, Pipeline]]
) -> tuple[Judge, ...]:
    truth = dataset.catalogue["emotion"].to_numpy(dtype=str)
    said = [all_scores(pipeline, dataset.utterances[split.test]) for split, pipeline in members]
    judges = []
    for number, (split, pipeline) in enumerate(members):
        others = [k for k in range(len(members)) if k != number]
        temperature = (
            fit_temperature(
                np.concatenate([said[k] for k in others]),
                np.concatenate([truth[members[k][0].test] for k in others]),
            )
            if others
            else 1.0
        )
        model = ClassifierModel(pipeline, _metadata(name, dataset, split, temperature))
        judges.append(Judge(split.name, model, split.test))
    return tuple(judges)


def _metadata(name: str, dataset: FeatureTable, split: Split, temperature: float) -> Metadata:
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
        temperature=temperature,
    )


def _by_corpus(catalogue: pd.DataFrame) -> tuple[list[Split], tuple[Refusal, ...]]:
    """Train on the other corpora; ask about the emotions that they have, too."""
    corpora = catalogue["corpus"].to_numpy(dtype=str)
    truth = catalogue["emotion"].to_numpy(dtype=str)
    splits, refusals = [], []
    for corpus in sorted(set(corpora.tolist())) if len(set(corpora.tolist())) > 1 else ():
        train = np.flatnonzero(corpora != corpus)
        known = np.isin(truth, truth[train])
        test = np.flatnonzero((corpora == corpus) & known)
        unknown = (corpora == corpus) & ~known
        if len(test):
            splits.append(Split("unseen corpus", f"without {corpus}", train, test))
        if unknown.any():
            emotions = ", ".join(sorted(set(truth[unknown].tolist())))
            rule = f"no corpus but {corpus} has {emotions}: nothing to learn them from"
            refusals.append(_refusal(catalogue, unknown, rule))
    return splits, tuple(refusals)


def _by_sentence(catalogue: pd.DataFrame) -> tuple[list[Split], tuple[Refusal, ...]]:
    """Deal each corpus's sentences to groups, the longest list first; speakers are seen."""
    named = (catalogue["sentence"] != "").to_numpy()
    group = np.full(len(catalogue), -1)
    for corpus in sorted(set(catalogue["corpus"])):
        here = named & (catalogue["corpus"] == corpus).to_numpy()
        sentences = catalogue["sentence"].to_numpy(dtype=str)[here]
        known = sorted(set(sentences.tolist()))
        if len(known) > 1:
            place = {sentence: k % SENTENCE_GROUPS for k, sentence in enumerate(known)}
            group[here] = [place[sentence] for sentence in sentences]
    splits = [
        Split(
            "unseen sentence",
            f"without sentences {number + 1} of {SENTENCE_GROUPS}",
            np.flatnonzero(group != number),
            np.flatnonzero(group == number),
        )
        for number in range(SENTENCE_GROUPS)
        if (group == number).any()
    ]
    left = group < 0
    rule = "the catalogue does not name two sentences of theirs, so none can be called unseen"
    return splits, (_refusal(catalogue, left, rule),) if left.any() and splits else ()


def _refusal(catalogue: pd.DataFrame, rows: npt.NDArray[np.bool_], rule: str) -> Refusal:
    return Refusal(rule, int(rows.sum()), tuple(sorted(set(catalogue["speaker"][rows]))))


def _check(splits: list[Split], truth: npt.NDArray[np.str_]) -> None:
    """Refuse what cannot be trained."""
    for split in splits:
        emotions = sorted(set(truth[split.train].tolist()), key=EMOTIONS.index)
        if len(emotions) < 2:
            raise InputError(
                f"{split.protocol}, {split.name}: only {', '.join(emotions) or 'nothing'} is left "
                "to train on, two emotions are needed. Give more recordings."
            )
