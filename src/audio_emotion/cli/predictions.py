"""Answers of a model as tables and lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from audio_emotion.cli.printable import visible
from audio_emotion.data.corpora import Utterance, utterance_of_name
from audio_emotion.engine.emotions import NO_SPEECH, NOT_CONFIDENT

if TYPE_CHECKING:
    from audio_emotion.recognition.predict import Result, Window
    from audio_emotion.recognition.stream import StreamEvent

    Recognized = Result | Window | StreamEvent

BAR_WIDTH: Final = 5
UNSAID: Final = (NOT_CONFIDENT, NO_SPEECH)  # what is said instead of an emotion

# Narrower columns than these are left out before a name is shortened to less than `_LEAST_NAME`.
_WIDTHS: Final = {"emotion": 13, "confidence": 13, "acted": 9, "runner-up": 13}
_LEAST_NAME: Final = 12
_GAP: Final = 1
_LONGEST_NAME: Final = 40


def predictions_table(results: Sequence[Result], width: int) -> Table:
    """Tabulate recordings with their emotion, its probability, and the runner-up.

    A recording named as in one of the four corpora shows the acted emotion, too. Where `width` is
    too small, names are shortened, then columns left out, the answer never.
    """
    acted = [utterance_of_name(result["path"]) for result in results]
    table = Table(box=None, padding=(0, _GAP, 0, 0))
    table.add_column("recording", no_wrap=True)
    left, columns = width - _LEAST_NAME - _GAP, []
    for name, least in _WIDTHS.items():
        if (name != "acted" or any(acted)) and least <= left:
            left -= least + _GAP
            columns.append(name)
            style = "bold" if name == "emotion" else None
            table.add_column(name, style=style, min_width=least, no_wrap=True)
    longest = min(_LONGEST_NAME, left + _LEAST_NAME)
    for name, result, utterance in zip(_short_names(results), results, acted, strict=True):
        confidence, runner_up = ranked(result)
        cells: dict[str, str | Text] = {
            "emotion": label_of(result),
            "confidence": confidence,
            "acted": _mark(utterance, label_of(result)),
            "runner-up": runner_up,
        }
        table.add_row(shortened(name, longest), *(cells[column] for column in columns))
    if any(acted):
        table.caption = _score(results, acted)
    return table


def event_line(event: StreamEvent) -> str:
    """Return one line about an utterance of a stream."""
    when = f"{event['start_s']:7.1f} s"
    if event["event"] == "began":
        return f"{when}  ..."
    first, others = ranked(event)
    length = f"{event['end_s'] - event['start_s']:4.1f} s"
    return f"{when}  {length}  {label_of(event):13}  {first:13}  {others}".rstrip()


def label_of(recognized: Recognized) -> str:
    """Return what is said: an emotion, that the model is not confident, or that nobody speaks."""
    if recognized["emotion"] is None:
        return NO_SPEECH
    return recognized["emotion"] if recognized["confident"] else NOT_CONFIDENT


def probability_of(recognized: Recognized) -> float:
    """Return the probability of the likeliest emotion, or that nobody speaks."""
    if recognized["emotion"] is None:
        return 1 - (recognized["speech"] or 0.0)
    return max((recognized["probabilities"] or {}).values(), default=0.0)


def ranked(recognized: Recognized) -> tuple[str, str]:
    """Return a bar of the probability of what is said, and the runner-up.

    Of an answer that is not confident both are emotions that it may be.
    """
    probabilities = recognized["probabilities"] or {}
    shares = sorted(probabilities.items(), key=lambda item: item[1], reverse=True)
    first, second = (f"{name} {share:.0%}" if share >= 0.005 else "" for name, share in shares[:2])
    if label_of(recognized) == NOT_CONFIDENT:
        return first, second
    probability = probability_of(recognized)
    bar = f"{'█' * round(probability * BAR_WIDTH):<{BAR_WIDTH}} {probability:4.0%}"
    return bar, "" if recognized["emotion"] is None else second


def shortened(name: str, longest: int) -> str:
    """Return a name with its middle left out if it is longer than so many cells.

    Examples
    --------
    >>> shortened("interview_of_monday_morning.wav", 20)
    'intervi…_morning.wav'
    """
    name = visible(name)
    if cell_len(name) <= longest:
        return name
    head, tail = name[: len(name) // 3], name[len(name) // 3 :]
    while cell_len(head) + 1 + cell_len(tail) > longest and len(tail) > 1:
        head, tail = (head[:-1], tail) if 2 * len(head) > len(tail) else (head, tail[1:])
    return f"{head}…{tail}"


def _score(results: Sequence[Result], acted: Sequence[Utterance | None]) -> str:
    labels = [label_of(result) for result in results]
    right = sum(
        utterance is not None and utterance.emotion == label
        for label, utterance in zip(labels, acted, strict=True)
    )
    others = [f", {n} {word}" for word in UNSAID if (n := labels.count(word))]
    n = sum(map(bool, acted))
    return f"{right} of {n} acted emotions recognized{''.join(others)}"


def _mark(utterance: Utterance | None, emotion: str) -> Text:
    if utterance is None:
        return Text("")
    if utterance.emotion == emotion:
        return Text("✓", style="green")
    return Text(utterance.emotion, style="yellow")


def _short_names(results: Sequence[Result]) -> list[str]:
    """Return the names without folders if they are distinct, else the paths."""
    paths = [result["path"] for result in results]
    names = [Path(path).name for path in paths]
    return names if len(set(names)) == len(names) else paths
