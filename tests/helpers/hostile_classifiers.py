"""Model files of classifiers with one thing changed in them."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

import fitted_classifiers
from audio_emotion.recognition.classifier_file import to_bytes

Members = dict[str, bytes]

NUMBERS: Final = (-1, 0, 1, 2, 127, 255, 1 << 15, (1 << 31) - 1, 1 << 32, (1 << 63) - 1)
FLOATS: Final = (np.nan, np.inf, -np.inf, 3e38, 1e308, -1e308, 5e-324)
VALUES: Final = (*NUMBERS, *FLOATS, True, None, "", "rbf", "linear", "precomputed")
DTYPES: Final = ("u1", "i4", "i8", "u8", "f4", ">f8", "f2", "?", "c16", "U3")


@cache
def members(name: str) -> Members:
    """The members of a sound model file."""
    with zipfile.ZipFile(io.BytesIO(to_bytes(fitted_classifiers.small(name)))) as archive:
        return {entry: archive.read(entry) for entry in archive.namelist()}


def written(path: Path, members: Members) -> Path:
    """A file of these members."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every node of a schema."""
    if isinstance(value, dict):
        if "__loader__" in value:
            yield value
        for child in value.values():
            yield from nodes(child)
    elif isinstance(value, list):
        for child in value:
            yield from nodes(child)


def mutated(sound: Members, draw: random.Random) -> Members:
    """The same with one number of the schema, or one array, changed."""
    if draw.random() < 0.3:
        schema = json.loads(sound["schema.json"])
        # Nodes of one number are one value.
        number = draw.choice(sorted({n["__id__"] for n in nodes(schema) if "is_json" in n}))
        content = json.dumps(draw.choice(VALUES))
        for node in nodes(schema):
            if node["__id__"] == number:
                node["content"] = content
        return sound | {"schema.json": json.dumps(schema).encode()}
    name = draw.choice([name for name in sound if name.endswith(".npy")])
    return with_array(sound, name, lambda array: draw.choice(_CHANGES)(array, draw))


def with_array(sound: Members, name: str, change: Callable[[Any], Any]) -> Members:
    """The same with one array changed."""
    changed = io.BytesIO()
    np.save(changed, change(np.load(io.BytesIO(sound[name]))))
    return sound | {name: changed.getvalue()}


def _one_value(array: Any, draw: random.Random) -> Any:
    return _with_values(array, draw, draw.randrange(max(1, array.size)))


def _all_values(array: Any, draw: random.Random) -> Any:
    return _with_values(array, draw, slice(None))


def _with_values(array: Any, draw: random.Random, where: Any) -> Any:
    array = array.copy()
    flat = array.reshape(-1)
    if array.dtype.names:
        flat = flat[draw.choice(array.dtype.names)]
    if flat.size and flat.dtype.kind in "biuf":
        with np.errstate(all="ignore"):
            special = np.array(draw.choice((*NUMBERS, *FLOATS)))
            flat[where] = (
                np.nan_to_num(special).astype(flat.dtype) if flat.dtype.kind != "f" else special
            )
    return array


_CHANGES: Final[tuple[Callable[[Any, random.Random], Any], ...]] = (
    _one_value,
    _all_values,
    lambda array, _: np.atleast_1d(array)[:-1],
    lambda array, _: np.atleast_1d(array)[:0],
    lambda array, _: np.concatenate([np.atleast_1d(array)] * 2),
    lambda array, _: array.ravel(),
    lambda array, _: array[None],
    lambda array, _: np.asfortranarray(array.T),
    lambda array, draw: np.zeros(draw.choice([0, 1, 1000]), array.dtype),
    lambda array, draw: np.zeros(array.shape, draw.choice(DTYPES)),
)
