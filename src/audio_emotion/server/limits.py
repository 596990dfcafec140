"""How much a client may ask of the server, and how it is told that it asked too much."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

RETRY_AFTER_S: Final = 1


@dataclass(frozen=True)
class Limits:
    """What the server takes at most."""

    body_bytes: int = 25_000_000
    recording_s: float = 600
    requests: int = 8  # being received, waiting or worked on at once
    streams: int = 8  # at once
    timeout_s: float = 30  # to send a recording; again to wait for a worker; again to be recognized
    header_s: float = 10  # for the lines of a request's header
    memory_bytes: int = 256 << 20  # of a worker, for a recording: beyond what its model takes
    workers: int = os.cpu_count() or 1  # processes
    message_bytes: int = 1 << 20  # of a stream: half a minute
    idle_s: float = 60  # of a stream between two messages
    stream_s: float = 3600


class RefusedError(Exception):
    """A request that gets an answer of 4xx or 503.

    Parameters
    ----------
    status : int
        Of HTTP.
    sentence : str
        What is wrong, the rule, and a way out.
    headers : mapping, optional
    """

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None):
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = headers


def busy(what: str) -> RefusedError:
    """Refuse because others are being served."""
    return RefusedError(
        503,
        f"{what}. Try again in a moment.",
        {"Retry-After": str(RETRY_AFTER_S)},
    )
