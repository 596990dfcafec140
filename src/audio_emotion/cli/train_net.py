"""`audio-emotion train-net`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from audio_emotion import extras
from audio_emotion.cli import places
from audio_emotion.cli.shell import (
    Jobs,
    Json,
    Strict,
    app,
    print_json,
    print_warning,
    progress,
)


class Each(StrEnum):
    """Groups that networks are trained without, one after the other."""

    FOLD = "fold"
    CORPUS = "corpus"


class Device(StrEnum):
    """Where PyTorch computes."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class Size(StrEnum):
    """Size of the network."""

    DEFAULT = "default"
    SMALL = "small"


@app.example(
    "audio-emotion train-net generated_dataset/audio_dataframe.csv --size small",
    "audio-emotion train-net generated_dataset/audio_dataframe.csv --each fold --rooms rooms",
)
def train_net(
    catalogue: Annotated[
        Path, typer.Argument(metavar="CATALOGUE", help="Catalogue written by `dataset`.")
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE|FOLDER", help="File of the network, or with --each a folder for them."
        ),
    ] = Path("models/network.aem"),
    leave_out: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPEAKER", help="Train without this speaker and test on it; repeatable."
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CORPUS",
            help="Train without this corpus, whatever else is left out; repeatable.",
        ),
    ] = None,
    each: Annotated[
        Each | None,
        typer.Option(
            metavar="fold|corpus", help="Train one network without each outer fold, or each corpus."
        ),
    ] = None,
    calibrate_on: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder of the networks of --each corpus, whose corpora the confidence is fitted "
            "on.",
            show_default="on what is left out",
        ),
    ] = None,
    rooms: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Folder of impulse responses to train with."),
    ] = None,
    size: Annotated[
        Size,
        typer.Option(
            metavar="default|small", help="Size of the network, as of the models that ship."
        ),
    ] = Size.DEFAULT,
    device: Annotated[
        Device, typer.Option(metavar="auto|cpu|cuda", help="Where to compute.")
    ] = Device.AUTO,
    cache: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER", help="Folder for log-mel energies, 4 GB of all corpora; read again."
        ),
    ] = Path("generated_dataset/log_mel"),
    steps: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Batches to train on.", show_default="as the default model", min=1
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the random numbers.", min=0)] = 0,
    strict: Strict = False,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Train the streaming network and write it as an .aem file.

    Recordings that cannot be read are named first and left out, or with --strict stop it.
    Recordings in which nobody speaks teach it to say so, and are the noise that it is trained with.
    Needs PyTorch, the package's extra "train". Run again after an interruption, it goes on where it
    stopped.
    """
    from audio_emotion.cli import tables
    from audio_emotion.cli.console import OUT
    from audio_emotion.data.feature_table import read_catalogue
    from audio_emotion.data.inspection import look
    from audio_emotion.errors import InputError
    from audio_emotion.progress import RunOptions

    places.check(places.table(catalogue, "CATALOGUE"))
    extras.require("train", "training the network", "torch")
    from audio_emotion.training.network import held_out as left_out
    from audio_emotion.training.network import train_net as training
    from audio_emotion.training.network.loop import SHAPES, Recipe

    if each and leave_out:
        raise InputError("--each says who is left out; give it without --leave-out.")
    recipe = Recipe(seed=seed, steps=steps or Recipe.steps, shape=SHAPES[size.value])
    with progress("looking", unit="recordings") as advance:
        options = RunOptions(jobs=jobs, progress=advance)
        found = look(read_catalogue(catalogue), options, strict=strict, decode=True)
    recordings = found.readable
    for sentence in found.sentences:
        print_warning(sentence)
    if each is Each.FOLD:
        held_out = left_out.each_fold(recordings, out)
    elif each is Each.CORPUS:
        held_out = left_out.each_corpus(recordings, out)
    else:
        held_out = {out: left_out.of_speakers(recordings, leave_out or ())}
    never = left_out.of_corpora(recordings, without or ())
    held_out = {path: mask | never for path, mask in held_out.items()}
    with progress("", unit="") as advance:
        options = RunOptions(jobs=jobs, progress=advance)
        of_strangers = (
            training.strangers_confidence(recordings, calibrate_on, options.in_step("calibrating"))
            if calibrate_on
            else None
        )
        scores = training.train_networks(
            recordings,
            held_out,
            recipe,
            cache=cache,
            rooms=rooms,
            device=device.value,
            of_strangers=of_strangers,
            options=options,
        )
    if as_json:
        documents = [
            {"file": str(path), "left_out": of_one}
            for path, of_one in zip(held_out, scores, strict=True)
        ]
        print_json({"networks": documents} if each else documents[0])
        return
    for path, of_one in zip(held_out, scores, strict=True):
        if of_one:
            OUT.print(tables.held_out_table(of_one))
        OUT.print_lines(f"wrote {path}, {path.stat().st_size} bytes")
