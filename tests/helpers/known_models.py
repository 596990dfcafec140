"""Models whose predictions are known beforehand, and recordings for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import soundfile

from audio_emotion.data.corpora import COLUMNS
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import FRAME_LENGTH, SAMPLE_RATE, too_short
from audio_emotion.evaluation.protocols.evaluation_split import EvaluationSplit, FoldModel

# Recordings begin with so many seconds of silence.
SILENCE_S = 0.5


class LengthAndLevel:
    """Extractor of the length of an utterance in s and its level in dB."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.n, self.energy = 0, 0.0

    def process(self, samples: np.ndarray) -> int:
        self.n += len(samples)
        self.energy += float(np.square(samples.astype(float)).sum())
        return 0

    def finish(self) -> np.ndarray:
        if self.n < FRAME_LENGTH:
            raise too_short(self.n)
        level = 10 * np.log10(self.energy / self.n + 1e-9)
        return np.array([self.n / SAMPLE_RATE, level], np.float32)


class MadeUp:
    """Predicts the emotion that `rule` gives for seconds and level, with one probability.

    Below a level there is no speech.
    """

    name = "MadeUp"
    adapts = False
    speech_threshold = 0.5
    metadata = SimpleNamespace(name="MadeUp", training_data="nothing", speakers=["nobody"])

    def __init__(
        self,
        rule: Callable[[float, float], str],
        *,
        confidence: float = 0.8,
        threshold: float = 0.5,
        speech_from_db: float = -np.inf,
    ) -> None:
        self.rule, self.confidence, self.threshold = rule, confidence, threshold
        self.speech_from_db = speech_from_db

    def extractor(self) -> LengthAndLevel:
        return LengthAndLevel()

    def speech(self, utterances: np.ndarray) -> np.ndarray:
        """Return 1 from a level on, else 0."""
        return (utterances[:, 1] >= self.speech_from_db).astype(float)

    def probabilities(self, utterances: np.ndarray) -> np.ndarray:
        rest = (1 - self.confidence) / (len(EMOTIONS) - 1)
        result = np.full((len(utterances), len(EMOTIONS)), rest)
        for row, (seconds, level) in zip(result, utterances, strict=True):
            row[EMOTIONS.index(self.rule(float(seconds), float(level)))] = self.confidence
        return result


def constant() -> MadeUp:
    """Return a model that always predicts anger."""
    return MadeUp(lambda _seconds, _level: "anger")


def by_level(limit_db: float) -> MadeUp:
    """Return a model that predicts anger for loud utterances, sadness for others."""
    return MadeUp(lambda _seconds, level: "anger" if level > limit_db else "sadness")


def split(model: Any, catalogue: pd.DataFrame) -> EvaluationSplit:
    """Return a split in which one model predicts everything."""
    folds = (FoldModel("made up", model, np.arange(len(catalogue))),)
    return EvaluationSplit("made up", "unseen speakers", folds)


def recordings(
    folder: Path, speakers: Sequence[str] = ("ada", "bob", "eve", "joe"), seconds: float = 0.8
) -> pd.DataFrame:
    """Write a loud and a quiet recording of each speaker, of so many seconds; the catalogue."""
    rows = []
    for place, speaker in enumerate(speakers):
        for emotion, amplitude in (("anger", 0.3), ("sadness", 0.003)):
            noise = np.random.default_rng(place).standard_normal(round(seconds * SAMPLE_RATE))
            silence = np.zeros(round(SILENCE_S * SAMPLE_RATE))
            path = folder / f"{speaker}_{emotion}.wav"
            spoken = np.clip(amplitude * noise / 4, -1, 1)
            soundfile.write(path, np.concatenate([silence, spoken]), SAMPLE_RATE)
            corpus = "mine" if place % 2 else "yours"
            rows.append((str(path), corpus, speaker, "female", emotion, "", "", "", ""))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def unreadable(catalogue: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Return the catalogue with one more recording, which cannot be read."""
    broken = folder / "broken.wav"
    broken.write_bytes(b"RIFF")
    return pd.concat([catalogue, catalogue.iloc[:1].assign(path=str(broken))], ignore_index=True)
