"""Checks that the files of a command line stand where they belong, and none is swapped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from audio_emotion.errors import InputError

AnyPath = str | os.PathLike[str]


class Place(NamedTuple):
    """A file that was given, or none, the name of its place, and what may stand there."""

    path: AnyPath | None
    name: str
    kinds: tuple[str, ...]


def recording(path: AnyPath | None, name: str = "RECORDING") -> Place:
    """Return the place of a recording."""
    return Place(path, name, ("recording",))


def sound(path: AnyPath) -> Place:
    """Return the place of a recording, or of a folder of them."""
    return Place(path, "RECORDING", ("recording", "folder"))


def model(path: AnyPath | None, *others: str) -> Place:
    """Return the place of a model, or of something of other kinds."""
    return Place(path, "--model", ("model", *others))


def table(path: AnyPath | None, name: str) -> Place:
    """Return the place of a table that `dataset` writes."""
    return Place(path, name, ("table",))


def folder(path: AnyPath | None, name: str = "FOLDER") -> Place:
    """Return the place of a folder."""
    return Place(path, name, ("folder",))


def check(*places: Place) -> None:
    """Raise where two files are swapped, or one is of another kind than its place takes.

    Kinds are told by names, so a file of any other name may stand anywhere.

    Raises
    ------
    InputError
        With what to do about it.
    """
    found = [(place, kind_of(place.path)) for place in places]
    wrong = [(place, kind) for place, kind in found if kind not in (None, *place.kinds)]
    for one, kind in wrong:
        for other, its_kind in wrong:
            if kind in other.kinds and its_kind in one.kinds:
                raise InputError(
                    f"{one.path} is a {kind}, but stands for {one.name}, and {other.path} is a "
                    f"{its_kind}, but stands for {other.name}: swap the two."
                )
    for one, kind in wrong:
        where = " Give it with --model." if kind == "model" else ""
        raise InputError(
            f"{one.path} is a {kind}, but {one.name} is for a {' or a '.join(one.kinds)}.{where}"
        )


def kind_of(path: AnyPath | None) -> str | None:
    """Return the kind of a file by its name, or None if the name does not say."""
    if path is None:
        return None
    from audio_emotion.data.listing import AUDIO_SUFFIXES
    from audio_emotion.recognition.model import SUFFIXES

    suffix = Path(path).suffix.lower()
    # A folder of Parquet is a table; a Path would make an empty name a folder.
    if suffix != ".parquet" and os.path.isdir(path):  # noqa: PTH112
        return "folder"
    kinds = {"model": SUFFIXES, "table": (".csv", ".parquet"), "recording": AUDIO_SUFFIXES}
    return next((kind for kind, suffixes in kinds.items() if suffix in suffixes), None)
