"""What all commands share: the application, the consoles, progress bars and JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Annotated, Any

import typer
from rich.console import Console

from audio_emotion.errors import ToolError

app = typer.Typer(
    help="Speech emotion recognition that runs on the microcontroller.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

OUT = Console()
ERR = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for programs.")]
Jobs = Annotated[
    int | None, typer.Option(help="Processes at work.", show_default="one per core", min=1)
]
Dask = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Work on a Dask cluster: its scheduler, such as tcp://host:8786.",
        show_default=False,
    ),
]


@app.callback()
def _application() -> None:
    """Hold the commands; Typer would drop their names if there were only one."""


def require(extra: str, purpose: str, *modules: str) -> None:
    """Say at once which packages a command lacks.

    Raises
    ------
    ToolError
        One of the modules, of the package's extra, is not installed.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise ToolError(
            f"{purpose} needs {', '.join(missing)}, not installed here. "
            f"Install with: pip install 'embedded-audio-emotion[{extra}]'."
        )


def print_json(document: Any) -> None:
    """Print one document for programs."""
    print(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False))


def print_error(message: str) -> None:
    """Print one line for people."""
    print(f"audio-emotion: error: {message}", file=sys.stderr)


@contextmanager
def progress(task: str, unit: str) -> Iterator[Callable[..., None]]:
    """Draw a bar with the time left on standard error; yields what moves it."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
        console=ERR,
        transient=True,
        disable=not ERR.is_terminal,
    )
    with bar:
        row = bar.add_task(task)

        def advance(done: int, total: int, name: str = "") -> None:
            bar.update(row, completed=done, total=total, description=f"{task} {name}".strip())

        yield advance
