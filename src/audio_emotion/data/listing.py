"""Recordings below a folder, as every command lists them.

Links are followed, as collections are often linked together; a folder is entered once. A file is a
recording by its content, or by its name if its content says nothing, so that a damaged one is
reported. What operating systems leave beside files is passed over.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path, PurePath
from typing import BinaryIO, Final

from audio_emotion.data.containers import kind_of

# Files with such names are reported where they cannot be read; the last have no header.
_SUFFIXES: Final = """
    .3ga .3gp .aac .aif .aifc .aiff .amr .ape .au .avi .bwf .caf .flac .flv .m4a .m4b .mka .mkv .mov
    .mp2 .mp3 .mp4 .mpg .nist .oga .ogg .opus .ra .rf64 .snd .sph .tta .voc .w64 .wav .wave .weba
    .webm .wma .wmv .wv .g722 .gsm .pcm .raw .sln .vox
"""
AUDIO_SUFFIXES: Final = frozenset(_SUFFIXES.split())

# Resource forks and previews of macOS and Windows; `.Crema.part` is a download not yet complete.
_CLUTTER: Final = re.compile(r"\._.*|__MACOSX|\.DS_Store|Thumbs\.db|desktop\.ini|\..+\.part", re.I)


def folders(
    root: str | os.PathLike[str], on_error: Callable[[OSError], None]
) -> Iterator[tuple[Path, list[str], list[Path]]]:
    """Yield folders below a root, itself included, with their subfolders and files, by name.

    Parameters
    ----------
    root : path
    on_error : callable
        Receives the error of a folder that cannot be listed.

    Yields
    ------
    folder : Path
    subfolders : list of str
        Names; those that are removed are not entered.
    files : list of Path
    """
    visited: set[str] = set()
    for folder, subfolders, files in os.walk(root, onerror=on_error, followlinks=True):
        if (real := os.path.realpath(folder)) in visited:
            subfolders.clear()
            continue
        visited.add(real)
        subfolders[:] = sorted(name for name in subfolders if not is_clutter(name))
        kept = sorted(name for name in files if not is_clutter(name))
        yield Path(folder), subfolders, [Path(folder, name) for name in kept]


def is_recording(path: Path) -> bool:
    """Return whether a file is a recording, or is named like one."""
    # A pipe would wait for its writer.
    return is_audio(path.name, lambda: path.open("rb") if path.is_file() else io.BytesIO())


def is_audio(name: str, opened: Callable[[], AbstractContextManager[BinaryIO]]) -> bool:
    """Return whether a file, wherever it is, is a recording or is named like one.

    Parameters
    ----------
    name : str
    opened : callable
        Opens it; called where its name does not decide.
    """
    if PurePath(name).suffix.lower() in AUDIO_SUFFIXES:
        return True
    try:
        with opened() as file:
            return kind_of(file) is not None
    except OSError:
        return False


def is_clutter(name: str) -> bool:
    """Return whether an operating system leaves files or folders of this name beside others."""
    return _CLUTTER.fullmatch(name) is not None


def recordings_below(
    root: str | os.PathLike[str], on_error: Callable[[OSError], None] = lambda _error: None
) -> list[Path]:
    """Return the recordings below a folder, sorted by path.

    Parameters
    ----------
    root, on_error
        As for `folders`.
    """
    return sorted(
        path for *_, files in folders(root, on_error) for path in files if is_recording(path)
    )
