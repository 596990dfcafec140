"""`audio-emotion evaluate`: measure, compose the report, write everything."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from audio_emotion import files
from audio_emotion.evaluation.document import (
    Evaluation,
    Progress,
    Subject,
    evaluate,
    score_table,
)
from audio_emotion.evaluation.measures import cost, robustness
from audio_emotion.evaluation.measures import speech_length as length
from audio_emotion.evaluation.perturbations import conditions, noises
from audio_emotion.evaluation.report import page

REPORT: Final = "report.html"
DOCUMENT: Final = "evaluation.json"
ANSWERS: Final = "answers.csv"
SCORES: Final = "scores.csv"


def run(
    model: str,
    catalogue: Path,
    *,
    features: Path | None = None,
    against: str | None = None,
    with_robustness: bool = True,
    noise: Path | None = None,
    profile: Path | None = None,
    jobs: int | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> Evaluation:
    """Measure all that a report shows.

    Parameters
    ----------
    model, catalogue, features, against, jobs, progress
        As for `evaluate.evaluate`.
    with_robustness : bool
        Measure what noise, rooms, telephones and short utterances do, too.
    noise : Path, optional
        Folder of background noises; without one there is nothing about them.
    profile : Path, optional
        What the model costs: see `cost.read_profile`.

    Raises
    ------
    AudioEmotionError
        Something given cannot be used.
    """
    costs = cost.read_profile(profile) if profile else None
    recorded = noises.of_folder(noise) if noise and with_robustness else None
    found, subject = evaluate(
        model, catalogue, features=features, against=against, jobs=jobs, progress=progress
    )
    document = found.document | {
        "robustness": None,
        "length": None,
        "not_altered": [],
        "cost": None,
    }
    began = time.perf_counter()
    if with_robustness:
        document |= _altered(subject, recorded, jobs, progress)
    if profile and costs is not None:
        document["cost"] = cost.of_document(document, costs, profile)
    made = document["made"]
    made["seconds"] = round(made["seconds"] + time.perf_counter() - began, 1)
    return replace(found, document=document)


def write(found: Evaluation, out: Path) -> list[Path]:
    """Write the report and the tables into a folder of the model's; the files written."""
    folder = files.folder(out / found.document["model"], "--out")
    text = json.dumps(found.document, indent=1, ensure_ascii=False, allow_nan=False)
    with files.replacing(folder / DOCUMENT) as partial:
        partial.write_text(text + "\n", encoding="utf-8")
    for name, table in (
        (ANSWERS, found.answers),
        (SCORES, score_table(found.document)),
    ):
        with files.replacing(folder / name) as partial:
            table.to_csv(partial, index=False, float_format="%.9g")
    report = page.compose(json.loads(text)).write(folder / REPORT)
    return [report, folder / DOCUMENT, folder / ANSWERS, folder / SCORES]


def _altered(
    subject: Subject,
    recorded: dict[str, tuple[str, ...]] | None,
    jobs: int | None,
    progress: Progress,
) -> dict[str, Any]:
    """Ask again: about altered recordings, and about their beginnings."""
    panel, rows = subject.unseen, subject.heard
    failures: dict[str, str] = {}
    altered = robustness.measure(
        panel,
        subject.catalogue,
        rows,
        conditions.standard(recorded, subject.catalogue),
        failures=failures,
        jobs=jobs,
        progress=lambda *n: progress("altering", *n),
    )
    shortened = length.measure(
        panel,
        subject.catalogue,
        rows,
        failures=failures,
        jobs=jobs,
        progress=lambda *n: progress("shortening", *n),
    )
    return {
        "robustness": _records(altered),
        "length": _records(shortened),
        "not_altered": [{"path": path, "error": why} for path, why in failures.items()],
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON can hold them; what is not defined is None."""
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return rows
