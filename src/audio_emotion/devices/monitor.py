"""Lines of a board over its serial port: answers, level, and the samples of its microphone."""

from __future__ import annotations

import os
import re
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal, TypedDict

import numpy as np

from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.errors import ToolError, reason_of
from audio_emotion.files import replacing

# As AudioEmotionBoard.h and the examples for ESP-IDF and Zephyr print them.
_LEVEL: Final = re.compile(r"(?P<name>[a-z ]+) \((?P<dbfs>-?\d+) dBFS\) ?(?P<advice>.*)")
_SAMPLES: Final = re.compile(r"pcm (?P<start>\d+) (?P<hex>(?:[0-9a-f]{4})+)")
_LISTENING: Final = "listening"


class BoardEvent(TypedDict):
    """One line of a board: one line of `audio-emotion board monitor --json`.

    Attributes
    ----------
    event : {"answer", "level", "message"}
        An utterance has ended, nobody spoke for a while, or anything else that the board prints.
    text : str
        The answer or the message; "" of a level.
    level_dbfs : int or None
        Loudest 10 ms since the line before.
    advice : str
        What to do about the level; "" if it is right.
    """

    event: Literal["answer", "level", "message"]
    text: str
    level_dbfs: int | None
    advice: str


def parse(line: str) -> BoardEvent:
    """Read a line of a board.

    Examples
    --------
    >>> parse("listening (-58 dBFS) too quiet: raise AE_GAIN if somebody spoke")["advice"]
    'too quiet: raise AE_GAIN if somebody spoke'
    """
    match = _LEVEL.fullmatch(line)
    if match is None:
        return {"event": "message", "text": line, "level_dbfs": None, "advice": ""}
    waiting = match["name"] == _LISTENING
    return {
        "event": "level" if waiting else "answer",
        "text": "" if waiting else match["name"],
        "level_dbfs": int(match["dbfs"]),
        "advice": match["advice"],
    }


class Recording:
    """Samples that a board prints if its sketch defines AE_RECORD."""

    def __init__(self) -> None:
        self._blocks: list[Samples] = []
        self._end: int | None = None
        self.n_missing = 0

    def __bool__(self) -> bool:
        """Return whether any samples have come."""
        return self._end is not None

    def add(self, line: str) -> bool:
        """Take a line; return whether it has samples. Those of a lost line become zeros."""
        match = _SAMPLES.fullmatch(line)
        if match is None:
            return False
        block = np.frombuffer(bytes.fromhex(match["hex"]), ">i2").astype(np.int16)
        start = int(match["start"])
        if self._end is not None and start > self._end:
            self.n_missing += start - self._end
            self._blocks.append(np.zeros(start - self._end, np.int16))
        self._blocks.append(block)
        self._end = start + len(block)
        return True

    def write(self, path: Path) -> float:
        """Write a WAV file; return its length in seconds.

        Raises
        ------
        OutputError
            It cannot be written.
        """
        samples = np.concatenate(self._blocks)
        with replacing(path) as part, wave.open(str(part), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(samples.astype("<i2").tobytes())
        return len(samples) / SAMPLE_RATE


def lines(port: str, baud: int, seconds: float | None = None) -> Iterator[str]:
    """Yield the lines that a board prints, for some seconds or until it is unplugged.

    Raises
    ------
    ToolError
        There is no such port, it is in use, or the board was unplugged.
    """
    import serial  # noqa: PLC0415

    try:
        opened: Any = serial.Serial(port, baud, timeout=0.2)
    except (OSError, ValueError) as error:
        number = getattr(error, "errno", None)
        reason = reason_of(OSError(number, os.strerror(number)) if number else error)
        raise ToolError(
            f"{port} cannot be opened ({reason}). Plug the board in, and close other "
            "programs that read from it, as the Serial Monitor of the Arduino IDE."
        ) from error
    until = None if seconds is None else time.monotonic() + seconds
    rest = b""
    with opened:
        while until is None or time.monotonic() < until:
            try:
                rest += opened.read(max(1, opened.in_waiting))
            except (OSError, TypeError) as error:
                raise ToolError(f"{port} is gone: the board was unplugged, or restarts.") from error
            *complete, rest = rest.split(b"\n")
            for line in complete:
                yield line.decode("utf-8", "replace").strip()
