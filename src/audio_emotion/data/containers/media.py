"""Recordings one after the other in a file of FFmpeg's formats, of which it decodes the first."""

from __future__ import annotations

from typing import BinaryIO, Final

from audio_emotion.data.containers.parts import Layout, Part, find, read_at

# What stands once, at the beginning of a file of these formats.
_HEADERS: Final = (
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c",  # ASF
    b"AVI LIST",
)
_FIRST_BYTES: Final = 32


def layout(file: BinaryIO, size: int) -> Layout:
    """Find the recordings of a file."""
    if read_at(file, 4, 4) == b"ftyp":
        starts, is_cut = _boxes(file, size)
    else:
        starts, is_cut = _repeated(file, size), False
    ends = [*starts[1:], size]
    return Layout([Part(*span) for span in zip(starts, ends, strict=True)], [], is_cut)


def _boxes(file: BinaryIO, size: int) -> tuple[list[int], bool]:
    """Return where files of boxes (MP4) begin, and whether the last box is cut short."""
    starts, position = [], 0
    while position + 8 <= size:
        header = read_at(file, position, 16)
        n_bytes = int.from_bytes(header[:4])
        if n_bytes == 1:
            n_bytes = int.from_bytes(header[8:])
        elif n_bytes == 0:  # up to the end of the file
            n_bytes = size - position
        if n_bytes < 8:
            break
        if header[4:8] == b"ftyp":
            starts.append(position)
        position += n_bytes
    return starts, position > size


def _repeated(file: BinaryIO, size: int) -> list[int]:
    starts = [0]
    first = read_at(file, 0, _FIRST_BYTES)
    for header in _HEADERS:
        if (offset := first.find(header)) >= 0:
            while (at := find(file, header, starts[-1] + offset + 1, size)) >= 0:
                starts.append(at - offset)
    return starts
