"""Parts that all commands share: application, options, progress bars and JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from audio_emotion.cli.help import PlainCommand, PlainGroup
from audio_emotion.cli.printable import visible
from audio_emotion.progress import Progress, progress_bar

Command = TypeVar("Command", bound=Callable[..., None])


class Application(typer.Typer):
    """Application, or group of commands, whose help is plain text (`cli.help`)."""

    def __init__(self, purpose: str, *examples: str) -> None:
        super().__init__(
            cls=PlainGroup,
            help=purpose,
            epilog="\n".join(examples),
            no_args_is_help=True,
            context_settings={"help_option_names": ["-h", "--help"]},
            pretty_exceptions_enable=False,
            rich_markup_mode=None,
        )

    def example(self, *lines: str) -> Callable[[Command], Command]:
        """Add a function as a command whose help ends in these examples."""
        return self.command(cls=PlainCommand, epilog="\n".join(lines))


app = Application(
    "Speech emotion recognition that runs on the microcontroller.",
    "audio-emotion predict recording.wav",
    "audio-emotion listen",
    "audio-emotion predict --help",
)

Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME|FILE",
        help="A model that ships (default, small), or an .aem or .skops file.",
        show_default="default",
    ),
]
Adapt = Annotated[
    bool, typer.Option(help="One person speaks, as only you know: adapt to the voice (.aem).")
]
AdaptFrom = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="As --adapt, starting from a voice taught and saved in the page.",
        show_default=False,
    ),
]
Hidden = Annotated[str | None, typer.Argument(hidden=True)]
"""Argument of the time before `--model` was everywhere, when a model stood among them."""
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for programs.")]
Jobs = Annotated[
    int | None,
    typer.Option(metavar="N", help="Number of processes.", show_default="one per core", min=1),
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Stop where a recording cannot be read, before any work."),
]


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
            "-V", "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Define the options of the command itself."""


def model_of(old: str | None, model: str | None, command: str) -> str | None:
    """Return the model of a command, given by `--model` or among the arguments.

    `command` is what to write now, before `--model`.
    """
    if old is None:
        return model
    if model is not None:
        raise typer.BadParameter(f"{old} and --model {model} are two models. Give one.")
    print_hint(f"write it with --model, before the next release asks for it: {command} {old}")
    return old


def hint_at_figures() -> None:
    """Print why figures are missing, where they are, and how to have them."""
    from audio_emotion.extras import installation
    from audio_emotion.report.figures import can_draw

    if not can_draw():
        print_hint(
            "no figure was drawn, as matplotlib is not installed. Install it with: "
            f"{installation('plot')}"
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


def print_hint(message: str) -> None:
    """Print one line about what would be better written otherwise."""
    _print_line("hint", message)


def _print_line(kind: str, message: str) -> None:
    line = visible(message).replace("\n", "\\n")
    print(f"audio-emotion: {kind}: {line}", file=sys.stderr)


def progress(task: str, unit: str) -> AbstractContextManager[Progress]:
    """Draw a bar with the time left on standard error, if that is a terminal."""
    from audio_emotion.cli.console import ERR

    return progress_bar(ERR.is_terminal, task, unit, ERR)
