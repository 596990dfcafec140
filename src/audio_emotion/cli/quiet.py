"""Silence of libraries: ALSA, PortAudio, libmpg123 and FFmpeg print what we say in sentences."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keep what libraries print by themselves off the standard error.

    They write to its file descriptor; Python's own stream goes on.
    """
    try:
        descriptor = sys.__stderr__.fileno() if sys.__stderr__ else -1
        kept = os.dup(descriptor)
    except (OSError, ValueError):  # there is none
        yield
        return
    ours, before = os.fdopen(kept, "w", buffering=1), sys.stderr
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
    if before is sys.__stderr__:
        sys.stderr = ours
    try:
        yield
    finally:
        sys.stderr = before
        os.dup2(kept, descriptor)
        ours.close()
