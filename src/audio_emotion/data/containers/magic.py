"""Kinds of files by their first bytes, whatever their names end with."""

from __future__ import annotations

from typing import BinaryIO, Final, Literal

from audio_emotion.data.containers import mpeg
from audio_emotion.data.containers.parts import read_at, size_of

Kind = Literal["chunks", "flac", "ogg", "mpeg", "sndfile", "av"]
"""Which code finds the parts, if not a decoder: libsndfile, or FFmpeg of `av`."""

_FIRST_BYTES: Final = 64

# Each magic number with its offset; the first that fits decides.
_MAGIC: Final[tuple[tuple[int, bytes, Kind], ...]] = (
    (8, b"WAVE", "chunks"),
    (8, b"AIFF", "chunks"),
    (8, b"AIFC", "chunks"),
    (0, b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00", "chunks"),  # Sony Wave64
    (0, b"caff\x00\x01", "chunks"),
    (0, b".snd", "chunks"),
    (0, b"dns.", "chunks"),
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (8, b"8SVX", "sndfile"),
    (8, b"16SV", "sndfile"),
    (0, b"Creative Voice File\x1a", "sndfile"),
    (0, b"NIST_1A\n", "sndfile"),
    (0, b"2BIT", "sndfile"),
    (0, b" paf", "sndfile"),
    (0, b"fap ", "sndfile"),
    (0, b"PVF1\n", "sndfile"),
    (0, b"\x64\xa3", "sndfile"),  # IRCAM
    (4, b"ftyp", "av"),  # MP4, M4A, 3GP, MOV
    (4, b"moov", "av"),
    (4, b"wide", "av"),
    (0, b"\x1a\x45\xdf\xa3", "av"),  # Matroska, WebM
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "av"),  # ASF: WMA, WMV
    (0, b"#!AMR", "av"),
    (0, b"wvpk", "av"),
    (8, b"AVI ", "av"),
    (0, b"FLV\x01", "av"),
    (0, b"\x00\x00\x01\xba", "av"),  # MPEG program stream
    (0, b".RMF", "av"),
    (0, b"ADIF", "av"),
    (0, b"MAC ", "av"),
    (0, b"TTA1", "av"),
    (0, b"MPCK", "av"),
    (0, b"DSD ", "av"),
)


def kind_of(file: BinaryIO) -> Kind | None:
    """Return what a file is by its content; None if it is no recording that is known."""
    first = read_at(file, 0, _FIRST_BYTES)
    for offset, magic, kind in _MAGIC:
        if first.startswith(magic, offset):
            return kind
    return mpeg.kind_of(file, size_of(file))
