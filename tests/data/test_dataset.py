"""The two tables: what is in them, what is left out, and that no kill can spoil them."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_emotion.data import audio, dataset
from audio_emotion.data.corpora import COLUMNS
from audio_emotion.data.dataset import CACHE, build
from audio_emotion.data.extraction_cache import Extraction, ExtractionCache, by_content
from audio_emotion.data.feature_table import read_catalogue, read_features
from audio_emotion.data.recording_paths import found_from, relative_to
from audio_emotion.engine import features
from audio_emotion.errors import CorpusError, InputError, ToolError
from audio_emotion.files import locked, replacing

RECORDED = "03-01-01-01-01-01-19"
RESULTS = ("audio_dataframe.csv", "extracted_acoustic_features.csv", "skipped_files.csv")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def built(sample, tmp_path_factory) -> Path:
    """Tables of the sample, made without interruption in one process."""
    out = tmp_path_factory.mktemp("built")
    build(sample, out, jobs=1)
    return out


def crema(number: int, emotion: str = "ANG") -> str:
    return f"{1000 + number}_DFA_{emotion}_XX.wav"


def noises(root: Path, n: int) -> Path:
    """Some short recordings."""
    root.mkdir()
    random = np.random.default_rng(1)
    for number in range(1, 1 + n):
        soundfile.write(root / crema(number), random.normal(0, 0.1, 4000), features.SAMPLE_RATE)
    return root


# --- what is in the tables ------------------------------------------------------------------------


def test_the_tables_hold_the_catalogue_and_the_features_of_each_recording(built):
    assert sorted(contents(built)) == sorted(RESULTS)
    catalogue = pd.read_csv(built / RESULTS[0], dtype=str, keep_default_na=False)
    table = pd.read_csv(built / RESULTS[1], keep_default_na=False)
    assert list(catalogue.columns) == list(COLUMNS)
    assert list(table.columns) == [*COLUMNS, *features.names()]
    assert len(catalogue) == len(table) == 44
    assert (catalogue["path"] == table["path"]).all()
    for _, row in table.iloc[::9].iterrows():
        values = row[list(features.names())].to_numpy(dtype=np.float32)
        np.testing.assert_array_equal(values, features.extract(audio.read(built / row["path"])))


def test_what_build_returns_is_what_it_writes(sample, tmp_path):
    steps = []
    result = build(sample, tmp_path, jobs=1, progress=lambda *step: steps.append(step))
    assert steps == [(done, 44) for done in range(45)]
    assert result.files == [tmp_path / name for name in (RESULTS[2], *RESULTS[:2])]
    assert (result.skipped, result.n_resumed) == ([], 0)
    written = pd.read_csv(tmp_path / RESULTS[1], keep_default_na=False)
    for name in features.names():
        np.testing.assert_array_equal(written[name].astype(np.float32), result.table[name])


def test_several_processes_write_the_same_bytes_as_one(sample, built, tmp_path, monkeypatch):
    monkeypatch.setattr(dataset, "UTTERANCES_WORTH_A_PROCESS", 1)
    build(sample, tmp_path, jobs=2)
    assert contents(tmp_path) == contents(built)


def test_parquet_holds_the_same_table(sample, tmp_path):
    pytest.importorskip("pyarrow")
    result = build(sample / "Crema", tmp_path, parquet=True)
    written = pd.read_parquet(result.files[-1])
    written["path"] = [found_from(tmp_path, path) for path in written["path"]]
    pd.testing.assert_frame_equal(written, result.table)


def test_names_with_commas_quotes_and_accents_survive(recording, tmp_path):
    recording('corpora/angry/Zoë/"yes", she said.wav')
    build(tmp_path / "corpora", tmp_path / "out")
    (path,) = pd.read_csv(tmp_path / "out" / RESULTS[0])["path"]
    assert Path(path).name == '"yes", she said.wav'
    assert (tmp_path / "out" / path).is_file()


def test_tables_find_their_recordings_from_any_folder(recording, tmp_path, monkeypatch):
    recording("project/corpora/angry/Zoë/yes.wav")
    monkeypatch.chdir(tmp_path / "project")
    for out, options in (("tables", {}), ("absolute", {"absolute": True})):
        (path,) = build("corpora", out, **options).table["path"]
        assert path == "corpora/angry/Zoë/yes.wav"
    found = {
        name: [table.catalogue["path"].tolist(), read_catalogue(name / RESULTS[0])["path"].tolist()]
        for name in (Path("tables"), Path("absolute"))
        for table in [read_features(name / RESULTS[1])]
    }
    assert found[Path("tables")] == [[path], [path]]
    whole = (tmp_path / "project" / path).as_posix()
    assert found[Path("absolute")] == [[whole], [whole]]
    (tmp_path / "project").rename(tmp_path / "moved")
    monkeypatch.chdir(tmp_path)
    assert read_catalogue(Path("moved/tables") / RESULTS[0])["path"].tolist() == [f"moved/{path}"]


def test_tables_of_earlier_versions_have_paths_from_the_present_folder(
    recording, tmp_path, monkeypatch
):
    recording("corpora/angry/Zoë/yes.wav")
    monkeypatch.chdir(tmp_path)
    (path,) = build("corpora", "tables").table["path"]
    catalogue = pd.read_csv(f"tables/{RESULTS[0]}").assign(path=path)
    catalogue.to_csv("tables/old.csv", index=False)
    assert read_catalogue(Path("tables/old.csv"))["path"].tolist() == [path]
    assert found_from(Path("tables"), "s3://bucket/yes.wav") == "s3://bucket/yes.wav"
    assert relative_to(Path("tables"), "s3://bucket/yes.wav") == "s3://bucket/yes.wav"


def test_several_roots_make_one_table(sample, built, tmp_path):
    """A song by the actor who speaks, in a manifest's corpus; a copy in another format."""
    spoken = sample / "Ravdess"
    (song,) = [path for path in sorted(spoken.rglob("*.flac")) if path.stem == RECORDED]
    songs = tmp_path / "RAVDESS_song"
    songs.mkdir()
    samples = audio.read(song)
    soundfile.write(songs / f"03-02{RECORDED[5:]}.wav", samples[::-1], 16_000)
    copies = tmp_path / "copies"
    copies.mkdir()
    soundfile.write(copies / song.with_suffix(".wav").name, 0.5 * samples, 16_000)
    soundfile.write(copies / "1001_DFA_ANG_XX.wav", 0.25 * samples, 16_000)

    result = build([sample, tmp_path], tmp_path / "out", jobs=1)

    table = result.table.set_index(result.table["path"].map(lambda path: Path(path).name))
    assert len(table) == 46
    sung = table.loc[f"03-02{RECORDED[5:]}.wav"]
    assert (sung["corpus"], sung["speaker"]) == ("ravdess_song", f"ravdess_{RECORDED[-2:]}")
    assert set(table["language"]) == {"en"}
    (skipped,) = result.skipped
    assert skipped.kind == "duplicate"
    assert {Path(skipped.path).stem} == {song.stem}
    rows = pd.read_csv(built / RESULTS[1])
    rows.index = pd.Index([found_from(built, path) for path in rows["path"]])
    kept = rows.index.intersection(result.table["path"])
    assert len(kept) >= 43
    again = result.table.set_index("path").loc[kept, list(features.names())]
    np.testing.assert_array_equal(rows.loc[kept, list(features.names())].astype(np.float32), again)


# --- what is left out -----------------------------------------------------------------------------


def test_everything_left_out_is_listed_with_its_kind_and_reason(recording, tmp_path):
    good = recording(f"corpora/a/{crema(1)}")
    recording(f"corpora/{crema(2)}", np.zeros(16_000))
    recording(f"corpora/{crema(3)}", 0.1 * np.sin(np.arange(399)))
    (tmp_path / "corpora" / crema(4)).write_text("not audio")
    cut = recording(f"corpora/{crema(5)}")
    cut.write_bytes(cut.read_bytes()[:5000])
    (tmp_path / "corpora" / crema(6)).touch()
    recording("corpora/unlabelled.wav")
    recording("corpora/03-02-05-01-01-01-01.wav")
    recording("corpora/1001_DFA_ANG_XX.flac", audio.read(good))
    recording(f"corpora/{crema(7, 'SAD')}", audio.read(good))

    result = build(tmp_path / "corpora", tmp_path / "out")

    report = pd.read_csv(tmp_path / "out" / RESULTS[2])
    kinds = {Path(path).name: kind for path, kind in zip(report.path, report.kind, strict=True)}
    assert kinds == {
        crema(2): "unreadable",
        crema(3): "short",
        crema(4): "unreadable",
        crema(6): "unreadable",
        "unlabelled.wav": "unlabelled",
        "03-02-05-01-01-01-01.wav": "sung",
        crema(7, "SAD"): "duplicate",
        good.name: "duplicate",  # the same audio in FLAC comes first in the alphabet
    }
    reasons = {Path(entry.path).name: entry.reason for entry in result.skipped}
    assert reasons[crema(2)].startswith("silent, ")
    assert "399 samples" in reasons[crema(3)]
    assert reasons[good.name].endswith("1001_DFA_ANG_XX.flac")
    assert reasons[crema(7, "SAD")].endswith("where it is labelled anger, not sadness")
    used = [Path(path).name for path in result.table["path"]]
    assert used == ["1001_DFA_ANG_XX.flac", crema(5)]
    declares = "its header declares 16000 bytes of samples, 4956 are there and were read."
    assert result.warnings == [f"{cut}: {declares}"]


def test_when_nothing_can_be_used_the_reasons_are_still_listed(recording, tmp_path):
    recording(f"corpora/{crema(1)}", np.zeros(16_000))
    with pytest.raises(CorpusError, match=r"none of the 1 recordings can be used, e\.g\. .*silent"):
        build(tmp_path / "corpora", tmp_path / "out")
    assert len(pd.read_csv(tmp_path / "out" / RESULTS[2])) == 1


def test_a_recording_that_vanishes_while_others_are_measured_is_listed(
    recording, tmp_path, monkeypatch
):
    recording(f"corpora/{crema(1)}")
    vanishing = recording(f"corpora/{crema(2)}")
    catalogue = dataset.catalogue

    def catalogue_then_delete(root):
        result = catalogue(root)
        vanishing.unlink()
        return result

    monkeypatch.setattr(dataset, "catalogue", catalogue_then_delete)
    (skipped,) = build(tmp_path / "corpora", tmp_path / "out").skipped
    assert skipped == (vanishing.as_posix(), "unreadable", "no such file.")


# --- what is refused ------------------------------------------------------------------------------


def test_arguments_that_cannot_work_are_refused_before_anything_is_written(
    sample, tmp_path, monkeypatch
):
    with pytest.raises(InputError, match="0 jobs are too few"):
        build(sample, tmp_path / "out", jobs=0)
    with pytest.raises(CorpusError, match="neither a folder"):
        build(tmp_path / "nowhere", tmp_path / "out")
    monkeypatch.setattr("audio_emotion.extras.find_spec", lambda _name: None)
    with pytest.raises(ToolError, match=r"pip install .*\[parquet\]"):
        build(sample, tmp_path / "out", parquet=True)
    assert not (tmp_path / "out").exists()


def test_a_file_in_the_place_of_the_folder_is_explained(sample, tmp_path):
    (tmp_path / "out").write_text("mine")
    for out in (tmp_path / "out", tmp_path / "out" / "deeper"):
        with pytest.raises(InputError, match="cannot be made a folder"):
            build(sample, out)
    assert (tmp_path / "out").read_text() == "mine"


# --- interrupted runs -----------------------------------------------------------------------------

KILLED_AFTER_20 = """
import os, signal, sys
from audio_emotion.data import dataset

def kill_after_20(done, total):
    if done == 20:
        os.kill(os.getpid(), signal.SIGKILL)

dataset.UTTERANCES_WORTH_A_PROCESS = 1
dataset.build(sys.argv[1], sys.argv[2], jobs=int(sys.argv[3]), progress=kill_after_20)
"""

KILLED_WHILE_WRITING = """
import os, signal, sys
import pandas as pd
from audio_emotion.data import dataset

def write_half(table, path, **how):
    path.write_text("half a ta")
    os.kill(os.getpid(), signal.SIGKILL)

pd.DataFrame.to_csv = write_half
dataset.build(sys.argv[1], sys.argv[2], jobs=1)
"""

can_kill = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")


def run_until_killed(program: str, *arguments: object) -> None:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL


@can_kill
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_run_is_resumed_and_ends_in_the_same_bytes(sample, built, tmp_path, jobs):
    run_until_killed(KILLED_AFTER_20, sample, tmp_path, jobs)
    assert not any((tmp_path / name).exists() for name in RESULTS)
    steps = []
    result = build(sample, tmp_path, jobs=1, progress=lambda done, _total: steps.append(done))
    assert result.n_resumed == steps[0] == 20
    assert contents(tmp_path) == contents(built)


@can_kill
def test_a_run_killed_while_writing_leaves_the_old_tables(sample, built, tmp_path):
    build(sample / "Crema", tmp_path)
    before = contents(tmp_path)
    run_until_killed(KILLED_WHILE_WRITING, sample, tmp_path)
    after = contents(tmp_path)
    assert {name: after[name] for name in before} == before
    assert build(sample, tmp_path).n_resumed == 44
    assert contents(tmp_path) == contents(built)


def test_a_failure_while_writing_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def write_until_the_disk_is_full():
        with replacing(path) as temporary:
            temporary.write_text("ne")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_until_the_disk_is_full()
    assert contents(tmp_path) == {"table.csv": b"old"}


def measured_again(root: Path, out: Path, monkeypatch) -> list[str]:
    """Names of the recordings that the next build measures."""
    names = []
    extract_recording = dataset.extract_recording

    def spy(path, **how):
        names.append(Path(path).name)
        return extract_recording(path, **how)

    with monkeypatch.context() as patch:
        patch.setattr(dataset, "extract_recording", spy)
        build(root, out, jobs=1)
    return names


def interrupt(root: Path, out: Path, monkeypatch) -> None:
    """Build as if stopped when everything is measured and nothing is written."""

    def stop(*_arguments, **_how):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(dataset, "_write", stop)
        with pytest.raises(KeyboardInterrupt):
            build(root, out, jobs=1)


def test_only_new_or_changed_recordings_are_measured_again(recording, tmp_path, monkeypatch):
    root, out = tmp_path / "corpora", tmp_path / "out"
    for number in (1, 2, 3):
        recording(f"corpora/{crema(number)}")
    interrupt(root, out, monkeypatch)
    recording(f"corpora/{crema(2)}", 0.2 * np.sin(np.arange(9000)))
    recording(f"corpora/{crema(4)}")
    assert measured_again(root, out, monkeypatch) == [crema(2), crema(4)]
    # A finished run leaves nothing behind that a later one would have to trust.
    assert measured_again(root, out, monkeypatch) == [crema(number) for number in (1, 2, 3, 4)]


def test_features_of_another_version_are_not_mixed_in(recording, tmp_path, monkeypatch):
    recording(f"corpora/{crema(1)}")
    interrupt(tmp_path / "corpora", tmp_path / "out", monkeypatch)
    monkeypatch.setattr(features, "values_hash", lambda: 0)
    assert measured_again(tmp_path / "corpora", tmp_path / "out", monkeypatch) == [crema(1)]


# --- the cache ----------------------------------------------------------------------------------


@given(
    cut_at=st.integers(0, 2000), garbage=st.sampled_from([b"", b"\0\0\n", b"[]\n", b"{", b"7\n"])
)
@settings(max_examples=60, deadline=None)
def test_a_journal_cut_at_any_byte_keeps_what_was_complete(cut_at, garbage):
    rng = np.random.default_rng(5)
    measurements = {
        f"clip {number}.wav": Extraction(f"{number:032x}", rng.standard_normal(20, np.float32))
        for number in range(8)
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cache"
        cache = ExtractionCache(path, values_hash=7)
        for name, measurement in measurements.items():
            cache.add(name, measurement)
        cache.close()
        path.write_bytes(path.read_bytes()[:cut_at] + garbage)

        cache = ExtractionCache(path, values_hash=7)
        found = {name: known for name in measurements if (known := cache.find(name))}
        assert list(found) == list(measurements)[: len(found)]
        for name in measurements.keys() - found.keys():
            cache.add(name, measurements[name])
        cache.close()

        cache = ExtractionCache(path, values_hash=7)
        for name, measurement in measurements.items():
            known = cache.find(name)
            assert known is not None
            assert known.digest == measurement.digest
            np.testing.assert_array_equal(known.features, measurement.features)
        cache.remove()
        assert not path.exists()


@pytest.mark.parametrize(
    ("damage", "n_kept"),
    [
        (lambda line: line.replace(b"AACAPwAA", b"AACAPgAA", 1), 1),
        (lambda line: json.dumps([*json.loads(line)[:2], "AACAPwAAgD8="]).encode() + b"\n", 2),
    ],
    ids=["other numbers", "too few numbers"],
)
def test_a_damaged_line_of_the_cache_is_extracted_again(tmp_path, damage, n_kept):
    """Too few numbers ended in a traceback, at each rerun; others went into the table."""
    root = noises(tmp_path / "noises", 3)
    whole = build(root, tmp_path / "whole").table
    cache = ExtractionCache(tmp_path / CACHE, features.values_hash(), by_content)
    for path in whole["path"]:
        cache.add(path, Extraction(path, np.ones(len(features.names()), np.float32)))
    cache.close()
    lines = (tmp_path / CACHE).read_bytes().splitlines(keepends=True)
    (tmp_path / CACHE).write_bytes(b"".join([*lines[:2], damage(lines[2]), *lines[3:]]))
    assert lines[2] != damage(lines[2])
    assert build(root, tmp_path).n_resumed == n_kept


def test_a_folder_that_another_process_writes_to_is_refused(tmp_path):
    root = noises(tmp_path / "noises", 1)
    with (
        locked(tmp_path),
        pytest.raises(InputError, match=f"process {os.getpid()} is writing to it"),
    ):
        build(root, tmp_path)
    assert len(build(root, tmp_path).table) == 1
    assert not list(tmp_path.glob(".lock"))


# --- the whole collection -------------------------------------------------------------------------


@pytest.mark.corpora
def test_the_two_identical_recordings_of_ravdess_are_found(corpora, tmp_path):
    actor = corpora / "Ravdess" / "audio_speech_actors_01-24" / "Actor_07"
    (skipped,) = build(actor, tmp_path).skipped
    assert Path(skipped.path).stem == "03-01-03-01-02-02-07"
    assert skipped.kind == "duplicate"
    assert "03-01-03-01-02-01-07" in skipped.reason
