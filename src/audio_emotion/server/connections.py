"""Connections: how many there may be, and for how long they may be idle.

uvicorn waits without limit for the lines of a header, and for a client that does not read its
response. A few hundred such clients would keep all others out.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any, Final, NamedTuple

import h11
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from audio_emotion.server import guard
from audio_emotion.server.limits import Limits, busy

try:
    import resource
except ImportError:  # Windows, which has no such limit
    resource = None  # type: ignore[assignment]

MOST_SERVED: Final = 256  # beyond it, requests get 503
_MOST_OPEN: Final = 2 * MOST_SERVED  # beyond it, connections are closed
_KEY: Final = re.compile(rb"[A-Za-z0-9+/]{22}==")  # 16 bytes as base64
_MOST_ACCEPTED: Final = 512
_OWN_DESCRIPTORS: Final = 24  # of the server: its files, its loop, its address
_WORKER_DESCRIPTORS: Final = 8  # for each worker, one that is being started included


class Room(NamedTuple):
    """How many connections descriptors are left for.

    Attributes
    ----------
    open : int
        Connections beyond it are closed.
    accepted : int
        Connections that are accepted at a time, before any of them can be closed.
    """

    open: int
    accepted: int


def room(limits: Limits) -> Room:
    """Return how many connections there may be, so that descriptors are left for all else."""
    left = _MOST_OPEN + _MOST_ACCEPTED
    if resource is not None:
        descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        others = _OWN_DESCRIPTORS + _WORKER_DESCRIPTORS * limits.workers
        if descriptors != resource.RLIM_INFINITY:
            left = max(4, min(left, descriptors - others))
    most = min(_MOST_OPEN, left * 3 // 4)
    return Room(most, left - most)


async def _overloaded(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a request of a connection that is one too many."""
    refused = busy("too many connections are open")
    refused.headers = {**guard.HEADERS, **(refused.headers or {}), "Connection": "close"}
    await guard.refuse(refused, scope, receive, send)


class TimeoutProtocol(H11Protocol):
    """HTTP/1.1 with a timeout for a header, and one for a request with its response.

    Parameters
    ----------
    header_s, request_s : float
        The timeouts; each is checked every `header_s`, so it may take as much longer.
    most_open : int
        Connections beyond it are closed.
    **settings : Any
        Arguments of `H11Protocol`.
    """

    def __init__(
        self, *, header_s: float, request_s: float, most_open: int, **settings: Any
    ) -> None:
        super().__init__(**settings)
        self._most_open = most_open
        self._header_s = header_s
        self._request_s = request_s
        self._next_check: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timeouts."""
        super().connection_made(transport)
        if len(self.connections) > self._most_open:
            transport.abort()
            return
        if len(self.connections) > MOST_SERVED:
            self.app = _overloaded
        self._schedule(waits=True, seconds=0)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep a connection whose client has sent its request, until it has its response."""
        cycle = self.cycle
        waits = cycle is not None and not cycle.response_complete and not cycle.more_body
        if waits:
            cycle.keep_alive = False
        return waits

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Begin a stream if the request is a complete handshake (RFC 6455, section 4.2.1)."""
        headers = dict(self.headers)
        if (
            event.method != b"GET"
            or headers.get(b"sec-websocket-version") != b"13"
            or not _KEY.fullmatch(headers.get(b"sec-websocket-key", b""))
        ):
            self.send_400_response("Invalid WebSocket handshake")
        else:
            super().handle_websocket_upgrade(event)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP as everything else is refused: one sentence, all headers."""
        body = json.dumps({"error": f"{msg.rstrip('.').lower()}. Send HTTP/1.1."}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        headers += [*guard.HEADERS.items(), ("Connection", "close")]
        response = h11.Response(status_code=400, headers=headers)
        for event in (response, h11.Data(body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timeouts."""
        if self._next_check is not None:
            self._next_check.cancel()
        super().connection_lost(exc)

    def _schedule(self, *, waits: bool, seconds: float) -> None:
        self._next_check = self.loop.call_later(
            self._header_s, self._check, self.cycle, waits, seconds
        )

    def _check(self, cycle: object, waited: bool, seconds: float) -> None:
        """Close the connection if nothing has changed for too long.

        Parameters
        ----------
        cycle : object
            The newest request, and its response, at the last check.
        waited : bool
            Whether the connection was then waiting for a request.
        seconds : float
            For how long nothing had changed then.
        """
        if self.transport.get_protocol() is not self:  # a stream, which has limits of its own
            return
        complete = self.cycle is None or self.cycle.response_complete
        waits = complete and self.transport.get_write_buffer_size() == 0
        same = self.cycle is cycle and waits == waited
        seconds = seconds + self._header_s if same else 0
        if seconds >= (self._header_s if waits else self._request_s):
            self.transport.abort()
        else:
            self._schedule(waits=waits, seconds=seconds)
