"""`audio-emotion dataset`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audio_emotion import tables
from audio_emotion.cli.shell import OUT, Jobs, Json, app, print_json, progress


@app.command(epilog="Example: audio-emotion dataset speech-emotion-recognition-en --jobs 2")
def dataset(
    root: Annotated[Path, typer.Argument(help="Folder with one or more corpora, or a manifest.")],
    out: Annotated[Path, typer.Option(help="Folder for the tables.")] = Path("generated_dataset"),
    parquet: Annotated[bool, typer.Option(help="Write the features as Parquet too.")] = False,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Catalogue recordings and extract their acoustic features.

    Writes audio_dataframe.csv, extracted_acoustic_features.csv and skipped_files.csv. Run again
    after an interruption, it goes on where it stopped.
    """
    from audio_emotion.dataset import build

    with progress("extracting", unit="recordings") as advance:
        result = build(root, out, parquet=parquet, jobs=jobs, progress=advance)
    if as_json:
        print_json(
            {
                "utterances": len(result.table),
                "resumed": result.n_resumed,
                "files": [str(path) for path in result.files],
                "skipped": [skipped._asdict() for skipped in result.skipped],
            }
        )
    else:
        OUT.print(tables.of_corpora(result.table))
        OUT.print(*tables.of_skipped(result.skipped), sep="\n", soft_wrap=True)
        OUT.print(*(f"wrote {path}" for path in result.files), sep="\n", soft_wrap=True)
