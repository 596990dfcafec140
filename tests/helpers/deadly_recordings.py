"""Extraction that is killed by some recordings, as by a fault of a decoder."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from audio_emotion.data import dataset
from audio_emotion.data.catalogue import Skipped
from audio_emotion.data.extraction_cache import Extraction

_extract = dataset.extract_recording


def extract(path: str) -> Extraction | Skipped:
    """Extract the features of a recording, unless it is one of the third or the seventh speaker."""
    if Path(path).name.startswith(("1003", "1007")):
        os.kill(os.getpid(), signal.SIGKILL)
    return _extract(path)
