"""A skops file as plain data: read without scikit-learn, and without building any object.

skops stores an object as a tree of nodes in JSON, and arrays as members of a zip archive. It checks
the types of objects, not their values, and it takes a node whose number it has met before for that
one, whatever it says. So what is read here is only what skops would read, too.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

SCHEMA: Final = "schema.json"
LARGEST_JSON: Final = 8 << 20  # bytes of a member of JSON; the schema of a forest has 0.6 MB

_PROTOCOL: Final = 2  # of skops 0.13
_DEEPEST: Final = 20  # nodes within nodes; 14 in a forest
_LARGEST: Final = 1 << 30  # bytes unpacked
_LARGEST_RATIO: Final = 50  # unpacked to packed, of archives that unpack to more than the next
_ALWAYS_ALLOWED: Final = 64 << 20  # bytes unpacked
_LARGEST_DIRECTORY: Final = 1 << 20  # bytes; a gradient boosting of 2,300 arrays has 0.1 MB

_END: Final = struct.Struct("<4s4H2LH")  # the end record of a zip archive without a comment
_LOCATOR: Final = struct.Struct("<4s16x")  # before it in an archive of more than 4 GB
_OBJECTS: Final = ("ObjectNode", "TreeNode", "LossNode", "RandomStateNode", "RandomGeneratorNode")


@dataclass(frozen=True)
class Object:
    """An object of a skops file.

    Attributes
    ----------
    type : str
        Module and class.
    attributes : dict
        Names to None, bool, int, float, str, array, list, tuple, dict of them, or `Object`. What
        its constructor is given has the name "__reduce__".
    """

    type: str
    attributes: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        """Return an attribute, as of the object itself."""
        try:
            return self.__dict__["attributes"][name]
        except KeyError:
            raise AttributeError(f"a {self.__dict__.get('type')} has no {name}") from None


@contextmanager
def archive_of(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive if it is small enough, before anything in it is read.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError, zipfile.BadZipFile
        Not an archive, too large, or compressed in a way that skops does not use.
    """
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if any(
                e.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for e in entries
            ):
                raise ValueError("a member of the archive is not compressed by deflate")
            unpacked = sum(entry.file_size for entry in entries)
            most = min(_LARGEST, max(_ALWAYS_ALLOWED, _LARGEST_RATIO * size))
            if unpacked > most:
                raise ValueError(f"it unpacks to {unpacked} bytes, more than the {most} allowed")
            yield archive


def read_json(archive: zipfile.ZipFile, name: str) -> Any:
    """Read a member of JSON.

    Raises
    ------
    ValueError
        Not JSON, or more than `LARGEST_JSON` bytes.
    KeyError
        There is none of this name.
    """
    size = archive.getinfo(name).file_size
    if size > LARGEST_JSON:
        raise ValueError(f"{name} has {size} bytes, more than the {LARGEST_JSON} allowed")
    return json.loads(archive.read(name))


def read(archive: zipfile.ZipFile) -> Any:
    """Read the object in an archive, its arrays included.

    Raises
    ------
    ValueError, KeyError, TypeError
        A node is not of a kind that training writes, is not what it says, or two nodes of one
        number differ.
    """
    schema = read_json(archive, SCHEMA)
    if type(schema["protocol"]) is not int or schema["protocol"] != _PROTOCOL:
        raise ValueError(f"the protocol of skops is {schema['protocol']!r}, not {_PROTOCOL}")
    return _Reader(archive).value(schema, _DEEPEST)[0]


def canonical(archive: bytes) -> dict[str, bytes]:
    """Return the members of a skops archive, memory addresses and random names made counts.

    skops marks shared objects by their `id()` and names array files after it, or after a UUID;
    neither means anything outside the archive.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        content = {name: source.read(name) for name in source.namelist()}
    schema = json.loads(content.pop(SCHEMA))
    ids: dict[int, int] = {}
    files: dict[str, str] = {}

    def renumber(node: Any) -> None:
        if isinstance(node, dict):
            if "__id__" in node:
                node["__id__"] = ids.setdefault(node["__id__"], len(ids))
            if node.get("file") in content:
                ending = Path(node["file"]).suffix
                node["file"] = files.setdefault(node["file"], f"{len(files):04d}{ending}")
            for child in node.values():
                renumber(child)
        elif isinstance(node, list):
            for child in node:
                renumber(child)

    renumber(schema)
    members = {SCHEMA: json.dumps(schema, separators=(",", ":")).encode()}
    members.update({new: content[old] for old, new in files.items()})
    return members


def _check_directory(file: Any) -> None:
    """Raise unless a file ends in the small directory of an archive without a comment."""
    file.seek(max(0, file.tell() - _LOCATOR.size - _END.size))
    tail = file.read()
    if len(tail) < _END.size:
        raise zipfile.BadZipFile("File is not a zip file")
    signature, _, _, _, _, size, _, comment = _END.unpack(tail[-_END.size :])
    if signature != b"PK\5\6" or comment:
        raise zipfile.BadZipFile("File is not a zip file")
    if tail.startswith(b"PK\6\7") or size > _LARGEST_DIRECTORY:
        raise ValueError("the directory of the archive is too large")


class _Reader:
    """Reader of nodes; each has a key, equal exactly for nodes of the same content."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._keys: dict[tuple[Any, ...], int] = {}
        self._key_of_id: dict[int, int] = {}
        self._arrays: dict[str, npt.NDArray[Any]] = {}

    def value(self, node: Any, depth: int) -> tuple[Any, int]:
        """Read a node, `depth` nodes deep at most: its value and its key."""
        if depth == 0:
            raise ValueError(f"it is nested more than {_DEEPEST} deep")
        loader, number = node["__loader__"], node["__id__"]
        name = f"{node['__module__']}.{node['__class__']}"
        value, parts = self._read(loader, name, node, depth - 1)
        key = self._keys.setdefault((loader, name, *parts), len(self._keys))
        # skops takes the second for the first; so no node can contain itself, either.
        if type(number) is not int or self._key_of_id.setdefault(number, key) != key:
            raise ValueError(f"two different nodes have the number {number!r}")
        return value, key

    def _read(self, loader: str, name: str, node: Any, depth: int) -> tuple[Any, tuple[Any, ...]]:
        """Return value and parts of the key."""
        if loader == "JsonNode":
            return _scalar(node["content"]), (node["content"],)
        if loader == "NdArrayNode":
            return self._array(name, node, depth)
        if (loader, name) in {("ListNode", "builtins.list"), ("TupleNode", "builtins.tuple")}:
            values, keys = self._all(node["content"], depth)
            return (values if loader == "ListNode" else tuple(values)), keys
        if (loader, name) == ("DictNode", "builtins.dict"):
            return self._dict(node, depth)
        if loader in _OBJECTS:
            return self._object(name, node, depth)
        raise ValueError(f"a {loader} of type {name} is nothing that training writes")

    def _all(self, nodes: Any, depth: int) -> tuple[list[Any], tuple[int, ...]]:
        if not isinstance(nodes, list):
            raise ValueError("a list is none")
        pairs = [self.value(node, depth) for node in nodes]
        return [value for value, _ in pairs], tuple(key for _, key in pairs)

    def _dict(self, node: Any, depth: int) -> tuple[dict[str, Any], tuple[Any, ...]]:
        content, types = node["content"], node["key_types"]
        kinds = [(k["__loader__"], k["__module__"], k["__class__"]) for k in types["content"]]
        if types["__loader__"] != "ListNode" or kinds != [("TypeNode", "builtins", "str")] * len(
            content
        ):
            raise ValueError("the keys of a dictionary are not all strings")
        values, keys = self._all(list(content.values()), depth)
        return dict(zip(content, values, strict=True)), (*content, *keys)

    def _object(self, name: str, node: Any, depth: int) -> tuple[Object, tuple[Any, ...]]:
        parts = {"content": node["content"]}
        if node["__loader__"] == "RandomGeneratorNode":
            parts = {part: node["content"][part] for part in ("bit_generator", "seed_seq")}
        elif "__reduce__" in node:
            parts["__reduce__"] = node["__reduce__"]["args"]
        values, keys = self._all(list(parts.values()), depth)
        attributes = dict(zip(parts, values, strict=True))
        content = attributes.pop("content", None)
        if isinstance(content, dict):
            attributes = content | attributes
        elif content not in (None, ()):
            raise ValueError(f"the attributes of a {name} have no names")
        return Object(name, attributes), keys

    def _array(self, name: str, node: Any, depth: int) -> tuple[Any, tuple[Any, ...]]:
        if node["type"] == "json":
            items, keys = self._all(node["content"], depth)
            shape, _ = self.value(node["shape"], depth)
            if name != "numpy.ndarray" or shape != (len(items),) or not _all_text(items):
                raise ValueError("an array of objects is no list of strings")
            return np.array(items, dtype=object), keys
        if node["type"] != "numpy" or not isinstance(node["file"], str):
            raise ValueError("an array is none")
        if node["file"] not in self._arrays:
            self._arrays[node["file"]] = _read_array(self._archive.read(node["file"]))
        array = self._arrays[node["file"]]
        if name != "numpy.ndarray" and (name, array.shape) != (f"numpy.{array.dtype.name}", ()):
            raise ValueError(f"a number of type {name} is none")
        return array, (node["file"],)


def _scalar(text: Any) -> Any:
    value = json.loads(text)
    if not isinstance(value, bool | int | float | str | None):
        raise ValueError("a value is neither a number nor a string")
    return value


def _all_text(items: list[Any]) -> bool:
    return all(isinstance(item, str) for item in items)


def _read_array(content: bytes) -> npt.NDArray[Any]:
    """Read an array in numpy's own format of as many bytes as its header says."""
    file = io.BytesIO(content)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("an array is not in the format of numpy.save")
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    n_items = 1
    for length in shape:
        n_items *= length
    if dtype.hasobject or n_items * dtype.itemsize != len(content) - file.tell():
        raise ValueError("an array has another size than it states")
    return np.asarray(np.load(io.BytesIO(content), allow_pickle=False))
