"""The model is --model everywhere; what is swapped is said, and the old order is still taken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from audio_emotion import cli
from audio_emotion.cli.places import kind_of
from conftest import REPOSITORY

MODEL = REPOSITORY / "models" / "small.aem"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files")
    shutil.copy(next((REPOSITORY / "sample").rglob("*.flac")), path / "clip.flac")
    shutil.copy(MODEL, path / "small.aem")
    (path / "table.csv").write_text("path,emotion\n")
    (path / "empty").mkdir()
    return path


@pytest.fixture(autouse=True)
def inside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


def run(command: str) -> Result:
    return CliRunner().invoke(cli.app, command.split())


def test_kinds_are_told_by_names(folder: Path) -> None:
    (folder / "parts.parquet").mkdir(exist_ok=True)  # as a cluster writes tables
    names = ["clip.flac", "small.aem", "x.SKOPS", "table.csv", "parts.parquet", "empty", "default"]
    kinds = ["recording", "model", "model", "table", "table", "folder", None]
    assert [kind_of(name) for name in (*names, "", None)] == [*kinds, None, None]


@pytest.mark.parametrize(
    "command",
    [
        "predict small.aem --model clip.flac",
        "listen --model clip.flac --input small.aem",
        "evaluate table.csv small.aem",
        "evaluate small.aem --model table.csv",
        "export small.aem --model empty",
        "profile --model clip.flac --recording small.aem",
    ],
)
def test_two_that_are_swapped(command: str) -> None:
    error = str(run(command).exception)
    assert error.endswith(": swap the two.")
    assert "small.aem is a model, but stands for " in error


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("predict small.aem clip.flac", "small.aem is a model, but RECORDING is for a recording"),
        ("predict clip.flac --model empty", "empty is a folder, but --model is for a model."),
        ("listen --model clip.flac", "clip.flac is a recording, but --model is for a model."),
        ("listen --input empty", "empty is a folder, but --input is for a recording."),
        ("serve --model table.csv", "table.csv is a table, but --model is for a model."),
        ("train empty", "empty is a folder, but FEATURES is for a table."),
        ("analyse clip.flac", "clip.flac is a recording, but FEATURES is for a table."),
        ("train-net small.aem", "small.aem is a model, but CATALOGUE is for a table."),
        ("evaluate empty", "empty is a folder, but CATALOGUE is for a table."),
        ("export clip.flac", "clip.flac is a recording, but FOLDER is for a folder."),
        ("profile clip.flac", "clip.flac is a recording, but --model is for a model."),
    ],
)
def test_one_of_another_kind(command: str, sentence: str) -> None:
    error = str(run(command).exception)
    assert error.startswith(sentence)
    if "is a model" in sentence:
        assert error.endswith(" Give it with --model.")


def test_the_old_order_is_taken_with_a_hint(tmp_path: Path) -> None:
    for old, new in (
        ("predict clip.flac small.aem --json", "predict clip.flac --model small.aem --json"),
        ("listen small --input clip.flac --json", "listen --model small --input clip.flac --json"),
    ):
        before, now = run(old), run(new)
        assert before.exit_code == now.exit_code == 0
        assert before.stdout == now.stdout
        assert f"audio-emotion {new.split(' --model')[0]} --model small" in before.stderr
        assert now.stderr == ""
    exported = [
        run(f"export small {tmp_path / 'a'}"),
        run(f"export {tmp_path / 'b'} --model small"),
    ]
    assert [one.exit_code for one in exported] == [0, 0]
    assert f"audio-emotion export {tmp_path / 'a'} --model small" in exported[0].stderr
    model = Path("core") / "model.h"
    written = [next((tmp_path / name).rglob(model.name)).read_bytes() for name in "ab"]
    assert written[0] == written[1]
    assert (
        "audio-emotion evaluate table.csv --model small" in run("evaluate small table.csv").stderr
    )
    both = run("profile small --model default")
    assert both.exit_code == 2
    assert "small and --model default are two models. Give one." in both.stderr


def test_evaluate_knows_the_models_that_ship() -> None:
    """`small` was no model file, no folder and no classifier."""
    error = str(run("evaluate table.csv --model small").exception)
    assert "no classifier" not in error
