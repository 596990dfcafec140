"""`audio-emotion train-net`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audio_emotion.cli import tables
from audio_emotion.cli.shell import OUT, Jobs, Json, app, print_json, progress, require


@app.command(
    epilog="Example: audio-emotion train-net generated_dataset/audio_dataframe.csv --noise noise"
)
def train_net(
    catalogue: Annotated[
        Path, typer.Argument(metavar="CATALOGUE", help="Catalogue written by `dataset`.")
    ],
    out: Annotated[Path, typer.Option(help="File of the network.")] = Path("models/network.aem"),
    leave_out: Annotated[
        list[str] | None,
        typer.Option(help="Train without this speaker, test and calibrate on it; repeatable."),
    ] = None,
    noise: Annotated[
        Path | None, typer.Option(help="Folder of background noises to train with.")
    ] = None,
    cache: Annotated[
        Path, typer.Option(help="Folder for log-mel energies, about 1 GB; read by later runs.")
    ] = Path("generated_dataset/log_mel"),
    steps: Annotated[
        int | None,
        typer.Option(help="Batches to train on.", show_default="as the default model", min=1),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random numbers.", min=0)] = 0,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Train the streaming network and write it as an .aem file.

    Needs PyTorch, the package's extra "train". Run again after an interruption, it goes on where it
    stopped.
    """
    from audio_emotion.data.feature_table import read_catalogue
    from audio_emotion.progress import RunOptions

    require("train", "training the network", "torch")
    from audio_emotion.training.network.loop import Recipe
    from audio_emotion.training.network.train_net import train_net as train

    recipe = Recipe(seed=seed, steps=steps or Recipe.steps)
    with progress("", unit="") as advance:
        scores = train(
            read_catalogue(catalogue),
            out,
            recipe,
            cache=cache,
            leave_out=leave_out or (),
            noise=noise,
            options=RunOptions(jobs=jobs, progress=advance),
        )
    if as_json:
        print_json({"file": str(out), "left_out": scores})
    else:
        if scores:
            OUT.print(tables.held_out_table(scores))
        OUT.print_lines(f"wrote {out}, {out.stat().st_size} bytes")
