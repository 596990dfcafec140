"""Paths of recordings in the tables of a dataset, which may be moved and read from anywhere."""

from __future__ import annotations

import os
from pathlib import Path


def relative_to(folder: Path, recording: str) -> str:
    """Return the path of a recording as a table in `folder` holds it: it works from anywhere.

    Absolute where there is no other, as between the drives of Windows; an address stays one.
    """
    if "://" in recording:
        return recording
    try:
        return Path(os.path.relpath(recording, folder)).as_posix()
    except ValueError:
        return Path(recording).absolute().as_posix()


def found_from(folder: Path, recording: str) -> str:
    """Return where a recording is that a table in `folder` names.

    What is not there is left as it is: an address, a path from the present folder, as in tables of
    earlier versions, or a recording that is nowhere.
    """
    here = Path(os.path.normpath(folder / recording))
    return here.as_posix() if "://" not in recording and is_file(here) else recording


def is_file(path: Path) -> bool:
    """Return whether there is a file; a name may be too long for one."""
    try:
        return path.is_file()
    except OSError:
        return False
