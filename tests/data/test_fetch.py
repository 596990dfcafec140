"""Corpora from their publishers, whole or not at all, and the command that fetches them."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("pooch", reason="the extra [corpora] is not installed")

import broken_server
from audio_emotion import cli
from audio_emotion.data import completeness, official_recordings
from audio_emotion.data.acquisition import download, fetch, sources, unpack
from audio_emotion.data.acquisition.sources import SOURCES, Archive, Dataverse, Repository
from audio_emotion.data.catalogue import catalogue
from audio_emotion.errors import AudioEmotionError, CorpusError, InputError
from broken_server import Day, Site, zipped

AT_ONCE = download.RetryPolicy(attempts=3, pause_s=0.0, timeout_s=5.0)


@pytest.fixture
def site() -> Iterator[Site]:
    with broken_server.running() as site:
        yield site


def members_of(corpus: str) -> dict[str, bytes]:
    """All recordings of a corpus, their names as contents, without the collection's folder."""
    paths = official_recordings.recordings(corpus).values()
    return {path.partition("/")[2]: path.encode() for path in paths}


RAVDESS = zipped(members_of("ravdess"))


@pytest.fixture
def ravdess(site):
    site.files["/ravdess.zip"] = RAVDESS
    origin = Archive(
        f"{site.url}/ravdess.zip", f"md5:{hashlib.md5(RAVDESS).hexdigest()}", len(RAVDESS)
    )
    return replace(SOURCES["ravdess"], origin=origin)


@pytest.fixture
def small(monkeypatch):
    """Let a corpus consist of its first recordings only."""

    def cut(corpus: str, n: int) -> list[str]:
        first = dict(list(official_recordings.recordings(corpus).items())[:n])
        for module in (completeness, fetch, unpack):
            monkeypatch.setattr(module, "recordings", lambda _corpus: first)
        return [Path(path).name for path in first.values()]

    return cut


def test_ravdess_arrives_in_its_layout(ravdess, tmp_path):
    steps = []
    done = fetch.fetch(
        "ravdess", tmp_path, source=ravdess, progress=lambda *step: steps.append(step)
    )
    assert done == fetch.FetchedCorpus("ravdess", tmp_path / "Ravdess", 1440, already_there=False)
    first = tmp_path / "Ravdess/audio_speech_actors_01-24/Actor_01/03-01-01-01-01-01-01.wav"
    assert first.read_bytes().endswith(b"Actor_01/03-01-01-01-01-01-01.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["Ravdess"]
    assert len(catalogue(tmp_path).utterances) == 1440
    assert steps[-1][2] == "megabytes"
    again = fetch.fetch("ravdess", tmp_path, source=ravdess)
    assert again.already_there


def test_nothing_is_seen_of_a_download_that_failed_and_the_next_goes_on(site, ravdess, tmp_path):
    site.every_day["/ravdess.zip"] = Day(drop_after=20_000, ranges=False)
    with pytest.raises(CorpusError, match="20,000 bytes are kept"):
        fetch.fetch("ravdess", tmp_path, source=ravdess, retry=AT_ONCE)
    assert [path.name for path in tmp_path.iterdir()] == [".Ravdess.part"]
    site.every_day.clear()
    assert fetch.fetch("ravdess", tmp_path, source=ravdess).recordings == 1440
    assert site.starts("/ravdess.zip")[-1] == 20_000
    assert [path.name for path in tmp_path.iterdir()] == ["Ravdess"]


def test_a_half_unpacked_corpus_is_not_catalogued(tmp_path, recording):
    recording("Crema/1001_DFA_ANG_XX.wav")
    recording(".Ravdess.part/Ravdess/03-01-01-01-01-01-01.wav")
    assert catalogue(tmp_path).utterances["corpus"].tolist() == ["crema"]


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_killed_in_the_middle_nothing_is_lost(site, ravdess, tmp_path):
    site.days["/ravdess.zip"] = [Day(drop_after=100_000, stall_s=20)]
    program = (
        "import sys, pathlib\n"
        "from dataclasses import replace\n"
        "from audio_emotion.data.acquisition import fetch, sources\n"
        "url, checksum, size, root = sys.argv[1:]\n"
        "origin = sources.Archive(url, checksum, int(size))\n"
        "source = replace(sources.SOURCES['ravdess'], origin=origin)\n"
        "tell = lambda *_: print('moves', flush=True)\n"
        "fetch.fetch('ravdess', pathlib.Path(root), source=source, progress=tell)\n"
    )
    origin = ravdess.origin
    arguments = [origin.url, origin.checksum, str(origin.n_bytes), str(tmp_path)]
    command = [sys.executable, "-c", program, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert fetch.fetch("ravdess", tmp_path, source=ravdess).recordings == 1440
    assert site.starts("/ravdess.zip")[-1] > 0


def test_two_at_once_do_not_disturb_each_other(ravdess, tmp_path):
    refused = []

    def second(*_step):
        with pytest.raises(CorpusError, match="Ravdess: being fetched by another program"):
            fetch.fetch("ravdess", tmp_path, source=ravdess)
        refused.append(True)

    assert fetch.fetch("ravdess", tmp_path, source=ravdess, progress=second).recordings == 1440
    assert refused


def test_a_folder_that_is_not_complete_is_left_alone(ravdess, recording, tmp_path):
    path = recording("Ravdess/03-01-01-01-01-01-01.wav")
    with pytest.raises(CorpusError, match=r"1 of 1,440 recordings, missing all .*nothing in it"):
        fetch.fetch("ravdess", tmp_path, source=ravdess)
    assert path.exists()


def test_an_archive_that_lacks_recordings_is_told(tmp_path):
    members = members_of("ravdess")
    lacking = zipped(dict(list(members.items())[:-3]))
    archive = tmp_path / "mine.zip"
    archive.write_bytes(lacking)
    with pytest.raises(CorpusError, match=r"1,437 of 1,440 .* 3 single recordings: .*02-24\.wav"):
        fetch.fetch("ravdess", tmp_path / "root", archive=archive)
    assert not (tmp_path / "root" / "Ravdess").exists()


def test_an_archive_of_pointers_is_no_corpus(tmp_path):
    archive = tmp_path / "mine.zip"
    archive.write_bytes(zipped({name: pointer(b"x") for name in members_of("savee")}))
    with pytest.raises(CorpusError, match=r"480 of its files are not recordings, .*Git LFS"):
        fetch.fetch("savee", tmp_path / "root", archive=archive)
    assert not (tmp_path / "root" / "Savee").exists()


def test_a_link_to_an_empty_folder_elsewhere_is_filled(ravdess, tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "large" / "Ravdess").mkdir(parents=True)
    (tmp_path / "root" / "Ravdess").symlink_to(tmp_path / "large" / "Ravdess")
    fetch.fetch("ravdess", tmp_path / "root", source=ravdess)
    assert len(catalogue(tmp_path / "root" / "Ravdess").utterances) == 1440


def pointer(content: bytes) -> bytes:
    digest = hashlib.sha256(content).hexdigest()
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n"
    return text.encode()


def tree(entries: dict[str, str], truncated: bool = False) -> bytes:
    listed = [{"path": path, "sha": sha} for path, sha in entries.items()]
    return json.dumps({"tree": listed, "truncated": truncated}).encode()


@pytest.fixture
def crema(site, small):
    """Git lists the pointers; a mirror and the repository itself have the recordings."""
    names = small("crema", 30)
    blobs = {}
    for name in names:
        content = name.encode() * 40
        site.files[f"/mirror/{name}"] = site.files[f"/media/{name}"] = content
        stored = pointer(content)
        blobs[name] = hashlib.sha1(b"blob %d\0" % len(stored) + stored).hexdigest()
    blobs["README.md"] = "0" * 40
    site.files["/trees/master"] = tree({"AudioWAV": "f00d", "README.md": "0" * 40})
    site.files["/trees/f00d"] = tree(blobs)
    contents = (f"{site.url}/mirror/{{name}}", f"{site.url}/media/{{name}}")
    origin = Repository(f"{site.url}/trees/master", "AudioWAV", contents)
    return replace(SOURCES["crema"], origin=origin)


def test_crema_is_checked_against_the_pointers_that_git_lists(site, crema, tmp_path):
    name = "1001_DFA_ANG_XX.wav"
    site.days[f"/mirror/{name}"] = [Day(drop_after=100)]
    assert fetch.fetch("crema", tmp_path, source=crema, retry=AT_ONCE).recordings == 30
    assert (tmp_path / "Crema" / name).read_bytes() == name.encode() * 40
    assert site.starts(f"/mirror/{name}") == [None, 100]
    assert not [request for request in site.asked if request.path.startswith("/media")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Crema"]
    assert len(list((tmp_path / "Crema").iterdir())) == 30


@pytest.mark.parametrize(
    "day",
    [
        Day(status=404),
        Day(body=b"another recording"),
        Day(body=pointer(b"1001_DFA_DIS_XX.wav" * 40)),  # its budget for large files is used up
    ],
    ids=["refused", "other", "pointer"],
)
def test_what_the_mirror_lacks_comes_from_the_repository(site, crema, tmp_path, day):
    site.every_day["/mirror/1001_DFA_DIS_XX.wav"] = day
    assert fetch.fetch("crema", tmp_path, source=crema, retry=AT_ONCE).recordings == 30
    assert site.starts("/media/1001_DFA_DIS_XX.wav") == [None]


def test_a_recording_that_nobody_has_stops_it_and_only_it_is_missing_then(site, crema, tmp_path):
    name = "1001_IEO_SAD_LO.wav"
    site.every_day[f"/mirror/{name}"] = Day(status=404)
    site.every_day[f"/media/{name}"] = Day(body=b"no")
    with pytest.raises(CorpusError, match=r"404 .*not the recording that the repository lists"):
        fetch.fetch("crema", tmp_path, source=crema, retry=AT_ONCE)
    here = {path.name for path in tmp_path.rglob("1001*.wav")}
    assert 0 < len(here) < 30
    site.every_day.clear()
    site.asked.clear()
    fetch.fetch("crema", tmp_path, source=crema, retry=AT_ONCE)
    loaded = {Path(request.path).name for request in site.asked if "/mirror/" in request.path}
    assert not loaded & here


@pytest.mark.parametrize(
    "listing", [b"<html>", b"[]", b"{}", tree({"AudioWAV": "f00d"}, truncated=True)]
)
def test_a_strange_answer_of_git_is_explained(site, crema, tmp_path, listing):
    site.files["/trees/master"] = listing
    with pytest.raises(CorpusError, match=r"not the (whole )?list of"):
        fetch.fetch("crema", tmp_path, source=crema, retry=AT_ONCE)


def listed(number: object, name: str, content: bytes, **more: object) -> dict[str, object]:
    digest = hashlib.md5(content).hexdigest()
    return {
        "dataFile": {
            "id": number,
            "filename": name,
            "filesize": len(content),
            "checksum": {"type": "MD5", "value": digest},
            **more,
        }
    }


@pytest.fixture
def tess(site, small):
    """A dataset with single recordings, one of them twice, and a zip with the others."""
    names = small("tess", 12)
    single, others = names[:8], names[8:]
    files = []
    for number, name in enumerate([*single, single[0]]):
        site.files[f"/file/{number}"] = name.encode()
        files.append(listed(number, name, name.encode()))
    archive = zipped({f"TESS/{name}": name.encode() for name in others})
    site.files["/file/99"] = archive
    files += [listed(99, "others.zip", archive), listed(100, "readme.txt", b"hello")]
    site.files["/list"] = json.dumps({"data": {"latestVersion": {"files": files}}}).encode()
    origin = Dataverse(f"{site.url}/list", f"{site.url}/file/{{id}}")
    return replace(SOURCES["tess"], origin=origin)


def test_tess_comes_file_by_file_with_the_listed_checksums(site, tess, tmp_path):
    site.days["/file/3"] = [Day(drop_after=5)]
    done = fetch.fetch("tess", tmp_path, source=tess, retry=AT_ONCE)
    assert done.recordings == 12
    assert (tmp_path / "Tess/OAF_angry/OAF_back_angry.wav").read_bytes() == b"OAF_back_angry.wav"
    assert not site.starts("/file/100")
    assert site.starts("/file/3") == [None, 5]


def test_tess_with_a_wrong_checksum_is_refused(site, tess, tmp_path):
    site.every_day["/file/2"] = Day(body=b"OAF_base_angrx.wav")
    site.files["/file/2"] = b"OAF_base_angrx.wav"
    with pytest.raises(CorpusError, match=r"/file/2: not what was published"):
        fetch.fetch("tess", tmp_path, source=tess, retry=AT_ONCE)
    assert not (tmp_path / "Tess").exists()


@pytest.mark.parametrize(
    "entry",
    [
        listed("../../out", "OAF_back_angry.wav", b""),
        listed(1, "OAF_back_angry.wav", b"", checksum=None),
        {"label": "x"},
    ],
)
def test_a_strange_listing_of_a_dataset_is_explained(site, tess, tmp_path, entry):
    site.files["/list"] = json.dumps({"data": {"latestVersion": {"files": [entry]}}}).encode()
    with pytest.raises(CorpusError, match="not the list of the files of a dataset"):
        fetch.fetch("tess", tmp_path, source=tess, retry=AT_ONCE)


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def run(monkeypatch, ravdess):
    monkeypatch.setattr(fetch, "SOURCES", {**SOURCES, "ravdess": ravdess})
    monkeypatch.setattr(sources, "SOURCES", {**SOURCES, "ravdess": ravdess})

    def invoke(*arguments, typed=""):
        return CliRunner().invoke(cli.app, ["corpora", "fetch", *map(str, arguments)], input=typed)

    return invoke


def test_a_license_must_be_accepted_by_its_name(run, site, tmp_path):
    result = run("ravdess", "--out", tmp_path)
    assert isinstance(result.exception, InputError)
    assert "--accept-license CC-BY-NC-SA-4.0" in str(result.exception)
    assert "not for commercial use" in result.stderr
    wrong = run("ravdess", "--out", tmp_path, "--accept-licence", "CC-BY-NC-ND-4.0")
    assert isinstance(wrong.exception, InputError)
    assert site.asked == []


def test_accepted_on_the_command_line(run, tmp_path):
    result = run("ravdess", "--out", tmp_path, "--accept-licence", "cc-by-nc-sa-4.0", "--json")
    assert result.exit_code == 0
    (document,) = json.loads(result.stdout)["corpora"]
    assert document["recordings"] == 1440
    assert document["license"] == "CC-BY-NC-SA-4.0"
    again = run("ravdess", "--out", tmp_path, "--accept-license", "CC-BY-NC-SA-4.0")
    assert "was there already: 1,440 recordings" in again.stdout
    assert "cite: Livingstone" in again.stdout


@pytest.mark.parametrize("answer", ["y\n", "n\n"])
def test_asked_on_a_terminal(run, site, tmp_path, monkeypatch, answer):
    monkeypatch.setattr("audio_emotion.cli.corpora.on_a_terminal", lambda: True)
    result = run("ravdess", "--out", tmp_path, typed=answer)
    assert "Do you accept CC-BY-NC-SA-4.0?" in result.stderr
    assert bool(site.asked) == (answer == "y\n")
    assert (result.exit_code == 0) == (answer == "y\n")


def test_savee_is_explained(run, tmp_path):
    result = run("savee", "--out", tmp_path)
    assert isinstance(result.exception, CorpusError)
    assert "register at https://personalpages.surrey.ac.uk" in str(result.exception)
    assert "--archive AudioData.zip" in str(result.exception)


def test_one_archive_is_one_corpus(run, tmp_path):
    result = run("savee", "tess", "--archive", tmp_path / "x.zip")
    assert isinstance(result.exception, InputError)


def test_without_pooch(run, monkeypatch):
    monkeypatch.setattr("audio_emotion.extras.find_spec", lambda _name: None)
    result = run("ravdess")
    assert isinstance(result.exception, AudioEmotionError)
    assert "[corpora]'" in str(result.exception)


def test_a_folder_that_cannot_be_made(run, tmp_path):
    (tmp_path / "file").write_text("")
    result = run("ravdess", "--out", tmp_path / "file", "--accept-license", "CC-BY-NC-SA-4.0")
    assert isinstance(result.exception, InputError)
    assert "--out" in str(result.exception)


def test_every_source_says_what_a_person_must_know():
    assert set(SOURCES) == set(official_recordings.FOLDERS)
    for source in SOURCES.values():
        assert source.license.url.startswith("https://")
        assert source.page.startswith("https://")
        assert "(" in source.cite
