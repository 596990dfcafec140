"""Recordings wherever they are: in a folder, or below a URL that fsspec understands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, NamedTuple

import fsspec
from fsspec.core import url_to_fs

from audio_emotion.catalogue import MANIFEST, Skipped, entries, entry_of_file
from audio_emotion.corpora import AUDIO_SUFFIXES, Utterance
from audio_emotion.errors import CorpusError, InputError
from audio_emotion.files import replacing


class Listed(NamedTuple):
    """A recording that was found."""

    entry: Utterance | Skipped
    stamp: str
    """Changes when the recording does."""


def is_url(location: str) -> bool:
    """Whether it is something like ``s3://bucket/folder``."""
    return "://" in location


def shared(location: str) -> str:
    """Name a location so that processes in other folders mean the same."""
    return location if is_url(location) else os.path.abspath(location)  # noqa: PTH100


def listing(root: str) -> Iterator[Listed]:
    """List the recordings below a root one by one, always in the same order.

    Memory holds one folder at a time.

    Parameters
    ----------
    root : str
        A folder, a manifest, or the URL of a folder.

    Raises
    ------
    CorpusError
        No such root, or a manifest below a URL.
    """
    if not is_url(root):
        for entry in entries(Path(root)):
            yield Listed(entry, _stamp(entry.path))
        return
    try:
        filesystem, path = url_to_fs(root)
        if not filesystem.isdir(path):
            raise CorpusError(f"{root}: no folder there. Check the URL and your access to it.")
        yield from _walk(filesystem, PurePosixPath(path))
    except (OSError, ValueError, ImportError) as error:
        raise _unreachable(root, error) from error


@contextmanager
def writing(location: str) -> Iterator[IO[bytes]]:
    """Open a file to write that is there whole or not at all.

    Raises
    ------
    InputError
        It cannot be written.
    """
    try:
        if not is_url(location):
            path = Path(location)
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as partial, partial.open("wb") as file:
                yield file
            return
        # Object stores show an object when it is complete.
        with fsspec.open(location, "wb") as file:
            yield file
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"{location}: cannot be written ({reason}).") from error


@contextmanager
def reading(location: str) -> Iterator[BinaryIO | None]:
    """Open a recording at a URL to read; of others, which are opened by their path, yield None.

    Raises
    ------
    OSError
        It cannot be read.
    """
    if not is_url(location):
        yield None
        return
    with fsspec.open(location, "rb") as file:
        yield file


def _walk(filesystem: Any, root: PurePosixPath) -> Iterator[Listed]:
    folders = [str(root)]
    while folders:
        folder = folders.pop()
        found = sorted(filesystem.ls(folder, detail=True), key=lambda one: one["name"])
        if hasattr(filesystem, "invalidate_cache"):
            filesystem.invalidate_cache(folder)  # else it keeps all it has ever listed
        below = [one["name"] for one in found if one["type"] == "directory"]
        folders += [name for name in reversed(below) if name.rstrip("/") != folder.rstrip("/")]
        for one in found:
            path = PurePosixPath(one["name"])
            if path.name == MANIFEST:
                raise CorpusError(
                    f"{filesystem.unstrip_protocol(one['name'])}: a manifest below a URL is not "
                    "read. Put the recordings into a folder for each emotion."
                )
            if one["type"] == "file" and path.suffix.lower() in AUDIO_SUFFIXES:
                entry = entry_of_file(Path(path), Path(root))
                url = filesystem.unstrip_protocol(one["name"])
                changed = one.get("ETag") or one.get("mtime") or one.get("LastModified")
                yield Listed(entry._replace(path=url), f"{one['size']}|{changed}")


def _stamp(path: str) -> str:
    try:
        status = Path(path).stat()
    except OSError:  # gone: reading it will say so
        return ""
    return f"{status.st_size}|{status.st_mtime_ns}"


def _unreachable(root: str, error: Exception) -> CorpusError:
    lines = str(error).splitlines() or [type(error).__name__]
    return CorpusError(f"{root}: cannot be listed ({lines[0]}). Check the URL and your access.")
