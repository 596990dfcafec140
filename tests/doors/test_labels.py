"""Corpora of one speaker, of one emotion, without speakers: every command says what to do."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from audio_emotion import cli
from audio_emotion.data.sample import sample_recording
from audio_emotion.engine import features
from audio_emotion.errors import InputError
from separable_dataset import dataset

HOW = "a folder per emotion and a folder per speaker in it, as in mine/angry/anna/clip.wav"


@pytest.fixture
def arguments(tmp_path: Path) -> dict[str, list[str]]:
    """Of each command, about the tables in a folder."""
    catalogue, table = (
        str(tmp_path / name) for name in ("audio_dataframe.csv", "extracted_acoustic_features.csv")
    )
    out = str(tmp_path / "out")
    return {
        "train": ["train", table, "--only", "LDA", "--models", out, "--logs", out],
        "evaluate": ["evaluate", "LDA", catalogue, "--out", out],
        "analyse": ["analyse", table, "--out", out],
        "train-net": ["train-net", catalogue, "--out", f"{out}/n.aem", "--cache", f"{out}/cache"],
    }


def write(folder: Path, lacking: list[str] | None = None, **labels: str) -> None:
    """Write catalogue and features of a corpus of one's own, whose recordings are one file."""
    data = dataset(per_emotion=1)
    rows = data.catalogue.assign(corpus="mine", path=str(sample_recording()), **labels)
    rows = rows.drop(columns=lacking or [])
    rows.to_csv(folder / "audio_dataframe.csv", index=False)
    values = pd.DataFrame(data.utterances, columns=list(features.names()))
    table = pd.concat([rows, values], axis="columns")
    table.to_csv(folder / "extracted_acoustic_features.csv", index=False, float_format="%.9g")


ONE_SPEAKER, ONE_EMOTION, NOBODY = {"speaker": "mine_anna"}, {"emotion": "anger"}, {"speaker": ""}


@pytest.mark.parametrize(
    ("labels", "command", "options"),
    [
        (ONE_SPEAKER, "train", []),
        (ONE_SPEAKER, "evaluate", []),
        (ONE_SPEAKER, "train-net", ["--each", "fold"]),
        (ONE_SPEAKER, "train-net", ["--leave-out", "mine_anna"]),
        (ONE_EMOTION, "train", []),
        (ONE_EMOTION, "evaluate", []),
        (ONE_EMOTION, "analyse", []),
        (ONE_EMOTION, "train-net", []),
        (NOBODY, "evaluate", []),
    ],
)
def test_too_few_speakers_or_emotions(
    tmp_path: Path,
    arguments: dict[str, list[str]],
    labels: dict[str, str],
    command: str,
    options: list[str],
) -> None:
    if command == "train-net":
        pytest.importorskip("torch")
    write(tmp_path, **labels)
    result = CliRunner().invoke(cli.app, [*arguments[command], *options, "--jobs", "1"])
    assert isinstance(result.exception, InputError)
    assert HOW in str(result.exception)


@pytest.mark.parametrize("command", ["train", "evaluate", "analyse"])
def test_a_table_without_speakers(
    tmp_path: Path, arguments: dict[str, list[str]], command: str
) -> None:
    write(tmp_path, lacking=["speaker"])
    result = CliRunner().invoke(cli.app, [*arguments[command], "--jobs", "1"])
    assert isinstance(result.exception, InputError)
    assert "speaker" in str(result.exception)
    assert HOW in str(result.exception)
