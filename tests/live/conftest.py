"""A microphone at which recordings are played."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio_emotion.data import audio
from audio_emotion.engine.features import SAMPLE_RATE
from sound_server import Room, sound_server

REPOSITORY = Path(__file__).parents[2]
SR = SAMPLE_RATE


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with sound_server(tmp_path / "home") as found:
        yield found


@pytest.fixture(scope="session")
def conversation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three clips of one woman with pauses between them, each recognized confidently by itself."""
    # The null sink delivers nothing in its first two seconds.
    pieces = [np.zeros(3 * SR, np.int16)]
    for name in ("03-01-01-01-02-01-22", "03-01-06-02-01-01-22", "03-01-08-02-01-01-22"):
        (path,) = (REPOSITORY / "sample").rglob(f"{name}.*")
        pieces += [audio.read(path), np.zeros(2 * SR, np.int16)]
    path = tmp_path_factory.mktemp("played") / "conversation.wav"
    soundfile.write(path, np.concatenate(pieces), SR, subtype="PCM_16")
    return path
