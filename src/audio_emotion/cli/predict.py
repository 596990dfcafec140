"""`audio-emotion predict`."""

from __future__ import annotations

from typing import Annotated

import typer

from audio_emotion.cli.shell import Json, Model, app, print_error, print_json, progress


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
) -> None:
    """Recognize the emotion in recordings: label, probabilities and, beyond 3 s, a timeline.

    Where nobody speaks, the label is "no speech".
    """
    from audio_emotion.cli import tables
    from audio_emotion.cli.console import OUT
    from audio_emotion.recognition.model import SUFFIXES, load_model
    from audio_emotion.recognition.predict import predict as recognize

    if as_json and as_csv:
        raise typer.BadParameter("choose one of --json and --csv.")
    if len(recordings) > 1 and recordings[-1].endswith(SUFFIXES):
        if model is not None:
            raise typer.BadParameter("give a model last or with --model, not both.")
        model = recordings.pop()
    with progress("listening", unit="recordings") as advance:
        document = recognize(recordings, load_model(model), adapt=adapt, progress=advance)
    if as_json:
        print_json(document)
    elif as_csv:
        print(tables.csv_of_predictions(document), end="")
    elif document["results"]:
        OUT.print(tables.predictions_table(document))
        OUT.print_lines(*tables.timeline_lines(document))
    for failure in document["errors"]:
        print_error(failure["error"])
    if document["errors"]:
        raise typer.Exit(1)
