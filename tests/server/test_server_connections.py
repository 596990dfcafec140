"""Slow clients lose their connection, and no others do."""

from __future__ import annotations

import json
import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
httpx = pytest.importorskip("httpx")

from audio_emotion.server import connections, guard
from running_server import post, refusal, serving, write_network


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_network(tmp_path_factory.mktemp("model"))


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
    monkeypatch.setattr(connections, "_MOST_OPEN", 3)
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


def test_a_client_that_has_sent_all_gets_its_response(model: Path) -> None:
    """As `nc -N` does, and HTTP/1.0 clients: they close their half of the connection."""
    with serving(model) as client, connected(client) as connection:
        declared = "Content-Length: 5"
        connection.sendall(head(client, "POST /api/predict HTTP/1.1", declared) + b"12345")
        connection.shutdown(socket.SHUT_WR)
        assert received(connection).startswith(b"HTTP/1.1 422 ")


def test_two_lengths_close_the_connection(model: Path) -> None:
    """RFC 9112, 6.1: a proxy may have read another length."""
    with serving(model) as client, connected(client) as connection:
        lengths = ("Content-Length: 5", "Transfer-Encoding: chunked")
        body = b"5\r\n12345\r\n0\r\n\r\n"
        connection.sendall(head(client, "POST /api/predict HTTP/1.1", *lengths) + body)
        connection.sendall(head(client, "GET /api/health HTTP/1.1"))
        response = received(connection)
        assert response.startswith(b"HTTP/1.1 422 ")
        assert response.count(b"HTTP/1.1 ") == 1


def test_every_answer_has_the_headers_and_a_sentence(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those too that are given before a request gets to its route."""
    upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
    monkeypatch.setattr(connections, "MOST_SERVED", 1)
    with serving(model) as client:
        asked = {
            b"nonsense\r\n\r\n": b"400",
            head(client, "GET /api/stream HTTP/1.1", *upgrade): b"400",
        }
        for request, status in asked.items():
            with connected(client) as connection:
                connection.sendall(request)
                check(received(connection), status)
        with connected(client), connected(client) as connection:
            connection.sendall(head(client, "GET /api/health HTTP/1.1"))
            check(received(connection), b"503")


def check(response: bytes, status: bytes) -> None:
    """Check one that closes the connection."""
    lines, _, body = response.partition(b"\r\n\r\n")
    assert lines.split()[1] == status
    sent = {line.partition(b":")[0].lower() for line in lines.split(b"\r\n")[1:]}
    assert sent >= {name.lower().encode() for name in guard.HEADERS}
    assert list(json.loads(body)) == ["error"]
