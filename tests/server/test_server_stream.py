"""Streams over a WebSocket get what `audio-emotion listen --json` prints."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
httpx = pytest.importorskip("httpx")
client_of = pytest.importorskip("websockets.sync.client")

from websockets.exceptions import ConnectionClosed, InvalidStatus

from audio_emotion.data import audio
from audio_emotion.engine import features
from audio_emotion.recognition.model import load_model
from audio_emotion.recognition.predict import expand
from audio_emotion.recognition.stream import stream as recognize_stream
from running_server import refusal, serving, write_classifier, write_network

SR = features.SAMPLE_RATE
TOKEN = "secret"


@pytest.fixture(scope="module")
def pcm(sample: Path) -> np.ndarray:
    """Two clips with pauses, a quiet hiss over all."""
    silence = np.zeros(SR, np.int16)
    first, second = (audio.read(path) for path in expand([sample])[0][:30:15])
    joined = np.concatenate([silence, first, silence, second])
    hiss = np.rint(np.random.default_rng(0).normal(0, 5, len(joined))).astype(np.int16)
    return joined + hiss


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_network(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def client(network: Path) -> Iterator[httpx.Client]:
    limits = {"streams": 2, "message_bytes": 100_000}
    with serving(network, limits=limits, token=TOKEN) as client:
        yield client


def connect(client: httpx.Client, query: str = "", **how: Any) -> Any:
    """Connect, again in a moment while the server has not yet noticed that others are gone."""
    for _ in range(300):
        try:
            return connect_once(client, query, **how)
        except InvalidStatus as refused:
            if refused.response.status_code != 503:
                raise
            time.sleep(0.1)
    pytest.fail("streams that ended are still counted")


def connect_once(client: httpx.Client, query: str = "", **how: Any) -> Any:
    headers = how.pop("additional_headers", {"Authorization": f"Bearer {TOKEN}"})
    address = f"ws://127.0.0.1:{client.base_url.port}/api/stream{query}"
    return client_of.connect(address, additional_headers=headers, open_timeout=60, **how)


def conversation(stream: Any, pcm: np.ndarray, length: int) -> list[dict[str, Any]]:
    content = pcm.astype("<i2").tobytes()
    for start in range(0, len(content), 2 * length):
        stream.send(content[start : start + 2 * length])
    stream.send("end")
    return [json.loads(line) for line in stream]


def refused(client: httpx.Client, query: str = "", **how: Any) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as caught:
        connect(client, query, **how)
    return refusal_of(caught.value)


def refusal_of(caught: InvalidStatus) -> tuple[int, str]:
    response = caught.response
    assert response.headers["x-content-type-options"] == "nosniff"
    return response.status_code, json.loads(response.body)["error"]


@pytest.mark.parametrize(
    ("query", "how"),
    [
        ("", {}),
        ("?estimates=true&adapt=false", {"estimates": True, "adapt": False}),
        ("?estimates=false&adapt=true", {"adapt": True}),
    ],
)
def test_events_equal_listen(
    client: httpx.Client, network: Path, pcm: np.ndarray, query: str, how: dict[str, bool]
) -> None:
    expected = list(recognize_stream(iter([pcm]), load_model(network), **how))
    assert [event["event"] for event in expected].count("ended") >= 2
    for length in (800, 12_345, 50_000):
        with connect(client, query) as stream:
            assert conversation(stream, pcm, length) == expected
        assert stream.close_code == 1000


def test_events_equal_listen_with_a_classifier(tmp_path: Path, pcm: np.ndarray) -> None:
    path = write_classifier(tmp_path)
    with serving(path) as client:
        with connect(client) as stream:
            events = conversation(stream, pcm, 1600)
        assert events == list(recognize_stream(iter([pcm]), load_model(path)))
        status, sentence = refused(client, "?adapt=true")
        assert (status, "cannot adapt" in sentence) == (400, True)


def test_messages_of_no_samples_change_nothing(
    client: httpx.Client, network: Path, pcm: np.ndarray
) -> None:
    with connect(client) as stream:
        for _ in range(1000):
            stream.send(b"")
        events = conversation(stream, pcm, 12_345)
    assert events == list(recognize_stream(iter([pcm]), load_model(network)))


def test_events_arrive_while_the_stream_goes_on(client: httpx.Client, pcm: np.ndarray) -> None:
    with connect(client, "?estimates=true") as stream:
        stream.send(pcm[: 3 * SR // 2].astype("<i2").tobytes())
        assert json.loads(stream.recv(timeout=60))["event"] == "began"


def test_options_that_there_are_not(client: httpx.Client) -> None:
    for query in ("?estimates=yes", "?volume=11", "?adapt=", "?estimates=true&estimates=1"):
        status, sentence = refused(client, query)
        assert (status, "not an option of a stream" in sentence) == (400, True)


def test_access_is_controlled(client: httpx.Client) -> None:
    assert refused(client, additional_headers={})[0] == 401
    assert refused(client, origin="https://example.org")[0] == 403
    handshake = {
        "Host": "evil.example",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version": "13",
        "Authorization": f"Bearer {TOKEN}",
    }
    assert refusal(client.get("/api/stream", headers=handshake))[0] == 421
    ours = str(client.base_url).rstrip("/")
    with connect(client, origin=ours) as stream:
        stream.send("end")
        assert list(stream) == []


def test_what_is_no_pcm_ends_the_stream(client: httpx.Client) -> None:
    with connect(client) as stream:
        stream.send("stop")
        assert "a text other" in json.loads(stream.recv(timeout=60))["error"]
        with pytest.raises(ConnectionClosed):
            stream.recv(timeout=60)
        assert stream.close_code == 1003
    with connect(client) as stream:
        stream.send(bytes(200_000))
        with pytest.raises(ConnectionClosed):
            stream.recv(timeout=60)
        assert stream.close_code == 1009


def test_streams_at_once(client: httpx.Client) -> None:
    with connect(client), connect(client):
        with pytest.raises(InvalidStatus) as caught:
            connect_once(client)
        status, sentence = refusal_of(caught.value)
        assert (status, "2 streams are being recognized" in sentence) == (503, True)
    with connect(client):
        pass


def test_silent_clients_are_sent_away(network: Path) -> None:
    with serving(network, limits={"idle_s": 1}) as client, connect(client) as stream:
        assert "nothing arrived for 1 s" in json.loads(stream.recv(timeout=60))["error"]
        with pytest.raises(ConnectionClosed):
            stream.recv(timeout=60)
        assert stream.close_code == 1008


def test_streams_do_not_last_for_ever(network: Path) -> None:
    with serving(network, limits={"stream_s": 1}) as client, connect(client) as stream:
        assert "may last 1 s" in json.loads(stream.recv(timeout=60))["error"]
