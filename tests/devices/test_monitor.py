"""`audio-emotion board monitor` on a pseudo-terminal, at whose other end a sketch runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import board_doubles
from audio_emotion import cli
from audio_emotion.data import audio
from audio_emotion.devices.monitor import Recording, parse
from audio_emotion.export import export
from board_doubles import EXAMPLES
from random_network_models import made_up

pytest.importorskip("serial")
SKETCH = EXAMPLES["RP2040_I2S"]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sketch")
    export.export(made_up(), root / "arduino", "arduino")
    return board_doubles.build(root, SKETCH, root / "program", "AE_RECORD", "AE_STATS")


def monitor(monkeypatch: pytest.MonkeyPatch, port: str, *options: object) -> int:
    arguments = ["audio-emotion", "board", "monitor", port, *map(str, options)]
    monkeypatch.setattr(sys, "argv", arguments)
    try:
        cli.main()
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0


def test_shows_and_records_what_a_board_hears(
    program: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = (np.random.default_rng(2).normal(0, 1e-4, 5 * 16_000) * 2**31).astype(np.int32)
    (tmp_path / "sound").write_bytes(words.astype("<i4").tobytes())
    ours, theirs = os.openpty()
    environment = {
        **os.environ,
        "BOARD_SOUND": str(tmp_path / "sound"),
        "BOARD_FED": str(tmp_path / "fed"),
        "BOARD_USB_S": "0",
    }
    port = os.ttyname(theirs)
    import termios
    import tty

    tty.setraw(theirs, termios.TCSANOW)
    with subprocess.Popen([program], env=environment, stdout=ours) as sketch:
        options = ("--record", tmp_path / "heard.wav", "--json", "--seconds", "8")
        assert monitor(monkeypatch, port, *options) == 0
        assert sketch.wait(timeout=60) == 0
    os.close(ours)
    os.close(theirs)
    fed = np.fromfile(tmp_path / "fed", "<i2")
    heard = audio.read(tmp_path / "heard.wav")
    # What was printed before the port was opened is lost.
    starts = range(0, len(fed) - len(heard) + 1, 160)
    assert len(heard) > 2 * 16_000
    assert any(np.array_equal(heard, fed[start : start + len(heard)]) for start in starts)
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    levels = [event for event in events if event["event"] == "level"]
    assert len(levels) >= 2
    assert levels[1]["level_dbfs"] == -55
    assert levels[1]["advice"] == "too quiet: raise AE_GAIN if somebody spoke"
    assert any(event["text"].startswith("stats: busy") for event in events)


def test_a_port_that_is_not_there_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "heard.wav"
    assert monitor(monkeypatch, "/dev/none", "--record", record) == 1
    assert "/dev/none cannot be opened (no such file or directory)." in capsys.readouterr().err
    assert not record.exists()


def test_a_board_that_is_unplugged_and_one_without_samples(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = os.openpty()
    port = os.ttyname(theirs)
    stopped = threading.Event()
    board = threading.Thread(target=_print_until, args=(stopped, ours))
    board.start()
    assert monitor(monkeypatch, port, "--seconds", "2", "--record", tmp_path / "a.wav") == 1
    stopped.set()
    board.join()
    said = capsys.readouterr()
    assert "#define AE_RECORD" in said.err
    assert " -31 dBFS  sadness" in said.out
    os.close(theirs)
    os.close(ours)
    assert monitor(monkeypatch, port) == 1
    assert list(tmp_path.iterdir()) == []


def _print_until(stopped: threading.Event, port: int) -> None:
    while not stopped.wait(0.1):
        os.write(port, b"sadness (-31 dBFS) \n")


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("sadness (-31 dBFS) ", ("answer", "sadness", -31, "")),
        ("sadness (-31 dBFS)", ("answer", "sadness", -31, "")),
        (
            "not confident (0 dBFS) clipped: lower AE_GAIN",
            ("answer", "not confident", 0, "clipped: lower AE_GAIN"),
        ),
        ("listening (-96 dBFS) no signal", ("level", "", -96, "no signal")),
        ("the network is damaged", ("message", "the network is damaged", None, "")),
        ("(-31 dBFS)", ("message", "(-31 dBFS)", None, "")),
    ],
)
def test_lines(line: str, event: tuple[str, str, int | None, str]) -> None:
    assert tuple(parse(line).values()) == event


def test_lost_lines_become_zeros(tmp_path: Path) -> None:
    recording = Recording()
    assert recording.add("pcm 100 0001ffff")
    assert not recording.add("pcm 102 00")
    assert recording.add("pcm 104 8000")
    assert recording.n_missing == 2
    recording.write(tmp_path / "r.wav")
    assert audio.read(tmp_path / "r.wav").tolist() == [1, -1, 0, 0, -32768]
