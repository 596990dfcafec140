"""The recording that ships with the package."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def sample_recording() -> Path:
    """Return the path of a recording whose speaker is in no shipped model's training data."""
    folder = resources.files("audio_emotion.sample") / "Ravdess" / "audio_speech_actors_01-24"
    return Path(str(folder / "Actor_22" / "03-01-08-02-01-01-22.flac"))
