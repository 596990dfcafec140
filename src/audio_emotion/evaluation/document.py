"""Everything that `audio-emotion evaluate` measures, in one document."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from audio_emotion.data.feature_table import FeatureTable, read_catalogue, read_features
from audio_emotion.data.folds import Indices
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import AudioError, InputError
from audio_emotion.evaluation.measures import comparison as comparing
from audio_emotion.evaluation.measures import confidence as confiding
from audio_emotion.evaluation.measures import fairness as fairing
from audio_emotion.evaluation.measures import scores
from audio_emotion.evaluation.protocols import cross_validation as splits
from audio_emotion.evaluation.protocols.evaluation_split import (
    SPEAKERS_SEEN,
    Judge,
    Panel,
    Protocol,
    of_path,
)
from audio_emotion.evaluation.protocols.predictions import ask
from audio_emotion.recognition.classifier_file import ClassifierModel
from audio_emotion.recognition.model import EmotionModel, Probabilities
from audio_emotion.recognition.network_model import NetworkModel
from audio_emotion.training.classifiers import ZOO
from audio_emotion.training.network.assess import likeliest

FEATURES: Final = "extracted_acoustic_features.csv"
PROBABILITIES: Final = [f"p_{emotion}" for emotion in EMOTIONS]
TRAINED: Final = "a model's file cannot be trained again: give a classifier's name, such as MLP"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Evaluation:
    """What was found out."""

    document: dict[str, Any]
    """As `evaluation.json` holds it."""
    answers: pd.DataFrame
    """One row per protocol and utterance, as in `answers.csv`."""


@dataclass
class Subject:
    """A model under evaluation: whom it may be asked about, and how it answers."""

    panels: list[Panel]
    catalogue: pd.DataFrame
    dataset: FeatureTable | None = None
    """Features of the catalogue's rows, of a classifier that was trained for the purpose."""
    not_asked: dict[Protocol, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def unseen(self) -> Panel:
        """The panel of unseen speakers."""
        return next(panel for panel in self.panels if panel.protocol == "unseen speakers")

    @property
    def heard(self) -> Indices:
        """Rows that the panel of unseen speakers may be asked about and that could be heard."""
        rows = self.unseen.rows
        paths = self.catalogue["path"].to_numpy(dtype=str)[rows]
        return rows[~np.isin(paths, list(self.failures))]

    def ask(
        self, panel: Panel, rows: Indices, jobs: int | None, progress: Progress
    ) -> pd.DataFrame:
        """Ask a panel about rows that it may be asked about.

        Returns
        -------
        DataFrame
            A row for each that it answered, the columns of `answers.csv` and `threshold`.
        """
        probabilities = self._probabilities(panel, rows, jobs, progress)
        answered = np.isfinite(probabilities).all(axis=1)
        if not answered.any():
            path, error = next(iter(self.failures.items()))
            raise AudioError(
                f"none of the {len(rows)} recordings can be heard; the first, {path}: {error}"
            )
        thresholds = np.zeros(len(rows))
        for judge in panel.judges:
            thresholds[np.isin(rows, judge.rows)] = judge.model.threshold
        probabilities, thresholds = probabilities[answered], thresholds[answered]
        asked = self.catalogue.iloc[rows[answered]]
        table = asked[["path", "corpus", "speaker", "sex"]].assign(
            truth=asked["emotion"],
            prediction=likeliest(probabilities),
            sure=probabilities.max(axis=1) >= thresholds,
            threshold=thresholds,
        )
        table.insert(0, "protocol", panel.protocol)
        table[PROBABILITIES] = probabilities
        return table.reset_index(drop=True)

    def _probabilities(
        self, panel: Panel, rows: Indices, jobs: int | None, progress: Progress
    ) -> Probabilities:
        if self.dataset is None:
            return ask(
                panel,
                self.catalogue,
                rows,
                failures=self.failures,
                jobs=jobs,
                progress=lambda *n: progress(f"listening, {panel.protocol}", *n),
            )
        result = np.full((len(rows), len(EMOTIONS)), np.nan)
        for judge in panel.judges:
            places = np.flatnonzero(np.isin(rows, judge.rows))
            if len(places):
                utterances = self.dataset.utterances[rows[places]]
                result[places] = judge.model.probabilities(utterances)
        return result


def read_checked(path: Path) -> pd.DataFrame:
    """Read a catalogue and refuse what nobody could be evaluated on.

    Raises
    ------
    InputError
        No catalogue, an emotion that is none, an utterance of nobody, or one named twice.
    """
    catalogue = read_catalogue(path)
    checks = {
        f"needs one of {', '.join(EMOTIONS)}": ("emotion", ~catalogue["emotion"].isin(EMOTIONS)),
        "needs a speaker, or nobody can be called unseen": ("speaker", catalogue["speaker"] == ""),
        "stands there twice": ("path", catalogue["path"].duplicated()),
    }
    for rule, (column, wrong) in checks.items():
        if wrong.any():
            row = int(np.argmax(wrong.to_numpy()))
            raise InputError(
                f"{path}: row {row + 2}, {column} {catalogue[column].iloc[row]!r}: {rule}. "
                "Make the catalogue again with: audio-emotion dataset."
            )
    return catalogue


def subject(
    model: str,
    catalogue: pd.DataFrame,
    features: Path,
    *,
    protocols: Collection[Protocol] = tuple(SPEAKERS_SEEN),
    jobs: int | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> Subject:
    """Find out what a model is, and whom it may be asked about.

    Parameters
    ----------
    model : str
        A model file, a folder of them, or the name of a classifier of `classifiers.ZOO`.
    catalogue : DataFrame
    features : Path
        Table of features, for a classifier's name.
    protocols : collection of str, optional
        For which a classifier is trained.

    Raises
    ------
    InputError
        No such model, or it may be asked about nobody.
    """
    if Path(model).exists():
        panels = of_path(Path(model), catalogue)
        asked = {panel.protocol for panel in panels}
        reasons: dict[Protocol, str] = {
            "unseen corpus": "every corpus was heard in training, others of its speakers at least",
            "unseen sentence": TRAINED,
            "random 70/30": TRAINED,
        }
        not_asked = {name: why for name, why in reasons.items() if name not in asked}
        return Subject(panels, catalogue, not_asked=not_asked)
    if model not in ZOO:
        raise InputError(
            f"{model}: no model file, no folder, and no classifier of that name. "
            f"Classifiers are {', '.join(ZOO)}."
        )
    dataset, failures = _aligned(read_features(features), catalogue, features)
    planned = splits.plan(dataset.catalogue)
    chosen = tuple(split for split in planned.splits if split.protocol in protocols)
    panels = []
    for panel in splits.train(
        model, dataset, chosen, jobs=jobs, progress=lambda *n: progress("training", *n)
    ):
        refusals = planned.refusals.get(panel.protocol, ())
        panels.append(Panel(panel.name, panel.protocol, panel.judges, refusals))
    return Subject(panels, dataset.catalogue, dataset, planned.not_asked, failures)


def evaluate(
    model: str,
    path: Path,
    *,
    features: Path | None = None,
    against: str | None = None,
    jobs: int | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> tuple[Evaluation, Subject]:
    """Evaluate a model on a catalogue by every protocol that is honest for it.

    Parameters
    ----------
    model : str
        A model file, a folder of them, or the name of a classifier of `classifiers.ZOO`.
    path : Path
        Of the catalogue.
    features : Path, optional
        Table of features; by default the one beside the catalogue.
    against : str, optional
        Another model, to be compared with.
    jobs : int, optional
        At work; one per core by default.
    progress : callable, optional
        Told what is being done, how much of it, and of how much.

    Raises
    ------
    InputError, ModelError, AudioError
        The catalogue or the model is not to be used, or no recording is.
    """
    began = time.perf_counter()
    table = features or path.with_name(FEATURES)
    subjected = subject(model, read_checked(path), table, jobs=jobs, progress=progress)
    asked = [subjected.ask(panel, panel.rows, jobs, progress) for panel in subjected.panels]
    unseen = asked[subjected.panels.index(subjected.unseen)]
    document = {
        "model": subjected.unseen.name,
        "kind": _kind(subjected),
        "catalogue": _sizes(subjected.catalogue),
        "protocols": [
            _protocol(panel, answers)
            for panel, answers in zip(subjected.panels, asked, strict=True)
        ],
        "not_asked": [{"protocol": key, "why": why} for key, why in subjected.not_asked.items()],
        "failures": [{"path": key, "error": why} for key, why in subjected.failures.items()],
        "confidence": confiding.confidence(
            unseen, unseen[PROBABILITIES].to_numpy(), unseen["threshold"].to_numpy()
        )
        | _stored(subjected.unseen, unseen),
        "fairness": fairing.fairness(unseen),
        "comparison": None,
    }
    if against is not None:
        document["comparison"] = _compared(
            subjected, unseen, against, table, jobs=jobs, progress=progress
        )
    document["made"] = {
        "model": model,
        "catalogue": str(path),
        "version": version("embedded-audio-emotion"),
        "seconds": round(time.perf_counter() - began, 1),
    }
    answers = pd.concat(asked, ignore_index=True).drop(columns="threshold")
    return Evaluation(document, answers), subjected


def score_table(document: dict[str, Any]) -> pd.DataFrame:
    """Every score of a document, one row each, as in `scores.csv`."""
    rows: list[dict[str, Any]] = []
    for entry in document["protocols"]:
        rows += scores.flat(entry["all"], protocol=entry["protocol"], corpus="all")
        for one in entry["corpora"]:
            if "uar" in one:
                rows += scores.flat(one, protocol=entry["protocol"], corpus=one["corpus"])
    return pd.DataFrame(rows)


def _aligned(
    dataset: FeatureTable, catalogue: pd.DataFrame, path: Path
) -> tuple[FeatureTable, dict[str, str]]:
    """Keep the utterances that the catalogue names; list those that have no features."""
    kept = dataset.catalogue["path"].isin(catalogue["path"]).to_numpy()
    missing = sorted(set(catalogue["path"]) - set(dataset.catalogue["path"]))
    if not kept.any():
        raise InputError(
            f"{path}: has no recording of the catalogue, which names {missing[0]}. Make both with: "
            "audio-emotion dataset."
        )
    chosen = FeatureTable(dataset.catalogue[kept].reset_index(drop=True), dataset.utterances[kept])
    return chosen, dict.fromkeys(missing, f"not in {path.name}")


def _protocol(panel: Panel, answers: pd.DataFrame) -> dict[str, Any]:
    return {
        "protocol": panel.protocol,
        "speakers_seen": SPEAKERS_SEEN[panel.protocol],
        "judges": [
            {
                "name": judge.name,
                "n_utterances": len(judge.rows),
                "trained_on_n_speakers": len(judge.model.metadata.speakers),
                "trained_on": judge.model.metadata.training_data,
            }
            for judge in panel.judges
        ],
        "refusals": [asdict(refusal) for refusal in panel.refusals],
        "never_answered": _never_answered(answers),
        "all": scores.score(answers),
        "corpora": list(scores.by_corpus(answers)),
    }


def _never_answered(answers: pd.DataFrame) -> list[dict[str, Any]]:
    """Emotions that somebody acted and that the judge of the utterance does not know."""
    acted = answers["truth"].to_numpy(dtype=str)
    probabilities = answers[PROBABILITIES].to_numpy()
    impossible = probabilities[np.arange(len(acted)), [EMOTIONS.index(one) for one in acted]] == 0
    emotions, n = np.unique(acted[impossible], return_counts=True)
    return [
        {"emotion": str(emotion), "n_utterances": int(count)}
        for emotion, count in zip(emotions, n, strict=True)
    ]


def _sizes(catalogue: pd.DataFrame) -> dict[str, Any]:
    return {
        "n_utterances": len(catalogue),
        "n_speakers": int(catalogue["speaker"].nunique()),
        "corpora": [
            {
                "corpus": str(corpus),
                "n_utterances": len(here),
                "n_speakers": int(here["speaker"].nunique()),
            }
            for corpus, here in catalogue.groupby("corpus")
        ],
    }


def _kind(subjected: Subject) -> str:
    if subjected.dataset is not None:
        return "classifier, trained anew inside every split"
    judges = subjected.unseen.judges
    what = "network" if isinstance(judges[0].model, NetworkModel) else "classifier"
    return f"file of a {what}" if len(judges) == 1 else f"{len(judges)} files of {what}s"


def _stored(panel: Panel, answers: pd.DataFrame) -> dict[str, Any]:
    """Say what the models' files hold, and which of these speakers it was fitted on."""
    asked = set(answers["speaker"])
    fitted_on = {speaker for judge in panel.judges for speaker in _calibrated_on(judge) & asked}
    return {
        "stored_temperatures": sorted({_temperature(judge.model) for judge in panel.judges}),
        "temperature_fitted_on": sorted(fitted_on),
    }


def _temperature(model: EmotionModel) -> float:
    if isinstance(model, NetworkModel):
        # The core's scores are in octaves of probability: the inverse of `training.lower.inverse`.
        return round(1 / (math.log(2) * model.network.inverse_temperature), 4)
    return model.metadata.temperature if isinstance(model, ClassifierModel) else 1.0


def _calibrated_on(judge: Judge) -> set[str]:
    model = judge.model
    known = model.metadata.scores if isinstance(model, NetworkModel) else {}
    return set(known.get("speakers", ()))


def _compared(
    subjected: Subject,
    unseen: pd.DataFrame,
    against: str,
    features: Path,
    *,
    jobs: int | None,
    progress: Progress,
) -> dict[str, Any]:
    """Ask another model about the utterances that both may be asked about."""
    other = subject(
        against,
        subjected.catalogue,
        features,
        protocols=["unseen speakers"],
        jobs=jobs,
        progress=progress,
    )
    paths = other.catalogue["path"].to_numpy(dtype=str)
    rows = other.unseen.rows[np.isin(paths[other.unseen.rows], unseen["path"].to_numpy(dtype=str))]
    theirs = (
        other.ask(other.unseen, rows, jobs, progress)
        if len(rows)
        else pd.DataFrame(columns=["path", "prediction"])
    )
    return {"model": Path(against).name, **comparing.compare(unseen, theirs)}
