"""`audio-emotion profile`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audio_emotion.cli.shell import Json, app, print_json, progress


@app.command(epilog="Example: audio-emotion profile small --board rp2040")
def profile(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL",
            help="Name of a model that ships (default, small), or an .aem or .skops file.",
            show_default="default",
        ),
    ] = None,
    board: Annotated[
        list[str] | None,
        typer.Option(
            help="Board to run on, such as rp2040; repeatable.", show_default="the original's four"
        ),
    ] = None,
    features_only: Annotated[
        bool, typer.Option(help="Measure the features without a model.")
    ] = False,
    recording: Annotated[
        Path | None,
        typer.Option(help="Recording that the boards process.", show_default="one that ships"),
    ] = None,
    logs: Annotated[Path, typer.Option(help="Folder for the bar chart.")] = Path("logs"),
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
    from audio_emotion.report.figures import require_matplotlib, save_figure

    if features_only and model is not None:
        raise typer.BadParameter(
            f"--features-only is without a model, but {model} is one; give one."
        )
    chosen = [boards.find(key) for key in board or ()] or list(boards.ORIGINAL_BOARDS)
    given = None if features_only else load_model(model)
    require_matplotlib()
    files.folder(logs, "--logs")
    with progress("emulating", unit="boards") as advance:
        document = profiling.profile(
            given, chosen, recording or sample_recording(), progress=advance
        )
    (chart,) = save_figure(profile_bars(document), logs / "profile", ["png"])
    if as_json:
        print_json(document)
    else:
        OUT.print(tables.profile_table(document))
        OUT.print_lines(f"wrote {chart}")
