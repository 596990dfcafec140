"""Results of `audio-emotion analyse`: `analysis_*.csv`."""

from __future__ import annotations

from typing import Any, Final

from tools.measurements import read, values

TOPICS: Final = (
    "Anger or sadness",
    "Anger or happiness",
    "Hard and easy pairs",
    "The original's box plots",
    "Speaker normalization",
    "Corpora",
    "Importance for ShrinkageLDA",
    "Importance for MLP",
)
SHOWN: Final = 12


def features() -> list[dict[str, Any]]:
    """Return the features with the largest effects, one per cluster."""
    distinct: dict[str, dict[str, Any]] = {}
    for row in read("analysis_features"):
        distinct.setdefault(row["cluster"], row)
    return list(distinct.values())[:SHOWN]


def findings() -> dict[str, str]:
    """Return the sentences of the report by topic."""
    found = values("analysis_findings", "topic", "text")
    return {topic: found[topic] for topic in TOPICS}
