"""A recording of many utterances as a table, shares of the emotions, a sentence, subtitles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from rich.table import Table

from audio_emotion.cli.predictions import label_of, probability_of, ranked

if TYPE_CHECKING:
    from audio_emotion.recognition.predict import Result, Window


def parts_table(parts: Sequence[Window]) -> Table:
    """Tabulate utterances or windows: time, emotion, confidence, and what else it may be."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("time", "length"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading, style in (("emotion", "bold"), ("confidence", ""), ("runner-up", "")):
        table.add_column(heading, style=style, no_wrap=True)
    for part in parts:
        length_s = part["end_s"] - part["start_s"]
        table.add_row(clock(part["start_s"]), f"{length_s:.1f} s", label_of(part), *ranked(part))
    return table


def summary_lines(result: Result) -> Iterator[str]:
    """Yield how much of the speech was of which emotion, and a sentence about all of it."""
    seconds = _seconds_by_label(result)
    if not seconds:
        yield "Nobody speaks."
        return
    spoken_s = sum(seconds.values())
    shares = sorted(((one / spoken_s, label) for label, one in seconds.items()), reverse=True)
    yield ", ".join(f"{label} {share:.0%}" for share, label in shares)
    share, label = shares[0]
    n = sum(one["emotion"] is not None for one in result["utterances"])
    yield (
        f"{'Mostly' if share > 0.5 else 'Most often'} {label}: {share:.0%} of {clock(spoken_s)} of "
        f"speech, in {n} {'utterance' if n == 1 else 'utterances'}."
    )


def subtitles(result: Result, *, web: bool) -> Iterator[str]:
    """Yield the lines of SubRip, or with `web` of WebVTT: a cue for each utterance of speech."""
    if web:
        yield from ("WEBVTT", "")
    whole = cast("Window", {**result, "start_s": 0.0, "end_s": result["duration_s"]})
    spoken = [one for one in result["utterances"] or [whole] if one["emotion"] is not None]
    for number, part in enumerate(spoken, 1):
        begin, end = (_timestamp(seconds, web) for seconds in (part["start_s"], part["end_s"]))
        text = label_of(part)
        if part["confident"]:
            text += f" {probability_of(part):.0%}"
        yield from (str(number), f"{begin} --> {end}", text, "")


def clock(seconds: float) -> str:
    """Return a time as minutes and seconds.

    Examples
    --------
    >>> clock(83.46)
    '1:23.5'
    """
    tenths = round(10 * seconds)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def _seconds_by_label(result: Result) -> dict[str, float]:
    """Return how long each label was said, of speech."""
    seconds: dict[str, float] = defaultdict(float)
    for one in result["utterances"]:
        if one["emotion"] is not None:
            seconds[label_of(one)] += one["end_s"] - one["start_s"]
    return seconds


def _timestamp(seconds: float, web: bool) -> str:
    whole, milliseconds = divmod(round(1000 * seconds), 1000)
    minutes, whole = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    mark = "." if web else ","
    return f"{hours:02}:{minutes:02}:{whole:02}{mark}{milliseconds:03}"
