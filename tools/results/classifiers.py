"""Recall of the classifiers beside the network and the original: `performance.csv`."""

from __future__ import annotations

from typing import Any, Final

from tools.measurements import read, references
from tools.results import network

_STRONGEST: Final = {"SVM", "MLP", "ExtraTrees", "RandomForest"}


def headline() -> list[dict[str, Any]]:
    """Return the network that ships, the strongest classifiers, and the original."""
    ships = {
        "name": "**streaming network, which ships**",
        "unseen_uar_ravdess": network.unseen("ravdess"),
        "unseen_uar_tess": network.unseen("tess"),
    }
    original = {"name": "*original system: its features, RandomForest*"}
    strongest = [row for row in read("performance") if row["name"] in _STRONGEST]
    return [ships, *strongest, original | references()["original"]["recognition"]]
