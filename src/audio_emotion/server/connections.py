"""Connections of clients that take their time.

uvicorn waits for the lines of a header as long as the client likes, and for a client that does not
read its answer as well. A few hundred such clients and nobody else is served; so here every
connection has to get on.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST: Final = 256  # beyond it, requests are answered with 503
_MOST_OPEN: Final = 2 * MOST  # beyond it, connections are closed unheard: descriptors are few


class ImpatientProtocol(H11Protocol):
    """HTTP/1.1 with a limit to the time for a header, and to that for a request with its answer.

    Parameters
    ----------
    header_s, request_s : float
        The first is kept to within twice as long, the second within as much as the first.
    **how : Any
        What uvicorn says to its protocols.
    """

    def __init__(self, *, header_s: float, request_s: float, **how: Any) -> None:
        super().__init__(**how)
        self._header_s = header_s
        self._request_s = request_s
        self._next_look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to look at the clock."""
        super().connection_made(transport)
        if len(self.connections) > _MOST_OPEN:
            transport.abort()
        else:
            self._look_again(waits=True, seconds=0)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop to look at the clock."""
        if self._next_look is not None:
            self._next_look.cancel()
        super().connection_lost(exc)

    def _look_again(self, *, waits: bool, seconds: float) -> None:
        self._next_look = self.loop.call_later(
            self._header_s, self._look, self.cycle, waits, seconds
        )

    def _look(self, cycle: object, waited: bool, seconds: float) -> None:
        """Close the connection if nothing has changed for too long.

        Parameters
        ----------
        cycle : object
            The newest request, and its answer, at the last look.
        waited : bool
            Whether there was nothing to do then but to wait for another request.
        seconds : float
            How long it had been so.
        """
        if self.transport.get_protocol() is not self:  # a stream, which has limits of its own
            return
        answered = self.cycle is None or self.cycle.response_complete
        waits = answered and self.transport.get_write_buffer_size() == 0
        same = self.cycle is cycle and waits == waited
        seconds = seconds + self._header_s if same else 0
        if seconds >= (self._header_s if waits else self._request_s):
            self.transport.abort()
        else:
            self._look_again(waits=waits, seconds=seconds)
