"""Results of `audio-emotion power` (`power.csv`) beside those that the original publishes."""

from __future__ import annotations

from typing import Any

from audio_emotion.devices import boards
from tools.measurements import read, references


def by_trace() -> list[dict[str, Any]]:
    """Return what was measured of each trace, with `board`, and `published_` figures."""
    published = references()["original"]["traces"]
    rows = []
    for row in read("power"):
        board = boards.find(published[row["trace"]]["board"])
        original = board.original
        assert original is not None
        rows.append(
            row
            | {
                "board": board.name,
                "published_power_mw": original.power_mw,
                "published_current_ma": published[row["trace"]]["current_ma"],
                "published_answer_ms": original.answer_ms,
                "published_answer_mj": original.answer_mj,
            }
        )
    return rows


def largest_deviation() -> float:
    """Return by what share a mean power or current differs most from the published one."""
    return max(
        abs(float(row[mean] / row[f"published_{mean}"]) - 1)
        for row in by_trace()
        for mean in ("power_mw", "current_ma")
    )
