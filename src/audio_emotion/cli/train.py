"""`audio-emotion train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audio_emotion.cli import places
from audio_emotion.cli.cluster import Dask, TlsCa, TlsCert, TlsKey, scheduler
from audio_emotion.cli.shell import Jobs, Json, app, hint_at_figures, print_json, progress


@app.example(
    "audio-emotion train generated_dataset/extracted_acoustic_features.csv --only LDA",
)
def train(
    features: Annotated[
        Path, typer.Argument(metavar="FEATURES", help="Features written by `dataset`.")
    ],
    models: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder for the models.")] = Path(
        "models"
    ),
    logs: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Folder for figures and tables.")
    ] = Path("logs"),
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Train this classifier only, such as MLP; repeatable."),
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPEAKER", help="Leave this speaker out, such as ravdess_22; repeatable."
        ),
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

    Writes models/NAME.skops, logs/performance.csv and logs/matrix_NAME.pdf and .png. Run again
    after an interruption, it goes on with the classifiers that are missing.
    """
    from audio_emotion.cli import tables
    from audio_emotion.cli.console import OUT
    from audio_emotion.data.cluster.connection import working_on
    from audio_emotion.data.feature_table import read_features
    from audio_emotion.report.figures import can_draw
    from audio_emotion.training import classical as training
    from audio_emotion.training.classifiers import ZOO

    cluster = scheduler(dask, tls_ca, tls_cert, tls_key)
    places.check(places.table(features, "FEATURES"))
    data = read_features(features).without_speakers(leave_out or ())
    with (
        working_on(cluster),
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
        drawn = f", {logs}/matrix_*.pdf and .png" if can_draw() else ""
        OUT.print_lines(f"wrote {models}/*.skops, {logs}/performance.csv{drawn}")
    hint_at_figures()
