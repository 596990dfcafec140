"""Emotions on a stream, in Python and on the command line."""

import io
import json
import sys
import time
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from audio_emotion import cli
from audio_emotion.data import audio
from audio_emotion.data.pcm import PcmDecoder
from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import AudioError, InputError, ToolError
from audio_emotion.extras import installation
from audio_emotion.recognition.predict import expand
from audio_emotion.recognition.stream import (
    CHUNK_LENGTH,
    ESTIMATE_MS,
    in_realtime,
    level_db,
    raw_pcm,
    stream,
)
from fitted_classifiers import on_made_up

SR = features.SAMPLE_RATE


@pytest.fixture(scope="module")
def trained():
    return on_made_up("ShrinkageLDA")


@pytest.fixture(scope="module")
def pcm(sample):
    """Three clips with pauses, a quiet hiss over all."""
    silence = np.zeros(SR, np.int16)
    pieces = [silence]
    for path in expand([sample])[0][::15]:
        pieces += [audio.read(path), silence]
    pcm = np.concatenate(pieces)
    return pcm + np.rint(np.random.default_rng(0).normal(0, 5, len(pcm))).astype(np.int16)


@pytest.fixture
def run(monkeypatch, trained):
    monkeypatch.setattr("audio_emotion.recognition.model.load_model", lambda _path: trained)

    def invoke(*arguments, stdin=b""):
        return CliRunner().invoke(cli.app, ["listen", *map(str, arguments)], input=stdin)

    return invoke


def test_emotions_are_the_model_s(pcm, trained):
    ended = [h for h in stream(iter([pcm]), trained) if h["event"] == "ended"]
    assert len(ended) == 3
    for heard in ended:
        start, end = round(heard["start_s"] * SR), round(heard["end_s"] * SR)
        expected = trained.probabilities(features.extract(pcm[start:end])[None])[0]
        assert list(heard["probabilities"]) == list(EMOTIONS)
        assert list(heard["probabilities"].values()) == expected.tolist()
        assert heard["emotion"] == EMOTIONS[int(expected.argmax())]


def test_began_and_estimates(pcm, trained):
    heard = list(stream(iter([pcm]), trained, estimates=True))
    began = [h for h in heard if h["event"] == "began"]
    assert len(began) == 3
    for h in began:
        assert {h[key] for key in ("emotion", "confident", "speech", "probabilities")} == {None}
    estimates = [h["end_s"] for h in heard if h["event"] == "estimate"]
    assert len(estimates) >= 6
    assert all(b - a >= ESTIMATE_MS / 1000 - 1e-9 for a, b in pairwise(estimates))


def test_realtime_takes_its_time():
    pcm = np.arange(SR // 4, dtype=np.int16)
    began = time.monotonic()
    chunks = list(in_realtime(iter([pcm[:1000], pcm[1000:]])))
    assert time.monotonic() - began >= 0.25
    assert max(map(len, chunks)) <= CHUNK_LENGTH
    assert np.array_equal(np.concatenate(chunks), pcm)


def test_raw_pcm():
    pcm = np.array([0, 1, -1, 32767, -32768] * 999, "<i2")
    assert np.array_equal(
        np.concatenate(list(raw_pcm(io.BytesIO(pcm.tobytes()), PcmDecoder()))), pcm
    )
    with pytest.raises(AudioError, match="9 bytes end inside a sample"):
        list(raw_pcm(io.BytesIO(bytes(9)), PcmDecoder()))
    with pytest.raises(AudioError, match="empty"):
        list(raw_pcm(io.BytesIO(), PcmDecoder()))


def test_without_sounddevice(monkeypatch, run):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    result = run()
    assert isinstance(result.exception, ToolError)
    assert installation("mic") in str(result.exception)


def test_command_on_a_file_and_on_a_pipe_say_the_same(run, pcm, tmp_path):
    path = tmp_path / "stream.wav"
    soundfile.write(path, pcm, SR, subtype="PCM_16")
    from_file = run("--input", path, "--json", "--estimates")
    from_pipe = run("--input", "-", "--json", "--estimates", stdin=pcm.astype("<i2").tobytes())
    assert from_file.exit_code == from_pipe.exit_code == 0
    assert from_file.stdout == from_pipe.stdout
    lines = [json.loads(line) for line in from_file.stdout.splitlines()]
    assert [line["event"] for line in lines].count("ended") == 3
    assert set(lines[0]) == {
        *("event", "start_s", "end_s", "cut"),
        *("emotion", "confident", "speech", "probabilities"),
    }


@pytest.mark.parametrize(
    ("signal", "level"),
    [(np.sin(np.arange(16000)), 0.0), (np.full(8, 1 / 2), -3.01), (np.zeros(8), -np.inf)],
)
def test_level_of_the_loudest_sine_is_0_db(signal, level):
    samples = np.rint(32767 * signal).astype(np.int16)
    assert level_db(samples) == pytest.approx(level, abs=0.01)


def test_command_for_people(run, pcm):
    result = run("--input", "-", stdin=pcm.astype("<i2").tobytes())
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 3
    assert any(emotion in result.stdout for emotion in EMOTIONS)


def test_a_standard_input_that_is_closed(run, monkeypatch):
    monkeypatch.setattr("audio_emotion.cli.listen.sys", SimpleNamespace(stdin=None))
    result = run("--input", "-")
    assert isinstance(result.exception, InputError)
    assert "the standard input, which is closed" in str(result.exception)


def test_no_samples_are_silence():
    assert level_db(np.empty(0, np.int16)) == -np.inf  # of a stream's last odd byte
