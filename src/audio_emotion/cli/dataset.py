"""`audio-emotion dataset`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from audio_emotion.cli.cluster import Dask, TlsCa, TlsCert, TlsKey, scheduler
from audio_emotion.cli.shell import Jobs, Json, app, print_json, progress

if TYPE_CHECKING:
    from audio_emotion.data.cluster.connection import Scheduler


@app.example(
    "audio-emotion dataset sample",
    "audio-emotion dataset speech-emotion-recognition-en my-recordings --jobs 2",
)
def dataset(
    roots: Annotated[
        list[str],
        typer.Argument(
            metavar="FOLDER",
            help="Folders with one or more corpora, or manifests .csv; with --dask URLs, too.",
        ),
    ],
    out: Annotated[str, typer.Option(metavar="FOLDER", help="Folder for the tables.")] = (
        "generated_dataset"
    ),
    parquet: Annotated[bool, typer.Option(help="Write the features as Parquet too.")] = False,
    absolute: Annotated[
        bool, typer.Option("--absolute", help="Write absolute paths, not from the tables' folder.")
    ] = False,
    jobs: Jobs = None,
    dask: Dask = None,
    tls_ca: TlsCa = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    as_json: Json = False,
) -> None:
    """Catalogue recordings and extract their acoustic features.

    Writes audio_dataframe.csv, extracted_acoustic_features.csv and skipped_files.csv. Run again
    after an interruption, it goes on where it stopped. A cluster writes partitioned Parquet, for
    any number of recordings.
    """
    from audio_emotion.cli import tables
    from audio_emotion.cli.console import OUT

    cluster = scheduler(dask, tls_ca, tls_cert, tls_key)
    if cluster is not None:
        if parquet or absolute or jobs is not None:
            raise typer.BadParameter(
                "--parquet, --absolute and --jobs have no effect with --dask: the features are "
                "Parquet, their paths as given, and the cluster has its own number of processes. "
                "Omit them."
            )
        _on_cluster(roots, out, cluster, as_json)
        return
    from audio_emotion.cli.quiet import quiet_libraries
    from audio_emotion.data.dataset import build

    with quiet_libraries(), progress("extracting", unit="recordings") as advance:
        result = build(roots, out, parquet=parquet, absolute=absolute, jobs=jobs, progress=advance)
    if as_json:
        print_json(
            {
                "utterances": len(result.table),
                "resumed": result.n_resumed,
                "files": [str(path) for path in result.files],
                "skipped": [skipped._asdict() for skipped in result.skipped],
                "warnings": result.warnings,
                "quirks": result.quirks,
            }
        )
    else:
        OUT.print(tables.corpora_table(result.table))
        OUT.print_lines(
            *tables.skipped_lines(result.skipped),
            *tables.warning_lines(result.warnings),
            *result.quirks,
            *(f"wrote {path}" for path in result.files),
        )


def _on_cluster(roots: list[str], out: str, cluster: Scheduler, as_json: bool) -> None:
    from audio_emotion.cli.console import OUT
    from audio_emotion.data.cluster.connection import connected

    with connected(cluster) as client, progress("extracting", unit="recordings") as advance:
        from audio_emotion.data.cluster.partitions import build

        summary = build(roots, out, client, progress=advance)
    if as_json:
        print_json(asdict(summary))
        return
    resumed = f", {summary.n_resumed} of them by an earlier run" if summary.n_resumed else ""
    OUT.print_lines(
        f"{summary.n_utterances} utterances in {summary.n_partitions} partitions{resumed}; "
        f"skipped {summary.n_skipped} recordings, read {summary.n_warnings} with a warning",
        *(f"wrote {path}" for path in summary.files),
    )
