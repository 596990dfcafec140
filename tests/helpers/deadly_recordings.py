"""Recordings that kill the process that reads them, as by a fault of a decoder: by their names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from audio_emotion.data import isolation

REASONS = {
    "deadly": "it kills the process that reads it",
    "endless": "reading it takes more than 600 s of processor time",
    "huge": "it needs more than 2048 MB of memory",
}


def environment() -> dict[str, str]:
    """The environment of processes that such recordings kill."""
    return os.environ | {"PYTHONPATH": str(Path(__file__).parent / "deadly")}


@contextmanager
def readers() -> Iterator[None]:
    """Have processes that are started killed by such recordings, but not this one."""
    isolation.end_idle()
    with mock.patch.dict(os.environ, environment()):
        try:
            yield
        finally:
            isolation.end_idle()
