"""One page on a model for people who decide: card, accuracy, confidence, cost on boards."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pandas as pd

from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.errors import InputError
from audio_emotion.evaluation.document import of_protocol
from audio_emotion.evaluation.measures import cost
from audio_emotion.evaluation.measures.cost import Profile
from audio_emotion.evaluation.report import figures, page, strangers_page
from audio_emotion.evaluation.report.estimates import count
from audio_emotion.export.license import model_license
from audio_emotion.recognition.model import EmotionModel
from audio_emotion.report.page import Report

Document = dict[str, Any]

_LEAD: Final = (
    "What may be expected of it, strangers first: what it is, how often it is right on people it "
    "was not trained on, what it does where nobody acts or nobody speaks, and what it costs on a "
    "board. The emotions behind all figures were acted; none is about felt ones."
)
_USE: Final = (
    "Acted emotions are not felt ones, and rooms, telephones, other languages and children differ "
    "from what it knows. Do not use it to assess people.",
    "Inferring emotions at work or in education is prohibited in the European Union except for "
    "medical or safety reasons (AI Act, Art. 5(1)(f)); elsewhere it is high-risk, and the people "
    "exposed must be told.",
)
# Columns of the table of boards: heading, figures of a profile, and what their sum is divided by.
_COSTS: Final = {
    "flash, KB": (cost.FLASH, 1024),
    "RAM with stack, KB": (cost.RAM, 1024),
    "load while listening, %": ((("load", "%"),), 1),
    "answer after the last sample, ms": (cost.LATENCY, 1),
    "energy per answer, mJ": ((("energy per prediction", "mJ"),), 1),
}


def dashboard(
    model: EmotionModel, path: Path, documents: Sequence[Document], profile: Profile
) -> Report:
    """Compose the page.

    Parameters
    ----------
    model : EmotionModel
    path : Path
        Its file.
    documents : sequence of dict
        Evaluations of it or of models of its recipe, as `evaluation.json` holds them; the key
        figures are those of the first.
    profile : Profile
        Cost on boards: see `cost.read_profile`.

    Raises
    ------
    InputError
        The profile does not have this model.
    """
    boards = {board: costs for (name, board), costs in profile.items() if name == path.name}
    if profile and not boards:
        names = ", ".join(sorted({name for name, _ in profile}))
        raise InputError(f"--profile has no figures of {path.name}, only of {names}.")
    found = Report(f"{model.name} at a glance", _LEAD, _made(documents))
    page.add_tiles(found, documents[0])
    _add_card(found, model, path)
    if boards:
        _add_boards(found, boards)
    for document in documents:
        _add_unseen(found, document)
    for document in documents:
        if document["strangers"]["left_out"]:
            strangers_page.add_left_out(found, document["strangers"]["left_out"])
    strangers_page.add_speech_or_none(found, documents[0]["strangers"])
    found.section("Before you use it", *_USE)
    return found


def _add_card(report: Report, model: EmotionModel, path: Path) -> None:
    content, metadata = path.read_bytes(), model.metadata
    rows = {
        "file": f"{path.name}, {len(content):,} bytes",
        "SHA-256": hashlib.sha256(content).hexdigest()[:16],
        "kind": model.kind,
        "answers": f"{', '.join(EMOTIONS)}; {NO_SPEECH}; not confident below {model.threshold:.2f}",
        "trained on": f"{len(metadata.speakers):,} speakers and sources: {metadata.training_data}",
        "license of its weights": model_license(model),
    }
    report.section("What it is")
    report.table(pd.DataFrame({"": list(rows), model.name: list(rows.values())}))


def _add_boards(report: Report, boards: dict[str, dict[tuple[str, str], float]]) -> None:
    rows = [
        {"board": board}
        | {
            name: sum(costs.get(key, math.nan) for key in keys) / divisor
            for name, (keys, divisor) in _COSTS.items()
        }
        for board, costs in boards.items()
    ]
    report.section(
        "On a board",
        "The whole program, stack included, in KB of 1,024 bytes: linked, and run on an emulated "
        "processor. Times and energy are estimated from the instructions that were executed.",
    )
    report.table(pd.DataFrame(rows), "cost", shown=lambda value: f"{value:.1f}")


def _add_unseen(report: Report, document: Document) -> None:
    """Add recall on unseen speakers by corpus, and the confidence of these answers."""
    entry = of_protocol(document, "unseen speakers")
    folds, overall = entry["fold_models"], entry["all"]
    tested = (
        f"The file {folds[0]['name']}, on speakers it was trained without."
        if len(folds) == 1
        else f"{len(folds)} models of one recipe, each on the speakers it was trained without, so "
        "that every speaker is tested."
    )
    report.section(
        f"People it was not trained on: {count(overall['n_speakers'], 'speaker')}",
        f"{tested} {count(overall['n_utterances'], 'utterance')}. UAR: the mean of the recalls of "
        "the emotions, each counting the same.",
    )
    page.add_corpora(report, entry)
    confidence = document["confidence"]
    error = confidence["as_stored"]["expected_calibration_error"]
    report.figure(
        figures.reliability(confidence),
        "How far a probability can be believed: on the dashed line predictions with a probability "
        "of p are right p of the time.",
        f"expected calibration error {error:.3f}",
    )


def _made(documents: Sequence[Document]) -> str:
    made_by = version("embedded-audio-emotion")
    commands = "; ".join(map(page.command, documents))
    return f"From {commands}. audio-emotion report, version {made_by}"
