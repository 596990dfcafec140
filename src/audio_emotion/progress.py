"""Progress callbacks, and the options of work on many recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console


Callback = Callable[[int, int | None], object]
"""Takes the units done, and how many there are: the `progress` of the Python interface."""


class Progress(Protocol):
    """Callback that receives the progress of a task."""

    def __call__(self, done: int, total: int | None, step: str = "", /) -> None:
        """Receive the units done, their total (None if unknown) and the name of the step."""


def no_progress(done: int, total: int | None, step: str = "", /) -> None:
    """Ignore progress."""


@dataclass(frozen=True)
class RunOptions:
    """Options of work on many recordings."""

    jobs: int | None = None
    """Threads or processes; one per core by default."""
    failures: dict[str, str] | None = None
    """Filled with path and reason of recordings that cannot be read; None raises the first."""
    progress: Progress = no_progress

    def in_step(self, step: str) -> RunOptions:
        """Return the options of a step, whose name is passed to `progress`."""
        return replace(self, progress=in_step(self.progress, step))


def in_step(progress: Progress, step: str) -> Progress:
    """Return a callback that passes the name of a step to `progress`."""
    return lambda done, total, _step="", /: progress(done, total, step)


@contextmanager
def progress_bar(
    progress: bool | Callback, task: str, unit: str, console: Console | None = None
) -> Iterator[Progress]:
    """Draw a bar with the time left, or report to a function in its place.

    Parameters
    ----------
    progress : bool or callable
        Whether to draw a bar; or the function that is called.
    task, unit : str
        Words before and after the bar.
    console : Console, optional
        Of rich; standard error by default.

    Yields
    ------
    Progress
        Moves the bar.
    """
    if callable(progress):

        def report(done: int, total: int | None, step: str = "", /) -> None:  # noqa: ARG001
            progress(done, total)

        yield report
        return
    if not progress:
        yield no_progress
        return
    from rich.console import Console  # noqa: PLC0415  (only where a bar is drawn)
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    after = (TextColumn(unit), TimeRemainingColumn())
    with Bar(*columns, *after, console=console or Console(stderr=True), transient=True) as bar:
        row = bar.add_task(task)

        def advance(done: int, total: int | None, step: str = "", /) -> None:
            bar.update(row, completed=done, total=total, description=f"{task} {step}".strip())

        yield advance
