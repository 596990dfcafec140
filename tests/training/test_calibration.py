"""Temperature and threshold of confidence."""

import doctest

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from audio_emotion.data.corpora import LABELS
from audio_emotion.training import calibration
from audio_emotion.training.calibration import fit_temperature, fit_threshold

PREDICTIONS = st.lists(
    st.tuples(st.floats(0, 1), st.booleans(), st.sampled_from("ab")), min_size=1, max_size=60
)


def test_docstrings_are_true():
    result = doctest.testmod(calibration)
    assert result.attempted >= 2
    assert result.failed == 0


@pytest.mark.parametrize("temperature", [0.5, 3.0])
@pytest.mark.parametrize("n_labels", [7, 8])
def test_temperature_of_scores_that_were_multiplied_is_found(temperature, n_labels):
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 2, (4000, n_labels))
    odds = np.exp(logits)
    shares = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
    drawn = (generator.random((4000, 1)) > shares).sum(axis=1)
    truth = np.array(LABELS)[np.minimum(drawn, n_labels - 1)]
    assert fit_temperature(temperature * logits, truth) == pytest.approx(temperature, rel=0.1)


@settings(deadline=None, max_examples=100)
@given(PREDICTIONS, st.floats(0.1, 1))
def test_threshold_is_the_smallest_that_reaches_the_precision(predictions, precision):
    confidence, right, corpora = map(np.array, zip(*predictions, strict=True))
    sizes = {name: (corpora == name).sum() for name in set(corpora.tolist())}
    weight = np.array([1 / sizes[name] for name in corpora])

    def share(threshold: float) -> float:
        shown = confidence >= threshold
        return float(weight[shown & right].sum() / weight[shown].sum())

    shares = {threshold: share(threshold) for threshold in confidence.tolist()}
    assume(all(abs(each - precision) > 1e-9 for each in shares.values()))
    reached = [threshold for threshold, each in shares.items() if each >= precision]
    assert fit_threshold(confidence, right, corpora, precision) == min(reached, default=1.0)


def test_every_corpus_counts_the_same():
    confidence = np.linspace(1, 0.5, 110)
    right = np.arange(110) >= 10  # the few of one corpus are wrong, the many of the other right
    corpora = np.repeat(["few", "many"], [10, 100])
    assert fit_threshold(confidence, right, corpora, 0.5) == 0.5
    assert fit_threshold(confidence, right, corpora, 0.6) == 1.0
