"""`audio-emotion evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audio_emotion.cli import places
from audio_emotion.cli.cluster import Dask, TlsCa, TlsCert, TlsKey, scheduler
from audio_emotion.cli.shell import (
    Hidden,
    Jobs,
    Json,
    Model,
    Strict,
    app,
    model_of,
    print_json,
    print_warning,
    progress,
)


@app.example(
    "audio-emotion evaluate generated_dataset/audio_dataframe.csv --model small",
    "audio-emotion evaluate generated_dataset/audio_dataframe.csv --model LDA",
)
def evaluate(
    catalogue: Annotated[
        str, typer.Argument(metavar="CATALOGUE", help="Catalogue written by `dataset`.")
    ],
    second: Hidden = None,
    model: Model = None,
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Folder; one of the model's is made in it.")
    ] = Path("logs"),
    features: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Features written by `dataset`, for a classifier's name.",
            show_default="beside the catalogue",
        ),
    ] = None,
    left_out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of networks that were each trained without a corpus.", metavar="FOLDER"
        ),
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="Another model, to compare with.", metavar="NAME|FILE")
    ] = None,
    robustness: Annotated[
        bool,
        typer.Option(help="Measure the effect of noise, rooms, telephones and short speech, too."),
    ] = True,
    noise: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder of background noises.")
    ] = None,
    rooms: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder of impulse responses of rooms.")
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder of what models extract: a killed run goes on from there.",
        ),
    ] = None,
    profile: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Cost of models, as `profile --json` prints it."),
    ] = None,
    strict: Strict = False,
    jobs: Jobs = None,
    dask: Dask = None,
    tls_ca: TlsCa = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    as_json: Json = False,
) -> None:
    """Measure how well a model recognizes the emotions of unseen speakers, and write a report.

    The model may also be a folder of the networks of several folds, or the name of a classifier,
    such as MLP, which is trained without the recordings it is tested on.

    Strangers come first: corpora left out of training, people who just read, and sounds without
    speech. No model is tested on a speaker that it was trained on. Recordings that cannot be read
    are named first and left out, or with --strict stop it. Writes report.html, evaluation.json,
    predictions.csv and scores.csv into logs/MODEL/. A cluster's workers must see
    the catalogue's paths; noise and short speech are measured on this machine, on few recordings.
    """
    from audio_emotion import files
    from audio_emotion.cli import evaluation_tables
    from audio_emotion.cli.console import OUT
    from audio_emotion.data.cluster.connection import working_on
    from audio_emotion.data.inspection import look
    from audio_emotion.evaluation import run
    from audio_emotion.evaluation.evaluated_model import read_valid_catalogue
    from audio_emotion.progress import RunOptions
    from audio_emotion.recognition.model import DEFAULT
    from audio_emotion.report.figures import require_matplotlib
    from audio_emotion.training.classifiers import ZOO

    cluster = scheduler(dask, tls_ca, tls_cert, tls_key)
    given, catalogue = (None, catalogue) if second is None else (catalogue, second)
    places.check(places.model(given or model, "folder"), places.table(catalogue, "CATALOGUE"))
    chosen = model_of(given, model, f"audio-emotion evaluate {catalogue} --model")
    for option, folder in (("--noise", noise), ("--rooms", rooms)):
        if folder is not None and not robustness:
            raise typer.BadParameter(f"{option} has no effect with --no-robustness; give one.")
    require_matplotlib()
    files.folder(out, "--out")
    # The features of a classifier that is trained by name are read, not its recordings; those of a
    # cluster may be seen by its workers only.
    if strict or (cluster is None and chosen not in ZOO):
        with progress("looking", unit="recordings") as advance:
            options = RunOptions(jobs=jobs, progress=advance)
            inspected = look(read_valid_catalogue(Path(catalogue)), options, strict=strict)
        for sentence in inspected.sentences:
            print_warning(sentence)
    with (
        working_on(cluster),
        progress("evaluating", unit="") as advance,
    ):
        found = run.evaluate(
            chosen or DEFAULT,
            Path(catalogue),
            features=features,
            left_out=left_out,
            against=against,
            with_robustness=robustness,
            noise=noise,
            rooms=rooms,
            cache=cache,
            profile=profile,
            options=RunOptions(jobs=jobs, progress=advance),
        )
    written = run.write(found, out)
    if as_json:
        print_json(found.document)
    else:
        for table in evaluation_tables.strangers(found.document):
            OUT.print(table)
        OUT.print(evaluation_tables.scores(found.document))
        OUT.print_lines(
            *evaluation_tables.notes(found.document), *(f"wrote {path}" for path in written)
        )
