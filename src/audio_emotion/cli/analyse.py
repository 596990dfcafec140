"""`audio-emotion analyse`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audio_emotion.cli.shell import OUT, Jobs, Json, app, print_json, progress


@app.command(
    epilog="Example: audio-emotion analyse generated_dataset/extracted_acoustic_features.csv"
)
def analyse(
    table: Annotated[
        Path, typer.Argument(metavar="FEATURES", help="Features written by `dataset`.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for report, tables and figures.")] = Path(
        "logs"
    ),
    model: Annotated[
        list[Path] | None,
        typer.Option(
            help="Classifier whose needs are measured; repeatable.",
            show_default="two, trained in folds",
        ),
    ] = None,
    importance: Annotated[bool, typer.Option(help="Measure what classifiers need.")] = True,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Say how the speaker's emotion moves each acoustic feature, with effect sizes.

    Writes logs/analysis/report.html, tables and figures, and the original's box plots, logs/bp1 to
    bp4. Speakers are compared only with themselves, and each corpus counts the
    same.
    """
    from rich.text import Text

    from audio_emotion import files
    from audio_emotion.analysis import run
    from audio_emotion.analysis.findings import findings
    from audio_emotion.analysis.study import study
    from audio_emotion.data.feature_table import read_features
    from audio_emotion.report.figures import require_matplotlib

    if model and not importance:
        raise typer.BadParameter("--model is for what --no-importance leaves out; give one.")
    require_matplotlib()
    data = read_features(table)
    files.folder(out / run.FOLDER, "--out")
    with progress("analyzing", unit="parts") as advance:
        found = study(
            data,
            models=model or (),
            with_importance=importance,
            jobs=jobs or -1,
            progress=advance,
        )
    written = run.write(found, out, f"audio-emotion analyse {table.name}")
    if as_json:
        print_json(run.document(found))
    else:
        for finding in findings(found):
            OUT.print(Text.assemble((finding.topic, "bold"), f": {finding.text}\n"))
        for missing in found.not_defined:
            OUT.print(f"not defined: {missing.what}: {missing.reason}")
        OUT.say(f"wrote {written[0]} and {len(written) - 1} other files in {out}")
