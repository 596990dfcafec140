"""Atomic writing of files, and errors that name the file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, TextIO

from audio_emotion.errors import InputError, OutputError, reason_of

try:
    import fcntl
except ImportError:  # Windows: two runs into one folder are not noticed
    fcntl = None  # type: ignore[assignment]

_PIECE: Final = 1 << 20  # bytes


@contextmanager
def replacing(path: Path, owner: str = "") -> Iterator[Path]:
    """Yield a temporary file to write, and replace `path` by it if that succeeds.

    A reader of `path` finds the old content or the new at any time; a process killed in between
    leaves the old one. The temporary file lies beside it, so that the last step is a rename within
    one file system. It has always the same name, so that the next run overwrites what a kill left.

    Parameters
    ----------
    path : Path
    owner : str
        Part of the temporary file's name, where several processes may write this file at once.

    Raises
    ------
    OutputError
        It cannot be written, for example because the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> report = Path(tempfile.mkdtemp()) / "report.txt"
    >>> with replacing(report) as temporary:
    ...     _ = temporary.write_text("complete")
    >>> report.read_text()
    'complete'
    """
    temporary = path.with_name(f".{path.name}{owner and '.'}{owner}.part")
    try:
        with writing(path):
            # Made here, never through a link that somebody else has put there.
            temporary.unlink(missing_ok=True)
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
            yield temporary
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def check_lines(path: Path) -> None:
    """Look at a text file before it is parsed, which takes as much memory as its longest line.

    Raises
    ------
    ValueError
        A line has more than a megabyte.
    OSError
        It cannot be read.
    """
    with path.open("rb") as file:
        while len(piece := file.read(_PIECE)) == _PIECE:
            if b"\n" not in piece and b"\r" not in piece:
                raise ValueError(f"it has a line of more than {_PIECE >> 10} KB")


def write_json(document: Any, path: Path) -> Path:
    """Write a document as UTF-8 JSON, complete or not at all; return its path.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    with replacing(path) as partial:
        partial.write_text(text + "\n", encoding="utf-8")
    return path


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Convert errors of the operating system to one sentence that names the file or folder.

    Raises
    ------
    OutputError
        In the place of any other `OSError`.
    """
    try:
        yield
    except OutputError:  # of another file, named already
        raise
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({reason_of(error)}); what was there is as it was. "
            "Make room, or choose another folder, and run it again."
        ) from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder against other processes that write to it, until this one leaves or ends.

    Raises
    ------
    InputError
        Another process holds it.
    """
    if fcntl is None:
        yield
        return
    path = folder / ".lock"
    with _lock(path):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _lock(path: Path) -> TextIO:
    """Open a file that says which process holds it, and lock it."""
    while True:
        with writing(path), ExitStack() as closing:
            file = closing.enter_context(path.open("a+"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                raise InputError(
                    f"{path.parent}: process {file.read().strip() or 'unknown'} is writing to it. "
                    "Wait until it has ended, or choose another folder."
                ) from None
            if _is_at(file.fileno(), path):  # else its holder has just removed it
                file.truncate(0)
                file.write(str(os.getpid()))
                file.flush()
                closing.pop_all()
                return file


def _is_at(descriptor: int, path: Path) -> bool:
    """Return whether an open file is the one at a path."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def folder(path: Path, option: str) -> Path:
    """Create a folder if missing, and check that it can be written.

    Raises
    ------
    InputError
        It cannot be made; `option` of the command names another one.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be made a folder ({reason_of(error)}). Give another one with {option}."
        ) from error
    if not os.access(path, os.W_OK):
        raise InputError(f"{path}: cannot be written. Give another folder with {option}.")
    return path


def path_text(path: object) -> str:
    """Return a path as text.

    Raises
    ------
    InputError
        It is no `str` and no `os.PathLike` of one, or empty.
    """
    try:
        text = os.fspath(path)  # type: ignore[call-overload]
    except TypeError:
        text = ""
    if not isinstance(text, str) or not text:
        raise InputError(f"{shown(path)} is not a path. Give a str or a pathlib.Path.")
    return text


def shown(value: object) -> str:
    """Return a value as an error shows it: in one line, cut where it is long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 40 else f"{text[:37]}..."
