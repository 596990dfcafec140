"""How long work reports how far it is, and the options that all of it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Progress(Protocol):
    """Told from time to time how far the work is."""

    def __call__(self, done: int, total: int | None, step: str = "", /) -> None:
        """Take the units done, how many there are (None: unknown) and the name of the step."""


def no_progress(done: int, total: int | None, step: str = "", /) -> None:
    """Ignore how far the work is."""


@dataclass(frozen=True)
class RunOptions:
    """Options of work on many recordings."""

    jobs: int | None = None
    """Threads or processes; one per core by default."""
    failures: dict[str, str] | None = None
    """Filled with path and reason of recordings that cannot be read; None raises the first."""
    progress: Progress = no_progress


def in_step(progress: Progress, step: str) -> Progress:
    """Return what tells `progress` under the name of a step."""
    return lambda done, total, _step="", /: progress(done, total, step)
