"""A pool of worker processes, replaced when they crash."""

from __future__ import annotations

import asyncio
import json
import logging
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

from audio_emotion.errors import ToolError
from audio_emotion.server import worker
from audio_emotion.server.limits import Limits, RefusedError, busy

_LOG = logging.getLogger(__name__)

_START_S: Final = 300  # for a worker on a machine that is busy
_RESPONSE_BYTES: Final = 1 << 26  # a timeline of a day; bounds the memory of the server
_RETRY_S: Final = 1  # before a worker that did not start is started again


class Worker:
    """A process that recognizes one recording at a time."""

    def __init__(self, model_path: Path, limits: Limits) -> None:
        self._model_path = model_path
        self._limits = limits
        self._process: BaseProcess | None = None
        self._connection: Connection

    def start(self) -> None:
        """Start the process and wait until it is ready.

        Raises
        ------
        ToolError
            It did not start in time.
        """
        # A server of forks has everything imported: a new worker takes a tenth of a second.
        available = multiprocessing.get_all_start_methods()
        context: Any = multiprocessing.get_context(
            "forkserver" if "forkserver" in available else "spawn"
        )
        context.set_forkserver_preload([worker.__name__])
        self._connection, theirs = context.Pipe()
        process: BaseProcess = context.Process(
            target=worker.serve, args=(theirs, self._model_path, self._limits), daemon=True
        )
        process.start()
        self._process = process
        theirs.close()
        if self._receive(_START_S) != worker.READY:
            raise ToolError(
                f"a worker did not start within {_START_S} s. Look for its error above."
            )

    @property
    def alive(self) -> bool:
        """Return whether the process runs."""
        return self._process is not None and self._process.is_alive()

    def recognize(self, name: str, content: bytes | bytearray) -> bytes | None:
        """Recognize a recording; None if it crashed the worker or took too long."""
        if not self.alive:  # it ended while it was idle
            self.start()
        try:
            self._connection.send_bytes(name.encode())
            self._connection.send_bytes(content)
        except OSError:
            self.stop()
            return None
        return self._receive(self._limits.timeout_s)

    def stop(self) -> None:
        """Kill the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._connection.close()

    def _receive(self, seconds: float) -> bytes | None:
        try:
            if self._connection.poll(seconds):
                return self._connection.recv_bytes(_RESPONSE_BYTES)
        except (EOFError, OSError):
            pass
        self.stop()
        return None


class Pool:
    """A pool of `limits.workers` workers.

    Parameters
    ----------
    model_path : Path
    limits : Limits
    """

    def __init__(self, model_path: Path, limits: Limits) -> None:
        self._limits = limits
        self._workers = [Worker(model_path, limits) for _ in range(limits.workers)]
        self._threads = ThreadPoolExecutor(limits.workers, "workers")
        self._idle: asyncio.Queue[Worker] = asyncio.Queue()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    async def start(self) -> None:
        """Start all workers.

        Raises
        ------
        ToolError
            One of them does not start.
        """
        await asyncio.gather(*(self._in_thread(one.start) for one in self._workers))
        for one in self._workers:
            self._idle.put_nowait(one)

    async def close(self) -> None:
        """End all workers."""
        self._closed = True
        for one in self._workers:
            one.stop()
        await asyncio.to_thread(self._threads.shutdown)

    @property
    def n_alive(self) -> int:
        """Return the number of workers that run."""
        return sum(one.alive for one in self._workers)

    async def recognize(self, name: str, content: bytes | bytearray) -> Any:
        """Recognize a recording with the next free worker.

        Returns
        -------
        dict
            The response of `/api/predict`.

        Raises
        ------
        RefusedError
            The recording cannot be recognized, or no worker is free in time.
        """
        try:
            async with asyncio.timeout(self._limits.timeout_s):
                one = await self._idle.get()
        except TimeoutError:
            raise busy("every worker is busy") from None
        # The client may disconnect; the worker is free only when it has responded.
        received = await asyncio.shield(self._spawn(self._recognize(one, name, content)))
        if received is None:
            raise self._undecodable(name)
        response = json.loads(received)
        if response["status"] == 500:
            _LOG.error("%s", response["error"])
            raise self._undecodable(name)
        if response["status"] != 200:
            raise RefusedError(response["status"], response["error"])
        return response["document"]

    async def _recognize(self, one: Worker, name: str, content: bytes | bytearray) -> bytes | None:
        response: bytes | None = None
        with suppress(ToolError):
            response = await self._in_thread(one.recognize, name, content)
        if one.alive:
            self._idle.put_nowait(one)
        else:
            self._spawn(self._replace(one))
        return response

    async def _replace(self, one: Worker) -> None:
        while not self._closed:
            try:
                await self._in_thread(one.start)
            except (ToolError, OSError) as error:
                if not self._closed:
                    _LOG.error("%s", error)
                    await asyncio.sleep(_RETRY_S)
            else:
                self._idle.put_nowait(one)
                return

    def _undecodable(self, name: str) -> RefusedError:
        seconds, megabytes = self._limits.timeout_s, self._limits.memory_bytes >> 20
        return RefusedError(
            422,
            f"{name}: cannot be decoded and recognized within {seconds:g} s and {megabytes} MB. "
            "Send a shorter part, or convert it first, for example with: "
            "ffmpeg -i INPUT output.wav",
        )

    async def _in_thread(self, function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    def _spawn(self, coroutine: Any) -> asyncio.Task[Any]:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
