"""Frames of MP3, counted: the length that a header declares is an estimate, or that of one of many.

A decoder takes the length from a first frame that is named Xing, Info or VBRI, or guesses it from
the bit rate of the first one, and stops there. So every part is given a first frame that is right.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO, Final, Literal, NamedTuple

from audio_emotion.data.containers.parts import Layout, Part, read_at

# kbit/s by MPEG 1 or not, layer and index.
_KBITS: Final = {
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
# Hz by version (3 is MPEG 1, 2 MPEG 2, 0 MPEG 2.5) and index.
_RATES: Final = {
    3: (44_100, 48_000, 32_000),
    2: (22_050, 24_000, 16_000),
    0: (11_025, 12_000, 8_000),
}

_BLOCK_BYTES: Final = 1 << 20
_LONGEST_FRAME: Final = 1 << 12
# Junk before the first frame and between frames.
_SEARCHED_BYTES: Final = 1 << 16
_TAG_BYTES: Final = 12  # name, flags and number of frames
_AGREEING: Final = 3  # frames in a row make chance unlikely


class _Frame(NamedTuple):
    n_bytes: int
    tag_at: int
    """Offset of Xing or Info in a first frame; 0 where there is none."""
    stream: tuple[int, int, int]
    """Properties that all frames of a stream share."""


@dataclass
class _Run:
    """Frames one after the other, up to the next first frame."""

    start: int
    stop: int
    n_frames: int = 0
    tag: bytes = b""
    """The first frame, if it is named Xing or Info."""
    tag_at: int = 0
    varies: bool = False
    """Its bit rate does."""


def kind_of(file: BinaryIO, size: int) -> Literal["mpeg", "av"] | None:
    """Return whether a file begins with frames of MPEG audio, or of AAC, perhaps after ID3 tags."""
    start = _after_tags(file, 0)
    content = read_at(file, start, _SEARCHED_BYTES)
    at = len(content) - len(content.lstrip(b"\0"))
    if _first_frame(content, at, start + len(content) >= size):
        return "mpeg"
    if start and any(_first_frame(content, n, last=False) for n in _syncs(content, at)):
        return "mpeg"
    return "av" if _is_adts(content[at:]) else None


def layout(file: BinaryIO, size: int) -> Layout:
    """Find the recordings of a file and the number of their frames."""
    runs = _runs(file, size)
    warnings = []
    parts = []
    for run in runs:
        declared = _declared(run)
        if declared is not None and abs(declared - run.n_frames) > 1:
            warnings.append(
                f"its header declares {declared} frames, {run.n_frames} are there and were read"
            )
        is_right = not run.varies if declared is None else abs(declared - run.n_frames) <= 1
        parts.append(Part(run.start, run.stop) if is_right else _counted(file, run))
    if len(parts) < 2 and (not parts or not parts[0].header):
        parts = [Part(0, size)]
    return Layout(parts, warnings)


def _runs(file: BinaryIO, size: int) -> list[_Run]:
    runs: list[_Run] = []
    stream, n_bytes = None, 0
    content, base, position = b"", 0, _after_tags(file, 0)
    while position + 4 <= size:
        if position + _LONGEST_FRAME > base + len(content) < size or position < base:
            content, base = read_at(file, position, _BLOCK_BYTES), position
        at = position - base
        frame = _frame(content[at : at + 4])
        if frame is None or (frame.stream != stream and not _first_frame(content, at)):
            position = _next_frame(file, position, size)
            continue
        if position + frame.n_bytes > size:
            break
        name = content[at + frame.tag_at : at + frame.tag_at + 4]
        has_fields = 0 < frame.tag_at <= frame.n_bytes - _TAG_BYTES
        tagged = has_fields and name in (b"Xing", b"Info")
        if tagged or frame.stream != stream:
            tag = content[at : at + frame.n_bytes] if tagged else b""
            runs.append(_Run(position, position, -tagged, tag, frame.tag_at))
            stream, n_bytes = frame.stream, 0
        run = runs[-1]
        position += frame.n_bytes
        run.n_frames += 1
        run.stop = position
        run.varies = run.varies or (n_bytes > 0 and abs(frame.n_bytes - n_bytes) > 1)
        n_bytes = 0 if run.n_frames == 0 else frame.n_bytes
    return runs


def _declared(run: _Run) -> int | None:
    """Return the frames that a first frame declares, if there is one that does."""
    flags, n_frames = struct.unpack_from(">II", run.tag, run.tag_at + 4) if run.tag else (0, 0)
    return n_frames if flags & 1 else None


def _counted(file: BinaryIO, run: _Run) -> Part:
    """Return a run behind a first frame that declares the number of its frames."""
    if _declared(run) is not None:
        tag = bytearray(run.tag)
        start = run.start + len(tag)
    else:
        start = run.start + len(run.tag)
        first = bytearray(read_at(file, run.start, 4))
        first[1] |= 1  # no checksum
        first[2] = first[2] & 0x0D | 0x90  # 128 kbit/s, or 80: long enough; no padding
        frame = _frame(bytes(first))
        assert frame is not None
        tag = first + bytes(frame.n_bytes - 4)
        tag[run.tag_at : run.tag_at + 8] = b"Xing\0\0\0\1"
    struct.pack_into(">I", tag, run.tag_at + 8, run.n_frames)
    return Part(start, run.stop, bytes(tag))


def _next_frame(file: BinaryIO, position: int, size: int) -> int:
    """Return where the next frame is, beyond tags and junk; the end of the file if nowhere."""
    if (after := _after_tags(file, position)) > position:
        return after
    while position < size:
        content = read_at(file, position, _SEARCHED_BYTES)
        is_last = position + len(content) >= size
        for at in _syncs(content, 1):
            if _first_frame(content, at, is_last):
                return position + at
        if is_last:
            break
        position += len(content) - _AGREEING * _LONGEST_FRAME
    return size


def _after_tags(file: BinaryIO, position: int) -> int:
    """Return where what follows the ID3 tags at a position begins."""
    while (header := read_at(file, position, 10)).startswith(b"ID3") and len(header) == 10:
        n_bytes = 0
        for byte in header[6:]:
            n_bytes = n_bytes << 7 | byte & 0x7F
        position += 10 + n_bytes
    return position


def _syncs(content: bytes, at: int) -> list[int]:
    """Return where frames may begin."""
    found = []
    while (at := content.find(b"\xff", at)) >= 0:
        found.append(at)
        at += 1
    return found


def _first_frame(content: bytes, at: int, last: bool = True) -> bool:
    """Return whether a frame begins here, and frames of the same stream follow.

    Parameters
    ----------
    content : bytes
    at : int
    last : bool
        Whether the stream may end with the content.
    """
    stream = None
    for _ in range(_AGREEING):
        frame = _frame(content[at : at + 4])
        if frame is None or stream not in (None, frame.stream):
            return bool(last and stream and at >= len(content))
        stream, at = frame.stream, at + frame.n_bytes
    return True


@cache
def _frame_of(version: int, layer: int, code: int, mono: bool) -> _Frame | None:
    """Return a frame by the fields of its header; None if they are of none."""
    index, rate_index, padding = code >> 4, code >> 2 & 3, code >> 1 & 1
    # Layer 1 is extinct, and its header may be the byte order mark of a text in UTF-16.
    if version == 1 or layer not in (1, 2) or index in (0, 15) or rate_index == 3:
        return None
    is_first, number = version == 3, 4 - layer
    kbits, rate = _KBITS[is_first, number][index], _RATES[version][rate_index]
    n_bytes = (144_000 if is_first or number == 2 else 72_000) * kbits // rate + padding
    side_bytes = (17 if mono else 32) if is_first else (9 if mono else 17)
    return _Frame(n_bytes, 4 + side_bytes if number == 3 else 0, (version, layer, rate * 2 + mono))


def _frame(header: bytes) -> _Frame | None:
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    return _frame_of(header[1] >> 3 & 3, header[1] >> 1 & 3, header[2], header[3] >> 6 == 3)


def _is_adts(content: bytes) -> bool:
    """Return whether frames of AAC follow one another."""
    at = 0
    for _ in range(_AGREEING):
        header = content[at : at + 6]
        if len(header) < 6 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
            return False
        at += max(7, (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5)
    return True
