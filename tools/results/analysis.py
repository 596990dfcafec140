"""What `audio-emotion analyse` found: `analysis_*.csv`."""

from __future__ import annotations

from typing import Any, Final

from tools.measurements import read, values

TOPICS: Final = (
    "Anger or sadness",
    "Anger or happiness",
    "Hard and easy pairs",
    "As the original drew it",
    "One's own voice",
    "Corpora",
    "What ShrinkageLDA needs",
    "What MLP needs",
)
SHOWN: Final = 12


def features() -> list[dict[str, Any]]:
    """Return the features that emotion moves most, the first of each cluster."""
    distinct: dict[str, dict[str, Any]] = {}
    for row in read("analysis_features"):
        distinct.setdefault(row["cluster"], row)
    return list(distinct.values())[:SHOWN]


def findings() -> dict[str, str]:
    """Return the sentences of the report by topic."""
    found = values("analysis_findings", "topic", "text")
    return {topic: found[topic] for topic in TOPICS}
