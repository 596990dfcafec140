"""Chained streams of an Ogg file, and how complete it is.

Every stream begins with a page that is marked so, RFC 3533; in a chain the next begins where all
of the present ones have ended. A last page is often not marked as such: live captures never mark
one, so a cut shows only where a page declares more bytes than there are.
"""

from __future__ import annotations

import struct
from typing import BinaryIO, Final, NamedTuple

from audio_emotion.data.containers.parts import Layout, Part, find, read_at

_MAGIC: Final = b"OggS"
_HEADER: Final = struct.Struct("<4sBBqIIIB")
_FIRST: Final = 2  # flag of a header


class _Page(NamedTuple):
    start: int
    stop: int
    is_first: bool
    """Of a stream."""
    is_open: bool
    """Its last packet goes on in the next page."""


def layout(file: BinaryIO, size: int) -> Layout:
    """Find the chained streams of a file, up to the last complete page."""
    starts: list[int] = []
    position, last, is_cut = 0, None, False
    while 0 <= position < size:
        page = _page(file, position, size)
        if page is None:  # no page, which a decoder skips, too
            position = find(file, _MAGIC, position + 1, size)
            continue
        if is_cut := page.stop > size:
            break
        # Streams beside each other begin together.
        if page.is_first and not (last and last.is_first):
            starts.append(page.start)
        position, last = page.stop, page
    if last is None:
        return Layout([Part(0, size)], [], is_cut)
    is_cut = is_cut or last.is_open
    warnings = ["cut short inside an Ogg page; what is before it was read"] if is_cut else []
    ends = [*starts[1:], last.stop if is_cut else size]
    parts = [Part(*span) for span in zip([0, *starts[1:]], ends, strict=False)]
    return Layout(parts, warnings, is_cut)


def _page(file: BinaryIO, position: int, size: int) -> _Page | None:
    """Return the page at a position; its end is beyond the file's if it is cut short."""
    header = read_at(file, position, _HEADER.size)
    if not header.startswith(_MAGIC):
        return None
    if len(header) < _HEADER.size:
        return _Page(position, size + 1, is_first=False, is_open=True)
    *_, n_segments = _HEADER.unpack(header)
    lacing = file.read(n_segments)
    stop = position + _HEADER.size + n_segments + sum(lacing)
    stop += size * (len(lacing) < n_segments)
    return _Page(position, stop, bool(header[5] & _FIRST), lacing[-1:] == b"\xff")
