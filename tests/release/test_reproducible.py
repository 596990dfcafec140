"""The same sources give the same wheel: in another folder, and by way of the sdist."""

import hashlib
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from conftest import REPOSITORY


def test_a_wheel_is_the_same_from_elsewhere_and_from_the_sdist(tmp_path: Path) -> None:
    committed = tmp_path / "committed.tar"
    subprocess.run(["git", "archive", f"--output={committed}", "HEAD"], cwd=REPOSITORY, check=True)
    here, there = tmp_path / "here", tmp_path / "some" / "where" / "else"
    for folder in (here, there):
        with tarfile.open(committed) as archive:
            archive.extractall(folder, filter="data")
    with tarfile.open(_build("sdist", here)) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.glob("embedded_audio_emotion-*")
    assert _digest(_build("wheel", there)) == _digest(_build("wheel", unpacked))


def _build(kind: str, folder: Path) -> Path:
    """Build with the packages that are installed; what was built."""
    command = [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", str(folder)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    subprocess.run(command, env=environment, capture_output=True, check=True)
    (built,) = (folder / "dist").iterdir()
    return built


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
