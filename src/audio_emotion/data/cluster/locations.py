"""Reading and writing in folders and below URLs that fsspec understands."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO, Any, BinaryIO, Final, NamedTuple
from uuid import uuid4

import fsspec
from fsspec.core import url_to_fs

from audio_emotion.data.catalogue import MANIFEST, Skipped, entries, entry_of_file
from audio_emotion.data.corpora import Utterance
from audio_emotion.data.listing import is_audio, is_clutter
from audio_emotion.errors import AudioEmotionError, CorpusError, OutputError, reason_of
from audio_emotion.files import replacing

# Names that stores give to what changes when an object is written anew.
_CHANGES: Final = ("ETag", "etag", "mtime", "LastModified", "last_modified", "updated", "created")


class Listed(NamedTuple):
    """A recording that was found."""

    entry: Utterance | Skipped
    stamp: str
    """Changes when the recording does."""


def is_url(location: str) -> bool:
    """Return whether a location is a URL such as ``s3://bucket/folder``."""
    return "://" in location


def shared(location: str) -> str:
    """Return a location that is the same for processes in other folders."""
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
    except AudioEmotionError:
        raise
    except Exception as error:  # each kind of store has its own
        raise CorpusError(
            f"{root}: cannot be listed ({reason_of(error)}). Check the URL and your access."
        ) from error


@contextmanager
def writing(location: str) -> Iterator[IO[bytes]]:
    """Yield a file to write; it is at its location if that succeeds, whole or not at all.

    Two processes may do so at once: one of the two files will be there.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    with NamedTemporaryFile(prefix="audio_emotion_") as temporary:
        try:
            yield temporary
            temporary.flush()
            _put(temporary.name, location)
        except AudioEmotionError:
            raise
        except Exception as error:  # each kind of store has its own
            raise OutputError(
                f"{location}: cannot be written ({reason_of(error)}). "
                "Check the folder or URL, your access and the room there, and run it again."
            ) from error


def _put(finished: str, location: str) -> None:
    if is_url(location):
        # Object stores show an object when it is complete.
        filesystem, path = url_to_fs(location)
        filesystem.put_file(finished, path)
        return
    path = Path(location)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, owner=uuid4().hex) as partial:
        shutil.copyfile(finished, partial)


@contextmanager
def reading(location: str) -> Iterator[BinaryIO | None]:
    """Yield a recording fetched from a URL; None for others, which are opened by their path.

    It is fetched whole before it is read: a decoder would take a connection that breaks for the
    end of the recording.

    Raises
    ------
    OSError
        It cannot be fetched.
    """
    if not is_url(location):
        yield None
        return
    with TemporaryFile(prefix="audio_emotion_") as here:
        try:
            with fsspec.open(location, "rb") as there:
                shutil.copyfileobj(there, here)
        except Exception as error:  # each kind of store has its own
            raise OSError(f"cannot be fetched ({reason_of(error)})") from error
        here.seek(0)
        yield here


def _walk(filesystem: Any, root: PurePosixPath) -> Iterator[Listed]:
    folders = [str(root)]
    while folders:
        folder = folders.pop()
        found = sorted(filesystem.ls(folder, detail=True), key=lambda one: one["name"])
        if hasattr(filesystem, "invalidate_cache"):
            filesystem.invalidate_cache(folder)  # else it keeps all it has ever listed
        found = [one for one in found if not is_clutter(PurePosixPath(one["name"]).name)]
        below = [one["name"] for one in found if one["type"] == "directory"]
        folders += [name for name in reversed(below) if name.rstrip("/") != folder.rstrip("/")]
        for one in found:
            path = PurePosixPath(one["name"])
            if path.name.lower() == MANIFEST:
                raise CorpusError(
                    f"{filesystem.unstrip_protocol(one['name'])}: a manifest below a URL is not "
                    "read. Put the recordings into a folder for each emotion."
                )
            opened = partial(filesystem.open, one["name"], "rb")
            if one["type"] == "file" and is_audio(path.name, opened):
                entry = entry_of_file(Path(path), Path(root))
                url = filesystem.unstrip_protocol(one["name"])
                changed = next((one[name] for name in _CHANGES if one.get(name)), None)
                yield Listed(entry._replace(path=url), f"{one['size']}|{changed}")


def _stamp(path: str) -> str:
    try:
        status = Path(path).stat()
    except OSError:  # gone: reading it will say so
        return ""
    return f"{status.st_size}|{status.st_mtime_ns}"
