"""What a terminal shows while listening, and hours of it in the same memory."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from audio_emotion.cli.live import METER_WIDTH, LiveView
from audio_emotion.cli.quiet import quiet_libraries
from audio_emotion.data import audio
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import SAMPLE_RATE
from audio_emotion.recognition.predict import expand

SR = SAMPLE_RATE

# What a listener may need more after an hour than after six minutes: caches of the allocator.
LARGEST_GROWTH_BYTES = 2**20


@pytest.fixture
def view():
    console = Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)
    return LiveView(console)


def shown(view: LiveView) -> list[str]:
    console = Console(file=io.StringIO(), width=100)
    console.print(view.lines())
    return console.file.getvalue().splitlines()


def event(kind: str, emotion: str | None = None) -> dict:
    probabilities = {one: 0.9 if one == emotion else 0.1 / 6 for one in EMOTIONS}
    return {
        "event": kind,
        "start_s": 1.0,
        "end_s": 2.5,
        "cut": False,
        "emotion": emotion,
        "confident": None if kind == "began" else emotion is not None,
        "speech": None if kind == "began" else 0.97 if emotion else 0.02,
        "probabilities": None if kind == "began" else probabilities,
    }


def test_the_meter_follows_the_level_and_falls_slowly(view):
    assert shown(view)[0].startswith("░" * METER_WIDTH + "  silence")
    loud = np.tile(np.array([30000, -30000], np.int16), 400)
    view.process(loud)
    assert "█" * METER_WIDTH in shown(view)[0]
    assert "too loud" in shown(view)[0]
    view.process(np.zeros(SR // 2, np.int16))
    assert 0 < shown(view)[0].count("█") < METER_WIDTH
    view.process(np.zeros(2 * SR, np.int16))
    assert shown(view)[0].count("█") == 0
    assert "0:00:02, 0 utterances" in shown(view)[0]


def test_the_last_line_is_about_now_and_the_list_stays_above(view):
    with view:
        view.show(event("began"))
        assert shown(view)[1].strip() == "1.0 s  ..."
        view.show(event("estimate", "fear"))
        assert "fear" in shown(view)[1]
        view.show(event("ended", "anger"))
        assert shown(view)[1] == "listening"
        view.show(event("ended"))  # of a sound that is no speech
        view.overrun()
        assert "1 utterance, samples lost 1 times" in shown(view)[0]
    printed = view._console.file.getvalue()
    assert re.search(r"1\.0 s +1\.5 s +anger", printed)
    assert re.search(r"1\.0 s +1\.5 s +no speech +█████ +98%\n", printed)
    assert "0:00:00, 1 utterance, samples lost 1 times" in printed.splitlines()[-1]


def test_libraries_are_quiet_and_we_are_not():
    program = (
        "import os, sys\n"
        "from audio_emotion.cli.quiet import quiet_libraries\n"
        "with quiet_libraries():\n"
        "    os.write(2, b'library\\n'); print('ours', file=sys.stderr)\n"
        "os.write(2, b'after\\n')\n"
    )
    errors = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stderr
    assert errors == b"ours\nafter\n"
    with quiet_libraries():  # also where the stream is not the process's own
        print("captured", file=sys.stderr)


@pytest.fixture(scope="module")
def six_minutes(sample) -> bytes:
    """Conversation: clips of the sample, pauses, a hiss over all."""
    pieces = [np.zeros(SR, np.int16)]
    for path in expand([sample])[0][::6]:
        pieces += [audio.read(path), np.zeros(4 * SR, np.int16)]
    pcm = np.concatenate(pieces)
    pcm = pcm + np.rint(np.random.default_rng(0).normal(0, 5, len(pcm))).astype(np.int16)
    return np.resize(pcm, 6 * 60 * SR).astype("<i2").tobytes()


def resident_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read as on Linux")
@pytest.mark.parametrize(
    ("terminal", "hours"), [(False, 1.0), (True, 0.4)], ids=["json", "terminal"]
)
def test_an_hour_takes_no_more_memory_than_six_minutes(six_minutes, terminal, hours):
    """The whole command, faster than real time; its output is read as it comes."""
    arguments = [] if terminal else ["--json", "--estimates"]
    code = "from audio_emotion.cli import main; main()"
    command = [sys.executable, "-c", code, "listen", "--input", "-", *arguments]
    ours, theirs = os.openpty() if terminal else os.pipe()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=theirs)
    os.close(theirs)
    output = []

    def read() -> None:
        try:
            while piece := os.read(ours, 2**16):
                output.append(piece)
        except OSError:  # how a terminal ends
            pass

    reader = threading.Thread(target=read)
    reader.start()
    with process.stdin as stdin:
        stdin.write(six_minutes)
        early = resident_bytes(process.pid)
        for _ in range(round(10 * hours) - 1):
            stdin.write(six_minutes)
        late = resident_bytes(process.pid)
    assert process.wait() == 0
    reader.join()
    os.close(ours)
    assert late - early < LARGEST_GROWTH_BYTES
    text = b"".join(output).decode()
    if terminal:
        assert "0:24:00, " in text
        assert "█" in text
    else:
        ended = text.count('"ended"')
        assert ended > 300
        assert "overrun" not in text
