"""Filters of the server's log."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

_PERIOD_S: Final = 60
_MOST_KINDS: Final = 1000  # of faults that are remembered


class Repeats(logging.Filter):
    """A filter that passes a fault once a minute, with the number of times since.

    Parameters
    ----------
    clock : callable
        Returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[str, str, object], tuple[float, int]] = {}  # when shown, count since

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log a record."""
        if record.levelno < logging.WARNING:
            return True
        kind = (record.name, str(record.msg), record.exc_info and record.exc_info[0])
        now = self._clock()
        shown, count = self._seen.get(kind, (-_PERIOD_S, 0))
        if now - shown < _PERIOD_S:
            self._seen[kind] = (shown, count + 1)
            return False
        if len(self._seen) >= _MOST_KINDS:
            self._seen.clear()
        self._seen[kind] = (now, 0)
        if count:
            record.msg = f"{record.getMessage()} ({count} times more since)"
            record.args = None
        return True


def is_fault(record: logging.LogRecord) -> bool:
    """Filter out what uvicorn logs as an error and is none.

    That a stream is refused, and that what took too long was cancelled when the server stopped.
    """
    cancelled = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
    refused = record.msg == "ASGI callable returned without completing handshake."
    return not cancelled and not refused
