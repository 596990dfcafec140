"""Archives nobody trusts: what is a recording of the corpus comes out, and nothing else."""

from __future__ import annotations

import pytest

pytest.importorskip("pooch", reason="the extra [corpora] is not installed")

from audio_emotion.data.acquisition import fetch, unpack
from audio_emotion.errors import CorpusError, InputError
from broken_server import zipped


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
        (lambda: zipped({"03-01-01-01-01-01-01.wav": b"abc"})[:-10], "not a zip of RAVDESS"),
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


def test_an_archive_that_would_fill_the_disk(unpacked, monkeypatch):
    monkeypatch.setattr(unpack, "LARGEST_CORPUS_BYTES", 1000)
    archive = zipped({f"03-01-01-01-01-01-{n:02}.wav": bytes(300) for n in range(1, 5)})
    with pytest.raises(CorpusError, match=r"would unpack to more than any corpus \(1,000 bytes\)"):
        unpacked(archive)


def test_an_archive_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        fetch.fetch("savee", tmp_path, archive=tmp_path / "AudioData.zip")
