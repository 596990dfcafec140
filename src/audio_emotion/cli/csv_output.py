"""Predictions as CSV, a recording at a time: what is written stays when the work is interrupted."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.errors import InputError
from audio_emotion.files import writing

if TYPE_CHECKING:
    from audio_emotion.recognition.predict import Result, Window

COLUMNS: Final = ("path", "part", "start_s", "end_s", "emotion", "confident", "speech", *EMOTIONS)
"""As in the CSV of the web page."""

_HEADER: Final = f"{','.join(COLUMNS)}\n".encode()
_LONGEST_ROW: Final = 1 << 16  # bytes; a path has 4,096


class CsvOutput:
    """Rows of recordings and, below each, of its utterances and windows: the column `part`.

    Parameters
    ----------
    file : binary file
        Paths are written as they are, in UTF-8 or whatever their bytes are.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write_header(self) -> None:
        """Write the names of the columns."""
        self._write([COLUMNS])

    def write(self, result: Result) -> None:
        """Write the rows of a recording at once."""
        parts = [("recording", 0.0, result["duration_s"], _cells(result))]
        for part, windows in (("utterance", result["utterances"]), ("window", result["timeline"])):
            parts += [(part, one["start_s"], one["end_s"], _cells(one)) for one in windows]
        path = result["path"]
        self._write(
            [
                [path, part, f"{start:.9g}", f"{end:.9g}", *cells]
                for part, start, end, cells in parts
            ]
        )

    def _write(self, rows: list[list[str]] | list[tuple[str, ...]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        self._file.write(text.getvalue().encode("utf-8", "surrogateescape"))
        self._file.flush()


@contextmanager
def csv_output(resumed: Path | None) -> Iterator[tuple[CsvOutput, set[str]]]:
    """Open the standard output, or a file whose recordings need not be predicted again.

    Parameters
    ----------
    resumed : Path, optional
        Made if missing; what a kill left of the last row is cut off.

    Yields
    ------
    CsvOutput
    set of str
        Paths of the recordings that the file has.
    """
    if resumed is None:
        # There is no standard output after `>&-`.
        output = CsvOutput(sys.stdout.buffer if sys.stdout is not None else io.BytesIO())
        output.write_header()
        yield output, set()
        return
    with writing(resumed), resumed.open("a+b") as file:
        known, n_complete = _read(file, resumed)
        file.truncate(n_complete)
        output = CsvOutput(file)
        if n_complete == 0:
            output.write_header()
        yield output, known


def _read(file: BinaryIO, path: Path) -> tuple[set[str], int]:
    """Return the recordings that a file has, and how many of its bytes are complete rows."""
    other = InputError(f"{path}: not a CSV of predictions of this version. Give another file.")
    file.seek(0)
    head = file.read(len(_HEADER))
    if head != _HEADER:
        if not _HEADER.startswith(head):
            raise other
        return set(), 0
    lines: list[bytes] = []
    while (line := file.readline(_LONGEST_ROW)).endswith(b"\n"):
        lines.append(line)
    if len(line) == _LONGEST_ROW:
        raise other
    text = (line.decode("utf-8", "surrogateescape") for line in lines)
    try:
        known = {row[0] for row in csv.reader(text) if row}
    except csv.Error:
        raise other from None
    return known, len(head) + sum(map(len, lines))


def _cells(recognized: Result | Window) -> list[str]:
    values = [recognized["speech"], *(recognized["probabilities"][name] for name in EMOTIONS)]
    emotion = recognized["emotion"] or NO_SPEECH
    confident = "true" if recognized["confident"] else "false"
    return [emotion, confident, *(f"{value:.9g}" for value in values)]
