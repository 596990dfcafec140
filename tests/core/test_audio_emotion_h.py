"""The examples of core/audio_emotion.h are programs that predict what Python predicts."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import native
from conftest import REPOSITORY

HEADER = native.CORE / "audio_emotion.h"
MODELS = REPOSITORY / "models"
EXAMPLE = re.compile(r'^ \*     #include "audio_emotion\.h"\n(?: \*(?:     .*)?\n)+', re.M)
MICROPHONE = """
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

size_t read_microphone(int16_t *pcm, size_t n);
void show(const char *text);

size_t read_microphone(int16_t *pcm, size_t n) {
    return fread(pcm, sizeof *pcm, n, stdin);
}

void show(const char *text) {
    puts(text);
}
"""
WAV_HEADER = 44  # bytes


def examples() -> list[str]:
    found = EXAMPLE.findall(HEADER.read_text())
    return [textwrap.dedent(re.sub(r"^ \*", "", code, flags=re.M)) for code in found]


def shown(example: str, exported: Path) -> list[str]:
    """Lines that an example shows of the recording beside a model, compiled without a warning."""
    (exported / "example.c").write_text(example)
    (exported / "microphone.c").write_text(MICROPHONE)
    core = native.build(
        ["cc", *native.FLAGS, "-fPIC", "-shared"], sorted(native.CORE.glob("*.c")), ".so"
    )
    sources = ["example.c", "microphone.c", "model/model.c", core]
    command = ["cc", *native.FLAGS, f"-I{native.CORE}", "-Imodel", "-o", "example", *sources]
    subprocess.run(command, cwd=exported, check=True)
    samples = (exported / "verify" / "recording.wav").read_bytes()[WAV_HEADER:]
    done = subprocess.run([exported / "example"], input=samples, capture_output=True, check=True)
    return done.stdout.decode().splitlines()


def export(model: str, folder: Path) -> dict[str, Any]:
    """Export a model that ships; what Python expects of the recording beside it."""
    program = [sys.executable, "-c", "from audio_emotion.cli import main; main()"]
    arguments = ["export", folder, "--model", MODELS / model, "--target", "c"]
    subprocess.run([*program, *arguments], check=True, capture_output=True)
    return dict(json.loads((folder / "verify" / "expected.json").read_text()))


def test_network_on_a_stream(tmp_path: Path) -> None:
    example = examples()[0]
    expected = export("default.aem", tmp_path)
    assert len(expected["utterances"]) == 1
    assert shown(example, tmp_path) == [expected["emotion"]]


def test_classifier_of_one_utterance(tmp_path: Path) -> None:
    example = examples()[1]
    expected = export("default.skops", tmp_path)
    assert shown(example, tmp_path) == [expected["emotion"]]


def test_every_example_is_run() -> None:
    assert len(examples()) == HEADER.read_text().count("int main(void)") == 2


@pytest.mark.skipif(shutil.which("c++") is None, reason="there is no C++ compiler")
def test_header_opens_in_cpp(tmp_path: Path) -> None:
    (tmp_path / "all.cpp").write_text('#include "audio_emotion.h"\n')
    command = ["c++", "-Wall", "-Wextra", "-Werror", f"-I{native.CORE}", "-fsyntax-only"]
    subprocess.run([*command, "all.cpp"], cwd=tmp_path, check=True)
