"""Exports that compare with Python when they start: AE_SELF_TEST for C and for WebAssembly.

Those of the boards' examples are in test_examples_on_boards.py.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import native
from audio_emotion.export import export
from audio_emotion.recognition.model import load_model
from conftest import REPOSITORY

MODELS = ["default.aem", "default.skops"]
DEFINES = "DEFINES=-DAE_SELF_TEST"


@pytest.fixture(scope="module", params=MODELS)
def folders(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("exported")
    for target in ("c", "wasm"):
        export.export(load_model(REPOSITORY / "models" / request.param), root / target, target)
    return root


def halve_the_recording(data: Path) -> None:
    samples = re.search(r"recording\[\] = \{\n([^}]*)", data.read_text())
    assert samples is not None
    halves = ",".join(str(int(value) // 2) for value in samples[1].split(","))
    data.write_text(data.read_text().replace(samples[1], halves))


def program(folder: Path, make: list[str], run: list[str]) -> tuple[int, list[str]]:
    subprocess.run(["make", "-B", *make], cwd=folder, check=True, capture_output=True)
    with (folder / "verify" / "recording.wav").open("rb") as wav:
        done = subprocess.run(
            run, cwd=folder, stdin=wav, capture_output=True, text=True, check=False
        )
    return done.returncode, done.stdout.splitlines()


def test_a_program_in_c(folders: Path, tmp_path: Path) -> None:
    folder = tmp_path / "c"
    shutil.copytree(folders / "c", folder)
    make, run = [f"CFLAGS={' '.join(native.FLAGS)}"], ["build/emotion"]
    _, plain = program(folder, make, run)
    status, (passed, *answers) = program(folder, [*make, DEFINES], run)
    assert status == 0
    assert re.fullmatch(r"self-test passed, \d+\.\d ms an answer", passed)
    assert answers == plain
    halve_the_recording(folder / "model" / "self_test_data.h")
    status, (wrong,) = program(folder, [*make, DEFINES], run)
    assert status == 1
    assert "differ" in wrong or "elsewhere" in wrong


def test_webassembly(folders: Path, tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    folder = tmp_path / "wasm"
    shutil.copytree(folders / "wasm", folder)
    run = ["node", "main.mjs", "verify/recording.wav"]
    plain = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=True).stdout
    zig = f"ZIG={sys.executable} -m ziglang"
    status, said = program(folder, ["emotion.wasm", DEFINES, zig], run)
    assert (status, said) == (0, ["self-test passed", *plain.splitlines()])
    halve_the_recording(folder / "model" / "self_test_data.h")
    status, (wrong,) = program(folder, ["emotion.wasm", DEFINES, zig], run)
    assert status == 1
    assert "differ" in wrong or "elsewhere" in wrong
