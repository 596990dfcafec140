"""`audio-emotion export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audio_emotion.cli import places
from audio_emotion.cli.shell import (
    Hidden,
    Jobs,
    Json,
    Model,
    app,
    hint_at_figures,
    model_of,
    print_json,
    progress,
)

if TYPE_CHECKING:
    from audio_emotion.devices.budget import Budget
    from audio_emotion.devices.fit import Fit
    from audio_emotion.recognition.model import EmotionModel


@app.example(
    "audio-emotion export firmware",
    "audio-emotion export AudioEmotion --model small --target arduino",
)
def export(
    out: Annotated[str, typer.Argument(metavar="FOLDER", help="Folder to write, which is new.")],
    second: Hidden = None,
    model: Model = None,
    target: Annotated[
        str, typer.Option(metavar="NAME", help="c, arduino, esp-idf, stm32, zephyr or wasm.")
    ] = "c",
    flash: Annotated[
        str | None,
        typer.Option(metavar="BYTES", help="Refuse if the program takes more bytes, such as 128K."),
    ] = None,
    ram: Annotated[
        str | None, typer.Option(metavar="BYTES", help="The same for memory, stack included.")
    ] = None,
    fit: Annotated[
        bool, typer.Option(help="Train smaller ones, export the best that fits.")
    ] = False,
    features: Annotated[
        Path | None, typer.Option(metavar="FILE", help="For --fit: written by `dataset`.")
    ] = None,
    logs: Annotated[
        Path, typer.Option(metavar="FOLDER", help="For --fit: folder of pareto.csv and .png.")
    ] = Path("logs"),
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

    given, out = (None, out) if second is None else (out, second)
    if fit and (features is None or not (flash or ram)):
        raise typer.BadParameter("--fit needs --features, and --flash or --ram or both.")
    if features is not None and not fit:
        raise typer.BadParameter("--features has no effect without --fit; give both or none.")
    places.check(
        places.folder(out),
        places.model(given or model),
        places.table(features, "--features"),
    )
    check_replaceable(Path(out))
    chosen = load_model(model_of(given, model, f"audio-emotion export {out} --model"))
    limit = budget.Budget(
        flash=budget.parse_size(flash) if flash else None,
        ram=budget.parse_size(ram) if ram else None,
    )
    if fit and features is not None:
        from audio_emotion.devices import fit as fitting

        found = _fit(chosen, features, limit, logs, jobs)
        chosen = found.chosen.model
        if not as_json:
            OUT.print(tables.candidates_table(fitting.table(found, limit)))
    elif flash or ram:
        budget.require(chosen, limit)
    written = write(chosen, Path(out), target, with_model=fit)
    if as_json:
        print_json({"out": out, "files": [str(file) for file in written]})
    else:
        OUT.print_lines(f"wrote {len(written)} files to {out}; begin with README.md")


def _fit(model: EmotionModel, table: Path, limit: Budget, logs: Path, jobs: int | None) -> Fit:
    """Train smaller models than one and draw them; see `devices.fit`."""
    from audio_emotion import files
    from audio_emotion.data.feature_table import read_features
    from audio_emotion.devices import fit
    from audio_emotion.progress import RunOptions
    from audio_emotion.recognition.classifier_file import ClassifierModel

    if not isinstance(model, ClassifierModel):
        raise typer.BadParameter("--fit trains a .skops model; give one, such as MLP.skops.")
    files.folder(logs, "--logs")
    with progress("fitting", unit="models") as advance:
        options = RunOptions(jobs, progress=advance)
        found = fit.fit_to(model, read_features(table), limit, options=options)
    fit.save_pareto(found, limit, logs)
    hint_at_figures()
    return found
