"""`audio-emotion report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audio_emotion.cli import places
from audio_emotion.cli.shell import Model, app


@app.example("audio-emotion report logs/LDA/evaluation.json")
def report(
    evaluations: Annotated[
        list[Path],
        typer.Argument(
            metavar="EVALUATION",
            help="Documents that `evaluate` has written, of the model or of models of its recipe; "
            "the key figures are those of the first.",
        ),
    ],
    model: Model = None,
    profile: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Cost on boards, as `profile --json` prints it."),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Page to write.")] = Path(
        "logs/model.html"
    ),
) -> None:
    """Write one page on a model: what it is, how often it is right, what it costs on a board.

    It stands alone, to be sent to somebody who decides.
    """
    from audio_emotion import files
    from audio_emotion.cli.console import OUT
    from audio_emotion.evaluation.document import read_document
    from audio_emotion.evaluation.measures import cost
    from audio_emotion.evaluation.report.dashboard import dashboard
    from audio_emotion.recognition.model import find_model, load_model
    from audio_emotion.report.figures import require_matplotlib

    places.check(places.model(model))
    require_matplotlib()
    documents = [read_document(path) for path in evaluations]
    costs = cost.read_profile(profile) if profile else {}
    path = find_model(model)
    page = dashboard(load_model(path), path, documents, costs)
    files.folder(out.parent, "--out")
    OUT.print_lines(f"wrote {page.write(out)}")
