"""Estimates and numbers in the words of a report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from audio_emotion.report.page import NOT_DEFINED, Report

Estimate = dict[str, Any]


def shown(estimate: Estimate | None) -> str:
    """Format an estimate with its 95 % interval."""
    if estimate is None or estimate["value"] is None:
        return NOT_DEFINED
    if estimate["low"] is None:
        return f"{estimate['value']:.3f} (interval {NOT_DEFINED})"
    words = f"{estimate['value']:.3f} ({estimate['low']:.3f} to {estimate['high']:.3f})"
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def add_reasons(report: Report, estimates: Iterable[Estimate]) -> None:
    """Add the reasons why some have no interval."""
    reasons = sorted({one["why"] for one in estimates} - {""})
    report.text(*(f"Interval {NOT_DEFINED}: {reason}." for reason in reasons))


def count(n: int, what: str) -> str:
    """Format a number of things."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"
