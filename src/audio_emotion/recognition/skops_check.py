"""Check of a classifier read from a file, before scikit-learn gets it.

Most of scikit-learn is Python and raises an error; trees and support vectors are compiled code that
follows numbers without looking. So a file may hold exactly the types that `training.classifiers`
writes, each where it belongs, and everything that an answer is computed from has the shape that the
other parts state. scikit-learn is not needed here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from audio_emotion.recognition.skops_file import Object

PIPELINE: Final = "sklearn.pipeline.Pipeline"
SCALER: Final = "sklearn.preprocessing._data.StandardScaler"
SELECTION: Final = "sklearn.feature_selection._variance_threshold.VarianceThreshold"
SVM: Final = "sklearn.svm._classes.SVC"
LOGISTIC_REGRESSION: Final = "sklearn.linear_model._logistic.LogisticRegression"
RIDGE: Final = "sklearn.linear_model._ridge.RidgeClassifier"
LDA: Final = "sklearn.discriminant_analysis.LinearDiscriminantAnalysis"
QDA: Final = "sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis"
MLP: Final = "sklearn.neural_network._multilayer_perceptron.MLPClassifier"
DECISION_TREE: Final = "sklearn.tree._classes.DecisionTreeClassifier"
EXTRA_TREE: Final = "sklearn.tree._classes.ExtraTreeClassifier"
BAGGING: Final = "sklearn.ensemble._bagging.BaggingClassifier"
RANDOM_FOREST: Final = "sklearn.ensemble._forest.RandomForestClassifier"
EXTRA_TREES: Final = "sklearn.ensemble._forest.ExtraTreesClassifier"
GRADIENT_BOOSTING: Final = (
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier"
)
TREE: Final = "sklearn.tree._tree.Tree"
TREE_PREDICTOR: Final = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
_BIN_MAPPER: Final = "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper"
_LABEL_ENCODER: Final = "sklearn.preprocessing._label.LabelEncoder"
_LABEL_BINARIZER: Final = "sklearn.preprocessing._label.LabelBinarizer"
_ADAM: Final = "sklearn.neural_network._stochastic_optimizers.AdamOptimizer"
_LOSSES: Final = ("sklearn._loss.loss.HalfBinomialLoss", "sklearn._loss.loss.HalfMultinomialLoss")
# scikit-learn 1.8 does not name the package of its compiled losses. What has this name is not
# trusted, as it could be any module; the core needs none.
_COMPILED_LOSSES: Final = tuple(
    f"{package}_loss.{name}"
    for package in ("sklearn._loss.", "")
    for name in ("CyHalfBinomialLoss", "CyHalfMultinomialLoss")
)
_LINKS: Final = ("sklearn._loss.link.LogitLink", "sklearn._loss.link.MultinomialLogit")
_INTERVAL: Final = "sklearn._loss.link.Interval"
_GENERATOR: Final = "numpy.random._generator.Generator"
_RANDOM_STATE: Final = "numpy.random.mtrand.RandomState"

_LARGEST: Final = 1e6  # of weights: beyond it float32 does not tell scores apart
_SMALLEST: Final = float(np.finfo(np.float32).tiny)  # of what is divided by, or positive

# Types among these that skops does not trust by itself.
TRUSTED_TYPES: Final = [TREE_PREDICTOR, _ADAM, TREE]

# By type, its attributes that hold objects, and of which types; all others hold numbers and text.
# No type stands within itself.
PARTS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    RIDGE: {"_label_binarizer": (_LABEL_BINARIZER,)},
    MLP: {
        "_label_binarizer": (_LABEL_BINARIZER,),
        "_optimizer": (_ADAM,),
        "_random_state": (_RANDOM_STATE,),
    },
    DECISION_TREE: {"tree_": (TREE,)},
    EXTRA_TREE: {"tree_": (TREE,)},
    BAGGING: dict.fromkeys(("estimator_", "estimators_"), (DECISION_TREE,)),
    RANDOM_FOREST: dict.fromkeys(("estimator", "estimator_", "estimators_"), (DECISION_TREE,)),
    EXTRA_TREES: dict.fromkeys(("estimator", "estimator_", "estimators_"), (EXTRA_TREE,)),
    GRADIENT_BOOSTING: {
        "_label_encoder": (_LABEL_ENCODER,),
        "_feature_subsample_rng": (_GENERATOR,),
        "_loss": _LOSSES,
        "_bin_mapper": (_BIN_MAPPER,),
        "_predictors": (TREE_PREDICTOR,),
    },
    **{
        loss: {
            "closs": _COMPILED_LOSSES,
            "link": _LINKS,
            "interval_y_true": (_INTERVAL,),
            "interval_y_pred": (_INTERVAL,),
        }
        for loss in _LOSSES
    },
    **{link: {"interval_y_pred": (_INTERVAL,)} for link in _LINKS},
}


def check(pipeline: Any, n_features: int) -> Object:
    """Check a pipeline read by `skops_file.read`.

    Parameters
    ----------
    pipeline : Any
    n_features : int
        That it is to be given.

    Returns
    -------
    Object
        The pipeline.

    Raises
    ------
    ValueError
        Not a fitted pipeline as `training.classifiers` writes it.
    KeyError, TypeError, IndexError, AttributeError
        Something is missing, or of another type.
    """
    if not isinstance(pipeline, Object) or pipeline.type != PIPELINE:
        raise ValueError("it is no pipeline of scikit-learn")
    for name, attribute in pipeline.attributes.items():
        _check_types(attribute, (SCALER, SELECTION, *_CHECKS) if name == "steps" else ())
    steps: Any = pipeline.attributes["steps"]
    found = [step.type for _, step in steps]
    if len(found) != 3 or found[:2] != [SCALER, SELECTION] or found[2] not in _CHECKS:
        raise ValueError("its steps are not scaler, selection and classifier")
    scaler, selection, classifier = (step for _, step in steps)
    _equal(scaler, {"with_mean": True, "with_std": True})
    for name, least in (("mean_", -np.inf), ("var_", 0), ("scale_", _SMALLEST)):
        _array(scaler.attributes[name], (n_features,), least=least)
    variances = _array(selection.attributes["variances_"], (n_features,), least=0)
    n_inputs = int((variances > _number(selection, "threshold")).sum())
    for step, expected in ((scaler, n_features), (selection, n_features), (classifier, n_inputs)):
        _equal(step, {"n_features_in_": expected})
    _CHECKS[classifier.type](classifier, n_inputs, len(classes(pipeline)))
    return pipeline


def classes(pipeline: Object) -> list[str]:
    """Return the classes of a pipeline: all of its parts agree about them.

    Raises
    ------
    ValueError
        They do not, or there are fewer than two.
    """
    classifier = pipeline.attributes["steps"][2][1]
    found = _labels(classifier)
    for name in ("_label_encoder", "_label_binarizer"):
        if name in classifier.attributes and _labels(classifier.attributes[name]) != found:
            raise ValueError("its parts have different classes")
    return found


def _labels(estimator: Object) -> list[str]:
    labels: list[str] = estimator.attributes["classes_"].tolist()
    if len(labels) < 2 or sorted(set(labels)) != labels or not isinstance(labels[0], str):
        raise ValueError("its classes are not two or more names, each once, in order")
    return labels


def _check_types(value: Any, allowed: Collection[str]) -> None:
    """Raise unless every object is of a type that is allowed where it stands."""
    if isinstance(value, Object):
        if value.type not in allowed:
            raise ValueError(f"a {value.type} stands where training writes none")
        if value.attributes.get("verbose") or value.attributes.get("n_jobs") is not None:
            raise ValueError(f"a {value.type} is to print, or to use more than one process")
        parts = PARTS.get(value.type, {})
        for name, attribute in value.attributes.items():
            _check_types(attribute, parts.get(name, ()))
        if value.type in _CHECKS_ANYWHERE:
            _CHECKS_ANYWHERE[value.type](value.attributes)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_types(item, allowed)
    elif isinstance(value, dict):
        for item in value.values():
            _check_types(item, allowed)


def _check_svm(svm: Object, n_inputs: int, n_classes: int) -> None:
    # With underscores: what libsvm is given, which need not be what the public names say.
    fitted = svm.attributes
    n_pairs = n_classes * (n_classes - 1) // 2
    n_vectors = len(fitted["support_vectors_"])
    counts = fitted["_n_support"]
    _equal(svm, {"kernel": "rbf", "_sparse": False, "decision_function_shape": "ovr"})
    if fitted.get("_effective_probability", fitted["probability"]) is not False:
        raise ValueError("its support vectors are to give probabilities, which training never does")
    if (
        (counts.shape, counts.dtype.kind) != ((n_classes,), "i")
        or counts.min() < 0
        or counts.sum() != n_vectors
        or n_vectors < 1
        or fitted["support_"].shape != (n_vectors,)
        or fitted["_probA"].shape != (0,)
        or fitted["_probB"].shape != (0,)
    ):
        raise ValueError("the shapes of its support vectors do not match")
    _array(fitted["support_vectors_"], (n_vectors, n_inputs))
    _array(fitted["_dual_coef_"], (n_classes - 1, n_vectors))
    _array(fitted["_intercept_"], (n_pairs,))
    _array(fitted["_gamma"], (), least=_SMALLEST)


def _check_linear(linear: Object, n_inputs: int, n_classes: int) -> None:
    n_scores = _n_scores(n_classes)
    one_row = linear.type == RIDGE and n_scores == 1
    shape = (n_inputs,) if one_row else (n_scores, n_inputs)
    _array(linear.attributes["coef_"], shape, most=_LARGEST)
    _array(linear.attributes["intercept_"], (n_scores,), most=_LARGEST)


def _check_qda(qda: Object, n_inputs: int, n_classes: int) -> None:
    fitted = qda.attributes
    _array(fitted["means_"], (n_classes, n_inputs))
    _array(fitted["priors_"], (n_classes,), least=_SMALLEST)
    if not len(fitted["rotations_"]) == len(fitted["scalings_"]) == n_classes:
        raise ValueError("its classes do not have a rotation and a scaling each")
    for rotation, scaling in zip(fitted["rotations_"], fitted["scalings_"], strict=True):
        _array(rotation, (n_inputs, len(scaling)))
        _array(scaling, (len(scaling),), least=_SMALLEST)


def _check_mlp(mlp: Object, n_inputs: int, n_classes: int) -> None:
    weights, biases = mlp.attributes["coefs_"], mlp.attributes["intercepts_"]
    sizes = [n_inputs, *(len(bias) for bias in biases)]
    n_scores = _n_scores(n_classes)
    output = "softmax" if n_scores > 1 else "logistic"
    _equal(mlp, {"activation": "relu", "out_activation_": output})
    _equal(mlp, {"n_layers_": len(sizes), "n_outputs_": n_scores})
    if sizes[-1] != n_scores:
        raise ValueError("its last layer does not have as many outputs as there are classes")
    for weight, bias, n_in, n_out in zip(weights, biases, sizes[:-1], sizes[1:], strict=True):
        _array(weight, (n_in, n_out), most=_LARGEST)
        _array(bias, (n_out,), most=_LARGEST)


def _check_tree_classifier(tree: Object, n_inputs: int, n_classes: int) -> None:
    _equal(tree, {"n_outputs_": 1, "n_features_in_": n_inputs})
    _array(tree.attributes["n_classes_"], (), kind="i", equal=n_classes)
    compiled = tree.attributes["tree_"].attributes
    n_features, counts, _ = compiled["__reduce__"]
    if (n_features, int(counts[0])) != (n_inputs, n_classes):
        raise ValueError("the sizes of a tree contradict each other")


def _check_tree(state: dict[str, Any]) -> None:
    """Check a compiled tree, whose constructor alone reads and writes beyond arrays."""
    nodes = state["nodes"]
    n_features, counts, n_outputs = state["__reduce__"]
    _array(counts, (1,), kind="i")
    if (
        nodes.ndim != 1
        or (n_outputs, state["node_count"]) != (1, len(nodes))
        or not 0 <= state["max_depth"] < len(nodes)
        or not 1 <= counts[0] <= np.iinfo(np.int16).max
    ):
        raise ValueError("the sizes of a tree contradict each other")
    shares = _array(state["values"], (len(nodes), 1, int(counts[0])), least=0)
    if not np.allclose(shares.sum(axis=2), 1):
        raise ValueError("the shares of the classes in a node do not add up to 1")
    left, right = nodes["left_child"], nodes["right_child"]
    _check_nodes(left == -1, (left, right), nodes["feature"], n_features)


def _check_nodes(
    leaf: npt.NDArray[np.bool_], children: Sequence[Any], feature: Any, n_inputs: int
) -> None:
    """Raise unless every path goes down to a leaf and uses features there are.

    scikit-learn numbers a node before its children, and every node but the root is the child of
    exactly one.
    """
    inner = np.flatnonzero(~leaf)
    below = np.stack([np.asarray(child)[inner].astype(np.int64) for child in children])
    asked = np.asarray(feature)[inner].astype(np.int64)
    if (
        len(leaf) == 0
        or (below <= inner).any()
        or not np.array_equal(np.sort(below.ravel()), np.arange(1, len(leaf)))
        or ((asked < 0) | (asked >= n_inputs)).any()
    ):
        raise ValueError("an index in a tree is outside its nodes or the features")


def _check_forest(forest: Object, n_inputs: int, n_classes: int) -> None:
    fitted = forest.attributes
    _equal(forest, {"n_classes_": n_classes})
    if forest.type != BAGGING:
        _equal(forest, {"n_outputs_": 1})
    if not isinstance(fitted["estimators_"], list) or not fitted["estimators_"]:
        raise ValueError("its trees are no list")
    _equal(forest, {"n_estimators": len(fitted["estimators_"])})
    for tree in fitted["estimators_"]:
        known = tree.attributes["classes_"]
        # A bag may lack a class; the trees of a forest count all of them.
        n_known = len(known) if forest.type == BAGGING else n_classes
        if (
            len(known) != n_known
            or not np.isin(known, np.arange(n_classes)).all()
            or (np.diff(known) <= 0).any()
        ):
            raise ValueError("a tree has other classes than the forest")
        _check_tree_classifier(tree, n_inputs, n_known)
    if forest.type == BAGGING:
        for columns in fitted["estimators_features_"]:
            if not np.array_equal(columns, np.arange(n_inputs)):
                raise ValueError("a tree is not given all features")


def _check_boosting(boosting: Object, n_inputs: int, n_classes: int) -> None:
    fitted, n_scores = boosting.attributes, _n_scores(n_classes)
    nothing = ("_preprocessor", "is_categorical_", "_is_categorical_remapped")
    _equal(boosting, {"n_trees_per_iteration_": n_scores} | dict.fromkeys(nothing))
    _array(fitted["_baseline_prediction"], (1, n_scores))
    _array(fitted["_bin_mapper"].attributes["is_categorical_"], (n_inputs,), kind="u", equal=0)
    if not fitted["_predictors"]:
        raise ValueError("it has no trees")
    for of_one_round in fitted["_predictors"]:
        if len(of_one_round) != n_scores:
            raise ValueError("a round does not have a tree for each class")
        for predictor in of_one_round:
            nodes = predictor.attributes["nodes"]
            # Of no feature of ours: a category is an index into further tables.
            if nodes.ndim != 1 or nodes["is_categorical"].any():
                raise ValueError("a tree asks for a category, which no feature is")
            _array(predictor.attributes["raw_left_cat_bitsets"], (0, 8), kind="u")
            _array(nodes["value"], nodes.shape)
            children = (nodes["left"], nodes["right"])
            _check_nodes(nodes["is_leaf"] != 0, children, nodes["feature_idx"], n_inputs)


def _check_generator(state: dict[str, Any]) -> None:
    """Raise unless the state is one of numpy's default generator that no memory is needed for."""
    seed, generator = state["seed_seq"], state["bit_generator"]
    if (generator["bit_generator"], seed["pool_size"], seed["spawn_key"]) != ("PCG64", 4, ()):
        raise ValueError("a random generator is not numpy's default one")


def _check_random_state(state: dict[str, Any]) -> None:
    twister = state["state"]
    if state["bit_generator"] != "MT19937" or not 0 <= twister["pos"] <= 624:
        raise ValueError("a random state is not one of MT19937")
    _array(twister["key"], (624,), kind="u")


def _check_compiled_loss(state: dict[str, Any]) -> None:
    if state != {"__reduce__": ()}:
        raise ValueError("a loss has settings, which training never writes")


def _n_scores(n_classes: int) -> int:
    """Return the number of scores: two classes share one."""
    return n_classes if n_classes > 2 else 1


def _number(estimator: Object, name: str) -> float:
    value = estimator.attributes[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} of a {estimator.type} is no number")
    return value


def _equal(estimator: Object, expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        found = estimator.attributes.get(name)
        if type(found) is not type(value) or found != value:
            raise ValueError(f"{name} of a {estimator.type} is {found!r:.40}, not {value!r}")


def _array(
    array: Any,
    shape: tuple[int, ...],
    *,
    kind: str = "f",
    equal: int | None = None,
    least: float = -np.inf,
    most: float = np.inf,
) -> npt.NDArray[Any]:
    """Raise unless an array has a shape and finite numbers of a kind, none too small or large."""
    if (
        not isinstance(array, np.ndarray)
        or (array.shape, array.dtype.kind) != (shape, kind)
        or not np.isfinite(array).all()
        or (equal is not None and (array != equal).any())
    ):
        raise ValueError(f"an array is not of finite numbers in the shape {shape}")
    if (array < least).any():
        raise ValueError(f"a number that has to be {least:g} at least is {array.min():g}")
    if (np.abs(array) > most).any():
        raise ValueError(f"a number of more than {most:g} is too large for the core")
    return array


_CHECKS: Final[dict[str, Callable[[Object, int, int], None]]] = {
    SVM: _check_svm,
    LOGISTIC_REGRESSION: _check_linear,
    RIDGE: _check_linear,
    LDA: _check_linear,
    QDA: _check_qda,
    MLP: _check_mlp,
    DECISION_TREE: _check_tree_classifier,
    BAGGING: _check_forest,
    RANDOM_FOREST: _check_forest,
    EXTRA_TREES: _check_forest,
    GRADIENT_BOOSTING: _check_boosting,
}

# Of what is dangerous wherever it stands, used or not.
_CHECKS_ANYWHERE: Final[dict[str, Callable[[dict[str, Any]], None]]] = {
    TREE: _check_tree,
    _GENERATOR: _check_generator,
    _RANDOM_STATE: _check_random_state,
    **dict.fromkeys(_COMPILED_LOSSES, _check_compiled_loss),
}
