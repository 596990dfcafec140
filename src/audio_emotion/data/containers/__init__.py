"""Containers of recordings: what a file is by its content, and which parts of it to decode."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, Final

from audio_emotion.data.containers import chunks, flac, media, mpeg, ogg
from audio_emotion.data.containers.magic import Kind, kind_of
from audio_emotion.data.containers.parts import Layout, Part, View, size_of

__all__ = ["Kind", "Layout", "Part", "View", "kind_of", "layout", "size_of"]

_LAYOUTS: Final[dict[Kind | None, Callable[[BinaryIO, int], Layout]]] = {
    "av": media.layout,
    "chunks": chunks.layout,
    "flac": flac.layout,
    "mpeg": mpeg.layout,
    "ogg": ogg.layout,
}


def layout(file: BinaryIO, kind: Kind | None) -> Layout:
    """Find the parts of a file that are decoded one after the other.

    Headers are compared with what follows them, as decoders trust them: they would stop at the
    length of the first of several recordings, or at one that its writer did not know.

    Parameters
    ----------
    file : binary file
        Seekable.
    kind : str or None
        As `kind_of` gives it.
    """
    size = size_of(file)
    if kind not in _LAYOUTS:
        return Layout([Part(0, size)], [])
    found = _LAYOUTS[kind](file, size)
    if len(found.parts) > 1:
        several = f"{len(found.parts)} recordings one after the other, read as one"
        found.warnings.insert(0, several)
    return found
