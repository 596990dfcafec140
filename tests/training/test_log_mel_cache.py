"""Log-mel energies that training keeps: computed again where they are damaged, and only there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

pytest.importorskip("torch", reason="PyTorch, of the extra [train], is not installed")

from audio_emotion.data.catalogue import catalogue
from audio_emotion.errors import InputError
from audio_emotion.files import locked
from audio_emotion.progress import RunOptions
from audio_emotion.training.network import clips, variants
from conftest import REPOSITORY


@pytest.fixture(scope="module")
def recordings() -> pd.DataFrame:
    """Return the catalogue of the sample."""
    return catalogue([REPOSITORY / "sample"]).utterances


def load(recordings: pd.DataFrame, cache: Path) -> clips.Clips:
    return clips.load_clips(recordings, cache, options=RunOptions(jobs=1))


def test_log_mel_is_read_again_only_if_a_recording_changed(
    recordings: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = recordings.iloc[:3]
    first = load(few, tmp_path)
    with monkeypatch.context() as context:
        context.setattr(clips, "_log_mels", lambda *_: pytest.fail("read again"))
        again = load(few, tmp_path)
    np.testing.assert_array_equal(first.log_mel(2, 3), again.log_mel(2, 3))
    assert len(load(recordings.iloc[1:3], tmp_path).labels) == 2


def read_again(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The variants that are computed from now on."""
    computed, began = clips._log_mels, []
    monkeypatch.setattr(
        clips,
        "_log_mels",
        lambda paths, number, *rest: began.append(number) or computed(paths, number, *rest),
    )
    return began


def flipped(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 1]))


def zeroed(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


DAMAGE = {
    "one bit": (lambda path: flipped(path, path.stat().st_size - 1), [-1]),
    "truncated": (lambda path: os.truncate(path, path.stat().st_size - 1), [-1]),
    "empty": (lambda path: os.truncate(path, 0), None),
    "zeros": (zeroed, None),
    "missing": (Path.unlink, None),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damaged_energies_are_computed_again(
    recordings: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """They ended in a traceback, or were trained on."""
    few = recordings.iloc[:2]
    whole = load(few, tmp_path).frames.copy()
    damage, variants_of = DAMAGE[what]
    damage(tmp_path / "log_mel.int16")
    began = read_again(monkeypatch)
    np.testing.assert_array_equal(load(few, tmp_path).frames, whole)
    every = list(range(variants.N_VARIANTS))
    assert began == (every if variants_of is None else every[variants_of[0] :])


def test_a_recording_of_the_same_size_and_date_is_noticed(
    recordings: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "a.wav"
    few = recordings.iloc[:1].assign(path=[str(path)])
    noise = np.random.default_rng(1).integers(-9000, 9000, (2, 20000)).astype(np.int16)
    soundfile.write(path, noise[0], 16000)
    then = path.stat()
    first = load(few, tmp_path / "cache")
    soundfile.write(path, noise[1], 16000)
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))
    assert path.stat().st_size == then.st_size
    second = load(few, tmp_path / "cache")
    assert second.fingerprint != first.fingerprint
    assert not np.array_equal(second.log_mel(0), first.log_mel(0))


def test_a_cache_of_an_earlier_version_stays_valid(
    recordings: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no checksums; they are added, and nothing else changes."""
    few = recordings.iloc[:2]
    first = load(few, tmp_path)
    index = json.loads((tmp_path / "clips.json").read_text())
    by_date = clips._fingerprint(few, clips.read_impulses(None))
    old = {"contents": by_date, "variants": index["variants"]}
    (tmp_path / "clips.json").write_text(json.dumps(old))
    energies = (tmp_path / "log_mel.int16").stat()
    began = read_again(monkeypatch)
    again = load(few, tmp_path)
    assert (began, again.fingerprint) == ([], by_date)
    np.testing.assert_array_equal(again.frames, first.frames)
    now = json.loads((tmp_path / "clips.json").read_text())
    assert now["checksums"] == index["checksums"]
    assert {key: now[key] for key in old} == old
    assert (tmp_path / "log_mel.int16").stat().st_mtime_ns == energies.st_mtime_ns
    flipped(tmp_path / "log_mel.int16", 0)
    load(few, tmp_path)
    assert began == list(range(variants.N_VARIANTS))


def test_energies_that_a_training_has_mapped_stay(recordings: pd.DataFrame, tmp_path: Path) -> None:
    """Another catalogue with the same --cache took them away: a bus error."""
    first = load(recordings.iloc[:2], tmp_path)
    before = np.array(np.memmap(tmp_path / "log_mel.int16", np.int16, "r"))
    load(recordings.iloc[2:3], tmp_path)
    np.testing.assert_array_equal(first.frames.ravel(), before)


def test_a_cache_that_is_being_written_is_refused(recordings: pd.DataFrame, tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(InputError, match=f"process {os.getpid()} is writing"):
        load(recordings.iloc[:1], tmp_path)


def test_energies_resume_after_the_last_complete_variant(
    recordings: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = recordings.iloc[:3]
    whole = load(few, tmp_path / "whole")
    computed = clips._log_mels

    def interrupted(paths: list[str], number: int, *rest: Any) -> Iterator[np.ndarray]:
        for done, log_mel in enumerate(computed(paths, number, *rest)):
            if (number, done) == (2, 1):
                raise KeyboardInterrupt
            yield log_mel

    monkeypatch.setattr(clips, "_log_mels", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load(few, tmp_path / "torn")
    monkeypatch.setattr(clips, "_log_mels", computed)
    began = read_again(monkeypatch)
    resumed = load(few, tmp_path / "torn")
    assert began == list(range(2, variants.N_VARIANTS))
    np.testing.assert_array_equal(resumed.frames, whole.frames)
    np.testing.assert_array_equal(resumed.starts, whole.starts)
