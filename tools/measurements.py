"""Measurements of `benchmarks/results/`, and the targets of `references.toml`."""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from audio_emotion.data.corpora import TITLES

ROOT: Final = Path(__file__).parents[1]
BENCHMARKS: Final = ROOT / "benchmarks"
RESULTS: Final = BENCHMARKS / "results"
PICTURES: Final = ROOT / "docs" / "pictures"

FOLDS: Final = "network"  # the networks of the six folds
SHIPPED: Final = "default"

CORPORA: Final = {
    **{corpus: TITLES[corpus] for corpus in ("ravdess", "tess", "savee")},
    "crema": f"{TITLES['crema']} (2 emotions)",
}

_WORDS: Final[dict[str, bool | None]] = {"": None, "True": True, "False": False}


class Estimate(NamedTuple):
    """A value with its 95 % interval; its format is a sign or nothing."""

    value: float | None
    low: float | None
    high: float | None

    def __str__(self) -> str:
        return format(self)

    def __format__(self, sign: str) -> str:
        if self.value is None:
            return "not defined"
        value = f"{self.value:{sign}.3f}"
        return (
            value
            if self.low is None
            else f"{value} ({self.low:{sign}.2f} to {self.high:{sign}.2f})"
        )


class Target(NamedTuple):
    """A limit that was set, and which side of it is good."""

    limit: float
    at_most: bool

    def miss(self, measured: float) -> float:
        """Return by what share of the limit it is missed; not above 0 if it is met."""
        ratio = measured / self.limit
        return ratio - 1 if self.at_most else 1 - ratio

    def verdict(self, measured: float) -> str:
        """Return "met" or "missed by 2 %"."""
        miss = self.miss(measured)
        return "met" if miss <= 0 else f"missed by {_percent(miss)}"

    def against(self, measured: float) -> str:
        """Return limit and verdict, "at most 10: met"."""
        side = "at most" if self.at_most else "at least"
        return f"{side} {self.limit}: {self.verdict(measured)}"

    def misses(self, measured: Mapping[str, float]) -> str:
        """Return "met by all", or which miss it, and by how much."""
        misses = {
            name: _percent(self.miss(value))
            for name, value in measured.items()
            if self.miss(value) > 0
        }
        if not misses:
            return "met by all"
        if len(misses) == len(measured) and len(set(misses.values())) == 1:
            return f"missed by all, by {misses.popitem()[1]}"
        return "missed by " + ", ".join(f"{name} ({miss})" for name, miss in misses.items())

    def met_by(self, measured: Mapping[str, float]) -> str:
        """Return "met by" and the names of those that meet it."""
        return f"met by {', '.join(n for n, v in measured.items() if self.miss(v) <= 0) or 'none'}"


def read(name: str, **wanted: Any) -> list[dict[str, Any]]:
    """Read a table of results: numbers as numbers, empty cells as None.

    Parameters
    ----------
    name : str
        Of the file, without `.csv`.
    **wanted : Any
        Values that the rows must have.
    """
    with (RESULTS / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        rows = [{key: _value(text) for key, text in row.items()} for row in csv.DictReader(file)]
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def values(name: str, key: str, column: str, **wanted: Any) -> dict[Any, Any]:
    """Return one column of a table by another."""
    return {row[key]: row[column] for row in read(name, **wanted)}


def evaluation(model: str) -> dict[str, Any]:
    """Read the document of an evaluation; values with intervals become `Estimate`."""
    text = (RESULTS / f"evaluation_{model}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text, object_hook=_estimate)
    return document


def references() -> dict[str, Any]:
    """Read `benchmarks/references.toml`; limits become `Target`."""
    found: dict[str, Any] = _targets(tomllib.loads((BENCHMARKS / "references.toml").read_text()))
    return found


def _value(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _estimate(found: dict[str, Any]) -> Any:
    if not found.keys() >= set(Estimate._fields):
        return found
    return Estimate(found["value"], found["low"], found["high"])


def _targets(found: Any) -> Any:
    if isinstance(found, list):
        return [_targets(one) for one in found]
    if not isinstance(found, dict):
        return found
    for key, limit in found.items():
        if key in {"at_least", "at_most"}:
            return Target(limit, key == "at_most")
    return {key: _targets(one) for key, one in found.items()}


def percent(share: float) -> str:
    """Write a share in percent, small ones with a digit more.

    Examples
    --------
    >>> percent(0.34), percent(0.0123)
    ('34 %', '1.2 %')
    """
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.1f} %"


def _percent(share: float) -> str:
    return f"{100 * share:,.0f} %" if share >= 0.005 else "less than 1 %"
