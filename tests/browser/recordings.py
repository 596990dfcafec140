"""Recordings for the page."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from audio_emotion.data import audio
from audio_emotion.engine.features import SAMPLE_RATE

SAMPLE = Path(__file__).parents[2] / "sample"
EVERYDAY = SAMPLE.parent / "everyday"
# Two speakers, one after the other: longer than a window of the timeline, two utterances and more.
CLIPS = (
    "Ravdess/audio_speech_actors_01-24/Actor_22/03-01-08-02-01-01-22.flac",
    "Crema/1091_TAI_ANG_XX.ogg",
)


def several() -> np.ndarray:
    return np.concatenate([audio.read(SAMPLE / clip) for clip in CLIPS])


def conversation(seconds: int) -> np.ndarray:
    """All of the sample in turn, with pauses, for so long."""
    pause = np.zeros(SAMPLE_RATE, np.int16)
    pieces = [
        piece for path in sorted(SAMPLE.rglob("*.ogg")) for piece in (audio.read(path), pause)
    ]
    return np.resize(np.concatenate(pieces), seconds * SAMPLE_RATE)


def write_wav(path: Path, samples: np.ndarray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes())
