"""Parts of files, each with a header of its own."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_SEARCH_BYTES: Final = 1 << 20


class Part(NamedTuple):
    """Range of a file that is one recording to a decoder."""

    start: int
    stop: int
    header: bytes = b""
    """Stands before the range, in the place of what does in the file."""


class Layout(NamedTuple):
    """Parts of a file that are decoded one after the other."""

    parts: list[Part]
    warnings: list[str]
    """Faults of its headers, each a part of a sentence."""
    is_cut: bool = False
    """The file ends inside something that a decoder needs as a whole."""


class View(io.RawIOBase):
    """A part as a binary file."""

    def __init__(self, file: BinaryIO, part: Part) -> None:
        self._file = file
        self._part = part
        self._at = 0
        self._size = len(part.header) + part.stop - part.start

    def readable(self) -> bool:
        """Return true."""
        return True

    def seekable(self) -> bool:
        """Return true."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move the position."""
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, origin + offset)
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read into a buffer; return the number of bytes."""
        target = memoryview(buffer).cast("B")
        header = self._part.header[self._at : self._at + len(target)]
        wanted = min(len(target), max(0, self._size - self._at)) - len(header)
        content = header
        if wanted > 0:
            content += read_at(
                self._file,
                self._part.start + self._at + len(header) - len(self._part.header),
                wanted,
            )
        target[: len(content)] = content
        self._at += len(content)
        return len(content)


def read_at(file: BinaryIO, position: int, n: int) -> bytes:
    """Return up to n bytes from a position."""
    file.seek(position)
    return file.read(n)


def size_of(file: BinaryIO) -> int:
    """Return the length of a file in bytes."""
    return file.seek(0, os.SEEK_END)


def find(file: BinaryIO, wanted: bytes, start: int, stop: int) -> int:
    """Return where some bytes are first found in a range of a file, or -1."""
    position, kept = start, b""
    while position < stop:
        piece = read_at(file, position, min(_SEARCH_BYTES, stop - position))
        if not piece:
            break
        if (found := (kept + piece).find(wanted)) >= 0:
            return position - len(kept) + found
        position += len(piece)
        kept = piece[1 - len(wanted) :]
    return -1
