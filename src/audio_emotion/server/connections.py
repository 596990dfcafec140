"""Timeouts of connections.

uvicorn waits without limit for the lines of a header, and for a client that does not read its
response. A few hundred such clients would keep all others out.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_CONNECTIONS: Final = 256  # beyond it, requests get 503
_MAX_OPEN: Final = 2 * MAX_CONNECTIONS  # beyond it, connections are closed: descriptors are few


class TimeoutProtocol(H11Protocol):
    """HTTP/1.1 with a timeout for a header, and one for a request with its response.

    Parameters
    ----------
    header_s, request_s : float
        The timeouts; each is checked every `header_s`, so it may take as much longer.
    **settings : Any
        Arguments of `H11Protocol`.
    """

    def __init__(self, *, header_s: float, request_s: float, **settings: Any) -> None:
        super().__init__(**settings)
        self._header_s = header_s
        self._request_s = request_s
        self._next_check: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timeouts."""
        super().connection_made(transport)
        if len(self.connections) > _MAX_OPEN:
            transport.abort()
        else:
            self._schedule(waits=True, seconds=0)

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
