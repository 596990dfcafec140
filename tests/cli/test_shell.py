"""What all commands share: texts come out as they are, output of any kind is met, one version."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import soundfile
from rich.table import Table
from typer.testing import CliRunner, Result

from audio_emotion import cli
from audio_emotion.cli.console import OUT
from audio_emotion.cli.shell import print_error, print_json
from conftest import REPOSITORY

PROGRAM = [sys.executable, "-c", "from audio_emotion.cli import main; main()"]
ODD = ("a[b]c", "[red]x", "[bold]", ":smile:", "two\nlines", "über 文")


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(cli.app, [*map(str, arguments)])


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of sample/, in a folder of its own."""
    source = next((REPOSITORY / "sample").rglob("*.ogg"))
    return Path(shutil.copy(source, tmp_path_factory.mktemp("clip") / "clip.ogg"))


def test_version() -> None:
    assert invoke("--version").stdout == f"audio-emotion {version('embedded-audio-emotion')}\n"


def test_texts_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    text = "[red]x :smile: a[b]c [/]"
    OUT.print_lines(text)
    assert capsys.readouterr().out == f"{text}\n"
    table = Table(text, title=text, caption=text)
    table.add_row(text)
    OUT.print(table)
    assert capsys.readouterr().out.count(text) == 4


def test_a_long_path_stays_in_one_piece(capsys: pytest.CaptureFixture[str]) -> None:
    OUT.print_lines("wrote " + "folder/" * 50)
    assert capsys.readouterr().out.count("\n") == 1


def test_what_commands_a_terminal_is_spelled_out(capsys: pytest.CaptureFixture[str]) -> None:
    OUT.print_lines("\x1b[2Jgone \udce9")
    assert capsys.readouterr().out == "\\x1b[2Jgone \\udce9\n"
    print_error("a\nb\x1b]0;title\x07: no such file.")
    assert capsys.readouterr().err == (
        "audio-emotion: error: a\\nb\\x1b]0;title\\x07: no such file.\n"
    )


def test_json_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"path": "über \udce9"})
    text = capsys.readouterr().out
    assert text.isascii()
    assert json.loads(text) == {"path": "über \udce9"}


@pytest.mark.parametrize("name", ODD)
def test_names_are_printed_as_they_are(name: str, clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    path = Path(shutil.copy(clip, folder / f"{name}.ogg"))
    if "\n" not in name:
        assert f"{name}.ogg" in invoke("predict", path).stdout
    document = json.loads(invoke("predict", folder, "--json").stdout)
    assert [found["path"] for found in document["results"]] == [str(path)]


def test_skipped_files_are_named_as_they_are(clip: Path, tmp_path: Path) -> None:
    own = tmp_path / "happy" / "a[b]c"
    own.mkdir(parents=True)
    shutil.copy(clip, own / "clip.ogg")
    (own / "[red]x.wav").write_text("no recording")
    result = invoke("dataset", tmp_path, "--out", tmp_path / "[bold]out", "--jobs", 1)
    assert result.exit_code == 0
    assert "a[b]c/[red]x.wav: " in result.stdout
    assert "[bold]out/audio_dataframe.csv" in result.stdout


def test_a_dataset_of_several_folders(clip: Path, tmp_path: Path) -> None:
    for number, emotion in enumerate(("happy", "sad")):
        folder = tmp_path / str(number) / f"mine{number}" / emotion
        folder.mkdir(parents=True)
        samples, sr = soundfile.read(clip)
        soundfile.write(folder / "a.wav", samples / (1 + number), sr)
    result = invoke("dataset", tmp_path / "0", tmp_path / "1", "--out", tmp_path / "out", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["utterances"] == 2
    assert invoke("dataset", "--out", tmp_path / "out").exit_code == 2


@pytest.mark.parametrize(
    "command",
    [
        "analyse table.csv --model MLP.skops --no-importance",
        "evaluate MLP table.csv --noise folder --no-robustness",
        "export out --features table.csv",
        "profile model.aem --features-only",
        "dataset folder --dask tcp://nobody:1 --jobs 2",
        "dataset folder --dask tcp://nobody:1 --parquet",
        "predict clip.wav --json --csv",
    ],
)
def test_nothing_asked_for_is_ignored_in_silence(command: str) -> None:
    """Options that contradict each other are refused, before anything is read."""
    result = invoke(*command.split())
    assert result.exit_code == 2
    message = result.stderr.splitlines()[-1]
    assert any(part in message for part in command.split() if part.startswith("--"))


@pytest.mark.skipif(sys.platform != "linux", reason="names there are text")
def test_the_name_of_a_recording_need_not_be_text(clip: Path, tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/caf\xe9.ogg"
    shutil.copy(os.fsencode(clip), odd)
    for form, name in (("--json", b"caf\\udce9.ogg"), ("--csv", b"caf\xe9.ogg")):
        done = subprocess.run([*PROGRAM, "predict", odd, form], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        assert name in done.stdout


def test_an_encoding_without_bars(clip: Path) -> None:
    confident = REPOSITORY / "everyday" / "very_quiet.flac"
    done = subprocess.run(
        [*PROGRAM, "predict", clip, confident],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"clip.ogg") == 1
    assert b"#" in done.stdout  # a bar
    assert b"\\u" not in done.stdout


def test_a_reader_who_has_enough() -> None:
    """As in `audio-emotion --version | true`, deterministic: nobody reads from the beginning."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(
            [*PROGRAM, "--version"], stdout=pipe, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "")


def test_a_path_that_nobody_expected(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise PermissionError(13, "Permission denied", "some/file")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 1
    error = "audio-emotion: error: some/file: permission denied. Check the path.\n"
    assert capsys.readouterr().err == error


def test_no_standard_output(monkeypatch: pytest.MonkeyPatch, clip: Path) -> None:
    """As with `>&-`."""
    monkeypatch.setattr(sys, "argv", ["audio-emotion", "predict", str(clip), "--csv"])
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 0


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_what_a_command_needs_is_imported_when_it_runs(option: str) -> None:
    script = (
        "import sys\nfrom audio_emotion.cli import main\n"
        f"sys.argv[1:] = [{option!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('audio_emotion.engine', 'numpy', 'rich') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
