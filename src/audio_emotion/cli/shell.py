"""Parts that all commands share: application, options, progress bars and JSON."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audio_emotion.cli.printable import visible
from audio_emotion.errors import ToolError
from audio_emotion.progress import Progress, progress_bar

if TYPE_CHECKING:
    from audio_emotion.data.cluster.connection import Scheduler

app = typer.Typer(
    help="Speech emotion recognition that runs on the microcontroller.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for programs.")]
Model = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="Name of a model that ships (default, small), or an .aem or .skops file.",
        show_default="default",
    ),
]
Jobs = Annotated[
    int | None, typer.Option(help="Number of processes.", show_default="one per core", min=1)
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Stop where a recording cannot be read, before any work."),
]
Dask = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Work on a Dask cluster: its scheduler, such as tcp://host:8786.",
        show_default=False,
    ),
]
TlsCa = Annotated[
    Path | None,
    typer.Option(help="Certificate of the cluster's authority, PEM.", show_default=False),
]
TlsCert = Annotated[
    Path | None, typer.Option(help="Own certificate for the cluster, PEM.", show_default=False)
]
TlsKey = Annotated[
    Path | None, typer.Option(help="Key of the own certificate, PEM.", show_default=False)
]


def scheduler(
    dask: str | None, ca: Path | None, cert: Path | None, key: Path | None
) -> Scheduler | None:
    """Return the scheduler that the options of a command name, if any."""
    from audio_emotion.data.cluster.connection import Scheduler

    if dask is None and any((ca, cert, key)):
        raise typer.BadParameter("--tls-ca, --tls-cert and --tls-key are for --dask. Omit them.")
    return None if dask is None else Scheduler(dask, ca, cert, key)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"audio-emotion {version('embedded-audio-emotion')}")
        raise typer.Exit


@app.callback()
def _application(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Define the options of the command itself."""


def require(extra: str, purpose: str, *modules: str) -> None:
    """Raise before the work if a command lacks packages.

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
    """Print one document for programs, in ASCII: a pipe may be of any encoding."""
    print(json.dumps(document, indent=1, allow_nan=False))


def print_error(message: str) -> None:
    """Print one line for people, even of a path that has line breaks."""
    _print_line("error", message)


def print_warning(message: str) -> None:
    """Print one line about what is read, but not quite as it says."""
    _print_line("warning", message)


def _print_line(kind: str, message: str) -> None:
    line = visible(message).replace("\n", "\\n")
    print(f"audio-emotion: {kind}: {line}", file=sys.stderr)


def progress(task: str, unit: str) -> AbstractContextManager[Progress]:
    """Draw a bar with the time left on standard error, if that is a terminal."""
    from audio_emotion.cli.console import ERR

    return progress_bar(ERR.is_terminal, task, unit, ERR)
