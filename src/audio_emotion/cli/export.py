"""`audio-emotion export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audio_emotion.cli.shell import Jobs, Json, app, print_json, progress

if TYPE_CHECKING:
    from audio_emotion.devices.budget import Budget
    from audio_emotion.devices.fit import Fit
    from audio_emotion.recognition.model import EmotionModel


@app.command(epilog="Example: audio-emotion export small firmware --target arduino")
def export(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="[MODEL] OUT",
            help="Name of a model that ships (default, small) or an .aem or .skops file, "
            "unless it is default; and the output folder.",
        ),
    ],
    target: Annotated[str, typer.Option(help="c, arduino, esp-idf, stm32, zephyr or wasm.")] = "c",
    flash: Annotated[
        str | None, typer.Option(help="Refuse if the program takes more bytes, such as 128K.")
    ] = None,
    ram: Annotated[str | None, typer.Option(help="The same for memory, stack included.")] = None,
    fit: Annotated[
        bool, typer.Option(help="Train smaller ones, export the best that fits.")
    ] = False,
    table: Annotated[
        Path | None, typer.Option("--features", help="For --fit: written by `dataset`.")
    ] = None,
    logs: Annotated[Path, typer.Option(help="For --fit: folder of pareto.csv and .png.")] = Path(
        "logs"
    ),
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Write a model as C that a board's own tools build, with an example and a check."""
    from audio_emotion.cli import tables
    from audio_emotion.cli.console import OUT
    from audio_emotion.devices import budget
    from audio_emotion.export.export import check_replaceable
    from audio_emotion.export.export import export as write
    from audio_emotion.recognition.model import load_model

    if len(paths) > 2:
        raise typer.BadParameter("give a model and a folder, or a folder only.")
    if fit and (table is None or not (flash or ram)):
        raise typer.BadParameter("--fit needs --features, and --flash or --ram or both.")
    if table is not None and not fit:
        raise typer.BadParameter("--features has no effect without --fit; give both or none.")
    out = Path(paths[-1])
    check_replaceable(out)
    chosen = load_model(paths[0] if len(paths) == 2 else None)
    limit = budget.Budget(
        flash=budget.parse_size(flash) if flash else None,
        ram=budget.parse_size(ram) if ram else None,
    )
    if fit and table is not None:
        from audio_emotion.devices import fit as fitting

        found = _fit(chosen, table, limit, logs, jobs)
        chosen = found.chosen.model
        if not as_json:
            OUT.print(tables.candidates_table(fitting.table(found, limit)))
    elif flash or ram:
        budget.require(chosen, limit)
    written = write(chosen, out, target, with_model=fit)
    if as_json:
        print_json({"out": str(out), "files": [str(file) for file in written]})
    else:
        OUT.print_lines(f"wrote {len(written)} files to {out}; begin with README.md")


def _fit(model: EmotionModel, table: Path, limit: Budget, logs: Path, jobs: int | None) -> Fit:
    """Train smaller models than one and draw them; see `devices.fit`."""
    from audio_emotion import files
    from audio_emotion.data.feature_table import read_features
    from audio_emotion.devices import fit
    from audio_emotion.progress import RunOptions
    from audio_emotion.recognition.classifier_file import ClassifierModel
    from audio_emotion.report.figures import require_matplotlib

    if not isinstance(model, ClassifierModel):
        raise typer.BadParameter("--fit trains a .skops model; give one, such as MLP.skops.")
    require_matplotlib()
    files.folder(logs, "--logs")
    with progress("fitting", unit="models") as advance:
        options = RunOptions(jobs, progress=advance)
        found = fit.fit_to(model, read_features(table), limit, options=options)
    fit.save_pareto(found, limit, logs)
    return found
