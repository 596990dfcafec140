"""What is missing is named with the command that installs it here, and ends no other work."""

from __future__ import annotations

import builtins
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from audio_emotion import cli, extras
from audio_emotion.errors import ToolError
from audio_emotion.recognition import microphone
from audio_emotion.report import figures
from conftest import REPOSITORY


def test_a_checkout_is_installed_as_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert extras._CHECKOUT == REPOSITORY
    monkeypatch.chdir(REPOSITORY)
    python = REPOSITORY / ".venv" / "bin" / "python"
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(os, "name", "posix")
    assert extras.installation("mic") == ".venv/bin/python -m pip install -e '.[mic]'"
    monkeypatch.chdir(tmp_path)
    assert extras.installation("mic") == f"{python} -m pip install -e '{REPOSITORY}[mic]'"


def test_a_package_is_installed_by_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(extras, "_CHECKOUT", tmp_path)
    monkeypatch.chdir(tmp_path)
    said = extras.installation("boards,plot")
    assert said == f"{sys.executable} -m pip install 'embedded-audio-emotion[boards,plot]'"


def importing(monkeypatch: pytest.MonkeyPatch, fails: Exception) -> None:
    found = builtins.__import__

    def fake(name: str, *arguments: Any) -> Any:
        if name == "sounddevice":
            raise fails
        return found(name, *arguments)

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(builtins, "__import__", fake)


@pytest.mark.parametrize(
    ("platform", "advice"),
    [("linux", "apt install libportaudio2"), ("darwin", "brew install"), ("win32", "pip install")],
)
def test_portaudio_is_another_thing_than_its_package(
    platform: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    importing(monkeypatch, OSError("PortAudio library not found"))
    with pytest.raises(ToolError, match=f"the library PortAudio, not installed here.* {advice}"):
        microphone.devices()
    importing(monkeypatch, ModuleNotFoundError("No module named 'sounddevice'"))
    with pytest.raises(ToolError, match=r"the package sounddevice, .* --input FILE, .*\[mic\]'"):
        microphone.devices()


def test_a_profile_without_matplotlib(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(figures, "can_draw", lambda: False)
    monkeypatch.setattr(
        "audio_emotion.devices.profile.profile",
        lambda *_given, **_how: {"model": "small", "seconds": 1.0, "boards": []},
    )
    logs = ["--logs", str(tmp_path)]
    result = CliRunner().invoke(cli.app, ["profile", "--model", "small", "--json", *logs])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["model"] == "small"
    assert "hint: no figure was drawn, as matplotlib is not installed" in result.stderr
    assert [*tmp_path.iterdir()] == []
