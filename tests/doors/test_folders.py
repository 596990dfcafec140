"""Folders as predict and dataset list them: the same files, each utterance and speaker once."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from audio_emotion import cli
from audio_emotion.data import audio
from audio_emotion.data.catalogue import catalogue
from audio_emotion.data.feature_table import read_catalogue
from audio_emotion.data.inspection import look
from audio_emotion.errors import AudioError
from audio_emotion.recognition.predict import expand
from conftest import REPOSITORY

MODEL = REPOSITORY / "models" / "small.aem"


def clip(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = 0.1 * np.random.default_rng(seed).standard_normal(4000)
    kind = {".m4a": "WAV", ".txt": "FLAC", ".snd": "AU"}.get(path.suffix)
    soundfile.write(path, noise, 16_000, format=kind)
    return path


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Files of any name, a link to a folder, a loop, and what systems leave behind."""
    root = tmp_path / "mine"
    for number, name in enumerate(("a.wav", "anna/b.wave", "anna/c.snd", "c.txt", "d.3gp")):
        path = clip(root / "angry" / name.replace(".3gp", ".wav").replace(".wave", ".wav"), number)
        path.rename(root / "angry" / name)
    clip(tmp_path / "elsewhere" / "e.flac", 5)
    (root / "angry" / "linked").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (root / "angry" / "loop").symlink_to(root, target_is_directory=True)
    for name in ("._a.wav", ".DS_Store", "Thumbs.db", "__MACOSX/a.wav", "notes.md", "angry/x.csv"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(b"not a recording")
    return root


def test_predict_and_dataset_list_the_same(mixed: Path) -> None:
    expected = {"a.wav", "b.wave", "c.snd", "c.txt", "d.3gp", "e.flac"}
    recordings, failures = expand([mixed])
    found = catalogue(mixed)
    assert {path.name for path in recordings} == expected
    assert set(found.utterances["path"]) == {path.as_posix() for path in recordings}
    assert failures == found.skipped == []


def test_a_resource_fork_does_not_make_its_file_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "test.mp3"
    soundfile.write(path, 0.1 * np.sin(np.arange(16_000) / 5), 16_000)
    alone = audio.read(path)
    (tmp_path / "._test.mp3").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X" + bytes(200))
    np.testing.assert_array_equal(audio.read(path), alone)


@pytest.mark.parametrize("name", ["Manifest.csv", "MANIFEST.CSV"])
def test_a_manifest_is_found_whatever_its_case(tmp_path: Path, name: str) -> None:
    clip(tmp_path / "a.wav")
    (tmp_path / name).write_text("path,emotion,speaker\na.wav,happy,anna\n")
    assert catalogue(tmp_path).utterances["emotion"].tolist() == ["happiness"]


@pytest.mark.parametrize(("of_folder", "of_manifest"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_names_are_compared_in_one_normal_form(
    tmp_path: Path, of_folder: str, of_manifest: str
) -> None:
    for number, speaker in enumerate(("José", "Zoë")):
        clip(tmp_path / normalize(of_folder, f"{speaker}/Épée {number}.wav"), number)
    rows = "José/épée 0.WAV,sad,JOSÉ\nZoë/Épée 1.wav,sad,Zoë\n"
    text = normalize(of_manifest, f"path,emotion,speaker\n{rows}")
    (tmp_path / "manifest.csv").write_text(text, encoding="utf-8")
    found = catalogue(tmp_path)
    assert not found.skipped
    assert all(Path(path).exists() for path in found.utterances["path"])
    speakers = [name.rpartition("_")[2] for name in found.utterances["speaker"]]
    assert sorted(speakers) == ["JOSÉ", "Zoë"]


def test_spellings_of_a_speaker_are_one_person(tmp_path: Path) -> None:
    spellings = ["Renée", normalize("NFD", "Renée"), "RENÉE", "Rene"]
    for number in range(len(spellings)):
        clip(tmp_path / "mine" / f"{number}.wav", number)
    rows = "\n".join(f"{number}.wav,sad,{name}" for number, name in enumerate(spellings))
    (tmp_path / "mine" / "manifest.csv").write_text(
        f"path,emotion,speaker\n{rows}\n", encoding="utf-8"
    )
    table = catalogue(tmp_path / "mine").utterances
    assert table["speaker"].tolist() == ["mine_Renée"] * 3 + ["mine_Rene"]
    table["speaker"] = [f"mine_{name}" for name in spellings]  # by hand, or of an earlier version
    table.to_csv(tmp_path / "audio_dataframe.csv", index=False)
    read = read_catalogue(tmp_path / "audio_dataframe.csv")
    assert read["speaker"].tolist() == ["mine_Renée"] * 3 + ["mine_Rene"]


def test_an_utterance_counts_once(tmp_path: Path) -> None:
    names = {
        "film/01-01-05-01-01-01-01.m4a": "03-01-05-01-01-01-01.wav",
        "copies/1001_DFA_ANG_XX.mp3": "1001_DFA_ANG_XX.wav",
        "OA_bite_neutral.wav": "OAF_bite_neutral.wav",
        "angry/anna/take1.m4a": "take1.wav",
    }
    kept = {
        *(names["film/01-01-05-01-01-01-01.m4a"], names["copies/1001_DFA_ANG_XX.mp3"]),
        *("OAF_bite_neutral.wav", "take1.wav", "take2.wav"),
    }
    for seed, (copy, original) in enumerate(names.items()):
        clip(tmp_path / copy, seed)
        folder = Path(copy).parent if "angry" in copy else "."
        clip(tmp_path / folder / original, 10 + seed)
    clip(tmp_path / "angry/anna/take2.wav", 20)
    found = catalogue(tmp_path)
    assert {Path(path).name for path in found.utterances["path"]} == kept
    assert {Path(one.path).name for one in found.skipped} == {Path(name).name for name in names}
    assert {one.kind for one in found.skipped} == {"duplicate"}
    assert all(one.reason.startswith("the same utterance as ") for one in found.skipped)


def test_a_look_leaves_out_what_cannot_be_read(tmp_path: Path) -> None:
    for number in range(3):
        clip(tmp_path / "angry" / f"{number}.wav", number)
    table = catalogue(tmp_path).utterances
    (tmp_path / "angry" / "1.wav").write_text("gone")
    half = tmp_path / "angry" / "2.wav"
    half.write_bytes(half.read_bytes()[:-2000])
    readable, skipped, warnings = found = look(table)
    assert [Path(path).name for path in readable["path"]] == ["0.wav", "2.wav"]
    (one,) = skipped
    assert (Path(one.path).name, "not a recording" in one.reason) == ("1.wav", True)
    (cut,) = warnings
    assert cut.startswith(f"{half}: its header declares ")
    assert found.sentences == [f"{one.path}: {one.reason.rstrip('.')}; left out.", cut]
    with pytest.raises(AudioError, match=r"1 of 3 recordings cannot be read, the first .*1\.wav"):
        look(table, strict=True)
    for number in (0, 2):
        (tmp_path / "angry" / f"{number}.wav").unlink()
    with pytest.raises(AudioError, match="3 of 3 recordings cannot be read"):
        look(table)


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text().splitlines()))


def test_csv_goes_on_where_it_stopped(tmp_path: Path) -> None:
    for number in range(3):
        clip(tmp_path / "in" / f"{number}.wav", number)
    out = tmp_path / "out.csv"
    arguments = ["predict", str(tmp_path / "in"), str(MODEL), "--csv", "--resume", str(out)]
    assert CliRunner().invoke(cli.app, arguments).exit_code == 0
    whole = out.read_bytes()
    lines = whole.splitlines(keepends=True)
    out.write_bytes(b"".join(lines[:2]) + lines[2][:20])  # killed inside a row
    assert CliRunner().invoke(cli.app, arguments).exit_code == 0
    assert out.read_bytes() == whole
    assert CliRunner().invoke(cli.app, arguments).exit_code == 0
    assert out.read_bytes() == whole
    out.write_text("a,b\n")
    result = CliRunner().invoke(cli.app, arguments)
    assert "not a CSV of predictions" in str(result.exception)
    assert out.read_text() == "a,b\n"


@pytest.mark.skipif(os.name == "nt", reason="has no SIGINT for one process")
def test_ctrl_c_keeps_the_rows(tmp_path: Path) -> None:
    for number in range(3000):
        target = tmp_path / "in" / f"{number:04}.wav"
        if number:
            shutil.copy(tmp_path / "in" / "0000.wav", target)
        else:
            clip(target)
    out = tmp_path / "out.csv"
    program = [sys.executable, "-c", "from audio_emotion.cli import main; main()", "predict"]
    with (tmp_path / "errors").open("wb") as errors:
        process = subprocess.Popen(
            [*program, tmp_path / "in", "--model", MODEL, "--csv", "--resume", out], stderr=errors
        )
        while not out.exists() or out.read_bytes().count(b"\n") < 3:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    rows = rows_of(out)
    assert 3 <= len(rows) < 3000
    assert {len(row) for row in rows} == {len(rows[0])}
    sentence = (tmp_path / "errors").read_text()
    assert f"interrupted after {len(rows) - 1} of 3000 recordings" in sentence


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text elsewhere")
def test_names_that_are_no_text_stay_as_they_are(tmp_path: Path) -> None:
    path = os.fsencode(clip(tmp_path / "a.wav")).replace(b"a.wav", b"\xff \xc3\xa9.wav")
    (tmp_path / "a.wav").rename(os.fsdecode(path))
    program = [sys.executable, "-c", "from audio_emotion.cli import main; main()", "predict"]
    for locale in ("C", "en_US.ISO-8859-1", "C.UTF-8"):
        environment = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0"}
        done = subprocess.run(
            [*program, path, "--model", MODEL, "--csv"],
            capture_output=True,
            env=environment,
            check=True,
        )
        assert done.stdout.splitlines()[1].startswith(path + b",")
        table = subprocess.run(
            [*program, path, "--model", MODEL], capture_output=True, env=environment, check=False
        )
        assert (table.returncode, table.stderr) == (0, b"")
