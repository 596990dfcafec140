"""`audio-emotion profile`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audio_emotion.cli import places
from audio_emotion.cli.shell import (
    Hidden,
    Json,
    Model,
    app,
    hint_at_figures,
    model_of,
    print_json,
    progress,
)


@app.example("audio-emotion profile --model small --board rp2040")
def profile(
    given: Hidden = None,
    model: Model = None,
    board: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Board to run on, such as rp2040; repeatable.",
            show_default="the original's four",
        ),
    ] = None,
    features_only: Annotated[
        bool, typer.Option(help="Measure the features without a model.")
    ] = False,
    recording: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Recording that the boards process.",
            show_default="one that ships",
        ),
    ] = None,
    logs: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder for the bar chart.")] = Path(
        "logs"
    ),
    as_json: Json = False,
) -> None:
    """Measure a model on emulated boards: flash, RAM, stack, instructions, time, energy.

    Draws logs/profile.png beside the original system's figures. Every figure says whether it was
    measured, emulated, estimated or published.
    """
    from audio_emotion import files
    from audio_emotion.cli import tables
    from audio_emotion.cli.console import OUT
    from audio_emotion.data.sample import sample_recording
    from audio_emotion.devices import boards
    from audio_emotion.devices import profile as profiling
    from audio_emotion.devices.figures import profile_bars
    from audio_emotion.recognition.model import load_model
    from audio_emotion.report.figures import can_draw, save_figure

    places.check(places.model(given or model), places.recording(recording, "--recording"))
    model = model_of(given, model, "audio-emotion profile --model")
    if features_only and model is not None:
        raise typer.BadParameter(
            f"--features-only is without a model, but {model} is one; give one."
        )
    chosen = [boards.find(key) for key in board or ()] or list(boards.ORIGINAL_BOARDS)
    profiled = None if features_only else load_model(model)
    files.folder(logs, "--logs")
    with progress("emulating", unit="boards") as advance:
        document = profiling.profile(
            profiled, chosen, recording or sample_recording(), progress=advance
        )
    if as_json:
        print_json(document)
    else:
        OUT.print(tables.profile_table(document))
    if can_draw():
        (chart,) = save_figure(profile_bars(document), logs / "profile", ["png"])
        if not as_json:
            OUT.print_lines(f"wrote {chart}")
    hint_at_figures()
