"""What the corpora consist of, and reports about incomplete folders."""

import csv
import gzip
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from audio_emotion import cli
from audio_emotion.data.completeness import DamagedFile, check, describe_missing, examine
from audio_emotion.data.official_recordings import FOLDERS, QUIRKS, recording_of_name, recordings
from audio_emotion.errors import CorpusError
from conftest import REPOSITORY

NAMES = REPOSITORY / "tests" / "golden" / "corpus_names.csv.gz"

with gzip.open(NAMES, "rt", newline="") as file:
    ALL_NAMES = [row["path"] for row in csv.DictReader(file)]


@pytest.fixture
def fake(tmp_path):
    """Lay out files with names of recordings that hold one byte."""

    def lay(*paths: str, content: bytes = b"x") -> Path:
        for path in paths:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(content)
        return tmp_path

    return lay


def of(corpus, reports):
    return next(report for report in reports if report.corpus == corpus)


# --- official recordings --------------------------------------------------------------------------


def test_the_rules_give_exactly_the_12162_names_of_the_collection():
    official = set().union(*(recordings(corpus) for corpus in FOLDERS))
    assert {recording_of_name(path) for path in ALL_NAMES} == official
    assert len(official) == len(ALL_NAMES) == 12_162


@pytest.mark.parametrize(
    ("corpus", "speakers", "each"),
    [("ravdess", 24, {60}), ("savee", 4, {120}), ("tess", 2, {1400}), ("crema", 91, {76, 81, 82})],
)
def test_official_counts(corpus, speakers, each):
    counts = Counter(recording.speaker for recording in recordings(corpus))
    assert len(counts) == speakers
    assert set(counts.values()) == each


def test_the_places_are_those_of_the_collection():
    """In the collection some folders of TESS are spelt otherwise, and one file of CREMA-D."""
    ours = {path.lower() for corpus in FOLDERS for path in recordings(corpus).values()}
    theirs = {path.lower() for path in ALL_NAMES}
    assert theirs - ours == {
        "crema/1040_ith_sad_x.wav",
        *(path for path in theirs if "oaf_pleasant_surprise/" in path),
    }


def test_every_quirk_is_about_official_recordings():
    for quirk in QUIRKS:
        assert all(recording_of_name(name) in recordings(quirk.corpus) for name in quirk.names)


# --- folders --------------------------------------------------------------------------------------


def test_the_whole_collection_is_complete():
    for corpus in FOLDERS:
        report = examine(corpus, ALL_NAMES)
        assert report.complete
        assert report.count.found == report.count.official
        assert describe_missing(report) == []


def test_the_sample_says_what_it_is_not(sample):
    reports = check(sample)
    assert [report.corpus for report in reports] == ["crema", "ravdess", "savee", "tess"]
    ravdess = of("ravdess", reports)
    assert not ravdess.complete
    assert ravdess.count.official == 1440
    assert len(ravdess.missing) == 1440 - ravdess.count.found
    words = describe_missing(ravdess)
    assert words[0].startswith("all recordings of 01, 02, 03")
    assert of("savee", reports).count == (0, 480)


def test_any_format_and_folder_will_do_and_calm_is_not_neutral(fake):
    root = fake("a/03-01-01-01-01-01-01.ogg", "b/03-01-02-01-01-01-01.FLAC")
    report = of("ravdess", check(root))
    assert report.count.found == 2
    assert report.doubled == []
    assert report.emotions["neutral"] == (2, 288)


def test_copies_are_told(fake):
    """The archive of RAVDESS on Kaggle holds everything twice."""
    root = fake("Actor_01/03-01-01-01-01-01-01.wav", "again/Actor_01/03-01-01-01-01-01-01.wav")
    report = of("ravdess", check(root))
    ((first, second),) = report.doubled
    assert first.endswith("Actor_01/03-01-01-01-01-01-01.wav")
    assert "again" in second
    assert report.count.found == 1
    assert not report.complete


def test_quirks_of_the_corpora_are_told_and_are_no_faults():
    reports = [examine(corpus, ALL_NAMES) for corpus in FOLDERS]
    assert all(report.complete for report in reports)
    assert of("tess", reports).quirks == ["OA_bite_neutral is OAF_bite_neutral, misspelt"]
    assert any("same audio" in quirk for quirk in of("ravdess", reports).quirks)
    assert any("1040_ITH_SAD_X " in quirk for quirk in of("crema", reports).quirks)
    assert examine("ravdess", ["03-01-03-01-02-01-07.wav"]).quirks == []


def test_damage_is_found_without_decoding_where_it_shows(fake):
    fake("1001_DFA_ANG_XX.wav", content=b"")
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    root = fake("1001_DFA_DIS_XX.wav", content=pointer)
    report = of("crema", check(root))
    assert [broken.reason.split(",")[0] for broken in report.damaged] == [
        "empty",
        "a pointer of Git LFS",
    ]
    assert report.count.found == 2


def test_damage_is_found_by_decoding(recording, fake):
    recording("1001_DFA_ANG_XX.wav")
    recording("1001_DFA_FEA_XX.wav", np.zeros(8000))
    whole = recording("1001_DFA_DIS_XX.wav")
    whole.write_bytes(whole.read_bytes()[:-3000])
    fake("1001_DFA_HAP_XX.wav", content=b"not a recording")
    root = fake("1001_DFA_NEU_XX.wav", content=b"")
    steps = []
    report = of("crema", check(root, decode=True, jobs=1, progress=lambda *at: steps.append(at)))
    assert steps == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    reasons = {Path(path).name[9:12]: reason for path, reason in report.damaged}
    assert set(reasons) == {"FEA", "DIS", "HAP", "NEU"}
    assert reasons["FEA"].startswith("silent")
    assert reasons["NEU"] == "empty, 0 bytes"
    assert of("crema", check(root)).damaged == [
        DamagedFile((root / "1001_DFA_NEU_XX.wav").as_posix(), "empty, 0 bytes")
    ]


def test_what_was_published_silent_is_no_damage(recording, fake):
    recording("1076_MTI_SAD_XX.wav", np.zeros(8000))
    root = fake("1064_TIE_SAD_XX.wav", content=b"")  # but a file without a byte is
    report = of("crema", check(root, decode=True, jobs=1))
    assert [Path(path).name for path, _ in report.damaged] == ["1064_TIE_SAD_XX.wav"]
    assert "1076_MTI_SAD_XX is silent" in report.quirks


def test_a_folder_without_recordings_is_an_error(tmp_path):
    with pytest.raises(CorpusError, match="no recordings below it"):
        check(tmp_path)


# --- the command ----------------------------------------------------------------------------------


def run(*arguments):
    return CliRunner().invoke(cli.app, ["corpora", "check", *map(str, arguments)])


@pytest.fixture
def savee(fake):
    return fake(*recordings("savee").values())


def test_complete_is_exit_0(savee):
    result = run(savee)
    assert result.exit_code == 0
    assert "SAVEE: complete, 480 recordings" in result.stdout
    assert "RAVDESS: not here" in result.stdout


def test_a_corpus_that_must_be_there_is_missed(savee):
    result = run(savee, "--only", "savee", "--only", "tess")
    assert result.exit_code == 1
    assert "TESS: missing: all recordings of OAF, YAF (2,800)" in result.stdout
    assert run(savee, "--only", "savee").exit_code == 0


def test_one_missing_recording_is_exit_1_and_named(savee):
    (savee / "Savee" / "JE_su07.wav").unlink()
    result = run(savee)
    assert result.exit_code == 1
    assert "SAVEE: missing: 1 single recording: Savee/JE_su07.wav" in result.stdout


def test_json_lists_everything(savee, fake):
    fake("Savee/JE_su07.wav", content=b"")
    fake("copy/Savee/DC_a01.wav")
    (savee / "Savee" / "KL_n30.wav").unlink()
    result = run(savee, "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["complete"] is False
    (savee,) = [each for each in document["corpora"] if each["judged"]]
    assert (savee["found"], savee["official"]) == (479, 480)
    assert savee["missing"] == ["Savee/KL_n30.wav"]
    assert savee["emotions"]["neutral"] == {"found": 119, "official": 120}
    assert [len(copies) for copies in savee["doubled"]] == [2]
    assert savee["damaged"][0]["reason"] == "empty, 0 bytes"


def test_many_faults_are_shortened_for_people(fake):
    root = fake(*list(recordings("savee").values())[:20], content=b"")
    lines = run(root).stdout.splitlines()
    assert sum("damaged" in line and "empty" in line for line in lines) == 5
    assert any("15 more doubled or damaged files; --json lists all" in line for line in lines)


@pytest.mark.corpora
def test_the_full_recordings_at_hand(corpora):
    reports = check(corpora)
    assert not any(report.doubled or report.damaged for report in reports)
