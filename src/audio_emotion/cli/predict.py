"""`audio-emotion predict`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audio_emotion.cli import places
from audio_emotion.cli.shell import (
    Adapt,
    AdaptFrom,
    Json,
    Model,
    app,
    model_of,
    print_error,
    print_json,
    print_warning,
    progress,
)

if TYPE_CHECKING:
    from audio_emotion.progress import Progress
    from audio_emotion.recognition.predict import Document


@app.example(
    "audio-emotion predict recording.wav",
    "audio-emotion predict sample everyday --json",
    "audio-emotion predict interview.wav --srt > interview.srt",
)
def predict(
    recordings: Annotated[
        list[str],
        typer.Argument(metavar="RECORDING", help="Audio files, folders or patterns."),
    ],
    model: Model = None,
    adapt: Adapt = False,
    adapt_from: AdaptFrom = None,
    timeline: Annotated[
        bool, typer.Option("--timeline", help="Print every 3 s of longer recordings, too.")
    ] = False,
    as_json: Json = False,
    as_csv: Annotated[
        bool,
        typer.Option(
            "--csv", help="Print rows of recordings, their utterances and every 3 s of them."
        ),
    ] = False,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --csv: add to this file what it does not have.",
            show_default=False,
        ),
    ] = None,
    srt: Annotated[bool, typer.Option("--srt", help="Print subtitles, SubRip.")] = False,
    vtt: Annotated[bool, typer.Option("--vtt", help="Print subtitles, WebVTT.")] = False,
) -> None:
    """Recognize the emotion in recordings.

    A recording of up to 10 s has one answer, a longer one an answer for each utterance. Where
    nobody speaks, it is "no speech". CSV is written recording by recording: Ctrl-C keeps what there
    is, and --resume goes on from there.
    """
    from audio_emotion.cli.quiet import quiet_libraries
    from audio_emotion.recognition.model import SUFFIXES, described, load_model
    from audio_emotion.recognition.predict import predict as recognize

    _check_forms(json=as_json, csv=as_csv, srt=srt, vtt=vtt, timeline=timeline)
    if resume is not None and (adapt or adapt_from or not as_csv):
        raise typer.BadParameter("--resume is for --csv, and not for --adapt.")
    old = recordings.pop() if _is_last(recordings, SUFFIXES) else None
    places.check(places.model(old or model), *map(places.sound, recordings))
    model = model_of(old, model, f"audio-emotion predict {' '.join(recordings)} --model")
    if srt or vtt:
        _check_one(recordings)
    with quiet_libraries(), progress("listening", unit="recordings") as advance:
        chosen = load_model(model)
        run = partial(recognize, recordings, chosen, adapt=adapt_from or adapt)
        document = _as_csv(run, advance, resume) if as_csv else run(progress=advance)
    if as_json:
        print_json(document)
    elif srt or vtt:
        _print_subtitles(document, web=vtt)
    elif not as_csv:
        _print_tables(document, described(chosen), timeline)
    for warned in document["warnings"]:
        print_warning(warned["warning"])
    for failure in document["errors"]:
        print_error(failure["error"])
    if document["errors"]:
        raise typer.Exit(1)


def _check_forms(**wanted: bool) -> None:
    forms = [f"--{name}" for name, is_wanted in wanted.items() if is_wanted]
    if len(forms) > 1:
        raise typer.BadParameter(f"choose one of {' and '.join(forms)}.")


def _check_one(recordings: list[str]) -> None:
    from audio_emotion.recognition.predict import expand

    if len(expand(recordings)[0]) > 1:
        raise typer.BadParameter("--srt and --vtt are of one recording. Give one.")


def _is_last(recordings: list[str], suffixes: tuple[str, ...]) -> bool:
    """Return whether a model follows the recordings, as before `--model` was everywhere."""
    return len(recordings) > 1 and recordings[-1].endswith(suffixes)


def _print_tables(document: Document, model: str, timeline: bool) -> None:
    """Print short recordings in one table, and each long one with its utterances."""
    from audio_emotion.cli import long_recordings as long
    from audio_emotion.cli.console import OUT
    from audio_emotion.cli.predictions import predictions_table
    from audio_emotion.recognition.utterances import LONGEST_S

    results = document["results"]
    if results:
        OUT.print_lines(f"Emotions predicted by {model}")
    short = [result for result in results if result["duration_s"] <= LONGEST_S]
    if short:
        OUT.print_lines("")
        OUT.print(predictions_table(short, OUT.width))
    for result in results:
        if result["duration_s"] > LONGEST_S:
            OUT.print_lines("", f"{result['path']}, {long.clock(result['duration_s'])}:")
            OUT.print(*long.summary_lines(result), "", sep="\n")
            OUT.print(long.parts_table(result["utterances"]))
        if timeline and result["timeline"]:
            OUT.print_lines("", f"{result['path']}, every 3 s:", "")
            OUT.print(long.parts_table(result["timeline"]))


def _print_subtitles(document: Document, *, web: bool) -> None:
    from audio_emotion.cli.console import OUT
    from audio_emotion.cli.long_recordings import subtitles

    for result in document["results"]:
        if lines := [*subtitles(result, web=web)]:
            OUT.print_lines(*lines)


def _as_csv(run: Callable[..., Document], advance: Progress, resume: Path | None) -> Document:
    """Predict, and write each recording as it is done."""
    from audio_emotion.cli.csv_output import csv_output

    n_done, n_recordings = 0, 0

    def count(done: int, total: int | None, step: str = "", /) -> None:
        nonlocal n_done, n_recordings
        n_done, n_recordings = done, total or 0
        advance(done, total, step)

    with csv_output(resume) as (output, known):
        try:
            return run(done=known, on_result=output.write, progress=count)
        except KeyboardInterrupt:
            print_error(
                f"interrupted after {n_done} of {n_recordings} recordings, whose rows are written. "
                "Give the file with --resume to go on."
            )
            raise typer.Exit(130) from None
