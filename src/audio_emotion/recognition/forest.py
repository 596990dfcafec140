"""Decision trees of every scikit-learn kind as the one flat table of `core/forest.h`.

Thresholds are moved, exactly, from the scaled to the raw features, so the device need not scale and
still goes the way that training went.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from audio_emotion.errors import ExportError
from audio_emotion.recognition.input_scaling import fold_scaling, scale_columns, type_of
from audio_emotion.recognition.skops_check import (
    BAGGING,
    DECISION_TREE,
    EXTRA_TREE,
    GRADIENT_BOOSTING,
)
from audio_emotion.recognition.skops_file import Object

_BITS: Final = 30  # sums of leaves stay below 2^30
_LARGEST: Final = 1e18  # no feature is beyond
_MOST: Final = 1 << 15  # leaves and nodes to skip: `child` of struct ae_forest has 16 bits

Integers = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class _Tree:
    """A fitted tree: arrays over its nodes, node 0 is the root, children come after parents."""

    is_leaf: npt.NDArray[np.bool_]
    children: Integers
    """Shape (n_nodes, 2): where to go if the feature is at most the threshold, and if above."""
    feature: Integers
    threshold: Floats
    value: Floats
    """Shape (n_nodes, leaf_width)."""


@dataclass
class _Table:
    """Nodes of all trees, and their leaves, each different one once."""

    feature: list[int] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    child: list[list[int]] = field(default_factory=list)
    root: list[int] = field(default_factory=list)
    leaves: dict[tuple[int, ...], int] = field(default_factory=dict)

    def add(self, tree: _Tree, scale: float) -> None:
        values = np.rint(tree.value * scale).astype(np.int64).tolist()
        inner = np.flatnonzero(~tree.is_leaf)
        position = {int(node): index for index, node in enumerate(inner)}

        def leaf(node: int) -> int:
            return self.leaves.setdefault(tuple(values[node]), len(self.leaves))

        self.root.append(len(self.feature) if len(inner) else -1 - leaf(0))
        for index, node in enumerate(inner):
            self.child.append(
                [
                    -leaf(child) if tree.is_leaf[child] else position[child] - index
                    for child in tree.children[node].tolist()
                ]
            )
        self.feature += tree.feature[inner].tolist()
        self.threshold += tree.threshold[inner].tolist()


def flatten(
    pipeline: Any,
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, int | float | bool]]:
    """Return all trees of a fitted pipeline, or of one read from a file, as one table.

    Returns
    -------
    arrays, scalars
        The fields of `struct ae_forest`.

    Raises
    ------
    ExportError
        Not a forest of decision trees, or too large a one.
    """
    classifier = pipeline.steps[-1][1]
    boosted = type_of(classifier) == GRADIENT_BOOSTING
    if boosted:
        trees, start = list(_boosted_trees(classifier)), _start(classifier)
    else:
        trees, start = list(_voting_trees(classifier)), np.zeros(len(classifier.classes_))
    largest = np.abs(start).max() + sum(np.abs(tree.value).max() for tree in trees)
    if not 0 < largest < np.inf:
        raise ValueError("the leaves of its trees are all zero, or not finite")
    scale = 2.0 ** (_BITS - np.ceil(np.log2(largest)))
    table = _Table()
    for tree in trees:
        table.add(tree, scale)
    children = np.array(table.child, np.int64).reshape(-1, 2)
    if len(table.leaves) > _MOST or np.abs(children).max(initial=0) >= _MOST:
        raise ExportError(
            f"a forest of {len(children)} nodes and {len(table.leaves)} different leaves cannot "
            f"be exported: it may have {_MOST} leaves. Make it smaller with: --flash 512K --fit."
        )
    columns = np.array(table.feature, np.intp)
    arrays = {
        "feature": fold_scaling(pipeline, 1.0).feature[columns],
        "threshold": _raw_thresholds(pipeline, columns, np.array(table.threshold)),
        "child": children.astype(np.int16),
        "root": np.array(table.root, np.int32),
        "leaf": np.array(list(table.leaves), np.int32),
        "start": np.rint(start * scale).astype(np.int32),
    }
    scalars = {
        "unit": float(1 / scale / (1 if boosted else len(trees))),
        "n_trees": len(trees),
        "leaf_width": trees[0].value.shape[1],
        "proportional": not boosted,
    }
    return arrays, scalars


def _voting_trees(classifier: Any) -> Iterator[_Tree]:
    """Yield trees whose leaves are shares of the classes, to be averaged."""
    n_classes = len(classifier.classes_)
    bagging = type_of(classifier) == BAGGING
    for index, estimator in enumerate(getattr(classifier, "estimators_", [classifier])):
        if type_of(estimator) not in {DECISION_TREE, EXTRA_TREE}:
            name = type_of(estimator).rpartition(".")[2]
            raise ExportError(f"bagging of {name} cannot be exported, only of trees.")
        tree = _state(estimator.tree_)
        nodes = tree["nodes"]
        # A tree of a bag may have missed a class, and see only some of the features.
        classes = estimator.classes_.astype(int) if bagging else np.arange(n_classes)
        features = np.arange(estimator.n_features_in_)
        if bagging:
            features = classifier.estimators_features_[index]
        value = np.zeros((len(nodes), n_classes))
        share = tree["values"][:, 0, :]
        value[:, classes] = share / share.sum(axis=1, keepdims=True)
        yield _Tree(
            is_leaf=nodes["left_child"] == -1,
            children=np.stack([nodes["left_child"], nodes["right_child"]], axis=1),
            feature=features[np.maximum(nodes["feature"], 0)],
            threshold=nodes["threshold"],
            value=value,
        )


def _state(tree: Any) -> dict[str, Any]:
    """Return what a file holds of a compiled tree: its "nodes", and their "values"."""
    state: dict[str, Any] = tree.attributes if isinstance(tree, Object) else tree.__getstate__()
    return state


def _boosted_trees(classifier: Any) -> Iterator[_Tree]:
    """Yield trees whose leaves are octaves to be added: one tree per class and round."""
    for of_one_round in classifier._predictors:
        for predictor in of_one_round:
            nodes = predictor.nodes
            value = nodes["value"][:, None] * np.log2(np.e)
            if len(of_one_round) == 1:  # two classes share one tree, which speaks for the second
                value = np.hstack([np.zeros_like(value), value])
            yield _Tree(
                is_leaf=nodes["is_leaf"] != 0,
                children=np.stack([nodes["left"], nodes["right"]], axis=1).astype(np.int64),
                feature=nodes["feature_idx"].astype(np.int64),
                threshold=nodes["num_threshold"],
                value=value,
            )


def _start(classifier: Any) -> Floats:
    """Return the scores before the first tree."""
    start: Floats = classifier._baseline_prediction.ravel() * np.log2(np.e)
    return start if len(start) > 1 else np.array([0.0, start[0]])


def _raw_thresholds(pipeline: Any, columns: Integers, thresholds: Floats) -> Integers:
    """Find the largest float32 that the steps before the trees put at or below each threshold.

    Found by bisection over all float32 in order, numbered as `ordered()` in core/forest.c does;
    scaling is monotonic, so comparisons of raw features have the same result.

    Parameters
    ----------
    pipeline : Pipeline or Object
    columns : int array of shape (n_nodes,)
        Feature of each node, numbered as after those steps.
    thresholds : array of shape (n_nodes,)
        Of features after those steps.

    Returns
    -------
    int32 array of shape (n_nodes,)
        The number of that float32.
    """
    largest = int(np.float32(_LARGEST).view(np.int32))
    below = np.full(len(columns), -largest, np.int64)
    above = np.full(len(columns), largest, np.int64)
    while (above - below > 1).any():
        middle = (below + above) // 2
        scaled = scale_columns(pipeline, columns, _float_of(middle))
        at_most = scaled.astype(np.float64) <= thresholds
        below = np.where(at_most, middle, below)
        above = np.where(at_most, above, middle)
    return below.astype(np.int32)


def _float_of(number: Integers) -> npt.NDArray[np.float32]:
    """Return the float32 of that number in the order of all."""
    number = number.astype(np.int32)
    return (
        np.where(number < 0, number ^ np.int32(0x7FFFFFFF), number)
        .astype(np.int32)
        .view(np.float32)
    )
