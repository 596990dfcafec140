"""Output of `audio-emotion listen`: live in a terminal, lines of text, lines of JSON."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from audio_emotion.cli.console import ERR, OUT
from audio_emotion.cli.predictions import event_line
from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.recognition.stream import StreamEvent, level_db

REFRESH_HZ: Final = 8

# Speech at arm's length from a microphone lies around -30 dB; below -60 dB is a quiet room.
METER_LOWEST_DB: Final = -60.0
METER_LOUD_DB: Final = -6.0
METER_WIDTH: Final = 30
# A second after a peak the meter has come down by this much, so that it can be read.
METER_FALL_DB_PER_S: Final = 30.0


class View(ABC):
    """Output of a stream's events; counts the samples processed and the overruns."""

    def __init__(self) -> None:
        self.n_samples = 0
        self.n_overruns = 0

    @property
    def processed_s(self) -> float:
        """Return the length of what was processed, in seconds."""
        return self.n_samples / SAMPLE_RATE

    def process(self, block: Samples) -> None:
        """Count samples."""
        self.n_samples += len(block)

    @abstractmethod
    def show(self, event: StreamEvent) -> None:
        """Print an event."""

    def overrun(self) -> None:
        """Count an overrun: samples were lost."""
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
    """Terminal view: level and running estimate in the last two lines, utterances above them.

    Utterances that have ended are kept by the terminal only, so memory does not grow.
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

    def process(self, block: Samples) -> None:
        """Move the meter."""
        super().process(block)
        fallen = self._level_db - METER_FALL_DB_PER_S * len(block) / SAMPLE_RATE
        self._level_db = max(level_db(block), fallen)

    def show(self, event: StreamEvent) -> None:
        """Print an utterance or another sound that ended; show the present one in the last line."""
        line = event_line(event)
        if event["event"] == "ended":
            self._n_utterances += event["emotion"] is not None
            self._now = ""
            self._live.console.print(line, soft_wrap=True)
        else:
            self._now = line

    def lines(self) -> Group:
        """Return the level, and the estimate of the present utterance."""
        now = Text.from_markup(self._now) if self._now else Text("listening", style="dim")
        return Group(self._meter(), now)

    def _meter(self) -> Text:
        share = 1 - max(self._level_db, METER_LOWEST_DB) / METER_LOWEST_DB
        n = round(METER_WIDTH * min(1.0, share))
        loud = self._level_db > METER_LOUD_DB
        level = f"{self._level_db:4.0f} dB" if n else "silence"
        meter = Text.assemble(
            ("█" * n, "red" if loud else "green"), ("░" * (METER_WIDTH - n), "dim"), f"  {level:8}"
        )
        if loud:
            meter.append("too loud  ", "red")
        meter.append_text(self._summary())
        meter.no_wrap = True
        return meter

    def _summary(self) -> Text:
        minutes, seconds = divmod(int(self.processed_s), 60)
        hours, minutes = divmod(minutes, 60)
        of = "utterance" if self._n_utterances == 1 else "utterances"
        text = Text(f"{hours}:{minutes:02}:{seconds:02}, {self._n_utterances} {of}", "dim")
        if self.n_overruns:
            text.append(f", samples lost {self.n_overruns} times", "red")
        return text


class JsonLines(View):
    """Print a line of JSON for each event; `overrun` is one, too."""

    def show(self, event: StreamEvent) -> None:
        """Print an event of the stream."""
        print(json.dumps(event, allow_nan=False), flush=True)

    def overrun(self) -> None:
        """Print that samples were lost."""
        super().overrun()
        event = {"event": "overrun", "at_s": round(self.processed_s, 3), "count": self.n_overruns}
        print(json.dumps(event), flush=True)


class Lines(View):
    """Print a line of text for each utterance and other sound, into a file or a pipe."""

    def show(self, event: StreamEvent) -> None:
        """Print an utterance or another sound that ended."""
        if event["event"] == "ended":
            OUT.print(event_line(event), soft_wrap=True)

    def overrun(self) -> None:
        """Print that samples were lost."""
        super().overrun()
        ERR.print(
            f"{self.processed_s:7.1f} s  samples were lost, time {self.n_overruns}: "
            "this machine was too busy",
            highlight=False,
        )
