"""A running server for tests, and models for it to serve."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import uvicorn

import random_networks
from audio_emotion.engine import network_file as network
from audio_emotion.recognition.classifier_file import save
from audio_emotion.server import Limits, create_app, run
from fitted_classifiers import on_made_up
from random_network_models import METADATA

COMMAND = [sys.executable, "-c", "from audio_emotion.cli import main; main()", "serve"]


def write_classifier(folder: Path) -> Path:
    path = folder / "ShrinkageLDA.skops"
    save(on_made_up("ShrinkageLDA"), path)
    return path


def write_network(folder: Path) -> Path:
    path = folder / "network.aem"
    network.write(random_networks.example(), path, METADATA)
    return path


@contextmanager
def serving(
    model: Path, *, limits: dict[str, Any] | None = None, **settings: Any
) -> Iterator[httpx.Client]:
    """Serve on a free port, with one worker unless `limits` has more, and yield a client."""
    chosen = Limits(**{"workers": 1, **(limits or {})})
    app = create_app(model, limits=chosen, **settings)
    server = uvicorn.Server(run.configured(app, chosen))
    with run.bound("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.01)
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


def post(client: httpx.Client, content: bytes, **how: Any) -> httpx.Response:
    return client.post("/api/predict", content=content, **how)


def refusal(response: httpx.Response) -> tuple[int, str]:
    """Check that a response is a refusal and return its status and sentence."""
    document = response.json()
    assert list(document) == ["error"]
    sentence = document["error"]
    assert isinstance(sentence, str)
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert response.headers["x-content-type-options"] == "nosniff"
    return response.status_code, sentence


@contextmanager
def started(
    model: Path, *options: str, ulimit: int | None = None, **environment: str
) -> Iterator[tuple[Any, str]]:
    """Yield a server's process and its address; nothing is left of it afterwards.

    `ulimit` is how many descriptors it may have.
    """
    limited = ["sh", "-c", f'ulimit -n {ulimit}; exec "$@"', "sh"] if ulimit else []
    command = [*limited, *COMMAND, "--port", "0", "--jobs", "1", "--model", str(model), *options]
    server = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
        start_new_session=True,
    )
    with server:
        try:
            line = server.stdout.readline()
            found = re.match(r"(http://\S+)  \(Ctrl-C ends\)", line)
            assert found, server.stderr.read()
            yield server, found[1]
        finally:
            server.kill()


def children(pid: int) -> list[int]:
    listed = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # a thread that has ended in the meantime
            listed += thread.read_text().split()
    return [below for child in map(int, listed) for below in (child, *children(child))]
