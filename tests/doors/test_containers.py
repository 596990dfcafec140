"""Headers that lie: parts inside the file, one after the other, or what a decoder says of them."""

from __future__ import annotations

import io
import struct
from contextlib import suppress
from pathlib import Path

import pytest

from audio_emotion.data import audio, containers
from audio_emotion.errors import AudioError
from doors.recordings import VOICE, encoded, patched

WAV, AU, AIFF, RF64, MP3 = (encoded(VOICE, kind) for kind in ("WAV", "AU", "AIFF", "RF64", "MP3"))
SAMPLES_AT = WAV.index(b"data") + 8
# 24 bytes, in which a first frame has no room for the number of frames.
SHORT_FRAME = b"\xff\xf3\x14\xc0" + bytes(9) + b"Xing" + bytes(7)

# Each made a length that its field cannot hold, or read one that is not there.
LIES = {
    "samples beyond the end.au": patched(AU, b".snd", ">I", 0xFFFF0000),
    "samples beyond the end, of a pipe.au": b".snd\xff\xff\0\0\xff\xff\xff\xff" + bytes(50),
    "WAVE at once.wav": patched(WAV, b"data", "<I", 0xFFFFFFFF)[:SAMPLES_AT] + b"WAVEfmt " * 9,
    "RIFF at once.wav": patched(WAV, b"data", "<I", 0xFFFFFFFF)[:SAMPLES_AT] + WAV,
    "short ds64.rf64": RF64[:12] + b"ds64" + struct.pack("<I", 4) + b"abcd",
    "short frames.mp3": SHORT_FRAME * 9,
    "stream inside a header.flac": b"fLaC\0\0\0\x22" + bytes(10) + b"fLaC\0\0\0\x22" + bytes(99),
}


@pytest.mark.parametrize("content", LIES.values(), ids=LIES)
def test_parts_lie_inside_the_file(content: bytes) -> None:
    file = io.BytesIO(content)
    begin = 0
    for part in containers.layout(file, containers.kind_of(file)).parts:
        assert begin <= part.start <= part.stop <= len(content)
        begin = part.stop
    with suppress(AudioError):
        assert len(audio.read(file, audio.ignore))


def large(path: Path, content: bytes, size: int) -> containers.Layout:
    """The layout of a recording whose zeros go on, which take no room on the disk."""
    with path.open("w+b") as file:
        file.write(content)
        file.truncate(size)
        return containers.layout(file, containers.kind_of(file))


def test_more_than_32_bits_can_declare(tmp_path: Path) -> None:
    size = 5 << 30
    found = large(tmp_path / "5gb.au", patched(AU, b".snd", ">I", 0xFFFFFFFF, 4), size)
    assert found == ([(0x18, size, AU[:8] + b"\xff\xff\xff\xff" + AU[12:24])], [], False)
    found = large(tmp_path / "5gb.aiff", patched(AIFF, b"SSND", ">I", 0xFFFFFFFF), size)
    assert "an AIFF holds 4 GB" in found.warnings[0]
    assert found.parts[0].stop - found.parts[0].start == 0xFFFF_FFFF


@pytest.mark.parametrize(("n_bytes", "magic"), [(16, b"RIFF"), (400, b"RF64"), (1 << 16, b"RF64")])
def test_a_long_format_chunk_just_below_4_gb(tmp_path: Path, n_bytes: int, magic: bytes) -> None:
    n_samples_bytes = 0xFFFF_FF00
    at = WAV.index(b"fmt ")
    format_chunk = WAV[at + 8 : SAMPLES_AT - 8].ljust(n_bytes, b"\0")
    header = WAV[:at] + struct.pack("<4sI", b"fmt ", n_bytes) + format_chunk
    first = WAV + header + struct.pack("<4sI", b"data", n_samples_bytes)
    found = large(tmp_path / "long.wav", first, len(first) + n_samples_bytes)
    _, part = found.parts
    assert part.stop - part.start == n_samples_bytes
    assert part.header.startswith(magic)
