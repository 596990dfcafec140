"""Limits of the server, and the error of a request beyond them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

RETRY_AFTER_S: Final = 1


@dataclass(frozen=True)
class Limits:
    """Largest sizes, counts and durations that the server accepts."""

    body_bytes: int = 25_000_000
    recording_s: float = 600
    requests: int = 8  # being received or worked on at once
    waiting: int = 256  # for one of these places, beyond them
    patience_s: float = 2  # for one of these places
    streams: int = 8  # at once
    timeout_s: float = 30  # to send a recording; again to wait for a worker; again to be recognized
    header_s: float = 10  # for the lines of a request's header
    memory_bytes: int = 256 << 20  # of a worker, for a recording: beyond what its model takes
    workers: int = os.cpu_count() or 1  # processes
    message_bytes: int = 1 << 20  # of a stream: half a minute
    idle_s: float = 60  # of a stream between two messages
    stream_s: float = 3600


class RefusedError(Exception):
    """A request that gets a response of 4xx or 503.

    Parameters
    ----------
    status : int
        HTTP status.
    sentence : str
        What is wrong, the rule, and a way out.
    headers : mapping, optional
    """

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None):
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = headers


def busy(reason: str) -> RefusedError:
    """Return the refusal of a server that is at its limit."""
    return RefusedError(
        503,
        f"{reason}. Try again in a moment.",
        {"Retry-After": str(RETRY_AFTER_S)},
    )
