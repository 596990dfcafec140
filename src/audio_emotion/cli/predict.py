"""`audio-emotion predict`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audio_emotion.cli.shell import (
    Json,
    Model,
    app,
    print_error,
    print_json,
    print_warning,
    progress,
)

if TYPE_CHECKING:
    from audio_emotion.progress import Progress
    from audio_emotion.recognition.predict import Document


@app.command(epilog="Example: audio-emotion predict recording.wav interviews/ --json")
def predict(
    recordings: Annotated[
        list[str],
        typer.Argument(
            metavar="RECORDING",
            help="Audio files, folders or patterns; last, optionally, a model (.aem or .skops).",
        ),
    ],
    model: Model = None,
    adapt: Annotated[
        bool,
        typer.Option("--adapt", help="One person speaks: adapt to the voice (.aem models)."),
    ] = False,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --csv: add to this file what it does not have.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Recognize the emotion in recordings: label, probabilities and, beyond 3 s, a timeline.

    Where nobody speaks, the label is "no speech". CSV is written recording by recording: Ctrl-C
    keeps what there is, and --resume goes on from there.
    """
    from audio_emotion.cli import tables
    from audio_emotion.cli.console import OUT
    from audio_emotion.cli.quiet import quiet_libraries
    from audio_emotion.recognition.model import SUFFIXES, load_model
    from audio_emotion.recognition.predict import predict as recognize

    if as_json and as_csv:
        raise typer.BadParameter("choose one of --json and --csv.")
    if resume is not None and (adapt or not as_csv):
        raise typer.BadParameter("--resume is for --csv, and not for --adapt.")
    if len(recordings) > 1 and recordings[-1].endswith(SUFFIXES):
        if model is not None:
            raise typer.BadParameter("give a model last or with --model, not both.")
        model = recordings.pop()
    with quiet_libraries(), progress("listening", unit="recordings") as advance:
        run = partial(recognize, recordings, load_model(model), adapt=adapt)
        document = _as_csv(run, advance, resume) if as_csv else run(progress=advance)
    if as_json:
        print_json(document)
    elif document["results"] and not as_csv:
        OUT.print(tables.predictions_table(document))
        OUT.print_lines(*tables.timeline_lines(document))
    for warned in document["warnings"]:
        print_warning(warned["warning"])
    for failure in document["errors"]:
        print_error(failure["error"])
    if document["errors"]:
        raise typer.Exit(1)


def _as_csv(run: Callable[..., Document], advance: Progress, resume: Path | None) -> Document:
    """Predict, and write each recording as it is done."""
    from audio_emotion.cli.csv_output import csv_output

    n_done, n_recordings = 0, 0

    def count(done: int, total: int | None, step: str = "", /) -> None:
        nonlocal n_done, n_recordings
        n_done, n_recordings = done, total or 0
        advance(done, total, step)

    with csv_output(resume) as (output, known):
        try:
            return run(done=known, on_result=output.write, progress=count)
        except KeyboardInterrupt:
            print_error(
                f"interrupted after {n_done} of {n_recordings} recordings, whose rows are written. "
                "Give the file with --resume to go on."
            )
            raise typer.Exit(130) from None
