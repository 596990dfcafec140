"""What Python says to programmers never reaches people."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from audio_emotion import cli
from audio_emotion.errors import reason_of
from conftest import REPOSITORY

PYTHON = re.compile(r"Errno|codec|Error\b|<class|0x[0-9a-f]{2}|NoneType|object is not|Traceback")


def raised(call: Callable[[], object]) -> BaseException:
    with pytest.raises(Exception) as caught:  # noqa: PT011  (of any kind)
        call()
    return caught.value


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Path("/").read_text(), "is a directory"),
        (lambda: Path("nothing.csv").read_text(), "no such file or directory"),
        (b"\xff".decode, "is not text in UTF-8"),
        (lambda: json.loads("{,}"), "is not JSON, at line 1, column 2"),
        (lambda: zipfile.ZipFile(REPOSITORY / "README.md"), "is no zip archive, or damaged"),
        (lambda: {}["scores"], "'scores' is missing"),
        (lambda: len(1), "has another form"),  # type: ignore[arg-type]
        (lambda: json.loads("[" * 100_000), "is nested too deeply"),
        (lambda: float("x"), "could not convert string to float: 'x'"),
    ],
)
def test_reasons_are_words(call: Callable[[], object], words: str) -> None:
    assert reason_of(raised(call)) == words


def test_every_error_has_words() -> None:
    assert reason_of(TimeoutError()) == "no answer in time"
    assert reason_of(ValueError()) == "no reason is given"
    assert reason_of(ValueError("\n one\ntwo")) == "one"


COMMANDS = [
    "predict {}",
    "predict {}.wav",
    "predict clip.flac --model {}",
    "predict clip.flac --csv --resume {}",
    "predict clip.flac --adapt-from {}",
    "listen --input {}",
    "listen --model {} --input clip.flac",
    "dataset {} --out out",
    "analyse {}",
    "train {}",
    "evaluate {} --no-robustness",
    "evaluate table.csv --model {}",
    "report {}",
    "profile --recording {}",
    "export out --model {}",
    "power {} --out out",
    "corpora check {}",
    "corpora fetch savee --archive {} --accept-license x",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_word_of_python_about_any_file(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a folder, nothing, bytes that are no text, a text, JSON and an archive."""
    monkeypatch.chdir(tmp_path)
    clip = next((REPOSITORY / "sample").rglob("*.flac"))
    (tmp_path / "clip.flac").write_bytes(clip.read_bytes())
    (tmp_path / "table.csv").write_text("path,emotion\n")
    (tmp_path / "folder").mkdir()
    contents = {
        "empty": b"",
        "bytes": b"\xff\xfe\x80\x00,\n" * 20,
        "text": b"a,b\n1\n",
        "json": b'{"network": [1, {}]}',
        "archive": b"PK\x03\x04" + bytes(30),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    for name in ("folder", "missing", *contents):
        result = CliRunner().invoke(cli.app, command.format(name).split())
        said = f"{result.exception}\n{result.stderr}"
        is_made = name in ("missing", "empty") and "--resume" in command
        assert result.exit_code in ((0,) if is_made else (1, 2)), (name, result.output)
        assert not PYTHON.search(said.replace("BPython", "")), (name, said)
