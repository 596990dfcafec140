"""Fixtures shared by the tests: where the recordings are, and short recordings made on the spot."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import settings

REPOSITORY = Path(__file__).parents[1]

# A shell lets its background jobs ignore Ctrl-C, and so would the programs that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples in every run; a machine under load is no failure.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def sample() -> Path:
    """The recordings in the repository."""
    return REPOSITORY / "sample"


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The full collection; tests that use it carry the mark `corpora`."""
    folder = os.environ.get("AUDIO_EMOTION_CORPORA")
    if folder is None:
        pytest.skip("AUDIO_EMOTION_CORPORA does not name the folder of the recordings")
    return Path(folder)


@pytest.fixture
def recording(tmp_path: Path) -> Callable[..., Path]:
    """Write half a second of noise, or the given signal, as a recording below `tmp_path`."""

    def write(name: str, signal: np.ndarray | None = None, rate: int = 16_000, **how: Any) -> Path:
        if signal is None:
            seed = sum(name.encode())
            signal = 0.1 * np.random.default_rng(seed).standard_normal(rate // 2)
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, signal, rate, **how)
        return path

    return write
