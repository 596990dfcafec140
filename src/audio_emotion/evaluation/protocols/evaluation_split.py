"""Assignment of utterances to models: no model predicts a speaker that it was trained on.

An evaluation split is a set of fold models, each with the utterances that it may predict; no
utterance belongs to two of them. One model file is a split of one; the networks of the outer folds
are a split that together predicts every speaker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.data.corpora import speaker_corpus
from audio_emotion.data.folds import Indices
from audio_emotion.engine.emotions import NO_SPEECH
from audio_emotion.errors import InputError, ModelError
from audio_emotion.recognition.model import SUFFIXES, EmotionModel, load_model

Protocol = Literal["unseen speakers", "unseen corpus", "unseen sentence", "random 70/30"]

SPEAKERS_SEEN: Final[dict[Protocol, bool]] = {
    "unseen corpus": False,
    "unseen speakers": False,
    "unseen sentence": True,
    "random 70/30": True,
}
"""Protocols in the order of a report, and whether the speakers tested are in the training data."""


READ_SPEECH: Final = "read_speech"
"""Corpus of neutral sentences of people who act nothing."""


@dataclass(frozen=True)
class FoldModel:
    """A model and the utterances that it predicts."""

    name: str
    """For example the name of its file."""
    model: EmotionModel
    rows: Indices
    """Rows of the catalogue, ascending."""


@dataclass(frozen=True)
class Exclusion:
    """Utterances that no model may predict, and the reason."""

    reason: str
    n_utterances: int
    speakers: tuple[str, ...]


@dataclass(frozen=True)
class EvaluationSplit:
    """Fold models of one protocol; no utterance belongs to two of them."""

    name: str
    """Of the model, or of what the models have in common."""
    protocol: Protocol
    fold_models: tuple[FoldModel, ...]
    exclusions: tuple[Exclusion, ...] = ()

    @property
    def rows(self) -> Indices:
        """Rows of the catalogue that have a model, ascending."""
        return np.sort(np.concatenate([fold.rows for fold in self.fold_models]))


def is_spoken(utterances: pd.DataFrame, column: str = "truth") -> pd.Series[bool]:
    """Distinguish the utterances of emotions from read speech and from no speech.

    Both have measures of their own (`measures.strangers`), and count in no recall.

    Parameters
    ----------
    utterances : DataFrame
        With the column `corpus`.
    column : str
        Of the true emotion.
    """
    return (utterances["corpus"] != READ_SPEECH) & (utterances[column] != NO_SPEECH)


def splits_of_files(path: Path, catalogue: pd.DataFrame) -> list[EvaluationSplit]:
    """Return the splits of a model file, or of a folder of model files.

    Parameters
    ----------
    path : Path
    catalogue : DataFrame
        Columns as `corpora.COLUMNS`.

    Returns
    -------
    list of EvaluationSplit
        For unseen speakers and, where no speaker of some corpus is in the training data of a
        file, for an unseen corpus.

    Raises
    ------
    ModelError
        No model there, one made for another core, or one without its training speakers.
    InputError
        No speaker in the catalogue is unseen.
    """
    models = {file.name: _load(file) for file in _files(path)}
    speakers = catalogue["speaker"].to_numpy(dtype=str)
    trained_on = {name: set(model.metadata.speakers) for name, model in models.items()}
    name = path.stem if path.is_file() else path.resolve().name
    unseen = {key: ~np.isin(speakers, list(known)) for key, known in trained_on.items()}
    folds = _assign(models, unseen)
    exclusions = _exclusions(speakers, folds, len(models))
    if not folds:
        raise InputError(f"{path}: {exclusions[0].reason}. Give recordings of other speakers.")
    splits = [EvaluationSplit(name, "unseen speakers", folds, exclusions)]
    if folds := _of_unseen_corpora(models, trained_on, catalogue):
        splits.insert(0, EvaluationSplit(name, "unseen corpus", folds))
    return splits


def split_of_corpora(folder: Path, catalogue: pd.DataFrame) -> EvaluationSplit:
    """Return the split of model files that were each trained without a corpus.

    Parameters
    ----------
    folder : Path
        For example with `without_emovo.aem` and `without_urdu.aem`; what a model was trained
        without is seen by its training speakers.
    catalogue : DataFrame
        Columns as `corpora.COLUMNS`.

    Raises
    ------
    ModelError
        No model there, one made for another core, or one without its training speakers.
    InputError
        Every corpus of the catalogue has speakers that each of them was trained on.
    """
    models = {file.name: _load(file) for file in _files(folder)}
    trained_on = {name: set(model.metadata.speakers) for name, model in models.items()}
    folds = _of_unseen_corpora(models, trained_on, catalogue)
    if not folds:
        raise InputError(
            f"{folder}: each of its {len(models)} models was trained on speakers of every corpus "
            "in the catalogue. Give models trained without a corpus, or do without --left-out."
        )
    return EvaluationSplit(folder.resolve().name, "unseen corpus", folds)


def _files(path: Path) -> list[Path]:
    """Return the model file, or those of a folder by name."""
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES)
    if not found:
        raise ModelError(
            f"{path}: no model file in this folder. Give a folder with files that end in "
            f"{' or '.join(SUFFIXES)}."
        )
    return found


def _load(path: Path) -> EmotionModel:
    model = load_model(path)
    if not model.metadata.speakers:
        raise ModelError(
            f"{path}: does not list the speakers of its training data, so none can be called "
            "unseen. Train it again with: audio-emotion train or train-net."
        )
    return model


def _assign(
    models: dict[str, EmotionModel], allowed: dict[str, npt.NDArray[np.bool_]]
) -> tuple[FoldModel, ...]:
    """Assign each utterance to one of the models that may predict it.

    That is the one that was trained on most speakers, the closest to a model that was trained on
    all of them; of equals, the first by name.
    """
    free = np.ones(len(next(iter(allowed.values()))), dtype=bool)
    folds = []
    for name in sorted(models, key=lambda name: (-len(models[name].metadata.speakers), name)):
        rows = np.flatnonzero(allowed[name] & free)
        free[rows] = False
        if len(rows):
            folds.append(FoldModel(name, models[name], rows))
    return tuple(sorted(folds, key=lambda fold: fold.name))


def _exclusions(
    speakers: npt.NDArray[np.str_], folds: Sequence[FoldModel], n_models: int
) -> tuple[Exclusion, ...]:
    """Count the utterances of speakers that every model was trained on."""
    left = np.ones(len(speakers), dtype=bool)
    for fold in folds:
        left[fold.rows] = False
    known = sorted(set(speakers[left].tolist()))
    if not known:
        return ()
    which = "the model was" if n_models == 1 else f"all {n_models} models were"
    named = f"these {len(known)} speakers" if len(known) > 1 else f"speaker {known[0]}"
    reason = f"{which} trained on {named}, so that its recall on them would be too high"
    return (Exclusion(reason, int(left.sum()), tuple(known)),)


def _of_unseen_corpora(
    models: dict[str, EmotionModel], trained_on: dict[str, set[str]], catalogue: pd.DataFrame
) -> tuple[FoldModel, ...]:
    """Assign corpora of emotions to models that were trained on none of their speakers.

    Speakers are named after their corpus, so that those who are not in this catalogue count, too.
    """
    corpora = catalogue["corpus"].where(is_spoken(catalogue, "emotion"), "").to_numpy(dtype=str)
    of_corpus = catalogue.groupby("corpus")["speaker"].agg(set)

    def is_unseen(corpus: str, members: set[str], known: set[str]) -> bool:
        named = f"{speaker_corpus(corpus)}_"
        return not members & known and not any(name.startswith(named) for name in known)

    return _assign(
        models,
        {
            name: np.isin(
                corpora,
                [
                    str(corpus)
                    for corpus, members in of_corpus.items()
                    if is_unseen(str(corpus), members, trained_on[name])
                ],
            )
            for name in models
        },
    )
