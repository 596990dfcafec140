"""`audio-emotion train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audio_emotion.cli.shell import (
    Dask,
    Jobs,
    Json,
    TlsCa,
    TlsCert,
    TlsKey,
    app,
    print_json,
    progress,
    scheduler,
)


@app.command(
    epilog="Example: audio-emotion train generated_dataset/extracted_acoustic_features.csv"
)
def train(
    table: Annotated[
        Path, typer.Argument(metavar="FEATURES", help="Features written by `dataset`.")
    ],
    models: Annotated[Path, typer.Option(help="Folder for the models.")] = Path("models"),
    logs: Annotated[Path, typer.Option(help="Folder for figures and tables.")] = Path("logs"),
    only: Annotated[
        list[str] | None, typer.Option(help="Train this classifier only, such as MLP; repeatable.")
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(help="Leave this speaker out, such as ravdess_22; repeatable."),
    ] = None,
    force: Annotated[bool, typer.Option(help="Train again what is up to date.")] = False,
    jobs: Jobs = None,
    dask: Dask = None,
    tls_ca: TlsCa = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    as_json: Json = False,
) -> None:
    """Train the classifiers; measure them on unseen speakers and by the original's random split.

    Writes models/<Name>.skops, logs/performance.csv and logs/matrix_<Name>.pdf and .png. Run again
    after an interruption, it goes on with the classifiers that are missing.
    """
    from audio_emotion.cli import tables
    from audio_emotion.cli.console import OUT
    from audio_emotion.data.cluster.connection import working_on
    from audio_emotion.data.feature_table import read_features
    from audio_emotion.training import classical as training
    from audio_emotion.training.classifiers import ZOO

    data = read_features(table).without_speakers(leave_out or ())
    with (
        working_on(scheduler(dask, tls_ca, tls_cert, tls_key)),
        progress("training", unit="classifiers") as advance,
    ):
        reports = training.train(
            data,
            models,
            logs,
            names=only or list(ZOO),
            force=force,
            jobs=jobs or -1,
            progress=advance,
        )
    if as_json:
        print_json(training.performance(reports).to_dict(orient="records"))
    else:
        OUT.print(tables.performance_table(reports))
        OUT.print_lines(
            f"wrote {models}/*.skops, {logs}/performance.csv, {logs}/matrix_*.pdf and .png"
        )
