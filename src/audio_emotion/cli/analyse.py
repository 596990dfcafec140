"""`audio-emotion analyse`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audio_emotion.cli import places
from audio_emotion.cli.shell import Jobs, Json, app, print_json, progress


@app.example("audio-emotion analyse generated_dataset/extracted_acoustic_features.csv")
def analyse(
    features: Annotated[
        Path, typer.Argument(metavar="FEATURES", help="Features written by `dataset`.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Folder for report, tables and figures.")
    ] = Path("logs"),
    model: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Classifier whose importances are measured; repeatable.",
            show_default="two, trained in folds",
        ),
    ] = None,
    importance: Annotated[bool, typer.Option(help="Measure permutation importance.")] = True,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Measure the effect of emotion on each acoustic feature.

    Writes logs/analysis/report.html, tables and figures, and the original's box plots, logs/bp1 to
    bp4. Speakers are compared only with themselves, and each corpus counts the same.
    """
    from audio_emotion import files
    from audio_emotion.analysis import run
    from audio_emotion.analysis.document import document
    from audio_emotion.cli.analysis_table import strongest_table
    from audio_emotion.cli.console import OUT
    from audio_emotion.data.feature_table import read_features
    from audio_emotion.progress import RunOptions
    from audio_emotion.report.figures import require_matplotlib

    if model and not importance:
        raise typer.BadParameter("--model has no effect with --no-importance; give one.")
    places.check(places.table(features, "FEATURES"))
    require_matplotlib()
    data = read_features(features)
    files.folder(out / run.FOLDER, "--out")
    with progress("analyzing", unit="parts") as advance:
        study = run.analyze(
            data,
            models=model or (),
            with_importance=importance,
            options=RunOptions(jobs=jobs, progress=advance),
        )
    content = document(study)
    written = run.write(study, content, out, f"audio-emotion analyse {features.name}")
    if as_json:
        print_json(content)
    else:
        OUT.print(strongest_table(study))
        OUT.print(content["findings"][0]["text"])
        OUT.print_lines(f"wrote {written[0]} and {len(written) - 1} other files in {out}")
