"""`listen` with a real sound server that plays real recordings, and that is taken away."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from pathlib import Path

import pytest

from sound_server import PATIENCE_S, Room, wait_for

# Where an utterance begins is found to a frame, and the frames begin elsewhere.
LARGEST_SHIFT_S = 0.1
LARGEST_DIFFERENCE = 0.05


class Output:
    """The output of a process, line by line, read while it runs."""

    def __init__(self, stream: object) -> None:
        self.lines: list[str] = []
        self._thread = threading.Thread(target=self._read, args=(stream,))
        self._thread.start()

    def _read(self, stream: object) -> None:
        for line in stream:
            self.lines.append(line)

    def events(self, kind: str) -> list[dict]:
        events = [json.loads(line) for line in list(self.lines) if line.endswith("\n")]
        return [event for event in events if event["event"] == kind]

    def all(self) -> str:
        self._thread.join()
        return "".join(self.lines)


def test_events_live_equal_those_of_the_file(room: Room, conversation: Path) -> None:
    recorded, _ = room.start("--input", str(conversation), "--json").communicate(timeout=PATIENCE_S)
    expected = [
        event for event in map(json.loads, recorded.splitlines()) if event["event"] == "ended"
    ]
    assert len(expected) == 3
    assert len({event["emotion"] for event in expected}) > 1

    with room.listen("--json") as process:
        output = Output(process.stdout)
        playing = threading.Thread(target=room.play, args=(conversation,))
        playing.start()
        wait_for(lambda: output.events("ended")[2:])
        playing.join()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
        output.all()
        assert process.stderr.read() == ""
        found = output.events("ended")
        assert output.events("overrun") == []

    assert len(found) == 3
    shift = found[0]["start_s"] - expected[0]["start_s"]
    for live, file in zip(found, expected, strict=True):
        assert live["emotion"] == file["emotion"]
        assert live["confident"] == file["confident"]
        assert live["start_s"] - shift == pytest.approx(file["start_s"], abs=LARGEST_SHIFT_S)
        assert live["end_s"] - shift == pytest.approx(file["end_s"], abs=LARGEST_SHIFT_S)
        assert live["probabilities"] == pytest.approx(file["probabilities"], abs=LARGEST_DIFFERENCE)


@pytest.mark.parametrize("how", [Room.kill, Room.unplug], ids=["server killed", "unplugged"])
def test_a_microphone_that_is_taken_away_is_one_sentence(room: Room, how) -> None:
    with room.listen("--json") as process:
        how(room)
        output, error = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert output == ""
    # The other one where it happens while the microphone is being opened.
    sentences = (
        "the microphone gives no more samples|the microphone cannot be opened"
        "|the sound system did not answer"
    )
    assert re.fullmatch(rf"audio-emotion: error: ({sentences}).*\n", error)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_sound_server_that_stands_still_does_not_keep_the_command(room: Room, number) -> None:
    with room.listen("--json") as process:
        room.server.send_signal(signal.SIGSTOP)
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr.read() == ""


def test_opening_a_microphone_of_a_server_that_stands_still_has_an_end(room: Room) -> None:
    room.server.send_signal(signal.SIGSTOP)
    process = room.start()
    _, error = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert re.fullmatch(r"audio-emotion: error: the sound system did not answer.*\n", error)


def test_without_a_sound_server_there_is_no_microphone(room: Room) -> None:
    room.kill()
    _, error = (process := room.start()).communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert error.startswith("audio-emotion: error: there is no microphone.")
    assert error.count("\n") == 1


def test_the_microphones_are_listed(room: Room) -> None:
    listed, _ = room.start("--devices", "--json").communicate(timeout=PATIENCE_S)
    default = [device for device in json.loads(listed)["devices"] if device["default"]]
    assert [device["name"] for device in default] == ["default"]


def test_a_terminal_shows_level_and_utterances(room: Room, conversation: Path) -> None:
    ours, theirs = os.openpty()
    output: list[str] = []

    def read() -> None:
        try:
            while piece := os.read(ours, 4096):
                output.append(piece.decode(errors="replace"))
        except OSError:  # how a terminal ends
            pass

    reader = threading.Thread(target=read)
    with room.listen("--device", "default", stdout=theirs) as process:
        os.close(theirs)
        reader.start()
        room.play(conversation)
        wait_for(lambda: "3 utterances" in "".join(output))
        room.kill()
        assert process.wait(PATIENCE_S) == 1
        error = process.stderr.read()
    reader.join()
    os.close(ours)
    assert error.startswith("audio-emotion: error: the microphone gives no more samples")
    assert error.count("\n") == 1
    text = "".join(output)
    assert "silence" in text
    assert re.search(r"█+.*-\d+ dB", text)
    assert ", 3 utterances" in text.splitlines()[-1]  # what stays when it has ended
