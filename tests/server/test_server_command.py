"""`audio-emotion serve`, as people start and stop it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
httpx = pytest.importorskip("httpx")
client_of = pytest.importorskip("websockets.sync.client")

from websockets.exceptions import ConnectionClosed

from audio_emotion import cli
from audio_emotion.errors import InputError, ToolError
from audio_emotion.server import run
from audio_emotion.server.app import NOT_BUILT
from running_server import COMMAND, children, started, write_classifier


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_classifier(tmp_path_factory.mktemp("model"))


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(model: Path, sample: Path, kind: signal.Signals) -> None:
    speech = next(sample.rglob("*.flac")).read_bytes()
    with started(model, AUDIO_EMOTION_TOKEN="secret") as (server, address):
        assert httpx.get(f"{address}/api/health").json()["status"] == "ok"
        assert httpx.get(f"{address}/api/model").status_code == 401
        headers = {"Authorization": "Bearer secret"}
        response = httpx.post(f"{address}/api/predict", content=speech, headers=headers, timeout=60)
        assert response.json()["model"] == "ShrinkageLDA"
        below = children(server.pid)
        assert below
        os.killpg(server.pid, kind)  # as the terminal does
        assert server.wait(timeout=60) == 0
        assert server.stderr.read() == ""
    for _ in range(600):
        if not any(Path(f"/proc/{pid}").exists() for pid in below):
            return
        time.sleep(0.1)
    pytest.fail("processes are left behind")


def test_a_signal_ends_a_stream(model: Path) -> None:
    with started(model) as (server, address):
        where = address.replace("http", "ws") + "/api/stream?estimates=true"
        with client_of.connect(where, open_timeout=60) as stream:
            stream.send(bytes(32_000))
            os.kill(server.pid, signal.SIGTERM)
            with pytest.raises(ConnectionClosed):
                stream.recv(timeout=60)
            assert stream.close_code == 1012
        assert server.wait(timeout=60) == 0
        assert server.stderr.read() == ""


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
def test_workers_end_with_a_server_that_was_killed(model: Path) -> None:
    with started(model) as (server, _):
        below = children(server.pid)
        server.kill()
        server.wait()
    for _ in range(600):
        if not any(Path(f"/proc/{pid}/exe").exists() for pid in below):
            return
        time.sleep(0.1)
    pytest.fail("workers are left behind")


def test_a_port_in_use_is_one_sentence(model: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*COMMAND, "--port", port, "--model", str(model)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f"audio-emotion: error: port {port} of 127.0.0.1 is in use. "
        "Choose another one with --port.\n"
    )


def test_addresses_that_are_not_ours() -> None:
    with pytest.raises(ToolError, match=r"port 80 of 192\.0\.2\.1 cannot be served"):
        run.bound("192.0.2.1", 80)
    with pytest.raises(ToolError, match=r"not an address of this machine"):
        run.bound("nobody.invalid", 0)


def test_which_addresses_are_local() -> None:
    assert all(run.is_local(host) for host in ("127.0.0.1", "127.1.2.3", "::1", "localhost"))
    assert not any(run.is_local(host) for host in ("0.0.0.0", "::", "192.0.2.1", "example.org"))


@pytest.mark.parametrize("built", [False, True])
def test_options_become_limits(
    model: Path,
    built: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("audio_emotion.server.app.built_page", lambda: tmp_path if built else None)
    served: list[Any] = []
    monkeypatch.setattr(run, "serve", lambda *arguments: served.append(arguments))
    options = [
        *("--host", "0.0.0.0", "--port", "80", "--max-mb", "1.5", "--max-minutes", "2"),
        *("--max-requests", "3", "--max-streams", "4", "--timeout-s", "5", "--memory-mb", "64"),
        *("--jobs", "6", "--model", str(model), "--allow-origin", "https://example.org"),
    ]
    result = CliRunner().invoke(cli.app, ["serve", *options])
    assert result.exit_code == 0, result.output
    assert "Everybody who reaches 0.0.0.0 can use the interface" in result.stderr
    _, host, port, limits, announce = served[0]
    assert (host, port) == ("0.0.0.0", 80)
    assert (limits.body_bytes, limits.recording_s, limits.requests) == (1_500_000, 120, 3)
    assert (limits.streams, limits.timeout_s, limits.workers) == (4, 5, 6)
    assert limits.memory_bytes == 64 << 20
    announce("http://a")
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["http://a  (Ctrl-C ends)", *([] if built else [NOT_BUILT])]
    wrong = CliRunner().invoke(cli.app, ["serve", "--model", str(model), "--allow-origin", "a"])
    assert isinstance(wrong.exception, InputError)


def test_without_its_packages_it_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audio_emotion.extras.find_spec", lambda _name: None)
    monkeypatch.setattr(run, "serve", lambda *_: None)
    result = CliRunner().invoke(cli.app, ["serve"])
    assert isinstance(result.exception, ToolError)
    assert "[web]'" in str(result.exception)
