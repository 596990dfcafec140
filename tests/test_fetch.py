"""Downloading the corpora over connections that break, from servers that err, into a whole."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

pytest.importorskip("pooch", reason="the extra [corpora] is not installed")

import broken_server
from audio_emotion import cli, completeness, inventory
from audio_emotion.acquisition import download, fetch, sources, unpack
from audio_emotion.acquisition.sources import SOURCES, Archive, Dataverse, Repository
from audio_emotion.catalogue import catalogue
from audio_emotion.errors import AudioEmotionError, CorpusError, InputError
from broken_server import Day, Site

BODY = random.Random(1).randbytes(300_000)
MD5 = f"md5:{hashlib.md5(BODY).hexdigest()}"
AT_ONCE = download.Patience(attempts=3, pause_s=0.0, timeout_s=5.0)


@pytest.fixture
def site() -> Iterator[Site]:
    with broken_server.running() as site:
        site.files["/file"] = BODY
        yield site


@pytest.fixture
def get(site, tmp_path):
    """Download `/file`; what arrived, as bytes."""

    def run(checksum=MD5, n_bytes=None, patience=AT_ONCE, path="/file"):
        target = tmp_path / "file"
        downloader = download.ResumingDownloader(
            tmp_path / "file.part", n_bytes=n_bytes, patience=patience
        )
        download.download(site.url + path, target, checksum=checksum, downloader=downloader)
        return target.read_bytes()

    return run


# --- one file -------------------------------------------------------------------------------------


def test_a_good_day(site, get):
    assert get(n_bytes=len(BODY)) == BODY
    assert get() == BODY  # there already: not asked again
    assert site.starts("/file") == [None]


def test_a_connection_that_drops_in_the_middle_is_taken_up_where_it_broke(site, get, tmp_path):
    site.days["/file"] = [Day(drop_after=100_000), Day(drop_after=50_000), Day(drop_after=1)]
    assert get(n_bytes=len(BODY)) == BODY
    assert site.starts("/file") == [None, 100_000, 150_000, 150_001]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 120_000), max_size=6), ranges=st.booleans())
def test_wherever_it_breaks_the_bytes_are_the_same(site, get, tmp_path, cuts, ranges):
    (tmp_path / "file").unlink(missing_ok=True)
    (tmp_path / "file.part").unlink(missing_ok=True)
    site.days["/file"] = [Day(drop_after=cut, ranges=ranges) for cut in cuts]
    assert get(patience=AT_ONCE._replace(attempts=8)) == BODY


def test_a_server_without_ranges_is_asked_from_the_beginning(site, get):
    site.days["/file"] = [Day(drop_after=100_000), Day(ranges=False)]
    assert get() == BODY
    assert site.starts("/file") == [None, 100_000]


def test_a_server_without_ranges_that_always_breaks_is_given_up(site, get, tmp_path):
    site.every_day["/file"] = Day(drop_after=100_000, ranges=False)
    with pytest.raises(CorpusError, match=r"3 times in a row .* 100,000 bytes are kept"):
        get()
    assert len(site.asked) == 3
    assert (tmp_path / "file.part").stat().st_size == 100_000
    site.every_day.clear()  # and the next run goes on
    assert get() == BODY
    assert site.starts("/file")[-1] == 100_000


def test_a_length_that_is_too_long_is_not_believed(site, get):
    site.every_day["/file"] = Day(says_length=10)
    with pytest.raises(CorpusError, match="300,000 bytes are kept"):
        get()
    site.every_day.clear()
    assert get(n_bytes=len(BODY)) == BODY  # nothing is left to load: 416


def test_a_length_that_is_not_the_published_one_is_not_loaded(site, get, tmp_path):
    site.every_day["/file"] = Day(body=b"<html>Log in first</html>")
    with pytest.raises(CorpusError, match="25 bytes are offered, 300,000 are published"):
        get(n_bytes=len(BODY))
    assert not (tmp_path / "file").exists()
    site.every_day["/file"] = Day(says_length=-1000)
    with pytest.raises(CorpusError, match="299,000 bytes are offered"):
        get(n_bytes=len(BODY))


def test_without_a_length_no_more_is_written_than_published(site, get, tmp_path):
    site.every_day["/file"] = Day(body=BODY + bytes(10_000_000), says_length=None)
    with pytest.raises(CorpusError, match="more than the published 300,000 bytes"):
        get(n_bytes=len(BODY))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= len(BODY)


def test_without_a_length_a_cut_is_noticed_by_the_published_one(site, get):
    site.days["/file"] = [Day(drop_after=1000, says_length=None)]
    assert get(n_bytes=len(BODY)) == BODY
    assert site.starts("/file") == [None, 1000]


def test_a_wrong_checksum_is_tried_once_more_from_nothing_and_thrown_away(site, get, tmp_path):
    site.every_day["/file"] = Day(body=BODY[::-1])
    with pytest.raises(CorpusError, match=r"not what was published.*MD5 hash"):
        get(n_bytes=len(BODY))
    assert site.starts("/file") == [None, None]
    assert list(tmp_path.iterdir()) == []


def test_a_part_of_another_file_is_thrown_away(site, get, tmp_path):
    (tmp_path / "file.part").write_bytes(bytes(1000))
    assert get(n_bytes=len(BODY)) == BODY
    assert site.starts("/file") == [1000, None]


def test_a_part_that_is_too_long_is_thrown_away(site, get, tmp_path):
    (tmp_path / "file.part").write_bytes(BODY + b"more")
    assert get() == BODY
    assert site.starts("/file") == [len(BODY) + 4, None]


def test_what_is_not_there_is_not_asked_for_again(site, get):
    with pytest.raises(download.RefusedError, match=r"/missing: .* \(status 404 Not Found\)"):
        get(path="/missing")
    assert len(site.asked) == 1


def test_too_many_requests_for_today(site, get):
    site.days["/file"] = [Day(status=403, headers=(("X-RateLimit-Remaining", "0"),))]
    with pytest.raises(download.RefusedError, match="too many requests from here"):
        get()


def test_a_server_that_is_busy_is_asked_later(site, get, monkeypatch):
    waits = []
    monkeypatch.setattr(download.time, "sleep", waits.append)
    retry = (("Retry-After", "7"),)
    site.days["/file"] = [
        Day(status=503),
        Day(status=429, headers=retry),
        Day(status=502, headers=(("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"),)),
    ]
    assert get(patience=AT_ONCE._replace(attempts=4, pause_s=1.0)) == BODY
    assert waits == [1.0, 7.0, 4.0]


def test_a_redirection_is_followed_also_for_the_rest(site, get):
    site.files["/here"] = b""
    away = Day(status=302, headers=(("Location", "/file"),))
    site.every_day["/here"] = away
    site.days["/file"] = [Day(drop_after=1000)]
    assert get(path="/here") == BODY
    assert site.starts("/file") == [None, 1000]


def test_a_redirection_in_a_circle_is_refused(site, get):
    site.every_day["/here"] = Day(status=302, headers=(("Location", "/here"),))
    with pytest.raises(download.RefusedError, match="redirects"):
        get(path="/here")


def test_a_stalled_connection_is_given_up_a_slow_one_is_not(site, get):
    site.days["/file"] = [
        Day(drop_after=100_000, stall_s=1.0),
        Day(piece=10_000),  # 20 pauses: longer than the timeout, each of them shorter
    ]
    assert get(patience=AT_ONCE._replace(timeout_s=0.15)) == BODY
    assert site.starts("/file") == [None, 100_000]


def test_a_server_that_is_not_there(tmp_path):
    downloader = download.ResumingDownloader(tmp_path / "file.part", patience=AT_ONCE)
    with pytest.raises(CorpusError, match=r"Connection refused.*0 bytes are kept"):
        download.download(
            "http://127.0.0.1:9/file", tmp_path / "file", checksum=None, downloader=downloader
        )


def test_a_full_disk_is_explained_and_what_is_here_is_kept(get, tmp_path):
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (131_072, hard))
    try:
        with pytest.raises(InputError, match=r"cannot be written \(.*\)\. Make room") as raised:
            get()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert raised.value.__cause__.errno == errno.EFBIG
    assert 0 < (tmp_path / "file.part").stat().st_size <= 131_072
    assert get() == BODY


# --- corpora --------------------------------------------------------------------------------------


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def members_of(corpus: str) -> dict[str, bytes]:
    """All recordings of a corpus, their names as contents, without the collection's folder."""
    paths = inventory.recordings(corpus).values()
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
        first = dict(list(inventory.recordings(corpus).items())[:n])
        for module in (completeness, fetch, unpack):
            monkeypatch.setattr(module, "recordings", lambda _corpus: first)
        return [Path(path).name for path in first.values()]

    return cut


def test_ravdess_arrives_in_its_layout(ravdess, tmp_path):
    steps = []
    done = fetch.fetch(
        "ravdess", tmp_path, source=ravdess, progress=lambda *step: steps.append(step)
    )
    assert done == fetch.Fetched("ravdess", tmp_path / "Ravdess", 1440, already_there=False)
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
        fetch.fetch("ravdess", tmp_path, source=ravdess, patience=AT_ONCE)
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
        "from audio_emotion.acquisition import fetch, sources\n"
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
    assert fetch.fetch("crema", tmp_path, source=crema, patience=AT_ONCE).recordings == 30
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
    assert fetch.fetch("crema", tmp_path, source=crema, patience=AT_ONCE).recordings == 30
    assert site.starts("/media/1001_DFA_DIS_XX.wav") == [None]


def test_a_recording_that_nobody_has_stops_it_and_only_it_is_missing_then(site, crema, tmp_path):
    name = "1001_IEO_SAD_LO.wav"
    site.every_day[f"/mirror/{name}"] = Day(status=404)
    site.every_day[f"/media/{name}"] = Day(body=b"no")
    with pytest.raises(CorpusError, match=r"404 .*not the recording that the repository lists"):
        fetch.fetch("crema", tmp_path, source=crema, patience=AT_ONCE)
    here = {path.name for path in tmp_path.rglob("1001*.wav")}
    assert 0 < len(here) < 30
    site.every_day.clear()
    site.asked.clear()
    fetch.fetch("crema", tmp_path, source=crema, patience=AT_ONCE)
    loaded = {Path(request.path).name for request in site.asked if "/mirror/" in request.path}
    assert not loaded & here


@pytest.mark.parametrize(
    "listing", [b"<html>", b"[]", b"{}", tree({"AudioWAV": "f00d"}, truncated=True)]
)
def test_a_strange_answer_of_git_is_explained(site, crema, tmp_path, listing):
    site.files["/trees/master"] = listing
    with pytest.raises(CorpusError, match=r"not the (whole )?list of"):
        fetch.fetch("crema", tmp_path, source=crema, patience=AT_ONCE)


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
    done = fetch.fetch("tess", tmp_path, source=tess, patience=AT_ONCE)
    assert done.recordings == 12
    assert (tmp_path / "Tess/OAF_angry/OAF_back_angry.wav").read_bytes() == b"OAF_back_angry.wav"
    assert not site.starts("/file/100")
    assert site.starts("/file/3") == [None, 5]


def test_tess_with_a_wrong_checksum_is_refused(site, tess, tmp_path):
    site.every_day["/file/2"] = Day(body=b"OAF_base_angrx.wav")
    site.files["/file/2"] = b"OAF_base_angrx.wav"
    with pytest.raises(CorpusError, match=r"/file/2: not what was published"):
        fetch.fetch("tess", tmp_path, source=tess, patience=AT_ONCE)
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
        fetch.fetch("tess", tmp_path, source=tess, patience=AT_ONCE)


# --- archives nobody trusts -----------------------------------------------------------------------


@pytest.fixture
def unpacked(tmp_path):
    def run(archive: bytes, corpus: str = "ravdess") -> list[str]:
        path = tmp_path / "archive.zip"
        path.write_bytes(archive)
        (tmp_path / "in").mkdir(exist_ok=True)
        unpack.unpack(path, corpus, tmp_path / "in")
        found = (each for each in tmp_path.rglob("*") if each.is_file() and each != path)
        return sorted(each.relative_to(tmp_path).as_posix() for each in found)

    return run


def test_no_name_in_an_archive_leads_out_of_the_folder(unpacked):
    name = "03-01-01-01-01-01-01.wav"
    assert unpacked(
        zipped(
            {
                f"../../{name}": b"slip",
                f"/etc/{name.replace('-01.wav', '-02.wav')}": b"absolute",
                "../evil.wav": b"",
                "evil.sh": b"",
                "..\\..\\03-01-01-01-01-01-03.wav": b"backslashes",
                f"C:/{name}.exe": b"",
            }
        )
    ) == [
        "in/Ravdess/audio_speech_actors_01-24/Actor_01/03-01-01-01-01-01-01.wav",
        "in/Ravdess/audio_speech_actors_01-24/Actor_02/03-01-01-01-01-01-02.wav",
    ]


def test_the_first_of_several_copies_is_taken_and_no_resource_fork(unpacked, tmp_path):
    name = "Actor_01/03-01-01-01-01-01-01.wav"
    (path,) = unpacked(
        zipped(
            {
                f"__MACOSX/{name.replace('/', '/._')}": b"fork",
                name: b"first",
                f"audio_speech_actors_01-24/{name}": b"second",
                name.replace(".wav", ".txt"): b"text",
            }
        )
    )
    assert (tmp_path / path).read_bytes() == b"first"


def test_the_download_of_savee_is_understood(unpacked):
    found = unpacked(zipped({"AudioData/DC/a01.wav": b"x", "AudioData/Info.txt": b""}), "savee")
    assert found == ["in/Savee/DC_a01.wav"]


def damaged_zip() -> bytes:
    whole = bytearray(zipped({"03-01-01-01-01-01-01.wav": b"abc" * 100}))
    whole[45] ^= 0xFF
    return bytes(whole)


def huge_zip() -> bytes:
    return zipped({"03-01-01-01-01-01-01.wav": bytes(unpack.LARGEST_RECORDING_BYTES + 1)})


def locked_zip() -> bytes:
    whole = bytearray(zipped({"03-01-01-01-01-01-01.wav": b"abc"}))
    central = whole.index(b"PK\x01\x02")
    whole[6] |= 1
    whole[central + 8] |= 1
    return bytes(whole)


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        (lambda: b"", "not a zip of RAVDESS"),
        (lambda: b"<html>", "not a zip of RAVDESS"),
        (lambda: RAVDESS[:-100], "not a zip of RAVDESS"),
        (damaged_zip, "not a zip of RAVDESS"),
        (locked_zip, "password required"),
        (huge_zip, r"would unpack to 67,108,865 bytes"),
    ],
    ids=["empty", "page", "cut", "damaged", "locked", "huge"],
)
def test_a_broken_archive_is_explained_and_leaves_nothing(unpacked, tmp_path, archive, message):
    with pytest.raises(CorpusError, match=message):
        unpacked(archive())
    assert [path for path in (tmp_path / "in").rglob("*") if path.is_file()] == []


def test_an_archive_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        fetch.fetch("savee", tmp_path, archive=tmp_path / "AudioData.zip")


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
    monkeypatch.setattr("audio_emotion.cli.shell.find_spec", lambda _name: None)
    result = run("ravdess")
    assert isinstance(result.exception, AudioEmotionError)
    assert "embedded-audio-emotion[corpora]" in str(result.exception)


def test_a_folder_that_cannot_be_made(run, tmp_path):
    (tmp_path / "file").write_text("")
    result = run("ravdess", "--out", tmp_path / "file", "--accept-license", "CC-BY-NC-SA-4.0")
    assert isinstance(result.exception, InputError)
    assert "--out" in str(result.exception)


def test_every_source_says_what_a_person_must_know():
    assert set(SOURCES) == set(inventory.TITLES)
    for source in SOURCES.values():
        assert source.license.url.startswith("https://")
        assert source.page.startswith("https://")
        assert "(" in source.cite
