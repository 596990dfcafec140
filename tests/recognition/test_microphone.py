"""The microphone, played by a double; tests/live has a real sound server."""

import importlib.abc
import json
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from audio_emotion import cli
from audio_emotion.engine.features import SAMPLE_RATE
from audio_emotion.errors import ToolError
from audio_emotion.recognition import microphone
from audio_emotion.recognition.stream import CHUNK_LENGTH
from fitted_classifiers import on_made_up


class PortAudioError(Exception):
    pass


def device(name, channels=1, rate=48_000.0):
    return {
        "name": name,
        "max_input_channels": channels,
        "default_samplerate": rate,
        "hostapi": 0,
    }


class Double:
    """As much of sounddevice as is used; a stream calls back at once, then is as told."""

    PortAudioError = PortAudioError

    def __init__(self):
        self.found = [device("Speakers", channels=0), device("Headset"), device("Webcam", 2)]
        self.default = SimpleNamespace(device=(1, 0))
        self.takes = lambda **_form: True
        self.refuses = ""
        self.blocks = []
        self.later = []
        self.closed = False
        self.ends = True
        self.opened = {}
        double = self

        class RawInputStream:
            def __init__(self, *, callback, **settings):
                if double.refuses:
                    raise PortAudioError(double.refuses)
                double.opened = settings
                self._callback = callback

            def _give(self, blocks):
                for block, overflow in blocks:
                    status = SimpleNamespace(input_overflow=overflow)
                    self._callback(block.astype(np.int16).tobytes(), len(block), None, status)

            def start(self):
                self._give(double.blocks)

            @property
            def active(self):  # asked when nothing is left
                if double.later:
                    self._give([double.later.pop(0)])
                    return True
                return not double.ends

            def close(self):
                double.closed = True

        self.RawInputStream = RawInputStream

    def _exit_handler(self):
        raise AssertionError("asked to end a stream that may hang")

    def query_hostapis(self):
        return [{"name": "ALSA"}]

    def query_devices(self, number=None, kind=None):
        if number is None and kind is None:
            return self.found
        return self.found[1 if number is None else number]

    def check_input_settings(self, **form):
        if not self.takes(**form):
            raise PortAudioError("Invalid sample rate")


@pytest.fixture
def double(monkeypatch):
    played = Double()
    monkeypatch.setitem(sys.modules, "sounddevice", played)
    monkeypatch.setattr(microphone, "POLL_S", 0.01)
    return played


def heard(*arguments, **options):
    """All samples until the microphone is gone."""
    blocks = []
    with pytest.raises(ToolError, match="gives no more samples") as raised:
        blocks.extend(microphone.microphone(*arguments, **options))
    assert "\n" not in str(raised.value)
    return np.concatenate(blocks) if blocks else np.empty(0, np.int16)


BLOCK = np.arange(CHUNK_LENGTH)


def test_samples_come_as_they_are(double):
    double.blocks = [(BLOCK, False), (-BLOCK, False)]
    assert np.array_equal(heard(), np.concatenate([BLOCK, -BLOCK]))
    assert double.opened["samplerate"] == SAMPLE_RATE
    assert double.opened["channels"] == 1
    assert double.opened["blocksize"] == CHUNK_LENGTH
    assert double.opened["device"] is None


def test_both_channels_are_taken_and_opposite_ones_not_mixed(double):
    """A sound server that is asked for one channel mixes both, and nothing is left of a voice."""
    double.takes = lambda **form: form["samplerate"] == SAMPLE_RATE
    tone = 8000 * np.sin(2 * np.pi * 440 * np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE)
    double.blocks = [
        (part, False) for part in np.stack([tone, -0.9 * tone], axis=1).reshape(40, -1)
    ]
    said: list[str] = []
    samples = heard("webcam", on_warning=said.append)
    assert double.opened["channels"] == 2
    np.testing.assert_array_equal(samples[SAMPLE_RATE:], tone[SAMPLE_RATE:].astype(np.int16))
    assert said == ["the microphone: the channels cancel each other, so channel 1 alone was read."]


def test_a_device_with_a_rate_of_its_own_is_resampled(double):
    double.takes = lambda **form: (form["samplerate"], form["channels"]) == (48_000, 2)
    at = np.arange(48_000) / 48_000
    tone = 8000 * np.sin(2 * np.pi * 440 * at)
    stereo = np.stack([2 * tone, np.zeros_like(tone)], axis=1)
    double.blocks = [(part, False) for part in stereo.reshape(20, -1)]
    said: list[str] = []
    samples = heard("webcam", on_warning=said.append)
    assert double.opened["device"] == 2
    assert said == ["the microphone: channel 2 of 2 silent and left out of the mix."]
    # The channel that is connected to nothing is left out.
    expected = 16_000 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    # What is still inside the resampler when a device is unplugged is lost with it.
    assert 15_000 < len(samples) <= 16_000
    middle = slice(1000, 14_000)
    assert np.abs(samples[middle] - expected[middle]).max() < 20


def test_overruns_of_the_device_are_counted(double):
    double.blocks = [(BLOCK, False), (BLOCK, True), (BLOCK, False), (BLOCK, True)]
    overruns = []
    heard(on_overrun=lambda: overruns.append(1))
    assert len(overruns) == 2


def test_a_listener_that_is_too_slow_loses_samples_and_not_memory(double):
    n_held = microphone.QUEUE_S * microphone.BLOCKS_PER_S
    double.blocks = [(BLOCK, False)] * (3 * n_held)
    double.later = [(BLOCK, False), (BLOCK, False)]
    overruns = []
    assert len(heard(on_overrun=lambda: overruns.append(1))) == (n_held + 2) * CHUNK_LENGTH
    assert overruns == [1]


def test_a_pause_that_is_too_long_is_the_end(double, monkeypatch):
    monkeypatch.setattr(microphone, "TIMEOUT_S", 0.03)
    double.ends = False
    double.blocks = [(BLOCK, False)]
    assert len(heard()) == CHUNK_LENGTH


@pytest.mark.parametrize("step", ["query_devices", "RawInputStream", "start", "close"])
def test_a_sound_system_that_does_not_answer_is_not_waited_for(double, monkeypatch, step):
    monkeypatch.setattr(microphone, "OPEN_S", 0.03)
    monkeypatch.setattr(microphone, "CLOSE_S", 0.03)
    answered = threading.Event()
    owner = double.RawInputStream if step in {"start", "close"} else double
    monkeypatch.setattr(owner, step, lambda *_, **__: answered.wait(20))
    if step == "close":
        assert len(heard()) == 0
    else:
        with pytest.raises(ToolError, match=r"did not answer for 0\.03 s\. Start it again"):
            next(microphone.microphone())
    answered.set()


def test_portaudio_that_cannot_start(monkeypatch):
    class Broken(importlib.abc.MetaPathFinder):
        def find_spec(self, name, *_):
            if name == "sounddevice":
                raise PortAudioError("Error initializing PortAudio")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken()])
    with pytest.raises(ToolError, match=r"cannot start \(Error initializing.*--input FILE"):
        microphone.devices()


def test_whoever_stops_listening_closes_the_microphone(double):
    double.blocks = [(BLOCK, False)]
    blocks = microphone.microphone()
    next(blocks)
    blocks.close()
    assert double.closed


def test_which_microphone(double):
    double.found.append(device("Headset"))
    heard(3)
    assert double.opened["device"] == 3
    heard("2")
    assert double.opened["device"] == 2
    double.found[3]["name"] = "Headset 2"
    heard("headset")  # a whole name is meant, though another begins with it
    assert double.opened["device"] == 1


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ("phone", r"no microphone is called 'phone'; there are: 1 Headset; 2 Webcam\. Give"),
        ("e", r"2 microphones are called 'e'"),
        ("0", "no microphone is called '0'"),
        ("²", "no microphone is called '²'"),  # a digit, and no number
        (9, "no microphone is called 9"),
    ],
)
def test_a_microphone_that_is_not_there(chosen, message):
    with pytest.raises(ToolError, match=message):
        next(microphone.microphone(chosen))


def test_no_microphone_at_all(double):
    double.found = [device("Speakers", channels=0)]
    with pytest.raises(ToolError, match=r"there is no microphone\. Connect one.*--input FILE"):
        next(microphone.microphone())


def test_a_microphone_that_cannot_be_opened(double):
    double.refuses = "Device unavailable [PaErrorCode -9985]"
    double.takes = lambda **_form: False
    with pytest.raises(ToolError, match=r"cannot be opened \(Device unavailable.*--input FILE"):
        next(microphone.microphone())


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def run(monkeypatch):
    model = on_made_up("ShrinkageLDA")
    monkeypatch.setattr("audio_emotion.recognition.model.load_model", lambda _path: model)

    def invoke(*arguments):
        return CliRunner().invoke(cli.app, ["listen", *map(str, arguments)])

    return invoke


def test_the_list_of_microphones(double, run):
    shown = run("--devices").stdout
    assert "→  1       Headset  ALSA" in shown
    assert "Speakers" not in shown
    (first, second) = json.loads(run("--devices", "--json").stdout)["devices"]
    assert first["default"]
    assert second == {
        **{"number": 2, "name": "Webcam", "system": "ALSA", "channels": 2},
        **{"rate_hz": 48_000, "default": False},
    }
    double.found = []
    assert run("--devices").stdout == "There is no microphone.\n"


def test_an_overrun_is_told_to_programs_and_to_people(double, run):
    double.blocks = [(BLOCK, False)] * 20 + [(BLOCK, True)]
    result = run("--json")
    assert json.loads(result.stdout) == {"event": "overrun", "at_s": 1.0, "count": 1}
    assert isinstance(result.exception, ToolError)
    assert "1.0 s  samples were lost, time 1" in run().stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--device", "1", "--input", "-"), "are for the microphone, not for --input"),
        (("--devices", "--input", "-"), "are for the microphone, not for --input"),
        (("--realtime",), "--realtime is for --input"),
    ],
)
def test_options_that_contradict_each_other_are_refused(run, arguments, said):
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
