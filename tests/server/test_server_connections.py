"""Slow clients lose their connection, and no others do."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
httpx = pytest.importorskip("httpx")

from audio_emotion.server import connections
from running_server import post, refusal, serving, write_classifier


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_classifier(tmp_path_factory.mktemp("model"))


def connected(client: httpx.Client) -> socket.socket:
    return socket.create_connection((client.base_url.host, client.base_url.port), timeout=120)


def head(client: httpx.Client, line: str, *more: str) -> bytes:
    host = f"Host: {client.base_url.host}:{client.base_url.port}"
    return "\r\n".join([line, host, *more, "", ""]).encode()


def received(connection: socket.socket) -> bytes:
    """Receive everything until the server closes the connection."""
    content = bytearray()
    with suppress(ConnectionResetError):
        while piece := connection.recv(1 << 20):
            content += piece
    return bytes(content)


def trickle(connection: socket.socket) -> None:
    """Send a header that never ends."""
    connection.sendall(b"GET / HTTP/1.1\r\n")
    for _ in range(1000):
        connection.sendall(b"X-Slow: yes\r\n")
        time.sleep(0.1)


def test_a_header_has_to_come_in_time(model: Path) -> None:
    with serving(model, limits={"header_s": 0.3}) as client:
        for begun in (b"", b"GET / HTTP/1.1\r\nX-Slow"):
            with connected(client) as connection:
                connection.sendall(begun)
                assert received(connection) == b""
        with connected(client) as connection, pytest.raises(ConnectionError):
            trickle(connection)


def test_so_has_that_of_another_request(model: Path) -> None:
    with serving(model, limits={"header_s": 1}) as client, connected(client) as connection:
        connection.sendall(head(client, "GET /api/health HTTP/1.1") + b"GET /api/health")
        response = received(connection)
        assert response.count(b"HTTP/1.1 200") == 1


def test_a_body_has_the_time_of_a_recording(model: Path) -> None:
    with serving(model, limits={"header_s": 2}) as client, connected(client) as connection:
        declared = ("Content-Length: 10", "Connection: close")
        connection.sendall(head(client, "POST /api/predict HTTP/1.1", *declared) + b"R")
        for _ in range(9):
            time.sleep(0.5)
            connection.sendall(b"I")
        assert received(connection).startswith(b"HTTP/1.1 422 ")


def test_a_response_has_to_be_read(model: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<title>emotions</title>")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(100_000_000)
    limits = {"header_s": 0.2, "timeout_s": 0.2}
    with serving(model, limits=limits, page=tmp_path) as client:
        for seconds in (2, 4, 8, 16):  # the machine may be busy
            with connected(client) as connection:
                connection.sendall(head(client, "GET /large HTTP/1.1", "Connection: close"))
                time.sleep(seconds)
                if len(received(connection)) < 100_000_000:
                    return
    pytest.fail("a client that does not read is waited for")


def test_connections_have_a_limit_and_come_back(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_MAX_OPEN", 3)
    with serving(model, limits={"header_s": 5}) as client:
        held = [connected(client) for _ in range(3)]
        with connected(client) as connection:
            assert received(connection) == b""
        for connection in held:
            connection.close()
        for _ in range(100):  # until the server has noticed
            with suppress(httpx.TransportError):
                assert refusal(post(client, b"nothing"))[0] == 422
                return
            time.sleep(0.1)
    pytest.fail("connections that are closed are still counted")
