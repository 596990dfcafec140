"""Killed at any moment, or with no room left: nothing is lost, nothing is half-written.

Every command runs in a process of its own, see `crashes`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

import separable_dataset
from audio_emotion.engine import features
from conftest import REPOSITORY
from crashes import Crashes, Outcome

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

MODELS = REPOSITORY / "models"


@pytest.fixture(scope="module")
def crashes() -> Iterator[Crashes]:
    running = Crashes()
    yield running
    running.close()


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three short recordings, and in `older` one of them and another."""
    root = tmp_path_factory.mktemp("corpora")
    random = np.random.default_rng(1)
    for folder, speakers in (("newer", (1001, 1002, 1003)), ("older", (1003, 1004))):
        (root / folder).mkdir()
        for speaker in speakers:
            noise = random.normal(0, 0.1, 4000)
            soundfile.write(
                root / folder / f"{speaker}_DFA_ANG_XX.wav", noise, features.SAMPLE_RATE
            )
    return root


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Features of few made-up utterances."""
    data = separable_dataset.dataset(per_emotion=1)
    values = pd.DataFrame(data.utterances, columns=list(features.names()))
    path = tmp_path_factory.mktemp("features") / "features.csv"
    pd.concat([data.catalogue, values], axis=1).to_csv(path, index=False, float_format="%.9g")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Everything below a folder, hidden or not."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def results(folder: Path) -> dict[str, bytes]:
    """What a person sees of it."""
    return {
        name: content
        for name, content in contents(folder).items()
        if not any(part.startswith(".") for part in Path(name).parts)
    }


def dataset(corpora: Path, out: Path) -> list[object]:
    return ["dataset", corpora / "newer", "--out", out, "--jobs", 1]


def train(table: Path, out: Path) -> list[object]:
    folders = ["--models", out / "models", "--logs", out / "logs"]
    return ["train", table, *folders, "--only", "Ridge", "--only", "LDA", "--jobs", 1]


def export(out: Path) -> list[object]:
    return ["export", out / "firmware", "--target", "c"]


def expect_a_kill(outcome: Outcome, by: int = signal.SIGKILL) -> None:
    assert outcome.status == -by, outcome.errors


def expect_success(outcome: Outcome) -> None:
    assert outcome.status == 0, outcome.errors


def expect_one_sentence(outcome: Outcome, of: str) -> None:
    assert outcome.status == 1, outcome.errors
    lines = [line for line in outcome.errors.splitlines() if line.strip()]
    assert len(lines) == 1, outcome.errors
    assert lines[0].startswith("audio-emotion: error: ")
    assert of in lines[0]
    assert "Make room" in lines[0]


def expect_old_or_new(
    found: dict[str, bytes], old: dict[str, bytes], new: dict[str, bytes]
) -> None:
    for name, content in found.items():
        assert content in (old.get(name), new.get(name)), name
    assert set(old) <= set(found)


# --- killed before each change of a file ----------------------------------------------------------


@pytest.mark.parametrize("again", [False, True])
def test_dataset_killed_at_any_change(
    crashes: Crashes, corpora: Path, tmp_path: Path, again: bool
) -> None:
    """Into an empty folder, and over the results of other recordings."""
    whole, out = tmp_path / "whole", tmp_path / "out"
    n_changes = crashes.run(*dataset(corpora, whole), below=whole).n_changes
    new, old = contents(whole), {}
    assert len(new) == 3
    assert n_changes > 8
    for moment in range(1, n_changes + 1, 2 if again else 1):
        if again:
            older = ["dataset", corpora / "older", "--out", out, "--jobs", 1]
            expect_success(crashes.run(*older, below=out))
            old = contents(out)
        expect_a_kill(crashes.run(*dataset(corpora, out), below=out, kill_at=moment))
        expect_old_or_new(results(out), old, new)
        expect_success(crashes.run(*dataset(corpora, out), below=out))
        assert contents(out) == new
        for path in out.iterdir():
            path.unlink()


def test_train_killed_at_any_change(crashes: Crashes, table: Path, tmp_path: Path) -> None:
    """Each time on what the last kill left: the end is as if nobody had disturbed it."""
    whole, out = tmp_path / "whole", tmp_path / "out"
    n_changes = crashes.run(*train(table, whole), below=whole).n_changes
    new = contents(whole)
    assert {"models/Ridge.skops", "models/LDA.skops", "logs/performance.csv"} <= set(new)
    middle = n_changes // 2  # there the first classifier is finished
    for moment in (3, middle, middle + 3):
        expect_a_kill(crashes.run(*train(table, out), below=out, kill_at=moment))
        found = {name: text for name, text in results(out).items() if "performance" not in name}
        expect_old_or_new(found, {}, new)
    expect_success(crashes.run(*train(table, out), below=out))
    assert contents(out) == new


def test_export_killed_at_any_change(crashes: Crashes, tmp_path: Path) -> None:
    """Over an older export: it is there, or the new one, or the next export takes it back."""
    out, whole = tmp_path / "out", tmp_path / "whole"
    other = ["export", out / "firmware", "--model", MODELS / "default.skops", "--target", "c"]
    expect_success(crashes.run(*export(whole), below=whole))
    old = contents(whole / "firmware")
    shutil.copytree(whole, out)
    n_changes = crashes.run(*other, below=out).n_changes
    new = contents(out / "firmware")
    assert new != old
    for moment in (1, 2, n_changes // 2, n_changes - 3, n_changes - 2, n_changes - 1, n_changes):
        shutil.rmtree(out)
        shutil.copytree(whole, out)
        expect_a_kill(crashes.run(*other, below=out, kill_at=moment))
        assert contents(out / "firmware") in (old, new, {})
        expect_success(crashes.run(*other, below=out))
        assert contents(out) == {f"firmware/{name}": text for name, text in new.items()}


def test_an_export_that_lost_its_place_is_taken_back(crashes: Crashes, tmp_path: Path) -> None:
    """Killed between two renames, then without room: what was exported before is there again."""
    expect_success(crashes.run(*export(tmp_path), below=tmp_path))
    old = contents(tmp_path)
    (tmp_path / ".firmware.part").mkdir()
    (tmp_path / "firmware").rename(tmp_path / ".firmware.part" / "old")
    outcome = crashes.run(*export(tmp_path), below=tmp_path, largest_file=3000)
    expect_one_sentence(outcome, of="file too large")
    assert contents(tmp_path) == old


# --- killed within a file -------------------------------------------------------------------------


@pytest.mark.parametrize("n_bytes", [1, 700, 3500])
def test_dataset_killed_within_a_file(
    crashes: Crashes, corpora: Path, tmp_path: Path, n_bytes: int
) -> None:
    """In the header of the cache, in a line of it, and in a table."""
    whole, out = tmp_path / "whole", tmp_path / "out"
    expect_success(crashes.run(*dataset(corpora, whole), below=whole))
    outcome = crashes.run(*dataset(corpora, out), below=out, largest_file=n_bytes, killed=True)
    expect_a_kill(outcome, by=signal.SIGXFSZ)
    assert max(path.stat().st_size for path in out.iterdir()) == n_bytes
    expect_old_or_new(results(out), {}, contents(whole))
    expect_success(crashes.run(*dataset(corpora, out), below=out))
    assert contents(out) == contents(whole)


@pytest.mark.parametrize("n_bytes", [1, 5000])
def test_export_killed_within_a_file(crashes: Crashes, tmp_path: Path, n_bytes: int) -> None:
    outcome = crashes.run(*export(tmp_path), below=tmp_path, largest_file=n_bytes, killed=True)
    expect_a_kill(outcome, by=signal.SIGXFSZ)
    assert results(tmp_path) == {}
    expect_success(crashes.run(*export(tmp_path), below=tmp_path))
    assert set(results(tmp_path)) == set(contents(tmp_path))


# --- no room --------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, 64 KB of it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("may not mount a file system here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path, left: int) -> Path:
    """Leave so many bytes, in pages."""
    status = os.statvfs(disk)
    ballast = disk.parent / "disk" / "ballast"
    ballast.write_bytes(bytes(status.f_bavail * status.f_frsize - left))
    return ballast


@pytest.fixture(params=["dataset", "train", "export"])
def command(
    request: pytest.FixtureRequest, corpora: Path, table: Path
) -> Callable[[Path], list[object]]:
    """A command that writes to a given folder, again if it has to."""
    commands = {
        "dataset": lambda out: dataset(corpora, out),
        "train": lambda out: [*train(table, out), "--force"],
        "export": export,
    }
    return commands[request.param]


def test_full_disk_is_one_sentence(
    crashes: Crashes, small_disk: Path, command: Callable[[Path], list[object]]
) -> None:
    out = small_disk / "out"
    out.mkdir()
    (out / "mine").write_text("old")
    for left in (0, 4096):
        ballast = fill(small_disk, left)
        outcome = crashes.run(*command(out), below=out)
        expect_one_sentence(outcome, of="no space left on device")
        assert (out / "mine").read_text() == "old"
        ballast.unlink()


def test_no_room_leaves_the_old_files(
    crashes: Crashes, tmp_path: Path, command: Callable[[Path], list[object]]
) -> None:
    """A limit of the size of files, which anybody can set; old results stay as they were."""
    expect_success(crashes.run(*command(tmp_path), below=tmp_path))
    old = contents(tmp_path)
    outcome = crashes.run(*command(tmp_path), below=tmp_path, largest_file=2500)
    expect_one_sentence(outcome, of="file too large")
    cache = ".extraction_journal"
    assert {name: text for name, text in contents(tmp_path).items() if name != cache} == old
    expect_success(crashes.run(*command(tmp_path), below=tmp_path))
    assert contents(tmp_path) == old


def test_no_room_for_what_is_printed(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    program = "from audio_emotion.cli import main; main()"
    recording = tmp_path / "noise.wav"
    soundfile.write(recording, np.random.default_rng(1).normal(0, 0.1, 4000), features.SAMPLE_RATE)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program, "predict", recording, "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("audio-emotion: error: no room to write (no space left")
