"""Every odd recording through every door: the same samples, the same sentence, the right status."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
httpx = pytest.importorskip("httpx")
pytest.importorskip("av")

import audio_emotion as ae
from audio_emotion import cli
from audio_emotion.data import audio, containers, dataset
from audio_emotion.data.catalogue import Skipped
from audio_emotion.data.decoders import decoder
from audio_emotion.data.listing import recordings_below
from audio_emotion.errors import AudioError, AudioWarning
from audio_emotion.recognition.model import load_model
from doors.recordings import SR, Door, recordings
from running_server import post, refusal, serving, write_network

DOORS = recordings()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_network(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def client(model: Path) -> Iterator[httpx.Client]:
    with serving(model) as client:
        yield client


@pytest.fixture(params=DOORS.items(), ids=list(DOORS))
def door(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Door]:
    name, door = request.param
    # "two wav" is a.wav twice.
    path = tmp_path / (f"{name}.{name.removeprefix('two ')}" if "." not in name else name)
    path.write_bytes(door.content)
    return path, door


def say(door: Door, sentences: list[str]) -> bool:
    """Whether what is said is what is to be said, once."""
    said = [sentence for sentence in sentences if door.says and door.says in sentence]
    return len(said) == bool(door.says) and (bool(door.says) or not sentences)


def test_the_reader(door: tuple[Path, Door]) -> None:
    path, expected = door
    sentences: list[str] = []
    if expected.seconds is None:
        with pytest.raises(AudioError) as caught:
            audio.read(path, sentences.append)
        assert expected.says in str(caught.value)
        assert str(caught.value).startswith(f"{path}: ")
        return
    samples = audio.read(path, sentences.append)
    assert say(expected, sentences), sentences
    # Encoders of telephones and MP3 add up to a tenth of a second.
    assert len(samples) / SR == pytest.approx(expected.seconds, abs=0.12 * max(1, expected.seconds))
    if expected.seconds >= 1 and "silence" not in path.name:
        assert_voice(samples[-SR:])
        if expected.seconds <= 2:
            assert_voice(samples[:SR])


def assert_voice(samples: np.ndarray) -> None:
    """The harmonics of 140 Hz are there, which no noise has."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / SR)
    harmonic = (np.abs(hz / 140 - np.rint(hz / 140)) < 0.04) & (hz > 100) & (hz < 1600)
    assert power[harmonic].sum() > 0.9 * power[(hz > 60) & (hz < 1600)].sum()


def test_predict(door: tuple[Path, Door], model: Path) -> None:
    path, expected = door
    result = CliRunner().invoke(cli.app, ["predict", str(path), str(model), "--json"])
    document = json.loads(result.stdout)
    if expected.seconds is None:
        assert result.exit_code == 1
        assert not document["results"]
        assert expected.says in document["errors"][0]["error"]
    else:
        assert result.exit_code == 0
        assert [one["path"] for one in document["results"]] == [str(path)]
        assert say(expected, [one["warning"] for one in document["warnings"]])


def test_the_server(door: tuple[Path, Door], client: httpx.Client) -> None:
    _, expected = door
    response = post(client, expected.content)
    if expected.seconds is None:
        status, sentence = refusal(response)
        assert (status, expected.says in sentence) == (422, True), sentence
    else:
        assert response.status_code == 200
        assert say(expected, response.json()["warnings"])


def test_the_dataset(door: tuple[Path, Door]) -> None:
    path, expected = door
    outcome = dataset.extract_recording(str(path))
    if expected.seconds is None or "silent, every" in expected.says:
        assert isinstance(outcome, Skipped)
        assert (outcome.kind, expected.says in outcome.reason) == ("unreadable", True)
    else:
        assert not isinstance(outcome, Skipped)
        assert say(expected, [*outcome.warnings])


def test_listen(door: tuple[Path, Door], model: Path) -> None:
    path, expected = door
    arguments = ["listen", "--model", str(model), "--input", str(path), "--json"]
    if expected.seconds is None:
        result = CliRunner().invoke(cli.app, arguments)
        assert isinstance(result.exception, AudioError)
    elif expected.says:
        with pytest.warns(AudioWarning) as caught:
            result = CliRunner().invoke(cli.app, arguments)
        assert say(expected, [str(one.message) for one in caught])
        assert result.exit_code == 0
    else:
        assert CliRunner().invoke(cli.app, arguments).exit_code == 0


def test_an_open_file_is_read_like_its_path(door: tuple[Path, Door], model: Path) -> None:
    path, expected = door
    if expected.seconds is None or expected.says:
        return
    loaded = load_model(model)
    from_path = ae.predict(path, model=loaded)
    from_memory = ae.predict(io.BytesIO(expected.content), model=loaded)
    assert from_path.probabilities == from_memory.probabilities


def test_a_folder_of_all_lists_all(tmp_path: Path) -> None:
    for number, (name, door) in enumerate(DOORS.items()):
        (tmp_path / f"{number} {name}").write_bytes(door.content)
    listed = {path.name for path in recordings_below(tmp_path)}
    assert {f"{number} {name}" for number, name in enumerate(DOORS)} == listed


def test_a_wav_of_more_than_4_gb_is_read_to_its_end(tmp_path: Path) -> None:
    """32 bits of its header hold the remainder; the file is sparse."""
    n_samples = 2**31 + 5000
    content = DOORS["half.wav"].content
    path = tmp_path / "long.wav"
    path.write_bytes(content[:40] + (10_000).to_bytes(4, "little") + content[44:])
    with path.open("r+b") as file:
        file.truncate(44 + 2 * n_samples)
    with path.open("rb") as file:
        layout = containers.layout(file, containers.kind_of(file))
        (part,) = layout.parts
        assert layout.warnings == [
            f"its header declares 10000 bytes of samples, {2 * n_samples} are there and were read"
        ]
        with decoder(file, part, "chunks", "long.wav") as opened:
            assert (opened.rate, opened.n_declared) == (SR, n_samples)
            first = next(iter(opened.blocks()))[:, 0]
    whole = audio.read(io.BytesIO(content), audio.ignore)
    np.testing.assert_array_equal(np.rint(32768 * first[:7000]), whole[:7000])
