"""Utterances of a long recording, found as on a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.engine.listener import Event
from audio_emotion.recognition.model import EmotionModel

LONGEST_S: Final = 10
"""Length up to which a recording has one answer and not one for each utterance."""


class UtteranceFinder:
    """Listener to a recording that begins to work once it is longer than `LONGEST_S`.

    Parameters
    ----------
    model : EmotionModel
    """

    def __init__(self, model: EmotionModel) -> None:
        self._listener = model.listener(estimate_ms=0)
        self._early: list[Samples] = []  # of a recording that may turn out to be short
        self._found: list[Event] = []
        self.n_samples = 0

    @property
    def is_long(self) -> bool:
        """Whether what came so far is longer than `LONGEST_S`."""
        return self.n_samples > LONGEST_S * SAMPLE_RATE

    def passed(self, blocks: Iterator[Samples]) -> Iterator[Samples]:
        """Process blocks of samples and pass them on."""
        for block in blocks:
            self.n_samples += len(block)
            self._early.append(block)
            if self.is_long:
                for one in self._early:
                    self._add(self._listener.process(one))
                self._early.clear()
            yield block

    def finish(self) -> list[Event]:
        """Return the utterances, and the sounds between them that are no speech."""
        if self.is_long:
            self._add(self._listener.finish())
        return self._found

    def _add(self, events: Iterator[Event]) -> None:
        self._found += [event for event in events if event.kind == "ended"]
