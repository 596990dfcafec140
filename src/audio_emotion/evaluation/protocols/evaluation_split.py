"""Who may be asked about whom: a model is never asked about a speaker whom it has heard.

A panel is a set of judges, each a model with the utterances that it may honestly be asked about;
no utterance has two judges. One model file is a panel of one; the networks of the outer folds are
a panel that together may be asked about everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.data.folds import Indices
from audio_emotion.errors import InputError, ModelError
from audio_emotion.recognition.model import SUFFIXES, EmotionModel, load_model

Protocol = Literal["unseen speakers", "unseen corpus", "unseen sentence", "random 70/30"]

SPEAKERS_SEEN: Final[dict[Protocol, bool]] = {
    "unseen speakers": False,
    "unseen corpus": False,
    "unseen sentence": True,
    "random 70/30": True,
}
"""Protocols in the order of a report, and whether training has heard the speakers tested."""


@dataclass(frozen=True)
class Judge:
    """A model and whom it may be asked about."""

    name: str
    """Which one it is, for example its file's name."""
    model: EmotionModel
    rows: Indices
    """Rows of the catalogue, ascending."""


@dataclass(frozen=True)
class Refusal:
    """Utterances that nobody is asked about, and the rule that forbids it."""

    rule: str
    n_utterances: int
    speakers: tuple[str, ...]


@dataclass(frozen=True)
class Panel:
    """Judges of one protocol; no utterance has two of them."""

    name: str
    """Of the model, or of what the models have in common."""
    protocol: Protocol
    judges: tuple[Judge, ...]
    refusals: tuple[Refusal, ...] = ()

    @property
    def rows(self) -> Indices:
        """Rows of the catalogue that have a judge, ascending."""
        return np.sort(np.concatenate([judge.rows for judge in self.judges]))


def of_path(path: Path, catalogue: pd.DataFrame) -> list[Panel]:
    """Panels of a model file, or of a folder of model files.

    Parameters
    ----------
    path : Path
    catalogue : DataFrame
        Columns as `corpora.COLUMNS`.

    Returns
    -------
    list of Panel
        For unseen speakers and, where some corpus was heard by none of a file's speakers, for an
        unseen corpus.

    Raises
    ------
    ModelError
        No model there, one made for another core, or one that does not say whom it has heard.
    InputError
        Nobody in the catalogue is unseen.
    """
    models = {file.name: _load(file) for file in _files(path)}
    speakers = catalogue["speaker"].to_numpy(dtype=str)
    heard = {name: set(model.metadata.speakers) for name, model in models.items()}
    name = path.stem if path.is_file() else path.resolve().name
    judges = _assigned(models, {key: ~np.isin(speakers, list(heard[key])) for key in models})
    refusals = _refusals(speakers, judges, len(models))
    if not judges:
        raise InputError(f"{path}: {refusals[0].rule}. Give recordings of somebody else.")
    panels = [Panel(name, "unseen speakers", judges, refusals)]
    if foreign := _foreign(models, heard, catalogue):
        panels.append(Panel(name, "unseen corpus", foreign))
    return panels


def _files(path: Path) -> list[Path]:
    """Model files that are meant, by name."""
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
            f"{path}: does not say whose speech it was trained on, so nobody can be called unseen. "
            "Train it again with: audio-emotion train or train-net."
        )
    return model


def _assigned(
    models: dict[str, EmotionModel], may_judge: dict[str, npt.NDArray[np.bool_]]
) -> tuple[Judge, ...]:
    """Give each utterance to one of the models that may judge it.

    That is the one that was trained on most speakers, the closest to a model that was trained on
    everybody; of equals, the first by name.
    """
    free = np.ones(len(next(iter(may_judge.values()))), dtype=bool)
    judges = []
    for name in sorted(models, key=lambda name: (-len(models[name].metadata.speakers), name)):
        rows = np.flatnonzero(may_judge[name] & free)
        free[rows] = False
        if len(rows):
            judges.append(Judge(name, models[name], rows))
    return tuple(sorted(judges, key=lambda judge: judge.name))


def _refusals(
    speakers: npt.NDArray[np.str_], judges: Sequence[Judge], n_models: int
) -> tuple[Refusal, ...]:
    """Count those whom every model has heard."""
    left = np.ones(len(speakers), dtype=bool)
    for judge in judges:
        left[judge.rows] = False
    known = sorted(set(speakers[left].tolist()))
    if not known:
        return ()
    who = "it was" if n_models == 1 else f"all {n_models} models were"
    whom = f"these {len(known)} speakers" if len(known) > 1 else f"speaker {known[0]}"
    rule = f"{who} trained on {whom}: answers about them would flatter"
    return (Refusal(rule, int(left.sum()), tuple(known)),)


def _foreign(
    models: dict[str, EmotionModel], heard: dict[str, set[str]], catalogue: pd.DataFrame
) -> tuple[Judge, ...]:
    """Judges for corpora of which they have heard nobody.

    Speakers are named after their corpus, so that those are known, too, who are not in this
    catalogue.
    """
    corpora = catalogue["corpus"].to_numpy(dtype=str)
    of_corpus = catalogue.groupby("corpus")["speaker"].agg(set)

    def is_foreign(corpus: str, members: set[str], known: set[str]) -> bool:
        return not members & known and not any(name.startswith(f"{corpus}_") for name in known)

    return _assigned(
        models,
        {
            name: np.isin(
                corpora,
                [
                    str(corpus)
                    for corpus, members in of_corpus.items()
                    if is_foreign(str(corpus), members, heard[name])
                ],
            )
            for name in models
        },
    )
