import doctest

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import InputError
from audio_emotion.training import metrics

LABELS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1)
MEASURES = [metrics.uar, metrics.macro_f1, metrics.weighted_f1]


def test_docstrings_are_true():
    result = doctest.testmod(metrics)
    assert result.attempted >= 6
    assert result.failed == 0


@settings(deadline=None, max_examples=50)
@given(LABELS)
def test_same_as_scikit_learn_over_the_classes_of_the_truth(pairs):
    truth, prediction = (list(labels) for labels in zip(*pairs, strict=True))
    classes = sorted(set(truth))
    settings = {"labels": classes, "zero_division": 0}
    precision_recall_f1 = sklearn.metrics.precision_recall_fscore_support(
        truth, prediction, average="macro", **settings
    )
    weighted = sklearn.metrics.f1_score(truth, prediction, average="weighted", **settings)
    assert metrics.uar(truth, prediction) == pytest.approx(precision_recall_f1[1])
    assert metrics.macro_f1(truth, prediction) == pytest.approx(precision_recall_f1[2])
    assert metrics.weighted_f1(truth, prediction) == pytest.approx(weighted)


@settings(deadline=None, max_examples=50)
@given(LABELS)
def test_uar_is_the_mean_of_the_recalls_that_are_defined(pairs):
    truth, prediction = (list(labels) for labels in zip(*pairs, strict=True))
    recalls = metrics.recall(truth, prediction, list("abcd"))
    assert np.isnan(recalls["d"])
    assert metrics.uar(truth, prediction) == pytest.approx(np.nanmean(list(recalls.values())))


@pytest.mark.parametrize("measure", MEASURES)
def test_all_right_is_one_and_all_wrong_is_zero(measure):
    truth = list(EMOTIONS)
    assert measure(truth, truth) == 1
    assert measure(truth, truth[1:] + truth[:1]) == 0


def test_order_of_truth_and_prediction_matters():
    assert metrics.uar(["a", "a", "b"], ["a", "b", "b"]) == 0.75
    assert metrics.uar(["a", "b", "b"], ["a", "a", "b"]) == 0.75
    assert metrics.uar(["a", "a", "a"], ["a", "b", "b"]) == pytest.approx(1 / 3)


def test_always_answering_the_commonest_is_chance():
    truth = ["neutral"] * 94 + [emotion for emotion in EMOTIONS if emotion != "neutral"]
    assert metrics.uar(truth, ["neutral"] * 100) == pytest.approx(1 / 7)


def test_confusion_has_truth_in_rows():
    counts = metrics.confusion(["fear", "fear"], ["anger", "fear"], EMOTIONS)
    assert counts.shape == (7, 7)
    assert counts[2, 0] == counts[2, 2] == 1
    assert counts.sum() == 2


def test_confusion_refuses_a_label_it_could_not_count():
    with pytest.raises(InputError, match="'joy' is not one of the classes"):
        metrics.confusion(["joy"], ["anger"], EMOTIONS)


@pytest.mark.parametrize("measure", MEASURES)
def test_nothing_to_score_and_unequal_lengths_are_refused(measure):
    with pytest.raises(InputError, match="no utterances"):
        measure([], [])
    with pytest.raises(InputError, match="2 true labels and 1 predictions"):
        measure(["a", "b"], ["a"])
