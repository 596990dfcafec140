"""Analyze several traces and write everything that was found."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

from audio_emotion import files
from audio_emotion.errors import AudioEmotionError, InputError
from audio_emotion.power import figures, report
from audio_emotion.power.analysis import Analysis, analyze, zoom
from audio_emotion.power.battery import Battery
from audio_emotion.power.document import document, row
from audio_emotion.report.figures import save_figure

FOLDER: Final = "power"

Progress = Callable[[int, int, str], None]


class Outcome(NamedTuple):
    """Analyses, the document made of them, and the traces that failed, each with a sentence."""

    found: list[Analysis]
    content: dict[str, Any]


def analyze_all(
    paths: Sequence[Path], battery: Battery | None, progress: Progress | None = None
) -> Outcome:
    """Analyze each trace; one that fails is listed and keeps no other from it.

    Raises
    ------
    InputError
        Two traces have the same name, under which their pictures would be written.
    """
    names = [path.stem for path in paths]
    for name in names:
        if names.count(name) > 1:
            raise InputError(
                f"{names.count(name)} traces are called {name!r}; their pictures would take each "
                "other's place. Rename one, or give them to separate runs."
            )
    found, errors = [], []
    for number, path in enumerate(paths):
        if progress:
            progress(number, len(paths), path.name)
        try:
            found.append(analyze(path))
        except AudioEmotionError as error:
            errors.append({"path": str(path), "error": str(error)})
    return Outcome(found, document(found, battery, errors))


def can_draw() -> bool:
    """Tell whether matplotlib, an optional extra, is installed."""
    return find_spec("matplotlib") is not None


def write(outcome: Outcome, out: Path, command: str) -> list[Path]:
    """Write the report, the JSON document, a table and, if they can be drawn, the pictures.

    Returns
    -------
    list of Path
        The files written, the report first; none if no trace could be analyzed.
    """
    if not outcome.found:
        return []
    folder = files.folder(out / FOLDER, "--out")
    pictures = []
    if can_draw():
        pictures = [figures.box_plots(outcome.found)]
        pictures += [figures.trace_plot(one, zoom(one)) for one in outcome.found]
    content = outcome.content
    footer = f"{command}, version {version('embedded-audio-emotion')}"
    page = report.of(content["traces"], content["errors"], pictures, footer)
    written = [page.write(folder / "report.html")]
    with files.replacing(folder / "power.json") as partial:
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        partial.write_text(text + "\n", encoding="utf-8")
    written.append(folder / "power.json")
    with (
        files.replacing(folder / "power.csv") as partial,
        partial.open("w", newline="", encoding="utf-8") as file,
    ):
        rows = [row(one) for one in content["traces"]]
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    written.append(folder / "power.csv")
    for picture in pictures:
        written += save_figure(picture.figure, folder / picture.name)
    return written
