"""Classifiers from a stranger: of other types, or of numbers that compiled code would follow."""

from __future__ import annotations

import json
import random
import warnings
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomTreesEmbedding,
    VotingClassifier,
)
from sklearn.feature_selection import VarianceThreshold
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import fitted_classifiers
import hostile_classifiers
import separable_dataset
from audio_emotion.engine import features
from audio_emotion.errors import ModelError
from audio_emotion.recognition.classifier_file import save
from audio_emotion.recognition.model import load_model
from audio_emotion.training.classifiers import ZOO
from hostile_classifiers import written


def a_file_of(pipeline: Pipeline, path: Path) -> Path:
    """A model file whose pipeline is another one than its metadata say."""
    save(replace(fitted_classifiers.on_made_up("Ridge"), fitted=pipeline), path)
    return path


def fitted_to_made_up(*steps: Any) -> Pipeline:
    data = separable_dataset.dataset(per_emotion=1)
    return make_pipeline(*steps).fit(data.utterances, data.catalogue["emotion"].to_numpy())


def indices_of(estimator: Any) -> list[Any]:
    """Arrays of nodes of all trees, whatever they are in."""
    if hasattr(estimator, "tree_"):
        return [estimator.tree_.__getstate__()["nodes"]["left_child"]]
    parts = [*np.ravel(getattr(estimator, "estimators_", []))]
    parts += [step for _, step in getattr(estimator, "steps", [])]
    predictors = [p for row in getattr(estimator, "_predictors", []) for p in row]
    found = [predictor.nodes["left"] for predictor in predictors]
    return found + [array for part in parts for array in indices_of(part)]


SMALL = {"n_estimators": 2, "random_state": 1}
BOOSTING = HistGradientBoostingClassifier(max_iter=1, min_samples_leaf=2)
STRANGERS = {
    "bagging of forests": [BaggingClassifier(RandomForestClassifier(**SMALL), 2)],
    "embedding": [RandomTreesEmbedding(**SMALL), RidgeClassifier()],
    "gradient boosting": [GradientBoostingClassifier(**SMALL)],
    "pipeline in a pipeline": [make_pipeline(StandardScaler(), DecisionTreeClassifier())],
    "bagging of gradient boosting": [BaggingClassifier(BOOSTING, 2)],
    "voting": [VotingClassifier([("tree", DecisionTreeClassifier())])],
}


@pytest.mark.parametrize("name", STRANGERS)
def test_types_that_training_does_not_write_are_refused(tmp_path: Path, name: str) -> None:
    """Each of them crashed the process: no index of theirs was looked at."""
    pipeline = fitted_to_made_up(StandardScaler(), VarianceThreshold(), *STRANGERS[name])
    for left in indices_of(pipeline):
        left[0] = 1_000_000
    with pytest.raises(ModelError, match="refused"):
        load_model(a_file_of(pipeline, tmp_path / "m.skops"))


def test_bagging_of_support_vectors_is_refused(tmp_path: Path) -> None:
    """It was accepted with fewer coefficients than vectors, which libsvm reads beyond."""
    steps = StandardScaler(), VarianceThreshold(), BaggingClassifier(SVC(), 2)
    pipeline = fitted_to_made_up(*steps)
    for svm in pipeline[-1].estimators_:
        svm._dual_coef_ = svm._dual_coef_[:, :1].copy()
    with pytest.raises(ModelError, match="refused"):
        load_model(a_file_of(pipeline, tmp_path / "m.skops"))


TREES = ["DecisionTree", "RandomForest", "ExtraTrees", "Bagging", "GradientBoosting"]
INDICES = {"outside": 1_000_000, "itself": 0, "a node of another": 2}


@pytest.mark.parametrize("where", INDICES)
@pytest.mark.parametrize("name", TREES)
def test_trees_whose_paths_do_not_go_down_to_a_leaf_are_refused(
    tmp_path: Path, name: str, where: str
) -> None:
    """A root that points to itself had no end; what is outside crashed."""

    def change(array: Any) -> Any:
        for field in ("left", "left_child"):
            if array.dtype.names and field in array.dtype.names:
                assert array[field][0] == 1
                array[field][0] = INDICES[where]
        return array

    sound = hostile_classifiers.members(name)
    hostile = sound
    for array in [array for array in sound if array.endswith(".npy")]:
        hostile = hostile_classifiers.with_array(hostile, array, change)
    with pytest.raises(ModelError, match="refused, an index in a tree is outside"):
        load_model(written(tmp_path / "m.skops", hostile))


def test_a_node_within_itself_is_refused(tmp_path: Path) -> None:
    """skops takes a node for the one that has had its number, even for one it is still reading."""
    members = hostile_classifiers.members("Ridge")
    schema = json.loads(members["schema.json"])
    steps = schema["content"]["content"]["steps"]
    steps["content"][1]["__id__"] = steps["__id__"]
    hostile = members | {"schema.json": json.dumps(schema).encode()}
    with pytest.raises(ModelError, match="refused, two different nodes have the number"):
        load_model(written(tmp_path / "m.skops", hostile))


@pytest.mark.parametrize("name", ZOO)
def test_a_changed_number_or_array_is_refused_or_gives_probabilities(
    tmp_path: Path, name: str
) -> None:
    """A few of what the fuzz target `classifiers` tries for long."""
    draw = random.Random(name)
    utterances = np.random.default_rng(1).normal(size=(2, len(features.names())))
    refused = 0
    for _ in range(4 if name in {"GradientBoosting", "RandomForest", "ExtraTrees"} else 20):
        hostile = hostile_classifiers.mutated(hostile_classifiers.members(name), draw)
        path = written(tmp_path / "m.skops", hostile)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                loaded = load_model(path)
                probabilities = loaded.probabilities(utterances.astype(np.float32))
            except ModelError:
                refused += 1
                continue
        assert probabilities.sum(axis=1) == pytest.approx(1)
        assert (probabilities >= 0).all()
    assert refused > 0


def test_support_vectors_beside_the_public_ones_are_checked(tmp_path: Path) -> None:
    """libsvm is given `_dual_coef_`, whatever `dual_coef_` says."""
    pipeline = deepcopy(fitted_classifiers.on_made_up("SVM").pipeline)
    pipeline[-1]._dual_coef_ = pipeline[-1]._dual_coef_[:, :1].copy()
    with pytest.raises(ModelError, match=r"refused, an array is not of .* the shape \(6, 70\)"):
        load_model(a_file_of(pipeline, tmp_path / "m.skops"))


def changed(name: str, attribute: str, value: float) -> Pipeline:
    """A fitted pipeline, all numbers of an attribute of one of its steps changed."""
    pipeline = deepcopy(fitted_classifiers.on_made_up(name).pipeline)
    step = next(step for step in pipeline if hasattr(step, attribute))
    old = getattr(step, attribute)
    if isinstance(old, list):
        new = [np.full_like(array, value) for array in old]
    else:
        new = np.full_like(old, value)[()]  # of a number, a number
    setattr(step, attribute, new)
    return pipeline


@pytest.mark.parametrize(
    ("name", "attribute", "value"),
    [
        ("SVM", "_gamma", -1.0),
        ("SVM", "_gamma", 0.0),
        ("QDA", "priors_", -0.5),
        ("QDA", "scalings_", -1.0),
        ("Ridge", "scale_", -1.0),
        ("LogisticRegression", "scale_", 0.0),
    ],
)
def test_numbers_that_training_keeps_positive_are_refused_unless_they_are(
    tmp_path: Path, name: str, attribute: str, value: float
) -> None:
    """A negative width of a kernel grows without end: every probability was 0."""
    path = a_file_of(changed(name, attribute, value), tmp_path / "m.skops")
    with pytest.raises(ModelError, match=r"refused, a number that has to be .* at least is"):
        load_model(path)


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("SVM", "_dual_coef_"),
        ("LogisticRegression", "coef_"),
        ("Ridge", "coef_"),
        ("MLP", "coefs_"),
        ("QDA", "means_"),
    ],
)
def test_finite_numbers_whose_sums_are_not_give_no_probabilities(
    tmp_path: Path, name: str, attribute: str
) -> None:
    """All were 0: what is not finite was lost on the way, and no one looked at the status."""
    path = a_file_of(changed(name, attribute, 3e38), tmp_path / "m.skops")
    utterance = np.full((1, len(features.names())), 1e6, np.float32)
    with pytest.raises(ModelError, match=r"a score is not finite|too large"):
        load_model(path).probabilities(utterance)


def test_a_tree_that_has_a_class_twice_is_refused(tmp_path: Path) -> None:
    """The shares of the classes took one another's place."""
    pipeline = deepcopy(fitted_classifiers.on_made_up("Bagging").pipeline)
    pipeline[-1].estimators_[0].classes_[:] = 0
    with pytest.raises(ModelError, match="refused, a tree has other classes than the forest"):
        load_model(a_file_of(pipeline, tmp_path / "m.skops"))


def test_shares_of_a_tree_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    """scikit-learn averages them as they are, the core what is left when they are made to."""
    pipeline = deepcopy(fitted_classifiers.on_made_up("DecisionTree").pipeline)
    pipeline[-1].tree_.value[0] *= 2
    with pytest.raises(ModelError, match="refused, the shares of the classes in a node do not"):
        load_model(a_file_of(pipeline, tmp_path / "m.skops"))


def test_weights_beyond_what_float32_tells_apart_are_refused(tmp_path: Path) -> None:
    """All scores were the same, of all emotions."""
    path = a_file_of(changed("ShrinkageLDA", "intercept_", 2e9), tmp_path / "m.skops")
    with pytest.raises(ModelError, match=r"refused, a number of more than 1e\+06 is too large"):
        load_model(path)


@pytest.mark.parametrize("name", ["Bagging", "RandomForest", "ExtraTrees"])
def test_a_forest_that_has_another_number_of_trees_than_it_says_is_refused(
    tmp_path: Path, name: str
) -> None:
    """scikit-learn asked the first, the core all of them."""
    pipeline = deepcopy(fitted_classifiers.small(name).pipeline)
    pipeline[-1].n_estimators = 1
    with pytest.raises(ModelError, match=r"refused, n_estimators of a .* is 1, not 3"):
        load_model(a_file_of(pipeline, tmp_path / "m.skops"))
