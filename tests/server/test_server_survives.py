"""Workers that die, descriptors that run out, a temporary folder that goes: then service again."""

from __future__ import annotations

import asyncio
import errno
import logging
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
httpx = pytest.importorskip("httpx")

from audio_emotion.server import Limits, connections, log
from audio_emotion.server.limits import RefusedError
from audio_emotion.server.pool import Pool, Worker
from audio_emotion.server.queue import FairQueue
from running_server import children, post, refusal, serving, started, write_network

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_network(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def speech(sample: Path) -> bytes:
    return next(sample.rglob("*.flac")).read_bytes()


def eventually(asked: Callable[[], bool]) -> None:
    for _ in range(600):
        with suppress(httpx.TransportError, OSError):
            if asked():
                return
        time.sleep(0.1)
    pytest.fail("it never happens")


def answers(address: str, speech: bytes) -> bool:
    return httpx.post(f"{address}/api/predict", content=speech, timeout=60).status_code == 200


def workers_of(pid: int) -> list[int]:
    """Processes below a server that recognize: those that have forked nobody."""
    below = [child for child in children(pid) if not children(child)]
    names = {child: Path(f"/proc/{child}/cmdline").read_bytes() for child in below}
    return [child for child, name in names.items() if b"resource_tracker" not in name]


@linux
def test_the_temporary_folder_may_be_cleaned(model: Path, speech: bytes, tmp_path: Path) -> None:
    """The fork server is reached through a file in it: no worker could be started any more."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    with started(model, TMPDIR=str(folder)) as (server, address):
        assert answers(address, speech)
        assert list(folder.iterdir())
        for entry in folder.iterdir():
            shutil.rmtree(entry)
        for pid in workers_of(server.pid):
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: answers(address, speech))
        assert httpx.get(f"{address}/api/health").json()["workers"] == 1


@linux
def test_the_temporary_folder_may_have_a_long_name(
    model: Path, speech: bytes, tmp_path: Path
) -> None:
    """The address of a fork server in it has no room for it."""
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    with started(model, TMPDIR=str(folder)) as (_, address):
        assert answers(address, speech)


@linux
def test_kills_in_a_row(model: Path, speech: bytes) -> None:
    with started(model) as (server, address):
        for _ in range(5):
            for pid in workers_of(server.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        eventually(lambda: answers(address, speech))


@linux
def test_few_descriptors_and_many_connections(model: Path, speech: bytes) -> None:
    """120 idle connections wrote 102,267 tracebacks, and a worker that died was gone for good."""
    with started(model, ulimit=64) as (server, address):
        where = urlsplit(address)
        with ExitStack() as held:
            for _ in range(120):
                held.enter_context(socket.create_connection((where.hostname, where.port)))
            time.sleep(1)
            for pid in workers_of(server.pid):
                os.kill(pid, signal.SIGKILL)
            time.sleep(1)
        eventually(lambda: answers(address, speech))
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=60) == 0
        assert server.stderr.read() == ""


def test_connections_follow_from_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    for descriptors, expected in (
        (64, (24, 8)),
        (256, (168, 56)),
        (1 << 20, (512, 512)),
        (10, (3, 1)),
    ):
        monkeypatch.setattr(
            connections.resource, "getrlimit", lambda _, given=descriptors: (given, given)
        )
        assert connections.room(Limits(workers=1)) == expected


class Broken:
    """Workers that cannot be started while `reason` is an error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reason: Exception | None = None
        launch = Worker._launch

        def broken(worker: Worker, context: Any) -> None:
            if self.reason:
                raise self.reason
            launch(worker, context)

        monkeypatch.setattr(Worker, "_launch", broken)


@pytest.mark.parametrize("reason", [OSError(errno.EMFILE, "Too many open files"), EOFError()])
def test_a_worker_that_cannot_be_started_is_tried_again(
    model: Path, speech: bytes, monkeypatch: pytest.MonkeyPatch, reason: Exception
) -> None:
    """It was neither idle nor replaced, and the server said that all was well."""
    broken = Broken(monkeypatch)

    async def recognize() -> None:
        pool = Pool(model, Limits(workers=1))
        await pool.start()
        try:
            broken.reason = reason
            pool._workers[0].stop()
            with pytest.raises(RefusedError, match="no worker can be started") as refused:
                await pool.recognize("a", speech)
            assert (refused.value.status, pool.n_alive) == (503, 0)
            broken.reason = None
            assert (await pool.recognize("b", speech))["path"] == "b"
        finally:
            await pool.close()

    asyncio.run(recognize())


def test_health_is_503_while_nobody_can_answer(
    model: Path, speech: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Broken(monkeypatch)
    others = set(multiprocessing.active_children())  # of tests before
    with serving(model) as client:
        assert client.get("/api/health").json()["workers"] == 1
        broken.reason = OSError("no")
        for child in set(multiprocessing.active_children()) - others:
            child.kill()
        eventually(lambda: client.get("/api/health").status_code == 503)
        status, sentence = refusal(client.get("/api/health"))
        assert (status, sentence) == (
            503,
            "no worker runs, and all are being started. Try again in a moment.",
        )
        broken.reason = None
        eventually(lambda: client.get("/api/health").status_code == 200)
        assert post(client, speech).status_code == 200


def test_a_repeated_fault_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    logger = logging.getLogger("repeating")
    logger.addFilter(log.Repeats(lambda: now[0]))
    for second in (0, 1, 59, 60, 61, 200):
        now[0] = second
        logger.error("no descriptor for %s", second)
    logger.error("something else")
    assert caplog.messages == [
        "no descriptor for 0",
        "no descriptor for 60 (2 times more since)",
        "no descriptor for 200 (1 times more since)",
        "something else",
    ]


class Visits:
    """Requests of a queue, and the order in which they got a place."""

    def __init__(self, queue: FairQueue) -> None:
        self.queue = queue
        self.order: list[str] = []
        self.refused: dict[str, RefusedError] = {}
        self.leave = asyncio.Event()

    async def visit(self, name: str) -> None:
        """By the client whose address is the first letter."""
        try:
            async with self.queue.place(name[0]):
                self.order.append(name)
                await self.leave.wait()
        except RefusedError as refused:
            self.refused[name] = refused


def test_places_go_round_the_addresses() -> None:
    async def play() -> None:
        visits = Visits(FairQueue(1, 100, 60))
        names = ["a1", "a2", "a3", "a4", "b1", "c1", "b2"]
        tasks = [asyncio.create_task(visits.visit(name)) for name in names]
        await asyncio.sleep(0)
        assert visits.order == ["a1"]
        visits.leave.set()
        await asyncio.gather(*tasks)
        assert visits.order == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]

    asyncio.run(play())


def test_a_full_queue_refuses_who_has_most_in_it() -> None:
    async def play() -> None:
        visits = Visits(FairQueue(1, 3, 60))
        names = ["a1", "a2", "a3", "a4", "b1", "c1"]
        tasks = [asyncio.create_task(visits.visit(name)) for name in names]
        await asyncio.sleep(0.01)
        assert list(visits.refused) == ["a4", "a3"]
        visits.leave.set()
        await asyncio.gather(*tasks)
        assert visits.order == ["a1", "a2", "b1", "c1"]

    asyncio.run(play())


def test_who_waits_too_long_or_goes_away_leaves_no_place_taken() -> None:
    async def play() -> None:
        visits = Visits(FairQueue(1, 3, 0.05))
        first, second, gone = (
            asyncio.create_task(visits.visit(name)) for name in ("a1", "b1", "c1")
        )
        await asyncio.sleep(0)
        gone.cancel()
        await second
        refused = visits.refused.pop("b1")
        assert (refused.status, refused.headers) == (503, {"Retry-After": "1"})
        visits.leave.set()
        await first
        await visits.visit("d1")
        assert visits.order == ["a1", "d1"]

    asyncio.run(play())


def test_a_burst_is_answered(model: Path, speech: bytes) -> None:
    """Of 200 clients, 180 got 503 at once."""

    async def ask(address: str) -> list[int]:
        async with httpx.AsyncClient(base_url=address, timeout=120) as client:
            sent = [client.post("/api/predict", content=speech) for _ in range(40)]
            return [response.status_code for response in await asyncio.gather(*sent)]

    with serving(model, limits={"requests": 2, "patience_s": 100}) as client:
        assert asyncio.run(ask(str(client.base_url))) == [200] * 40


@linux
def test_workers_do_not_inherit_the_token(model: Path) -> None:
    with started(model, AUDIO_EMOTION_TOKEN="secret") as (server, address):
        assert httpx.get(f"{address}/api/model").status_code == 401
        below = children(server.pid)
        assert below
        for pid in below:
            assert b"secret" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_what_runs_is_finished_before_the_server_stops(model: Path, speech: bytes) -> None:
    with started(model) as (server, address):
        where = urlsplit(address)
        with socket.create_connection((where.hostname, where.port), timeout=60) as client:
            head = (
                f"POST /api/predict HTTP/1.1\r\nHost: {where.netloc}\r\n"
                f"Content-Length: {len(speech)}\r\n\r\n"
            )
            client.sendall(head.encode() + speech[:-1])
            time.sleep(0.5)
            server.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            client.sendall(speech[-1:])
            assert client.recv(100).startswith(b"HTTP/1.1 200 ")
        assert server.wait(timeout=60) == 0
        assert server.stderr.read() == ""


def test_what_takes_too_long_is_refused_when_the_server_stops(model: Path) -> None:
    """It was a traceback in the log, and no response."""
    with started(model, "--timeout-s", "1") as (server, address):
        where = urlsplit(address)
        with socket.create_connection((where.hostname, where.port), timeout=60) as client:
            head = (
                f"POST /api/predict HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: 9\r\n\r\n"
            )
            client.sendall(head.encode())
            time.sleep(0.3)
            server.send_signal(signal.SIGTERM)
            assert client.recv(100).split()[1] in {b"408", b"503"}
        assert server.wait(timeout=60) == 0
        assert "Traceback" not in server.stderr.read()
