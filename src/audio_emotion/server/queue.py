"""A queue of requests for a few places, short and fair to client addresses."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from audio_emotion.server.limits import RefusedError, busy


class FairQueue:
    """Places for requests, given to one address after the other.

    Parameters
    ----------
    n_places : int
        Requests that are worked on at once.
    n_waiting : int
        Requests that wait for a place at most; beyond it, the last of the address that has most of
        them is refused.
    patience_s : float
        How long one waits.
    """

    def __init__(self, n_places: int, n_waiting: int, patience_s: float) -> None:
        self._n_places = n_places
        self._n_free = n_places
        self._n_waiting = n_waiting
        self._patience_s = patience_s
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}  # next address first

    @asynccontextmanager
    async def place(self, address: str) -> AsyncIterator[None]:
        """Hold a place.

        Raises
        ------
        RefusedError
            None was free in time, or too many wait.
        """
        await self._wait(address)
        try:
            yield
        finally:
            self._release()

    async def _wait(self, address: str) -> None:
        if self._n_free:
            self._n_free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(address, deque()).append(turn)
        if sum(map(len, self._waiting.values())) > self._n_waiting:
            longest = max(self._waiting.values(), key=len)
            longest[-1].set_exception(self._busy())
            self._remove(longest[-1])
        try:
            async with asyncio.timeout(self._patience_s):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._release()  # it got its turn in the same moment
            self._remove(turn)
            if isinstance(error, TimeoutError):
                raise self._busy() from None
            raise

    def _remove(self, turn: asyncio.Future[None]) -> None:
        for address, turns in list(self._waiting.items()):
            if turn in turns:
                turns.remove(turn)
            if not turns:
                del self._waiting[address]

    def _release(self) -> None:
        """Give the place to the next address, which then is the last."""
        while self._waiting:
            address = next(iter(self._waiting))
            turns = self._waiting.pop(address)
            turn = turns.popleft()
            if turns:
                self._waiting[address] = turns
            if not turn.done():  # else it has just given up
                turn.set_result(None)
                return
        self._n_free += 1

    def _busy(self) -> RefusedError:
        return busy(f"{self._n_places} recordings are being recognized, and others wait")
