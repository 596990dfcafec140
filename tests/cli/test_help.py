"""The help of every command: whole, in the words of people, with examples that run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import power_traces
from audio_emotion.cli import app
from audio_emotion.cli.help import SECTIONS, purpose
from conftest import REPOSITORY

# What examples cannot do here, and what is done instead.
NOT_RUN = {
    "corpora fetch": "downloads; tests/data/test_fetch.py has a server of its own",
    "serve": "does not end; tests/server starts it",
    "board monitor": "needs a board; tests/devices/test_monitor.py has one of its own",
    "analyse": "needs more recordings; tests/analysis/test_analyse_command.py has them",
    "train-net": "takes minutes; tests/training/test_train_net.py runs the command",
}
LEFT_OUT = {"evaluate": ["--no-robustness"]}  # which takes minutes
NEEDS_A_MICROPHONE = "audio-emotion listen"
INCOMPLETE = "corpora check"  # of the few recordings here, so it says what is missing


def commands(group: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    group = group or typer.main.get_command(app)
    for name in group.list_commands(None):
        command = group.commands[name]
        yield f"{prefix}{name}", command
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix}{name} ")


COMMANDS = dict(commands())
EXAMPLES = [
    line
    for name, command in COMMANDS.items()
    for line in (command.epilog or "").splitlines()
    if line.startswith("audio-emotion") and line != NEEDS_A_MICROPHONE
]


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"}, prog_name="audio-emotion")
    assert result.exit_code == 0, result.output
    return result.stdout


def test_every_command_stands_in_its_place_with_all_that_it_is_for() -> None:
    page = printed("--help")
    assert "…" not in page
    assert "..." not in page.replace("[ARGS]...", "")
    words = " ".join(page.split())
    ends = [words.index(f" {name} {purpose(COMMANDS[name])}") for name in printed_order()]
    assert ends == sorted(ends)
    titles = [line for line in page.splitlines() if line.endswith(":") and line[0] != " "]
    assert titles == [*(f"{title}:" for title in SECTIONS), "Options:", "Examples:"]


def printed_order() -> list[str]:
    return [name for names in SECTIONS.values() for name in names]


def test_every_command_is_in_a_section() -> None:
    assert sorted(printed_order()) == sorted(name for name in COMMANDS if " " not in name)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_word_of_python_and_an_example(name: str) -> None:
    page = printed(*name.split(), "-h")
    assert page == printed(*name.split(), "--help")
    assert not re.search(r"[<{}]|list\[|\b(str|int|float|path|bool|range|None|Path)\b", page), page
    first = page.splitlines()[0].removeprefix(f"Usage: audio-emotion {name} [OPTIONS]")
    assert first == first.upper()
    for option, value in re.findall(r"^  (?:-\w, )?(--[\w-]+)(?: ([^ \n]+))?", page, re.M):
        assert not value or re.fullmatch(r"[A-Z|]+|[a-z|]*\||/|[a-z]+(\|[a-z]+)+", value), option
    if name not in ("corpora", "board"):
        examples = page.partition("\nExamples:\n")[2].splitlines()
        assert examples
        assert all(len(line) <= 100 and f"audio-emotion {name}" in line for line in examples)


def test_versions_have_a_short_form() -> None:
    assert printed("-V") == printed("--version")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands_and_options(shell: str) -> None:
    assert "--install-completion" in printed("--help")
    variables = {"_AUDIO_EMOTION_COMPLETE": f"complete_{shell}"}
    variables |= {"_TYPER_COMPLETE_ARGS": "audio-emotion ev", "COMP_CWORD": "1"}
    variables |= {"COMP_WORDS": "audio-emotion ev", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    program = (
        "import sys; sys.argv[0] = 'audio-emotion'; from audio_emotion.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=False
    )
    assert "evaluate" in done.stdout, done.stderr
    assert "export" not in done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the examples name; each leaves what the next one takes."""
    path = tmp_path_factory.mktemp("examples")
    for name in ("sample", "everyday"):
        shutil.copytree(REPOSITORY / name, path / name)
    shutil.copytree(REPOSITORY / "sample", path / "speech-emotion-recognition-en")
    shutil.copytree(REPOSITORY / "sample" / "Ravdess", path / "my-recordings" / "Ravdess")
    recording = next(path.rglob("03-01-08-02-01-01-22.flac"))
    for name in ("recording.wav", "interview.wav"):
        shutil.copy(recording, path / name)
    for name in ("esp32.csv", "rp2040.csv"):
        power_traces.synthetic_trace().write(path / name)
    return path


@pytest.mark.parametrize("line", EXAMPLES)
def test_examples_run(line: str, folder: Path) -> None:
    """In the order of the pipeline, so that what one writes is there for the next."""
    words = shlex.split(line.partition(" > ")[0])[1:]
    name = " ".join(words[:2]) if words[0] in ("corpora", "board") else words[0]
    if name in NOT_RUN:
        COMMANDS[name].make_context(name, words[len(name.split()) :])
        return
    program = [sys.executable, "-c", "from audio_emotion.cli import main; main()"]
    done = subprocess.run(
        [*program, *words, *LEFT_OUT.get(name, [])],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (1 if name == INCOMPLETE else 0), done.stderr
    assert "error" not in done.stderr
