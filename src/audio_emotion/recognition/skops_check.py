"""Check of a skops file: of its schema before anything is built, of its arrays afterwards.

skops checks the types of the objects, not their values. Most of scikit-learn is Python and raises
an error; a decision tree is compiled code that uses indices of the file without checking them, from
its constructor on.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

SCHEMA: Final = "schema.json"

# Types that fitted pipelines of `training.classifiers` hold beyond those that skops trusts by
# itself. None of them runs code when it is built; where trees and support vectors point to is
# checked as well.
TRUSTED_TYPES: Final = [
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.tree._tree.Tree",
]
_TREE_LOADER: Final = "TreeNode"


def check(archive: zipfile.ZipFile) -> None:
    """Raise if the arrays of a decision tree in an archive do not have the sizes it states.

    Parameters
    ----------
    archive : ZipFile
        A skops file, open for reading.

    Raises
    ------
    ValueError
        A tree has other sizes than it states, or a node has the number of another one.
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
    """Check a tree's sizes; return the nodes that hold them."""
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


@dataclass(frozen=True)
class Tree:
    """Nodes of a decision tree: arrays of shape (n_nodes,), node 0 is the root."""

    leaf: npt.NDArray[np.bool_]
    left: npt.NDArray[np.integer[Any]]
    right: npt.NDArray[np.integer[Any]]
    feature: npt.NDArray[np.integer[Any]]

    def is_sound(self, n_features: int) -> bool:
        """Return whether every path goes down, stays inside and uses features there are.

        scikit-learn numbers a node before its children.
        """
        node = np.arange(len(self.leaf))
        left, right, feature = (
            values.astype(np.int64) for values in (self.left, self.right, self.feature)
        )
        inside = (left > node) & (right > node) & (left < len(node)) & (right < len(node))
        known = (feature >= 0) & (feature < n_features)
        return len(node) > 0 and bool((self.leaf | (inside & known)).all())


def trees(pipeline: Pipeline) -> Iterator[Tree]:
    """Every decision tree of a fitted pipeline; none for a classifier of another kind."""
    classifier = pipeline[-1]
    for estimator in (classifier, *getattr(classifier, "estimators_", ())):
        if hasattr(estimator, "tree_"):
            tree = estimator.tree_
            left, right = tree.children_left, tree.children_right
            yield Tree(left == -1, left, right, tree.feature)
    for of_one_round in getattr(classifier, "_predictors", ()):
        for predictor in of_one_round:
            nodes = predictor.nodes
            # No feature of ours is a category, so a node that asks for one has no feature.
            feature = np.where(nodes["is_categorical"] == 0, nodes["feature_idx"].astype(int), -1)
            yield Tree(nodes["is_leaf"] != 0, nodes["left"], nodes["right"], feature)


def is_sound_svm(svm: SVC, n_inputs: int) -> bool:
    """Return whether the sizes of a support vector machine agree with each other."""
    # With underscores: what libsvm is given, which need not be what the public names say.
    n_classes = len(svm.classes_)
    n_pairs = n_classes * (n_classes - 1) // 2
    n_vectors = int(svm.n_support_.sum())
    return bool(
        len(svm._n_support) == n_classes
        and (svm._n_support >= 0).all()
        and svm.support_.shape == (n_vectors,)
        and svm.support_vectors_.shape == (n_vectors, n_inputs)
        and svm._dual_coef_.shape == (n_classes - 1, n_vectors)
        and svm._intercept_.shape == (n_pairs,)
        and svm._probA.shape in ((0,), (n_pairs,))
        and svm._probB.shape == svm._probA.shape
    )
