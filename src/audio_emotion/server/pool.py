"""A pool of worker processes, replaced when they crash."""

from __future__ import annotations

import asyncio
import json
import logging
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

from audio_emotion.errors import ToolError, reason_of
from audio_emotion.server import worker
from audio_emotion.server.limits import Limits, RefusedError, busy

_LOG = logging.getLogger(__name__)

_START_S: Final = 300  # for a worker on a machine that is busy
_RESPONSE_BYTES: Final = 1 << 26  # a timeline of a day; bounds the memory of the server
_RETRY_S: Final = 1  # before a worker that did not start is started again
_WATCH_S: Final = 0.5  # between two looks at idle workers


class Worker:
    """A process that recognizes one recording at a time."""

    def __init__(self, model_path: Path, limits: Limits) -> None:
        self._model_path = model_path
        self._limits = limits
        self._process: BaseProcess | None = None
        self._connection: Connection

    def start(self) -> None:
        """Start the process, in the place of one that has ended, and wait until it is ready.

        Raises
        ------
        ToolError
            It did not start, or not in time.
        """
        self.stop()
        # A server of forks has everything imported: a new worker takes a tenth of a second. But it
        # is reached through a file in the system's folder for temporary ones, which may be full,
        # be cleaned, or have too long a name; a process started anew needs none.
        available = multiprocessing.get_all_start_methods()
        reasons = []
        for method in [method for method in ("forkserver", "spawn") if method in available]:
            try:
                self._launch(multiprocessing.get_context(method))
            except (OSError, EOFError) as error:
                reasons.append(reason_of(error))
            else:
                break
        else:
            raise ToolError(f"a worker cannot be started ({'; '.join(reasons)}).")
        if self._receive(_START_S) != worker.READY:
            raise ToolError(f"a worker ended, or was not ready within {_START_S} s.")

    def _launch(self, context: Any) -> None:
        context.set_forkserver_preload([worker.__name__])
        ours, theirs = context.Pipe()
        process: BaseProcess = context.Process(
            target=worker.serve, args=(theirs, self._model_path, self._limits), daemon=True
        )
        try:
            process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._process, self._connection = process, ours

    @property
    def alive(self) -> bool:
        """Return whether the process runs."""
        process = self._process  # another thread may stop it
        return process is not None and process.is_alive()

    def recognize(self, name: str, content: bytes | bytearray) -> bytes | None:
        """Recognize a recording; None if it crashed the worker or took too long.

        Raises
        ------
        ToolError
            The worker had ended, and no other one starts.
        """
        if not self.alive:  # it ended while it was idle
            self.start()
        try:
            self._connection.send_bytes(name.encode())
            self._connection.send_bytes(content)
        except OSError:
            self.stop()
            return None
        return self._receive(self._limits.timeout_s)

    def kill(self) -> None:
        """Kill the process; whoever waits for it notices."""
        process = self._process
        if process is not None:
            process.kill()

    def stop(self) -> None:
        """Kill the process and forget it."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._connection.close()
            self._process = None

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
        self._spawn(self._watch())

    async def close(self) -> None:
        """End all workers."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        for one in self._workers:
            one.kill()
        await asyncio.to_thread(self._threads.shutdown)
        for one in self._workers:
            one.stop()

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
        try:
            response: bytes | None = await self._in_thread(one.recognize, name, content)
            return response
        except ToolError as error:
            _LOG.error("%s", error)
            raise busy("no worker can be started") from error
        finally:  # whatever happened, it is idle or replaced
            self._return(one)

    def _return(self, one: Worker) -> None:
        if one.alive:
            self._idle.put_nowait(one)
        else:
            self._spawn(self._replace(one))

    async def _watch(self) -> None:
        """Replace workers that end while they are idle."""
        while not self._closed:
            await asyncio.sleep(_WATCH_S)
            for _ in range(self._idle.qsize()):
                self._return(self._idle.get_nowait())

    async def _replace(self, one: Worker) -> None:
        while not self._closed:
            try:
                await self._in_thread(one.start)
            except Exception as error:  # whatever it was, without a worker nobody is answered
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
