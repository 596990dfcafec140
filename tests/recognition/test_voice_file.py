"""A voice taught to the page: read with the network that it was taught to, and no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from audio_emotion import cli
from audio_emotion.data import audio
from audio_emotion.engine.utterance_recognizer import (
    LARGEST_MEAN,
    AdaptationState,
    UtteranceRecognizer,
)
from audio_emotion.errors import InputError
from audio_emotion.recognition.model import adaptation_for, described, load_model
from audio_emotion.recognition.network_model import NetworkModel
from audio_emotion.recognition.predict import expand, predict
from conftest import REPOSITORY


@pytest.fixture(scope="module")
def clips() -> list[Path]:
    return expand([REPOSITORY / "sample"])[0][10:20]


@pytest.fixture(scope="module")
def model() -> NetworkModel:
    return load_model("small")  # type: ignore[return-value]


@pytest.fixture(scope="module")
def taught(clips: list[Path], model: NetworkModel) -> AdaptationState:
    """As the page does: every sentence as it ends."""
    state = AdaptationState()
    recognizer = UtteranceRecognizer(model)
    for clip in clips[:5]:
        recognizer.reset()
        recognizer.process(audio.read(clip))
        recognizer.finish(state)
    return state


@pytest.fixture(scope="module")
def saved(
    taught: AdaptationState, model: NetworkModel, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    words = [*map(int, taught.mean), taught.n_utterances]
    path = tmp_path_factory.mktemp("voice") / "voice.json"
    path.write_text(json.dumps({"network": model.crc32, "words": words}))
    return path


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli.app, [*map(str, arguments)])


def test_it_goes_on_from_the_voice(
    clips: list[Path], model: NetworkModel, taught: AdaptationState, saved: Path
) -> None:
    given = json.loads(
        run("predict", clips[5], "--model", "small", "--adapt-from", saved, "--json").stdout
    )
    recognizer = UtteranceRecognizer(model)
    recognizer.process(audio.read(clips[5]))
    expected = recognizer.estimate(taught).probabilities
    assert list(given["results"][0]["probabilities"].values()) == expected.astype(float).tolist()
    assert given == predict([clips[5]], model, adapt=saved)
    assert given != predict([clips[5]], model, adapt=True)
    assert given != predict([clips[5]], model)


def test_listening_goes_on_from_it_too(clips: list[Path], saved: Path) -> None:
    command = ["listen", "--input", clips[5], "--model", "small", "--json"]
    said = [
        run(*command, *options).stdout for options in ([], ["--adapt"], ["--adapt-from", saved])
    ]
    assert all('"ended"' in one for one in said)
    assert len(set(said)) == 3


def test_the_number_is_the_one_that_the_core_checks(model: NetworkModel) -> None:
    assert f"{model.crc32:08x}" in described(model)
    assert model.crc32 != load_model("default").crc32


def test_a_voice_of_another_network_is_refused(clips: list[Path], saved: Path) -> None:
    result = run("predict", clips[0], "--adapt-from", saved)
    assert result.exit_code == 1
    assert f"{saved}: the voice of another network, " in str(result.exception)


@pytest.mark.parametrize(
    "change",
    [
        {"words": [0] * 64},
        {"words": [0.5] * AdaptationState.N_WORDS},
        {"words": [LARGEST_MEAN + 1] * (AdaptationState.N_WORDS - 1) + [1]},
        {"words": [0] * (AdaptationState.N_WORDS - 1) + [-1]},
        {"words": [0] * (AdaptationState.N_WORDS - 1) + [1000]},
        {"words": [True] * AdaptationState.N_WORDS},
        {"words": "words"},
        {"words": None},
        {"network": "1"},
    ],
)
def test_a_damaged_file_is_refused(
    change: dict[str, Any], saved: Path, model: NetworkModel, tmp_path: Path
) -> None:
    path = tmp_path / "voice.json"
    path.write_text(json.dumps(json.loads(saved.read_text()) | change))
    with pytest.raises(InputError, match=rf"^{path}: (not the file of a voice|the voice of)"):
        adaptation_for(model, path)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b"{", b"{}", b"[" * 100_000])
def test_what_is_no_voice_is_refused(content: bytes, model: NetworkModel, tmp_path: Path) -> None:
    path = tmp_path / "voice.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not the file of a voice") as refused:
        adaptation_for(model, path)
    assert "codec" not in str(refused.value)
    with pytest.raises(InputError, match="not the file of a voice"):
        adaptation_for(model, tmp_path / "nothing.json")
