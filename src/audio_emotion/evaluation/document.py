"""The document of an evaluation, as `evaluation.json` holds it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import InputError, reason_of
from audio_emotion.evaluation.evaluated_model import PROBABILITIES, EvaluatedModel
from audio_emotion.evaluation.measures import (
    confidence,
    cost,
    fairness,
    left_out,
    scores,
    strangers,
)
from audio_emotion.evaluation.protocols.evaluation_split import (
    READ_SPEECH,
    SPEAKERS_SEEN,
    EvaluationSplit,
    Protocol,
    is_spoken,
)
from audio_emotion.training import metrics

SCHEMA: Final = 3
"""Version of the keys."""


_READ: Final = {"schema", "model", "kind", "strangers", "protocols", "confidence", "made"}
_PANELS: Final = {"non_speech": ("answered", "confident"), "speech_missed": ("no_speech",)}


@dataclass(frozen=True)
class Measured:
    """Measurements of an evaluated model, besides its predictions."""

    comparison: dict[str, Any] | None = None
    """With another model: see `comparison.compare`."""
    adaptation: list[dict[str, Any]] | None = None
    """See `adaptation.measure`."""
    robustness: pd.DataFrame | None = None
    """See `robustness.measure`."""
    length: pd.DataFrame | None = None
    """See `speech_length.measure`."""
    failures: dict[str, str] = field(default_factory=dict)
    """Path and reason of recordings that could not be altered."""


def document(
    evaluated: EvaluatedModel,
    predictions: list[pd.DataFrame],
    measured: Measured,
    costs: tuple[cost.Profile, Path] | None,
) -> dict[str, Any]:
    """Put everything that was measured into one document, strangers first.

    Parameters
    ----------
    evaluated : EvaluatedModel
    predictions : list of DataFrame
        Of each of its splits.
    measured : Measured
    costs : tuple of Profile and Path, or None
        See `cost.read_profile`.
    """
    of_split = dict(zip((split.protocol for split in evaluated.splits), predictions, strict=True))
    unseen = of_split["unseen speakers"]
    spoken = {name: found[is_spoken(found)] for name, found in of_split.items()}
    acted = spoken["unseen speakers"]
    content = {
        "schema": SCHEMA,
        "model": evaluated.unseen.name,
        "kind": evaluated.kind,
        "catalogue": _sizes(evaluated.catalogue),
        "strangers": {
            "left_out": _left_out(spoken.get("unseen corpus")),
            "read_speech": strangers.read_speech(unseen),
            "non_speech": strangers.non_speech(unseen),
            "speech_missed": strangers.speech_missed(unseen),
        },
        "protocols": [
            _protocol(split, spoken[split.protocol])
            for split in sorted(evaluated.splits, key=_order)
            if len(spoken[split.protocol])
        ],
        "skipped_protocols": [
            {"protocol": key, "why": why} for key, why in evaluated.skipped_protocols.items()
        ],
        "failures": _failures(evaluated.failures),
        "confidence": confidence.measure(
            acted, acted[PROBABILITIES].to_numpy(), acted["threshold"].to_numpy()
        )
        | _stored(evaluated.unseen, acted),
        "fairness": fairness.measure(acted),
        "adaptation": measured.adaptation,
        "comparison": measured.comparison,
        "robustness": _records(measured.robustness),
        "length": _records(measured.length),
        "robustness_failures": _failures(measured.failures),
    }
    return content | {"cost": cost.of_document(content, *costs) if costs else None}


def read_document(path: Path) -> dict[str, Any]:
    """Read a document that `evaluate` has written.

    Raises
    ------
    InputError
        It is not one, or of another version.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {reason_of(error)}. Give an evaluation.json.") from error
    except ValueError as error:
        raise InputError(f"{path}: not JSON. Give an evaluation.json.") from error
    if not (isinstance(found, dict) and found.keys() >= _READ):
        raise InputError(
            f"{path}: not a document of `audio-emotion evaluate`. Give an evaluation.json."
        )
    if found["schema"] != SCHEMA:
        raise InputError(
            f"{path}: of schema {found['schema']}, but this version reads {SCHEMA}. "
            "Run `audio-emotion evaluate` again."
        )
    return found


def of_protocol(document: dict[str, Any], protocol: Protocol) -> dict[str, Any]:
    """Return the scores of a protocol that a document has."""
    return next(entry for entry in document["protocols"] if entry["protocol"] == protocol)


def score_table(document: dict[str, Any]) -> pd.DataFrame:
    """Return every score of a document, one row each, as in `scores.csv`: strangers first."""
    rows = list(stranger_rows(document["strangers"]))
    for entry in document["protocols"]:
        rows += scores.flat(entry["all"], protocol=entry["protocol"], corpus="all")
        for one in entry["corpora"]:
            if "uar" in one:
                rows += scores.flat(one, protocol=entry["protocol"], corpus=one["corpus"])
    return pd.DataFrame(rows)


def stranger_rows(strangers: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the figures of strangers, one row each, with the panel in the place of the protocol."""
    left_out = strangers["left_out"] or {"corpora": [], "transfer": {"corpora": []}}
    for one in left_out["corpora"]:
        for measure in ("uar", "uar_among"):
            yield _row("left out", one, measure, one[measure])
    for one in left_out["transfer"]["corpora"]:
        for effect in one["thresholds"]:
            for measure in ("threshold", "coverage", "accuracy"):
                name = f"{measure} for {effect['wanted']:g} right"
                yield _row("left out", one, name, {"value": effect[measure]})
    if read := strangers["read_speech"]:
        for measure in ("confident_false", "neutral_or_not_confident", "neutral", "no_speech"):
            yield _row("read speech", {"corpus": READ_SPEECH} | read, measure, read[measure])
    for panel, measures in _PANELS.items():
        for one in strangers[panel]:
            for measure in measures:
                yield _row(panel.replace("_", " "), one, measure, one[measure])


def _row(panel: str, of: dict[str, Any], measure: str, estimate: dict[str, Any]) -> dict[str, Any]:
    sizes = {key: of.get(key) for key in ("n_utterances", "n_speakers")}
    where = {"protocol": panel, "corpus": of["corpus"], "emotion": "all", "measure": measure}
    interval = {key: estimate.get(key) for key in ("value", "low", "high")}
    return where | interval | {"why": estimate.get("why", "")} | sizes


def _order(split: EvaluationSplit) -> int:
    return list(SPEAKERS_SEEN).index(split.protocol)


def _left_out(predictions: pd.DataFrame | None) -> dict[str, Any] | None:
    if predictions is None or predictions.empty:
        return None
    return left_out.measure(predictions, predictions[PROBABILITIES].to_numpy())


def _protocol(split: EvaluationSplit, predictions: pd.DataFrame) -> dict[str, Any]:
    return {
        "protocol": split.protocol,
        "speakers_seen": SPEAKERS_SEEN[split.protocol],
        "fold_models": [
            {
                "name": fold.name,
                "n_utterances": len(fold.rows),
                "trained_on_n_speakers": len(fold.model.metadata.speakers),
                "trained_on": fold.model.metadata.training_data,
            }
            for fold in split.fold_models
        ],
        "exclusions": [asdict(exclusion) for exclusion in split.exclusions],
        "untrained_emotions": _untrained_emotions(predictions),
        "all": scores.score(predictions),
        "corpora": list(scores.by_corpus(predictions)),
        "fold_uar": _fold_uar(predictions),
    }


def _fold_uar(predictions: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the UAR of each model and corpus, of emotions with enough utterances there."""
    found = []
    for name, here in predictions.groupby("fold"):
        of_corpora = metrics.by_corpus(
            *(here[column].to_numpy(dtype=str) for column in ("corpus", "truth", "prediction"))
        )
        found += [
            {"name": str(name), "corpus": corpus, "uar": one["uar"]}
            for corpus, one in of_corpora.items()
        ]
    return found


def _untrained_emotions(predictions: pd.DataFrame) -> list[dict[str, Any]]:
    """Count utterances of emotions that their model was not trained on."""
    truth = predictions["truth"].to_numpy(dtype=str)
    probabilities = predictions[PROBABILITIES].to_numpy()
    impossible = probabilities[np.arange(len(truth)), [EMOTIONS.index(one) for one in truth]] == 0
    emotions, n = np.unique(truth[impossible], return_counts=True)
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


def _stored(split: EvaluationSplit, predictions: pd.DataFrame) -> dict[str, Any]:
    """Return the temperatures of the models, and which of these speakers they were fitted on."""
    speakers = set(predictions["speaker"])
    models = [fold.model for fold in split.fold_models]
    fitted_on = {speaker for model in models for speaker in model.calibrated_on}
    return {
        "stored_temperatures": sorted({model.temperature for model in models}),
        "temperature_fitted_on": sorted(fitted_on & speakers),
    }


def _failures(failures: dict[str, str]) -> list[dict[str, str]]:
    return [{"path": path, "error": error} for path, error in failures.items()]


def _records(table: pd.DataFrame | None) -> list[dict[str, Any]] | None:
    """Return rows as JSON can hold them; what is not defined is None."""
    if table is None:
        return None
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return rows
