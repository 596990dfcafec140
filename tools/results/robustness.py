"""Noise, telephones, rooms, brevity: `robustness.csv` and `listening_length.csv`."""

from __future__ import annotations

from typing import Any, Final

from audio_emotion.evaluation.measures import non_speech, robustness
from tools.measurements import FOLDS, SHIPPED, Estimate, read

NOISES: Final = {
    "background": "recorded: dogs, rain, ... *",
    "babble": "babble of 4 others",
    "white": "white",
    "pink": "pink",
}
SNRS_DB: Final = (20, 10, 5, 0)

MAX_RECALL_DROP: Final = robustness.MAX_RECALL_DROP
MIN_UNCHANGED: Final = robustness.MIN_UNCHANGED

_KIND: Final = "kind of noise"

Row = dict[str, Any]


def as_recorded(model: str) -> Row:
    """Return a row of a model: its figures as recorded stand in each."""
    return read("robustness", model=model)[0]


def kept(model: str) -> dict[str, str]:
    """Return how often the published thresholds hold, `5 of 28`, of noises and of tiny changes."""
    groups = {"noise": robustness.RECALL_GROUPS, "tiny": robustness.UNCHANGED_GROUPS}
    rows = read("robustness", model=model)
    counted = {
        name: [row["holds"] for row in rows if row["group"] in groups[name]] for name in groups
    }
    return {name: f"{holds.count(True)} of {len(holds)}" for name, holds in counted.items()}


def worst() -> list[Row]:
    """Return the condition of each group that loses most recall, the largest loss first."""
    by_group: dict[str, Row] = {}
    for row in sorted(_altered(), key=lambda row: float(row["change"])):
        by_group.setdefault(row["group"], row | {"name": _named(row)})
    return list(by_group.values())


def spared() -> str:
    """Return in how many conditions the interval includes no loss."""
    n_spared = sum((row["change_high"] or -1) >= 0 for row in _altered())
    return f"{n_spared} of {len(_altered())}"


def noise() -> list[Row]:
    """Return the change of the UAR by kind of noise and signal-to-noise ratio."""
    return [
        {"noise": title}
        | {
            f"snr_{row['level']}": _change(row)
            for row in read("robustness", model=FOLDS, group="noise", condition=kind)
        }
        for kind, title in NOISES.items()
    ]


def kinds() -> list[Row]:
    """Return the change of the UAR by kind of recorded noise, the largest loss first."""
    rows = read("robustness", model=FOLDS, group=_KIND)
    return sorted(rows, key=lambda row: float(row["change"]))


def conditions() -> list[Row]:
    """Return every other condition, for the networks of the folds and for the file that ships."""
    key = ("group", "condition", "level")
    shipped = {tuple(map(row.get, key)): row for row in read("robustness", model=SHIPPED)}
    rows = []
    for row in read("robustness", model=FOLDS):
        if row["group"] not in {"noise", _KIND, non_speech.GROUP}:
            other = shipped[tuple(map(row.get, key))]
            rows.append(
                {
                    "group": row["group"],
                    "name": _named(row),
                    "change": _change(row),
                    "unchanged": _unchanged(row),
                    "shipped_change": other["change"],
                    "shipped_unchanged": _unchanged(other),
                }
            )
    return rows


def without_speech() -> list[Row]:
    """Return the predictions of the file that ships for noise without speech."""
    return [
        row
        | {"name": row["condition"] + ("" if row["level"] is None else f", {row['level']:g} dBFS")}
        for row in read("robustness", model=SHIPPED, group=non_speech.GROUP)
    ]


def by_length() -> list[Row]:
    """Return the UAR by seconds of speech, of all and of each corpus."""
    rows: dict[float | None, Row] = {}
    for row in read("listening_length", model=FOLDS, measure="uar"):
        seconds = row["seconds"]
        name = "whole recording" if seconds is None else f"{seconds:g} s"
        line = rows.setdefault(seconds, {"seconds": name})
        line[row["corpus"]] = row["value"]
        if row["corpus"] == "all":
            line |= {"settled": row["settled"], "ended": row["ended"]}
    return list(rows.values())


def stable() -> dict[str, Row]:
    """Return, of all and of each corpus, the seconds until the prediction is stable."""
    return {row["corpus"]: row for row in read("listening_length", model=FOLDS, measure="stable")}


def _altered() -> list[Row]:
    return [row for row in read("robustness", model=FOLDS) if row["change"] is not None]


def _named(row: Row) -> str:
    """Name a condition with its level and, if it codes, its rate."""
    rate = "" if row["kbit_s"] is None else f" ({row['kbit_s']:.1f} measured)"
    return f"{row['condition']}, {row['level']:g} {row['unit']}{rate}"


def _change(row: Row) -> str:
    """Write the change of the UAR with its interval, bold if its published threshold holds."""
    change = f"{Estimate(*(row[key] for key in ('change', 'change_low', 'change_high'))):+}"
    if not (row["holds"] and row["group"] in robustness.RECALL_GROUPS):
        return change
    value, *interval = change.split(" ", maxsplit=1)
    return " ".join([f"**{value}**", *interval])


def _unchanged(row: Row) -> str:
    """Write the share of unchanged predictions, bold if its published threshold holds."""
    is_kept = row["holds"] and row["group"] in robustness.UNCHANGED_GROUPS
    return f"**{row['unchanged']:.1%}**" if is_kept else f"{row['unchanged']:.1%}"
