"""A real scheduler, and workers that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client
from distributed.security import Security


class Cluster:
    """Processes on this machine that know of one another by TCP only, or by TLS."""

    def __init__(self, folder: Path, tls: dict[str, Path] | None = None) -> None:
        self._folder = folder
        self._tls: list[str] = []
        self.security = None
        if tls:
            self._tls = [f"--tls-{name}={path}" for name, path in tls.items()]
            self.security = Security(
                tls_ca_file=str(tls["ca-file"]),
                tls_client_cert=str(tls["cert"]),
                tls_client_key=str(tls["key"]),
                require_encryption=True,
            )
        contact = folder / "scheduler.json"
        self._processes = [
            self._start(
                *("scheduler", "--port", "0", "--scheduler-file", str(contact)),
                *(["--protocol", "tls"] if tls else []),
            )
        ]
        while not contact.exists():
            assert self._processes[0].poll() is None
            time.sleep(0.1)
        with Client(scheduler_file=str(contact), security=self.security) as client:
            self.address: str = client.scheduler.address
        self.workers = [self._worker(number) for number in range(2)]
        with Client(self.address, security=self.security) as client:
            client.wait_for_workers(2, timeout=120)

    def kill_a_worker(self) -> None:
        """As when a machine loses its power: no good-bye."""
        worker = self.workers.pop()
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def kill_the_scheduler(self) -> None:
        os.killpg(self._processes[0].pid, signal.SIGKILL)
        self._processes[0].wait()

    def add_a_worker(self) -> None:
        self.workers.append(self._worker(len(self._processes)))
        with Client(self.address, security=self.security) as client:
            client.wait_for_workers(len(self.workers), timeout=120)

    def close(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _worker(self, number: int) -> subprocess.Popen[bytes]:
        options = ["--nworkers", "1", "--nthreads", "1", "--name", f"worker-{number}"]
        process = self._start("worker", self.address, *options)
        self._processes.append(process)
        return process

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *arguments, *self._tls, "--no-dashboard"]
        place = self._folder / f"{len(list(self._folder.iterdir()))}"
        place.mkdir()
        with (place / "log").open("wb") as log:
            return subprocess.Popen(
                command, cwd=place, stdout=log, stderr=log, start_new_session=True
            )


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield cluster
    finally:
        cluster.close()
