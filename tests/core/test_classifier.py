"""The C classifiers answer what scikit-learn answers."""

import dataclasses

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import exported_models
from audio_emotion.errors import ExportError
from audio_emotion.recognition.classifier_file import ClassifierModel
from separable_dataset import dataset

DATA = dataset(per_emotion=3)

# float32 instead of float64 costs less than this ...
FLOATS = 2e-5
# ... and inputs in steps of 1/512 standard deviation, weights in 1/32767 of the largest, this.
INTEGERS = 2e-3
# The squared distances of quadratic analysis are in the thousands here: many features, few clips.
DISTANCES = 2e-2

CLASSIFIERS = {
    "lda": (LinearDiscriminantAnalysis(), 5 * FLOATS),
    "shrinkage_lda": (LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"), FLOATS),
    "ridge": (RidgeClassifier(), FLOATS),
    "logistic_regression": (LogisticRegression(C=0.01), FLOATS),
    "qda": (QuadraticDiscriminantAnalysis(solver="eigen", shrinkage=0.1), DISTANCES),
    "decision_tree": (DecisionTreeClassifier(random_state=1), FLOATS),
    "one_leaf": (DecisionTreeClassifier(min_samples_leaf=400), FLOATS),
    "random_forest": (RandomForestClassifier(20, max_leaf_nodes=30, random_state=1), FLOATS),
    "extra_trees": (ExtraTreesClassifier(20, random_state=1), FLOATS),
    "bagging": (BaggingClassifier(random_state=1), FLOATS),
    "bagging_parts": (BaggingClassifier(max_samples=9, max_features=0.5, random_state=1), FLOATS),
    "boosting": (HistGradientBoostingClassifier(max_iter=10, random_state=1), FLOATS),
    "svm": (SVC(break_ties=True), INTEGERS),
    "mlp": (MLPClassifier((16,), max_iter=20, tol=1e9, random_state=1), INTEGERS),
    "deep_mlp": (MLPClassifier((15, 9, 128), max_iter=20, tol=1e9, random_state=1), INTEGERS),
}


@pytest.mark.parametrize("n_emotions", [2, 7])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_c_answers_what_python_answers(name, n_emotions, tmp_path):
    classifier, tolerance = CLASSIFIERS[name]
    data = DATA
    if n_emotions == 2:
        kept = data.catalogue["emotion"].isin(["fear", "surprise"]).to_numpy()
        data = dataclasses.replace(
            data, catalogue=data.catalogue[kept], utterances=data.utterances[kept]
        )
    model = exported_models.train(classifier, data)
    # Utterances never heard, so that scores lie close together.
    utterances = dataset(per_emotion=3, seed=1).utterances
    expected = exported_models.sklearn_answers(model, utterances)[0]
    found = exported_models.c_probabilities(model, utterances, tmp_path)
    assert (found == model.probabilities(utterances)).all()
    error = np.abs(found - expected).max(axis=1)
    if name == "svm":
        # Votes of pairs jump where a pair is undecided, and with them the probability; and an
        # input farther out than any of these few vectors is taken for the farthest.
        error = np.quantile(error, 0.9)
    assert np.max(error) < tolerance
    # The label is the same, or as probable.
    labelled = expected[np.arange(len(expected)), found.argmax(axis=1)]
    assert (labelled >= expected.max(axis=1) - 2 * tolerance).all()


@pytest.mark.parametrize("name", ["lda", "qda", "random_forest", "boosting", "svm", "mlp"])
def test_an_eighth_class_is_no_speech(name, tmp_path):
    """The emotions share what it leaves; a threshold between two utterances parts them."""
    classifier, tolerance = CLASSIFIERS[name]
    model = exported_models.train_on_non_speech(classifier, DATA)
    utterances = dataset(per_emotion=3, seed=1).utterances
    speech = model.speech(utterances)
    threshold = float(np.sort(np.unique(speech))[-2:].mean())
    metadata = dataclasses.replace(model.metadata, speech_threshold=threshold)
    model = ClassifierModel(model.pipeline, metadata)
    probabilities, found, is_speech = exported_models.c_answers(model, utterances, tmp_path)
    assert (probabilities == model.probabilities(utterances)).all()
    assert (found == speech).all()
    expected, expected_speech = exported_models.sklearn_answers(model, utterances)
    errors = np.abs(probabilities - expected).max(axis=1)
    errors = np.maximum(errors, np.abs(found - expected_speech))
    assert np.quantile(errors, 0.9 if name == "svm" else 1) < 2 * tolerance
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=FLOATS)
    assert is_speech == (found >= np.float32(threshold)).tolist()
    assert 0 < sum(is_speech) < len(is_speech)


def test_nothing_is_no_speech_without_that_class(tmp_path):
    model = exported_models.train(LogisticRegression(C=0.01), DATA)
    _, speech, is_speech = exported_models.c_answers(model, DATA.utterances, tmp_path)
    assert (speech == 1).all()
    assert all(is_speech)


def test_a_model_may_read_some_features_only(tmp_path):
    for classifier in (LogisticRegression(), DecisionTreeClassifier(random_state=1)):
        model = exported_models.train(classifier, DATA, SelectKBest(k=9))
        expected = model.probabilities(DATA.utterances)
        found = exported_models.c_probabilities(model, DATA.utterances, tmp_path)
        assert np.abs(found - expected).max() < FLOATS
    model = exported_models.train(MLPClassifier((4,), tol=1e9), DATA, SelectKBest(k=9))
    assert len(model.parameters.inputs.feature) == 9


def test_thresholds_are_those_of_training_to_the_last_bit(tmp_path):
    """Every value a tree was split at, and its neighbors, go the way they went in Python."""
    model = exported_models.train(DecisionTreeClassifier(random_state=1), DATA)
    feature, threshold = (model.parameters.arrays[name] for name in ("feature", "threshold"))
    values = np.where(threshold < 0, threshold ^ 0x7FFFFFFF, threshold).astype(np.int32)
    utterances = np.repeat(DATA.utterances[:1], 3 * len(feature), axis=0)
    for index, (column, value) in enumerate(zip(feature, values.view(np.float32), strict=True)):
        near = [
            np.nextafter(value, np.float32(-np.inf)),
            value,
            np.nextafter(value, np.float32(np.inf)),
        ]
        utterances[3 * index : 3 * index + 3, column] = near
    expected = exported_models.sklearn_answers(model, utterances)[0]
    found = exported_models.c_probabilities(model, utterances, tmp_path)
    assert np.abs(found - expected).max() < FLOATS


@pytest.mark.parametrize(
    ("classifier", "before", "reason"),
    [
        (KNeighborsClassifier(), (), "KNeighborsClassifier cannot be exported"),
        (SVC(kernel="linear"), (), "kernel 'linear'"),
        (MLPClassifier((129,), max_iter=1, tol=1e9), (), "129 hidden units"),
        (MLPClassifier((4,), "tanh", max_iter=1, tol=1e9), (), "activation 'tanh'"),
        (BaggingClassifier(LogisticRegression(), 2), (), "bagging of LogisticRegression"),
        (LogisticRegression(), (MinMaxScaler(),), "MinMaxScaler"),
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_the_core_cannot_run_is_refused(classifier, before, reason):
    with pytest.raises(ExportError, match=reason):
        _ = exported_models.train(classifier, DATA, *before).parameters
