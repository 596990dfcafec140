"""A running server for tests, and models for it to serve."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
