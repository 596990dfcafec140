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

    Tables of earlier versions have paths from the folder in which they were made: one that is there
    only from the present folder is taken from there.
    """
    here = Path(os.path.normpath(folder / recording))
    if "://" in recording or (not here.exists() and Path(recording).exists()):
        return recording
    return here.as_posix()
