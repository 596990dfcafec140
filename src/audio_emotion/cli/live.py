"""What a terminal shows while `audio-emotion listen` listens, and what it does not."""

from __future__ import annotations

import math
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from audio_emotion.cli import tables

if TYPE_CHECKING:
    from audio_emotion.engine.features import Samples
    from audio_emotion.recognition.stream import StreamEvent

SAMPLE_RATE: Final = 16_000
REFRESH_HZ: Final = 8

# Speech at arm's length from a microphone lies around -30 dB; below -60 dB is a quiet room.
METER_LOWEST_DB: Final = -60.0
METER_LOUD_DB: Final = -6.0
METER_WIDTH: Final = 30
# A second after a peak the meter has come down by this much, so that the eye can follow.
METER_FALL_DB_PER_S: Final = 30.0


class View(ABC):
    """What is told of a stream, and how much of it was heard and lost."""

    def __init__(self) -> None:
        self.n_samples = 0
        self.n_overruns = 0

    @property
    def heard_s(self) -> float:
        """How much was heard."""
        return self.n_samples / SAMPLE_RATE

    def hear(self, block: Samples) -> None:
        """Note that samples have come."""
        self.n_samples += len(block)

    @abstractmethod
    def show(self, heard: StreamEvent) -> None:
        """Tell an event."""

    def overrun(self) -> None:
        """Note that samples were lost."""
        self.n_overruns += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None


class LiveView(View):
    """Two lines that stay at the bottom: level and present estimate; above them what was said.

    Utterances that have ended scroll up into the terminal's own memory, so hours of listening
    keep nothing here.
    """

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console
        self._level_db = -math.inf
        self._n_utterances = 0
        self._now = ""
        self._live = Live(
            console=console,
            refresh_per_second=REFRESH_HZ,
            get_renderable=self.lines,
            transient=True,
        )

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.__exit__(kind, error, traceback)
        self._console.print(self._summary())

    def hear(self, block: Samples) -> None:
        """Move the meter."""
        from audio_emotion.recognition.stream import level_db

        super().hear(block)
        fallen = self._level_db - METER_FALL_DB_PER_S * len(block) / SAMPLE_RATE
        self._level_db = max(level_db(block), fallen)

    def show(self, heard: StreamEvent) -> None:
        """Print an utterance that ended, and put the one that goes on into the last line."""
        line = tables.of_heard(heard)
        if heard["event"] == "ended":
            self._n_utterances += 1
            self._now = ""
            self._live.console.print(line, soft_wrap=True)
        else:
            self._now = line

    def lines(self) -> Group:
        """Level, and how the present utterance sounds so far."""
        now = Text.from_markup(self._now) if self._now else Text("listening", style="dim")
        return Group(self._meter(), now)

    def _meter(self) -> Text:
        share = 1 - max(self._level_db, METER_LOWEST_DB) / METER_LOWEST_DB
        n = round(METER_WIDTH * min(1.0, share))
        loud = self._level_db > METER_LOUD_DB
        said = f"{self._level_db:4.0f} dB" if n else "silence"
        meter = Text.assemble(
            ("█" * n, "red" if loud else "green"), ("░" * (METER_WIDTH - n), "dim"), f"  {said:8}"
        )
        if loud:
            meter.append("too loud  ", "red")
        meter.append_text(self._summary())
        meter.no_wrap = True
        return meter

    def _summary(self) -> Text:
        minutes, seconds = divmod(int(self.heard_s), 60)
        hours, minutes = divmod(minutes, 60)
        of = "utterance" if self._n_utterances == 1 else "utterances"
        text = Text(f"{hours}:{minutes:02}:{seconds:02} heard, {self._n_utterances} {of}", "dim")
        if self.n_overruns:
            text.append(f", samples lost {self.n_overruns} times", "red")
        return text


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keep what ALSA and PortAudio print by themselves off the standard error.

    They write to its file descriptor; what we have to say goes on through Python's own stream.
    """
    try:
        descriptor = sys.__stderr__.fileno() if sys.__stderr__ else -1
        kept = os.dup(descriptor)
    except (OSError, ValueError):  # there is none
        yield
        return
    ours, before = os.fdopen(kept, "w", buffering=1), sys.stderr
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
    if before is sys.__stderr__:
        sys.stderr = ours
    try:
        yield
    finally:
        sys.stderr = before
        os.dup2(kept, descriptor)
        ours.close()
