"""`audio-emotion corpora fetch` and `audio-emotion corpora check`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from audio_emotion import extras
from audio_emotion.cli.shell import Application, Jobs, Json, app, print_json, progress
from audio_emotion.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from audio_emotion.data.acquisition.sources import Source
    from audio_emotion.data.completeness import CompletenessReport

corpora = Application("Download the corpora, or list what is missing of them.")
app.add_typer(corpora, name="corpora")


class Corpus(StrEnum):
    """Name of a corpus on the command line."""

    CREMA = "crema"
    RAVDESS = "ravdess"
    SAVEE = "savee"
    TESS = "tess"


# Shown of each kind of fault; --json lists all.
SHOWN: Final = 5


@corpora.example("audio-emotion corpora fetch ravdess tess")
def fetch(
    names: Annotated[
        list[Corpus],
        typer.Argument(metavar="CORPUS", help="Corpora to fetch: crema, ravdess, savee, tess."),
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder of the collection.")] = Path(
        "speech-emotion-recognition-en"
    ),
    accept_license: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-license",
            "--accept-licence",
            metavar="NAME",
            help="Accept the license of this name without a prompt; repeatable.",
        ),
    ] = None,
    archive: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Zip that you have downloaded yourself, to unpack instead of downloading.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Download corpora from their publishers, or unpack what you have downloaded.

    RAVDESS comes from Zenodo, CREMA-D from its repository, TESS from the University of Toronto;
    SAVEE is given to registered persons only, and the command explains how. A corpus appears in the
    folder when it is complete and checked. Run again after an interruption, it goes on where it
    stopped.
    """
    from audio_emotion.cli.console import OUT

    extras.require("corpora", "a download", "pooch")
    from audio_emotion.data.acquisition.fetch import fetch as fetch_one
    from audio_emotion.data.acquisition.sources import SOURCES, Registration
    from audio_emotion.data.corpora import TITLES

    if archive is not None and len(names) != 1:
        raise InputError(f"{archive} holds one corpus, but {len(names)} are named. Name one.")
    for name in names:
        # SAVEE without an archive is not downloaded but explained.
        if archive is not None or not isinstance(SOURCES[name].origin, Registration):
            _accept(TITLES[name], SOURCES[name], accept_license or [])
    results = []
    for name in names:
        with progress(TITLES[name], unit="") as advance:
            done = fetch_one(name, out, archive=archive, progress=advance)
        results.append(
            {
                "corpus": name,
                "folder": str(done.folder),
                "recordings": done.recordings,
                "already_there": done.already_there,
                "license": SOURCES[name].license.name,
                "cite": SOURCES[name].cite,
            }
        )
        if not as_json:
            state = "was there already" if done.already_there else "is there"
            OUT.print(
                f"{TITLES[name]} {state}: {done.recordings:,} recordings in {done.folder}\n"
                f"cite: {SOURCES[name].cite}",
                soft_wrap=True,
                highlight=False,
            )
    if as_json:
        print_json({"corpora": results})


@corpora.example("audio-emotion corpora check speech-emotion-recognition-en")
def check(
    root: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Folder of the collection, or of one corpus."),
    ],
    only: Annotated[
        list[Corpus] | None,
        typer.Option(
            metavar="CORPUS",
            help="Corpus that must be complete; repeatable.",
            show_default="those found",
        ),
    ] = None,
    decode: Annotated[bool, typer.Option(help="Decode every file, to find damage.")] = False,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Compare a folder with the corpora as they were published.

    Exit code 0 if every corpus that was found, or named with --only, is complete: each recording
    there, once, undamaged. Otherwise 1.
    """
    from audio_emotion.cli.console import OUT
    from audio_emotion.cli.quiet import quiet_libraries
    from audio_emotion.data.completeness import check as compare

    with quiet_libraries(), progress("decoding", unit="files") as advance:
        reports = compare(root, decode=decode, jobs=jobs, progress=advance)
    required = [each for each in reports if (each.corpus in only if only else each.count.found)]
    complete = bool(required) and all(report.complete for report in required)
    if as_json:
        print_json(
            {
                "complete": complete,
                "decoded": decode,
                "corpora": [_as_document(report, report in required) for report in reports],
            }
        )
    else:
        OUT.print(_table(reports))
        for line in _summary(reports, required):
            OUT.print(line, soft_wrap=True, highlight=False, markup=False)
    if not complete:
        raise typer.Exit(1)


def _accept(title: str, source: Source, accepted: list[str]) -> None:
    """Show a license; raise unless it is accepted on the command line or at the prompt."""
    from audio_emotion.cli.console import ERR

    terms = source.license
    shown = f"{title} is under {terms.name} ({terms.summary}): {terms.url}"
    ERR.print(shown, soft_wrap=True, highlight=False, markup=False)
    if terms.name.lower() in (name.lower() for name in accepted):
        return
    if accepted or not on_a_terminal():
        raise InputError(
            f"the license of {title} is not accepted. Read {terms.url}, then give "
            f"--accept-license {terms.name}"
        )
    if not typer.confirm(f"Do you accept {terms.name}?", err=True):
        raise InputError(f"without its license, {title} is not downloaded.")


def on_a_terminal() -> bool:
    """Return whether the standard input is a terminal, so that a prompt can be answered."""
    return sys.stdin is not None and sys.stdin.isatty()


def _as_document(report: CompletenessReport, required: bool) -> dict[str, object]:
    return {
        "corpus": report.corpus,
        "judged": required,
        "complete": report.complete,
        "found": report.count.found,
        "official": report.count.official,
        "emotions": {name: count._asdict() for name, count in report.emotions.items()},
        "missing": report.missing,
        "doubled": report.doubled,
        "damaged": [broken._asdict() for broken in report.damaged],
        "quirks": report.quirks,
    }


def _table(reports: list[CompletenessReport]) -> Table:
    """Lay out how many recordings were found of those published, by emotion."""
    from rich.table import Table

    from audio_emotion.engine.emotions import EMOTIONS

    table = Table("emotion", title="recordings found / published")
    for report in reports:
        table.add_column(report.title, justify="right")
    for emotion in EMOTIONS:
        counts = [report.emotions.get(emotion) for report in reports]
        table.add_row(emotion, *(f"{c.found:,} / {c.official:,}" if c else "-" for c in counts))
    totals = [report.count for report in reports]
    table.add_section()
    table.add_row("all", *(f"{count.found:,} / {count.official:,}" for count in totals))
    return table


def _summary(reports: list[CompletenessReport], required: list[CompletenessReport]) -> list[str]:
    from audio_emotion.data.completeness import describe_missing

    lines = []
    for report in reports:
        if report not in required:
            lines.append(f"{report.title}: not here")
            continue
        faults = [f"missing: {words}" for words in describe_missing(report)]
        faults += [f"doubled: {' = '.join(copies)}" for copies in report.doubled[:SHOWN]]
        faults += [f"damaged: {path}: {reason}" for path, reason in report.damaged[:SHOWN]]
        hidden = sum(max(0, len(each) - SHOWN) for each in (report.doubled, report.damaged))
        if hidden:
            faults.append(f"{hidden:,} more doubled or damaged files; --json lists all")
        lines += [f"{report.title}: {fault}" for fault in faults]
        if report.complete:
            lines.append(f"{report.title}: complete, {report.count.official:,} recordings")
        lines += [f"{report.title}: as published: {quirk}" for quirk in report.quirks]
    return lines
