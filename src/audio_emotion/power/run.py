"""Run of `audio-emotion power`: analyze traces, and write everything into a folder."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd

from audio_emotion import files
from audio_emotion.errors import AudioEmotionError, InputError
from audio_emotion.power.analysis import Analysis, Battery, analyze, first_event_envelope
from audio_emotion.power.document import document, row
from audio_emotion.power.figures import box_plots, trace_plot
from audio_emotion.power.report import report
from audio_emotion.progress import Progress, no_progress
from audio_emotion.report import figures

FOLDER: Final = "power"


class Outcome(NamedTuple):
    """Analyses, and the document made of them and of the errors."""

    found: list[Analysis]
    content: dict[str, Any]


def analyze_all(
    paths: Sequence[Path], battery: Battery | None, progress: Progress = no_progress
) -> Outcome:
    """Analyze each trace; list those that cannot be analyzed among the errors.

    Raises
    ------
    InputError
        Two traces have the same name, under which their figures would be written.
    """
    names = [path.stem for path in paths]
    for name in names:
        if names.count(name) > 1:
            raise InputError(
                f"{names.count(name)} traces are called {name!r}; their figures would take each "
                "other's place. Rename one, or give them to separate runs."
            )
    found, errors = [], []
    for number, path in enumerate(paths):
        progress(number, len(paths), path.name)
        try:
            found.append(analyze(path))
        except AudioEmotionError as error:
            errors.append({"path": str(path), "error": str(error)})
    return Outcome(found, document(found, battery, errors))


def write(outcome: Outcome, out: Path, command: str) -> list[Path]:
    """Write the report, the JSON document, a table and, with matplotlib, the figures.

    Returns
    -------
    list of Path
        The files written, the report first; none if no trace could be analyzed.
    """
    if not outcome.found:
        return []
    folder = files.folder(out / FOLDER, "--out")
    drawn = []
    if figures.can_draw():
        drawn = [box_plots(outcome.found)]
        drawn += [trace_plot(one, first_event_envelope(one)) for one in outcome.found]
    content = outcome.content
    page = report(content, drawn, f"{command}, version {version('embedded-audio-emotion')}")
    written = [page.write(folder / "report.html"), folder / "power.json", folder / "power.csv"]
    files.write_json(content, folder / "power.json")
    with files.replacing(folder / "power.csv") as partial:
        table = pd.DataFrame([row(one) for one in content["traces"]])
        table.to_csv(partial, index=False, lineterminator="\n")
    for one in drawn:
        written += figures.save_figure(one.figure, folder / one.name)
    return written
