"""Faults of a decoder: other processes than the one that tests end at recordings of some names.

Python imports this when it starts, where `deadly_recordings.environment` says so.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

from audio_emotion.data import audio

_blocks = audio.blocks


def blocks(source: audio.Source, *arguments: Any, **options: Any) -> Iterator[Any]:
    """Read a recording, unless its name has one of these words."""
    name = audio.name_of(source)
    if "deadly" in name:
        os.kill(os.getpid(), signal.SIGKILL)
    if "endless" in name:
        os.kill(os.getpid(), signal.SIGXCPU)
    if "huge" in name:
        raise MemoryError
    return _blocks(source, *arguments, **options)


audio.blocks = blocks
