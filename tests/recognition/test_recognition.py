"""Models of either kind, asked the same way."""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from rich.console import Console
from typer.testing import CliRunner

import fitted_classifiers
from audio_emotion import cli
from audio_emotion.cli import long_recordings, predictions
from audio_emotion.data import audio
from audio_emotion.engine import network_file as network
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.utterance_recognizer import AdaptationState, UtteranceRecognizer
from audio_emotion.errors import InputError, ModelError
from audio_emotion.recognition import model
from audio_emotion.recognition.classifier_file import ClassifierModel, save
from audio_emotion.recognition.model import default_model_path, load_model
from audio_emotion.recognition.network_model import NetworkModel
from audio_emotion.recognition.predict import expand, predict
from audio_emotion.recognition.stream import stream
from random_network_models import METADATA, made_up

SR = 16_000


@pytest.fixture(scope="module")
def clips(sample: Path) -> list[Path]:
    return expand([sample])[0][::8]


@pytest.fixture(scope="module")
def classifier() -> ClassifierModel:
    return fitted_classifiers.on_made_up("ShrinkageLDA")


@pytest.fixture
def files(tmp_path: Path, classifier: ClassifierModel) -> tuple[Path, Path]:
    """A network's file and a classifier's."""
    paths = tmp_path / "mine.aem", tmp_path / "mine.skops"
    network.write(made_up().network, paths[0], METADATA)
    save(classifier, paths[1])
    return paths


def run(*arguments: object) -> str:
    result = CliRunner().invoke(cli.app, [*map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout


def alone(pcm: np.ndarray, adaptation: AdaptationState | None = None) -> list[float]:
    recognizer = UtteranceRecognizer(made_up())
    recognizer.process(pcm)
    return recognizer.finish(adaptation).probabilities.astype(float).tolist()


def test_a_file_tells_its_kind(files: tuple[Path, Path], tmp_path: Path) -> None:
    assert isinstance(load_model(files[0]), NetworkModel)
    assert isinstance(load_model(files[1]), ClassifierModel)
    renamed = files[0].rename(tmp_path / "renamed.bin")
    assert load_model(renamed).name == "Random"
    (broken := tmp_path / "broken.aem").write_bytes(b"AEM1")
    for path in (broken, tmp_path / "missing.aem", tmp_path):
        with pytest.raises(ModelError, match=path.name):
            load_model(path)


def test_what_every_model_says_of_itself(files: tuple[Path, Path]) -> None:
    network, classifier = map(load_model, files)
    assert (network.kind, classifier.kind) == ("network", "classifier")
    assert (network.adapts, classifier.adapts) == (True, False)
    for one, path in ((network, files[0]), (classifier, files[1])):
        assert one.size_bytes == path.stat().st_size
        assert one.temperature > 0
        assert not set(one.calibrated_on) & set(one.metadata.speakers)


def test_the_network_is_the_default_if_there_is_one(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model.resources, "files", lambda _package: tmp_path)
    files[1].rename(tmp_path / "default.skops")
    assert default_model_path().name == "default.skops"
    files[0].rename(tmp_path / "default.aem")
    assert default_model_path().name == "default.aem"


def test_what_is_no_file_is_no_model(tmp_path: Path) -> None:
    """A folder, a device that never ends, a pipe into which nobody writes."""
    with pytest.raises(ModelError, match="not a file"):
        load_model(tmp_path)
    if Path("/dev/zero").exists():
        os.mkfifo(tmp_path / "pipe.aem")
        for path in (Path("/dev/zero"), tmp_path / "pipe.aem"):
            with pytest.raises(ModelError, match="not a file"):
                load_model(path)
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(tmp_path / ("x" * 5000))


def test_the_shipped_model_can_be_loaded() -> None:
    load_model(default_model_path())


def test_predict_hears_the_whole_recording(clips: list[Path]) -> None:
    document = predict(clips, made_up())
    assert document["model"] == "Random"
    for path, result in zip(clips, document["results"], strict=True):
        assert list(result["probabilities"].values()) == alone(audio.read(path))
        largest = max(result["probabilities"].values())
        assert result["emotion"] == EMOTIONS[list(result["probabilities"].values()).index(largest)]
        assert result["confident"] == (largest >= made_up().threshold)


def test_predict_windows_are_of_the_whole_recording(clips: list[Path], tmp_path: Path) -> None:
    pcm = np.concatenate([audio.read(path) for path in clips[:2]])
    soundfile.write(path := tmp_path / "long.wav", pcm, SR, subtype="PCM_16")
    (result,) = predict([path], made_up())["results"]
    assert len(result["timeline"]) > 2
    for window in result["timeline"]:
        start, end = round(window["start_s"] * SR), round(window["end_s"] * SR)
        assert list(window["probabilities"].values()) == alone(pcm[start:end])


def test_predict_gets_used_to_a_speaker_in_order(clips: list[Path]) -> None:
    adaptation = AdaptationState()
    document = predict(clips, made_up(), adapt=True)
    for path, result in zip(clips, document["results"], strict=True):
        assert list(result["probabilities"].values()) == alone(audio.read(path), adaptation)
    assert document != predict(clips, made_up())


def test_only_networks_get_used_to_a_speaker(
    classifier: ClassifierModel, clips: list[Path]
) -> None:
    with pytest.raises(InputError, match="cannot adapt to a speaker"):
        predict(clips, classifier, adapt=True)
    with pytest.raises(InputError, match="omit --adapt"):
        list(stream(iter([]), classifier, adapt=True))
    assert list(stream(iter([]), classifier)) == []


@pytest.mark.parametrize("adapt", [None, True, False])
def test_listen_adapts_if_told_to(clips: list[Path], adapt: bool | None) -> None:
    """As `predict` does: only the user knows whether one person speaks."""
    pause = np.zeros(SR, np.int16)
    pcm = np.concatenate([piece for path in clips for piece in (pause, audio.read(path), pause)])
    adaptation = AdaptationState() if adapt else None
    options = {} if adapt is None else {"adapt": adapt}
    ended = [
        heard
        for heard in stream(iter([pcm]), made_up(), **options, estimates=True)
        if heard["event"] == "ended"
    ]
    assert len(ended) >= len(clips)
    for heard in ended:
        assert heard["probabilities"] is not None
        start, end = round(heard["start_s"] * SR), round(heard["end_s"] * SR)
        assert list(heard["probabilities"].values()) == alone(pcm[start:end], adaptation)
        assert heard["confident"] == (max(heard["probabilities"].values()) >= made_up().threshold)


def test_tables_say_not_confident(clips: list[Path]) -> None:
    for threshold, count in ((0.0, 0), (1.0, len(clips))):
        document = predict(clips, made_up(threshold))
        assert [result["confident"] for result in document["results"]] == [not count] * len(clips)
        console = Console(width=100, file=io.StringIO())
        console.print(predictions.predictions_table(document["results"], 100))
        printed = console.file.getvalue()
        assert len(re.findall(r" not confident [a-z]+ \d+% +[a-z]+ +[a-z]+ \d+%", printed)) == count
        assert printed.count("█ ") == (0 if count else len(clips))
    heard = {"event": "ended", "start_s": 1.0, "end_s": 2.0, "cut": False, "emotion": "anger"}
    probabilities = document["results"][0]["probabilities"]
    heard |= {"speech": 0.9, "probabilities": probabilities}
    line = predictions.event_line({**heard, "confident": False})
    assert "not confident" in line
    assert line.count("%") == 2
    assert "█" not in line


def test_parts_say_not_confident() -> None:
    probabilities = dict(zip(EMOTIONS, (0.1, 0, 0.6, 0.3, 0, 0, 0), strict=True))
    part = {"emotion": "fear", "speech": 0.9, "probabilities": probabilities}
    parts = [
        {**part, "start_s": 30.0 * s, "end_s": 30.0 * s + 2.5, "confident": s < 1} for s in range(4)
    ]
    console = Console(width=80, file=io.StringIO())
    console.print(long_recordings.parts_table(parts))
    assert [line.rstrip() for line in console.file.getvalue().splitlines()] == [
        "  time  length  emotion        confidence  runner-up",
        "0:00.0   2.5 s  fear           ███    60%  happiness 30%",
        "0:30.0   2.5 s  not confident  fear 60%    happiness 30%",
        "1:00.0   2.5 s  not confident  fear 60%    happiness 30%",
        "1:30.0   2.5 s  not confident  fear 60%    happiness 30%",
    ]


def test_commands(files: tuple[Path, Path], clips: list[Path]) -> None:
    for path in files:
        document = json.loads(run("predict", *clips, path, "--json"))
        assert [result["path"] for result in document["results"]] == list(map(str, clips))
        assert {type(result["confident"]) for result in document["results"]} == {bool}
        lines = run("listen", path, "--input", clips[0], "--json").splitlines()
        assert [json.loads(line)["confident"] is None for line in lines] == [True, False]
    adapted = json.loads(run("predict", *clips, files[0], "--json", "--adapt"))
    assert adapted == predict(clips, made_up(), adapt=True)
    for option in ("--adapt", "--no-adapt"):
        run("listen", files[0], "--input", clips[0], option)
