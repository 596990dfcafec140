"""`audio-emotion power`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audio_emotion.cli.shell import Json, app, hint_at_figures, print_error, print_json, progress

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table


@app.example("audio-emotion power esp32.csv rp2040.csv --battery-mah 1000")
def power(
    traces: Annotated[
        list[Path],
        typer.Argument(metavar="TRACE", help="CSV files of a logger: time, power or current."),
    ],
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Folder for report, table and figures.")
    ] = Path("logs"),
    battery_mah: Annotated[
        float | None,
        typer.Option(metavar="N", help="Charge of a battery, mAh: compute how long it lasts."),
    ] = None,
    battery_v: Annotated[float, typer.Option(metavar="N", help="Its mean voltage, V.")] = 3.7,
    predictions_per_hour: Annotated[
        float | None,
        typer.Option(
            metavar="N", help="How often it predicts.", show_default="as often as in the trace"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure what a board draws while it waits and for a prediction, from a logger's traces.

    Corrupt samples are found, reported and left out. Writes logs/power/report.html, power.json,
    power.csv and, with matplotlib, a box plot and a plot of each trace.
    """
    from audio_emotion import files
    from audio_emotion.cli.console import OUT
    from audio_emotion.errors import InputError
    from audio_emotion.power import run
    from audio_emotion.power.analysis import Battery
    from audio_emotion.power.report import figure_table, notes

    if battery_mah is None and predictions_per_hour is not None:
        raise InputError(
            "--predictions-per-hour is for the life of a battery. Give its charge, too, as in "
            "--battery-mah 1000."
        )
    battery = None if battery_mah is None else Battery(battery_mah, battery_v, predictions_per_hour)
    files.folder(out / run.FOLDER, "--out")
    with progress("analyzing", unit="traces") as advance:
        outcome = run.analyze_all(traces, battery, advance)
    names = " ".join(path.name for path in traces)
    written = run.write(outcome, out, f"audio-emotion power {names}")
    content = outcome.content
    if as_json:
        print_json(content)
    elif content["traces"]:
        OUT.print(_table(figure_table(content["traces"])))
        OUT.print_lines(
            *notes(content["traces"]),
            f"wrote {written[0]} and {len(written) - 1} other files in {written[0].parent}",
        )
    if written:
        hint_at_figures()
    for failure in content["errors"]:
        print_error(failure["error"])
    if content["errors"]:
        raise typer.Exit(1)


def _table(values: pd.DataFrame) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title="Power", box=SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for name in values.columns[1:]:
        table.add_column(name, justify="right", overflow="fold")
    for cells in values.itertuples(index=False, name=None):
        table.add_row(*cells)
    return table
