"""`audio-emotion evaluate`: measure, build the document, write document, tables and report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from audio_emotion import files
from audio_emotion.data.dataset import FEATURES
from audio_emotion.errors import InputError
from audio_emotion.evaluation.document import Measured, document, score_table
from audio_emotion.evaluation.evaluated_model import EvaluatedModel, prepare, read_valid_catalogue
from audio_emotion.evaluation.measures import (
    adaptation,
    comparison,
    cost,
    robustness,
    speech_length,
)
from audio_emotion.evaluation.perturbations import conditions, noises
from audio_emotion.evaluation.perturbations.rooms import find_responses
from audio_emotion.evaluation.protocols.evaluation_split import is_spoken
from audio_emotion.evaluation.protocols.row_cache import RowCache
from audio_emotion.evaluation.report import page
from audio_emotion.progress import RunOptions

REPORT: Final = "report.html"
DOCUMENT: Final = "evaluation.json"
PREDICTIONS: Final = "predictions.csv"
SCORES: Final = "scores.csv"


@dataclass(frozen=True)
class Evaluation:
    """Results of an evaluation."""

    document: dict[str, Any]
    """As `evaluation.json` holds it."""
    predictions: pd.DataFrame
    """One row per protocol and utterance, as in `predictions.csv`."""


def evaluate(
    model: str,
    catalogue: Path,
    *,
    features: Path | None = None,
    left_out: Path | None = None,
    against: str | None = None,
    with_robustness: bool = True,
    noise: Path | None = None,
    rooms: Path | None = None,
    cache: Path | None = None,
    profile: Path | None = None,
    options: RunOptions = RunOptions(),
) -> Evaluation:
    """Evaluate a model on a catalogue by every protocol that is valid for it.

    Parameters
    ----------
    model : str
        A model file, a folder of them, or the name of a classifier of `classifiers.ZOO`.
    catalogue : Path
    features : Path, optional
        Table of features; by default the one beside the catalogue.
    left_out : Path, optional
        Folder of networks, each trained without a corpus, for the protocol "unseen corpus".
    against : str, optional
        Another model, to compare with.
    with_robustness : bool
        Measure the effect of noise, rooms, telephones and short utterances, too.
    noise : Path, optional
        Folder of background noises; without one they are left out.
    rooms : Path, optional
        Folder of impulse responses of rooms; computed rooms are measured in any case.
    cache : Path, optional
        Folder of what models extract, from which a killed run goes on.
    profile : Path, optional
        Cost of models: see `cost.read_profile`.
    options : RunOptions
        Failures are in the document.

    Raises
    ------
    InputError, ModelError, AudioError
        The catalogue or the model cannot be used, or no recording can.
    """
    costs = (cost.read_profile(profile), profile) if profile else None
    recorded = noises.find_recordings(noise) if noise and with_robustness else None
    responses = find_responses(rooms) if rooms and with_robustness else ()
    table = features or catalogue.with_name(FEATURES)
    read = read_valid_catalogue(catalogue)
    evaluated = prepare(model, read, table, options, left_out=left_out)
    evaluated.cache = RowCache(cache)
    predictions = [evaluated.predict(split, split.rows, options) for split in evaluated.splits]
    unseen = predictions[evaluated.splits.index(evaluated.unseen)]
    spoken = unseen[is_spoken(unseen)]
    if spoken.empty:
        raise InputError(
            f"{catalogue}: besides read speech and no speech, there is no utterance of a speaker "
            "that the model was not trained on. Give recordings of emotions, too."
        )
    measured = Measured(
        _compare(evaluated, spoken, against, table, options) if against is not None else None,
        adaptation.measure(
            evaluated.unseen, spoken, evaluated.extracted, options.in_step("adaptation")
        ),
    )
    if with_robustness:
        every = conditions.standard(recorded, evaluated.catalogue, responses)
        measured = _measure_altered(evaluated, every, measured, options)
    content = document(evaluated, predictions, measured, costs)
    content["made"] = {
        "model": model,
        "catalogue": str(catalogue),
        "version": version("embedded-audio-emotion"),
    }
    all_predictions = pd.concat(predictions, ignore_index=True).drop(columns=["fold", "threshold"])
    return Evaluation(content, all_predictions)


def write(found: Evaluation, out: Path) -> list[Path]:
    """Write report, document and tables into the model's folder; return their paths."""
    folder = files.folder(out / found.document["model"], "--out")
    written = files.write_json(found.document, folder / DOCUMENT)
    tables = {PREDICTIONS: found.predictions, SCORES: score_table(found.document)}
    for name, table in tables.items():
        with files.replacing(folder / name) as partial:
            table.to_csv(partial, index=False, float_format="%.9g")
    document = json.loads(written.read_text(encoding="utf-8"))
    report = page.report(document).write(folder / REPORT)
    return [report, written, folder / PREDICTIONS, folder / SCORES]


def _compare(
    evaluated: EvaluatedModel,
    unseen: pd.DataFrame,
    against: str,
    features: Path,
    options: RunOptions,
) -> dict[str, Any]:
    """Compare with another model on the utterances that both may predict."""
    other = prepare(against, evaluated.catalogue, features, options, protocols=["unseen speakers"])
    paths = other.catalogue["path"].to_numpy(dtype=str)
    rows = other.unseen.rows
    rows = rows[np.isin(paths[rows], unseen["path"].to_numpy(dtype=str))]
    theirs = (
        other.predict(other.unseen, rows, options)
        if len(rows)
        else pd.DataFrame(columns=["path", "prediction"])
    )
    return {"model": Path(against).name, **comparison.compare(unseen, theirs)}


def _measure_altered(
    evaluated: EvaluatedModel,
    every: Sequence[conditions.Condition],
    measured: Measured,
    options: RunOptions,
) -> Measured:
    """Predict altered recordings, and their beginnings."""
    split, catalogue, rows = evaluated.unseen, evaluated.catalogue, evaluated.readable_rows
    options, cache = replace(options, failures=measured.failures), evaluated.cache
    robust = robustness.measure(
        split, catalogue, rows, every, options=options.in_step("robustness"), cache=cache
    )
    lengths = speech_length.measure(
        split, catalogue, rows, options=options.in_step("length"), cache=cache
    )
    return replace(measured, robustness=robust, length=lengths)
