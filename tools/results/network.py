"""Recall of the networks of the folds, and what their embeddings tell: `network_probe.csv`."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import mean, stdev
from typing import Any, Final

from audio_emotion.data.corpora import corpus_title
from tools.measurements import FOLDS, evaluation, read
from tools.results.evaluation import of_protocol

# The folds that were looked at while the recipe was chosen: docs/experiments.md.
CHOSEN_ON: Final = ("fold1.aem", "fold4.aem")


def unseen(corpus: str) -> float:
    """Return the UAR on all unseen speakers of a corpus."""
    return next(float(row["uar"].value) for row in by_corpus() if row["corpus"] == corpus)


def by_corpus() -> list[dict[str, Any]]:
    """Return UAR of each corpus: of all utterances, over folds and over fresh folds."""
    entry = of_protocol(evaluation(FOLDS), "unseen speakers")
    of_folds: dict[str, dict[str, float]] = {}
    for one in entry["fold_uar"]:
        of_folds.setdefault(one["corpus"], {})[one["name"]] = one["uar"]
    return [
        one
        | {
            "title": corpus_title(one["corpus"]),
            "n_emotions": len(one["classes"]),
            "folds": _spread(folds.values()),
            "fresh": _spread(uar for name, uar in folds.items() if name not in CHOSEN_ON),
        }
        for one in entry["corpora"]
        if "uar" in one
        for folds in [of_folds.get(one["corpus"], {})]
    ]


def probe() -> list[dict[str, Any]]:
    """Return what a linear classifier tells from the embeddings, over folds."""
    rows = read("network_probe")
    whats = dict.fromkeys(row["what"] for row in rows)
    return [
        {
            "what": what,
            "found": _spread(row["recall"] for row in here),
            "guessing": here[0]["guessing"],
        }
        for what in whats
        for here in [[row for row in rows if row["what"] == what]]
    ]


def _spread(of: Iterable[float]) -> str | None:
    """Write mean and standard deviation; None of nothing."""
    of = list(of)
    if not of:
        return None
    return f"{mean(of):.3f}" + (f" ± {stdev(of):.3f}" if len(of) > 1 else "")
