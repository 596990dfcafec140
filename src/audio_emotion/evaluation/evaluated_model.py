"""A model under evaluation: its evaluation splits and its predictions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from audio_emotion.data.corpora import HOW_TO_LABEL
from audio_emotion.data.feature_table import FeatureTable, read_catalogue, read_features
from audio_emotion.data.folds import Indices
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.engine.features import FeatureVector
from audio_emotion.errors import AudioError, InputError
from audio_emotion.evaluation.protocols import cross_validation
from audio_emotion.evaluation.protocols.evaluation_split import (
    SPEAKERS_SEEN,
    EvaluationSplit,
    Protocol,
    is_spoken,
    split_of_corpora,
    splits_of_files,
)
from audio_emotion.evaluation.protocols.predictions import extract, fold_places, predict
from audio_emotion.evaluation.protocols.row_cache import NO_CACHE, RowCache
from audio_emotion.progress import RunOptions
from audio_emotion.recognition.model import find_model
from audio_emotion.training.classifiers import ZOO

PROBABILITIES: Final = [f"p_{emotion}" for emotion in EMOTIONS]

_NEEDS_TRAINING: Final = (
    "needs a model that is trained for it: give the name of a classifier, such as MLP"
)
_SKIPPED: Final[dict[Protocol, str]] = {
    "unseen corpus": "speakers of every corpus are in the training data",
    "unseen sentence": _NEEDS_TRAINING,
    "random 70/30": _NEEDS_TRAINING,
}
"""Why a model file may lack a protocol."""


@dataclass
class EvaluatedModel:
    """A model under evaluation, with a split of each protocol that is valid for it."""

    splits: list[EvaluationSplit]
    catalogue: pd.DataFrame
    features: FeatureTable | None = None
    """Of the catalogue's rows, of a classifier that is trained for the evaluation."""
    skipped_protocols: dict[Protocol, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    """Path and reason of recordings without a prediction."""
    cache: RowCache = NO_CACHE
    extracted: dict[str, FeatureVector] = field(default_factory=dict)
    """By path, of the split of unseen speakers, as far as it has been predicted."""

    @property
    def unseen(self) -> EvaluationSplit:
        """The split of unseen speakers."""
        return next(split for split in self.splits if split.protocol == "unseen speakers")

    @property
    def kind(self) -> str:
        """Kind of model and number of files, in words."""
        if self.features is not None:
            return "classifier, trained anew inside every split"
        folds = self.unseen.fold_models
        kind = folds[0].model.kind
        return f"file of a {kind}" if len(folds) == 1 else f"{len(folds)} files of {kind}s"

    @property
    def readable_rows(self) -> Indices:
        """Rows of acted or felt emotions of unseen speakers, without those that failed."""
        rows = self.unseen.rows
        utterances = self.catalogue.iloc[rows]
        readable = ~utterances["path"].isin(list(self.failures))
        return rows[(readable & is_spoken(utterances, "emotion")).to_numpy()]

    def predict(self, split: EvaluationSplit, rows: Indices, options: RunOptions) -> pd.DataFrame:
        """Predict rows of a split; recordings that cannot be read are added to `failures`.

        Returns
        -------
        DataFrame
            A row for each that could be read: the columns of `predictions.csv`, and `fold` and
            `threshold` of the model.

        Raises
        ------
        AudioError
            No recording can be read.
        """
        extracted = self._extract(split, rows, options)
        answers = predict(split, rows, extracted)
        valid = answers.labels != ""
        if not valid.any():
            path, error = next(iter(self.failures.items()))
            raise AudioError(
                f"none of the {len(rows)} recordings can be read; the first, {path}: {error}"
            )
        folds, thresholds = np.full(len(rows), "", dtype=object), np.zeros(len(rows))
        for fold, places in fold_places(split, rows):
            folds[places], thresholds[places] = fold.name, fold.model.threshold
        utterances = self.catalogue.iloc[rows[valid]]
        table: pd.DataFrame = utterances[["path", "corpus", "speaker", "sex"]].assign(
            truth=utterances["emotion"],
            prediction=answers.labels[valid],
            confident=answers.confident[valid],
            speech=answers.speech[valid],
            fold=folds[valid],
            threshold=thresholds[valid],
        )
        table.insert(0, "protocol", split.protocol)
        table[PROBABILITIES] = answers.probabilities[valid]
        if split is self.unseen:
            paths = self.catalogue["path"].to_numpy(dtype=str)[rows].tolist()
            self.extracted = {
                path: row for path, row in zip(paths, extracted, strict=True) if row is not None
            }
        return table.reset_index(drop=True)

    def _extract(
        self, split: EvaluationSplit, rows: Indices, options: RunOptions
    ) -> Sequence[FeatureVector | None]:
        if self.features is not None:
            return list(self.features.utterances[rows])
        options = replace(options.in_step(split.protocol), failures=self.failures)
        return extract(split, self.catalogue, rows, options, self.cache)


def read_valid_catalogue(path: Path) -> pd.DataFrame:
    """Read a catalogue and check that a model can be evaluated on it.

    Raises
    ------
    InputError
        No catalogue, an unknown emotion, an utterance without a speaker, or one listed twice.
    """
    catalogue = read_catalogue(path)
    labels = (*EMOTIONS, NO_SPEECH)
    checks = {
        f"needs one of {', '.join(labels)}": ("emotion", ~catalogue["emotion"].isin(labels)),
        "needs a speaker, or none can be called unseen": ("speaker", catalogue["speaker"] == ""),
        "is listed twice": ("path", catalogue["path"].duplicated()),
    }
    for rule, (column, wrong) in checks.items():
        if wrong.any():
            row = int(np.argmax(wrong.to_numpy()))
            raise InputError(
                f"{path}: row {row + 2}, {column} {catalogue[column].iloc[row]!r}: {rule}. "
                f"{HOW_TO_LABEL}, and make the catalogue with: audio-emotion dataset."
            )
    return catalogue


def prepare(
    model: str,
    catalogue: pd.DataFrame,
    features: Path,
    options: RunOptions,
    *,
    left_out: Path | None = None,
    protocols: Collection[Protocol] = tuple(SPEAKERS_SEEN),
) -> EvaluatedModel:
    """Read a model or train a classifier, and find the splits that are valid for it.

    Parameters
    ----------
    model : str
        A model file or the name of one that ships, a folder of model files, or the name of a
        classifier of `classifiers.ZOO`.
    catalogue : DataFrame
    features : Path
        Table of features, for the name of a classifier.
    options : RunOptions
    left_out : Path, optional
        Folder of model files, each trained without a corpus, for the protocol "unseen corpus".
    protocols : collection of str, optional
        For which a classifier is trained.

    Raises
    ------
    InputError
        No such model, or no speaker that it was not trained on.
    """
    if (path := find_model(model)).exists():
        splits = splits_of_files(path, catalogue)
        if left_out is not None:
            splits = [split for split in splits if split.protocol != "unseen corpus"]
            splits.insert(0, split_of_corpora(left_out, catalogue))
        valid = {split.protocol for split in splits}
        skipped = {name: why for name, why in _SKIPPED.items() if name not in valid}
        return EvaluatedModel(splits, catalogue, skipped_protocols=skipped)
    if left_out is not None:
        raise InputError(
            f"{left_out}: {model} is trained without each corpus in any case. Give the folder of "
            "networks that were trained without a corpus with model files only."
        )
    if model not in ZOO:
        raise InputError(
            f"{model}: no model file, no folder, and no classifier of that name. "
            f"Classifiers are {', '.join(ZOO)}."
        )
    dataset, failures = _aligned(read_features(features), catalogue, features)
    plan = cross_validation.plan(dataset.catalogue)
    splits = list(
        cross_validation.train(model, dataset, plan, protocols, options.in_step("training"))
    )
    return EvaluatedModel(splits, dataset.catalogue, dataset, plan.skipped_protocols, failures)


def _aligned(
    features: FeatureTable, catalogue: pd.DataFrame, path: Path
) -> tuple[FeatureTable, dict[str, str]]:
    """Keep the utterances of the catalogue; list those that have no features."""
    kept = features.catalogue["path"].isin(catalogue["path"]).to_numpy()
    missing = sorted(set(catalogue["path"]) - set(features.catalogue["path"]))
    if not kept.any():
        raise InputError(
            f"{path}: has no recording of the catalogue, which names {missing[0]}. Make both with: "
            "audio-emotion dataset."
        )
    chosen = features.catalogue[kept].reset_index(drop=True)
    return FeatureTable(chosen, features.utterances[kept]), dict.fromkeys(
        missing, f"not in {path.name}"
    )
