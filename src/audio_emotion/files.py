"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audio_emotion.errors import InputError, OutputError


@contextmanager
def replacing(path: Path, owner: str = "") -> Iterator[Path]:
    """Give a temporary file to write, and put it in the place of `path` when that succeeded.

    Whoever reads `path`, at any time, finds the old content or the new; a process killed in
    between leaves the old one. The temporary file lies beside it, so that the last step is a
    rename within one file system. It has always the same name, so that the next run overwrites
    what a kill has left.

    Parameters
    ----------
    path : Path
    owner : str
        Who writes, where several processes may write this file at once: part of the temporary
        file's name.

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
            yield temporary
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say in one sentence that a file or folder cannot be written.

    Raises
    ------
    OutputError
        In the place of any other error of the operating system.
    """
    try:
        yield
    except OutputError:  # of another file, named already
        raise
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({error.strerror or error}); what was there is as it was. "
            "Make room, or choose another folder, and run it again."
        ) from error


def folder(path: Path, option: str) -> Path:
    """Make a folder unless it is there, to find out before the work and not after it.

    Raises
    ------
    InputError
        It cannot be made; `option` of the command names another one.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be made a folder ({error.strerror}). Give another one with {option}."
        ) from error
    if not os.access(path, os.W_OK):
        raise InputError(f"{path}: cannot be written. Give another folder with {option}.")
    return path
