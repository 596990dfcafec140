"""Recordings that end the process that reads them: refused by their names, one by one."""

from __future__ import annotations

import ast
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

import audio_emotion as ae
import deadly_recordings
from audio_emotion.data import audio, inspection, isolation
from audio_emotion.data.dataset import build
from audio_emotion.errors import AudioError
from audio_emotion.recognition.batch import extract_batch
from audio_emotion.recognition.model import load_model
from audio_emotion.recognition.predict import predict
from conftest import REPOSITORY

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGXCPU"), reason="kills processes")

SOURCE = REPOSITORY / "src" / "audio_emotion"

# Whoever else reads recordings has one, or is another process itself.
READ_HERE = {
    "cli/listen.py",  # one recording
    "data/isolation.py",
    "data/dataset.py",  # the default of what processes of a pool call
    "data/sources.py",  # one recording
    "devices/budget.py",  # the sample
    "devices/profile.py",  # one
    "export/export.py",  # the sample
    "server/worker.py",
    "training/network/clips.py",  # in processes of a pool, after `inspection.look`
}


@pytest.fixture
def sound(sample: Path) -> Path:
    return sorted(sample.rglob("*.flac"))[0]


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Iterator[Path]:
    """Recordings of which three kill who reads them."""
    for name in ("a", "deadly", "endless", "huge", "z"):
        shutil.copy(sound, tmp_path / f"{name}.flac")
    with deadly_recordings.readers():
        yield tmp_path


def paths(folder: Path) -> list[str]:
    return [str(path) for path in sorted(folder.glob("*.flac"))]


def in_memory(path: str) -> io.BytesIO:
    return io.BytesIO(Path(path).read_bytes())


def expect_reasons(found: dict[str, str]) -> None:
    """By path: the error of each of the three, and of no other."""
    by_word = {Path(path).stem: error for path, error in found.items()}
    assert {word: re.sub(r"^.*\.flac: ", "", error) for word, error in by_word.items()} == {
        word: f"{reason}." for word, reason in deadly_recordings.REASONS.items()
    }


@pytest.mark.parametrize("door", [str, in_memory])
def test_samples_and_errors_are_those_of_reading_here(
    sample: Path, tmp_path: Path, door: Callable[[str], audio.Source]
) -> None:
    damaged = tmp_path / "damaged.flac"
    damaged.write_bytes(sorted(sample.rglob("*.flac"))[0].read_bytes()[:9000])
    for path in map(str, [*sorted(sample.rglob("*.*"))[:5], damaged, __file__]):
        said: list[list[str]] = [[], []]
        samples: list[object] = []
        for read, warnings in zip((audio.read, isolation.read), said, strict=True):
            source = door(path)
            try:
                samples.append(read(source, warnings.append).tolist())
            except AudioError as error:
                samples.append(str(error))
        assert samples[0] == samples[1]
        assert said[0] == said[1]


def test_a_folder_is_predicted_but_for_what_kills_its_reader(folder: Path) -> None:
    document = predict([folder], load_model())
    assert [Path(result["path"]).stem for result in document["results"]] == ["a", "z"]
    expect_reasons({failure["path"]: failure["error"] for failure in document["errors"]})


def test_of_many_the_python_interface_goes_on(folder: Path) -> None:
    with pytest.warns(UserWarning, match="kills the process|processor time|of memory"):
        table = ae.predict(paths(folder), errors="coerce")
    assert table["speech"].notna().tolist() == [True, False, False, False, True]
    with pytest.raises(AudioError, match="it kills the process that reads it"):
        ae.extract_features(paths(folder)[:2])


def test_evaluate_lists_them(folder: Path) -> None:
    failures: dict[str, str] = {}
    rows = extract_batch(load_model(), paths(folder), failures=failures)
    expect_reasons(failures)
    assert (rows[0] == rows[4]).all()
    assert rows[0].any()


def test_training_leaves_them_out_before_it_begins(folder: Path) -> None:
    found = inspection.look(pd.DataFrame({"path": paths(folder)}), decode=True)
    assert [Path(path).stem for path in found.readable["path"]] == ["a", "z"]
    expect_reasons({one.path: f"{one.path}: {one.reason}" for one in found.skipped})


@pytest.mark.parametrize("jobs", [1, 2])
def test_dataset_skips_them(
    sound: Path, tmp_path: Path, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With several processes it ended in a traceback, with one in a "Killed"."""
    monkeypatch.setattr("audio_emotion.data.dataset.UTTERANCES_WORTH_A_PROCESS", 1)
    samples = audio.read(sound)
    for number, word in enumerate(["a", "b", "deadly", "c", "endless"]):
        audio_file = tmp_path / "in" / word / f"100{number}_DFA_ANG_XX.wav"
        audio_file.parent.mkdir(parents=True)
        write(audio_file, samples + np.int16(number))
    with deadly_recordings.readers():
        found = build(tmp_path / "in", tmp_path / "out", jobs=jobs)
    assert len(found.table) == 3
    assert sorted(one.reason.rstrip(".") for one in found.skipped) == sorted(
        deadly_recordings.REASONS[word] for word in ("deadly", "endless")
    )


def test_what_waits_may_be_killed(sound: Path) -> None:
    """By somebody who wants its memory: that is not the next recording's fault."""
    isolation.end_idle()
    samples = isolation.read(sound)
    (reader,) = isolation._idle_readers[os.getpid()]
    os.kill(reader._process.pid, signal.SIGKILL)
    assert (isolation.read(sound) == samples).all()


def test_processes_end_with_the_one_that_started_them(sound: Path) -> None:
    program = (
        "import os, sys; from audio_emotion.data import isolation; isolation.read(sys.argv[1]);"
        "print(isolation._idle_readers[os.getpid()][0]._process.pid, flush=True);"
        "os.kill(os.getpid(), 9)"
    )
    command = [sys.executable, "-c", program, str(sound)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    pid = int(done.stdout)
    until = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists() and "\nState:\tZ" not in status_of(pid):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_who_reads_many_recordings_has_them_read_by_another_process() -> None:
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"audio.read", "audio.blocks"}
    }
    assert found == READ_HERE


def status_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return "\nState:\tZ"


def write(path: Path, samples: np.ndarray) -> None:
    soundfile.write(path, samples, 16_000)
