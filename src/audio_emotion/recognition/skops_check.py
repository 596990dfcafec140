"""What a skops file is going to be built of, checked before it is.

skops checks of which types the objects are, not what is in them. Most of scikit-learn is Python and
complains; a decision tree is compiled code that follows numbers of the file without looking, from
its constructor on.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

SCHEMA: Final = "schema.json"
_TREE_LOADER: Final = "TreeNode"


def check(archive: zipfile.ZipFile) -> None:
    """Refuse an archive whose decision trees contradict themselves.

    Parameters
    ----------
    archive : ZipFile
        A skops file, open for reading.

    Raises
    ------
    ValueError
        A tree has other sizes than it says, or a node is not what it seems to be.
    KeyError, TypeError
        Something is missing, or of another type.
    """
    alike: dict[int, list[Any]] = {}
    trees = []
    for node in _nodes(json.loads(archive.read(SCHEMA))):
        alike.setdefault(node["__id__"], []).append(node)
        if node["__loader__"] == _TREE_LOADER:
            trees.append(node)
    for tree in trees:
        for node in (tree, *_check_tree(tree, archive)):
            # A node whose number skops has met before is taken for that one, whatever it says.
            if any(other != node for other in alike[node["__id__"]]):
                raise ValueError("a part of a tree has the number of something else")


def _nodes(schema: Any) -> Iterator[dict[str, Any]]:
    waiting = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "__loader__" in value:
                yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _check_tree(node: dict[str, Any], archive: zipfile.ZipFile) -> list[dict[str, Any]]:
    """Check a tree's sizes; returns the nodes that say them."""
    arguments, attributes = node["__reduce__"]["args"], node["content"]
    n_features, n_classes, n_outputs = _content(arguments, "TupleNode")
    state = _content(attributes, "DictNode")
    node_count, nodes = state["node_count"], state["nodes"]
    classes = _array(n_classes, archive)
    shape = _array(nodes, archive).shape
    if (
        _number(n_features) < 1
        or _number(n_outputs) != 1
        or classes.dtype.kind != "i"
        or classes.shape != (1,)
        or not 1 <= classes[0] <= np.iinfo(np.int16).max
        or shape != (_number(node_count),)
    ):
        raise ValueError("the sizes of a tree contradict each other")
    return [arguments, n_features, n_classes, n_outputs, attributes, node_count, nodes]


def _content(node: dict[str, Any], loader: str) -> Any:
    if node["__loader__"] != loader:
        raise ValueError(f"a tree has a {node['__loader__']} where a {loader} belongs")
    return node["content"]


def _number(node: dict[str, Any]) -> int:
    value = json.loads(_content(node, "JsonNode"))
    if type(value) is not int:
        raise ValueError("a size of a tree is no whole number")
    return value


def _array(node: dict[str, Any], archive: zipfile.ZipFile) -> npt.NDArray[Any]:
    if (node["__loader__"], node["__module__"], node["__class__"], node["type"]) != (
        *("NdArrayNode", "numpy", "ndarray"),
        "numpy",
    ):
        raise ValueError("a tree has something else where an array belongs")
    return np.asarray(np.load(io.BytesIO(archive.read(node["file"])), allow_pickle=False))
