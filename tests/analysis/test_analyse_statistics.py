"""The statistics against scipy, against brute force, and where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from audio_emotion.analysis import clusters, population, statistics

VALUES = st.lists(st.integers(-3, 3), min_size=1, max_size=12)  # few values, so many ties


def column(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.float64)[:, None]


@given(first=VALUES, second=VALUES)
def test_cliffs_delta_counts_pairs(first: list[int], second: list[int]) -> None:
    pairs = np.sign(np.subtract.outer(first, second))
    found = statistics.cliffs_delta(column(first), column(second))
    assert found == pytest.approx(pairs.mean())


@pytest.mark.parametrize(
    ("first", "second", "delta"),
    [([4, 5], [1, 2, 3], 1), ([1], [1], 0), ([1, 2], [3], -1), ([1, 3], [2, 2], 0)],
)
def test_known_deltas(first: list[int], second: list[int], delta: float) -> None:
    assert statistics.cliffs_delta(column(first), column(second)) == pytest.approx(delta)


@pytest.mark.parametrize("ties", [False, True])
def test_epsilon_squared_is_kruskal_wallis(ties: bool) -> None:
    generator = np.random.default_rng(3)
    values = generator.normal(size=(60, 4))
    values = np.round(values) if ties else values
    groups = np.repeat([0, 1, 2], [10, 20, 30])
    values[groups == 2] += [0, 0.5, 1, 9]
    h, p = stats.kruskal(*(values[groups == group] for group in range(3)))
    found = statistics.epsilon_squared_of(values, groups)
    np.testing.assert_allclose(found * (len(values) - 1), h)
    np.testing.assert_allclose(statistics.chi_squared_p(h, np.array(2)), p)


def test_epsilon_squared_of_a_constant_is_not_defined() -> None:
    assert np.isnan(statistics.epsilon_squared_of(np.ones((6, 1)), np.array([0, 0, 0, 1, 1, 1])))


def test_groups_that_are_in_order_explain_all_they_can() -> None:
    """Ranks 1 2 | 3 4 | 5 6: between 16, in all 17.5."""
    values = column([1, 2, 30, 40, 500, 600])
    found = statistics.epsilon_squared_of(values, np.array([0, 0, 1, 1, 2, 2]))
    assert found == pytest.approx(16 / 17.5)


def test_benjamini_hochberg_leaves_out_what_is_not_defined() -> None:
    p = np.array([0.01, np.nan, 0.04, 0.03, 0.5])
    q = statistics.benjamini_hochberg(p)
    np.testing.assert_allclose(q[[0, 2, 3, 4]], stats.false_discovery_control(p[[0, 2, 3, 4]]))
    assert np.isnan(q[1])
    assert np.isnan(statistics.benjamini_hochberg(np.array([np.nan]))).all()


def test_resamples_are_as_wide_as_the_standard_error() -> None:
    """Of two speakers, too, where resamples of the usual size would be too narrow."""
    corpus_of = np.repeat([0, 1], [2, 30])
    weights = statistics.speaker_weights(corpus_of, 20_000, 0)
    values = np.random.default_rng(1).normal(size=32)
    for corpus in (0, 1):
        own = corpus_of == corpus
        np.testing.assert_allclose(weights[:, own].sum(axis=1), own.sum())
        spread = (weights[:, own] @ values[own] / own.sum()).std()
        assert spread == pytest.approx(stats.sem(values[own]), rel=0.03)


def test_one_speaker_has_no_interval() -> None:
    weights = statistics.speaker_weights(np.array([0, 1, 1]), 50, 0)
    assert np.isnan(weights[:, 0]).all()
    assert not np.isnan(weights[:, 1:]).any()
    low, high = statistics.interval(np.array([0.5]), weights[:, :1], 0, 0, 1)
    assert np.isnan(low).all()
    assert np.isnan(high).all()


def test_intervals_keep_to_what_is_possible() -> None:
    replicates = np.random.default_rng(0).normal(0.9, 0.2, (100, 1))
    low, high = statistics.interval(np.array([0.9]), replicates, 10**6, -1, 1)
    assert low == pytest.approx(0.9 - 1.96 * replicates.std(ddof=1), rel=1e-4)
    assert high == 1


@pytest.mark.parametrize("n", [2, 4, 10])
def test_intervals_of_few_speakers_hold_the_truth_as_often_as_they_say(n: int) -> None:
    """With 1.96 instead of Student's t, 70 times in 100 of two speakers."""
    weights = statistics.speaker_weights(np.zeros(n, dtype=int), 400)
    values = np.random.default_rng(n).normal(size=(n, 4000))
    low, high = statistics.interval(
        values.mean(axis=0), weights @ values / n, n - 1, -np.inf, np.inf
    )
    assert ((low < 0) & (high > 0)).mean() == pytest.approx(0.95, abs=0.02)


def test_quantiles_count_by_weight() -> None:
    values = column([5, 1, 3, 2, 4])
    shares = np.array([0.2, 0.5, 1.0])
    even = statistics.weighted_quantiles(values, np.ones(5), shares)
    assert even[:, 0].tolist() == [1, 3, 5]
    heavy = statistics.weighted_quantiles(values, np.array([8.0, 1, 1, 1, 1]), shares)
    assert heavy[:, 0].tolist() == [3, 5, 5]


def test_spearman_is_scipys() -> None:
    values = np.random.default_rng(0).normal(size=(40, 5))
    values[:, 1] = np.exp(values[:, 0])
    values[:, 2] = np.round(values[:, 2])
    expected = stats.spearmanr(values).statistic
    np.testing.assert_allclose(clusters.spearman(values), expected, atol=1e-12)


def test_normalization_removes_the_speaker_and_the_mix_of_emotions() -> None:
    """A speaker who is higher, livelier and more often angry comes out the same."""
    emotion = np.array([0, 0, 1, 1, *[0] * 4, 1, 1])
    speaker = np.repeat([0, 1], [4, 6])
    calm = np.array([1.0, 3, -1, -3])
    values = np.concatenate([calm, 100 + 7 * np.array([1, 3, 1, 3, -1, -3])])[:, None]
    found = population.normalize(values, speaker, emotion)[:, 0]
    np.testing.assert_allclose(found[:4], calm / np.sqrt(5))
    np.testing.assert_allclose(found[4:], np.array([1, 3, 1, 3, -1, -3]) / np.sqrt(5))


def test_a_constant_is_normalized_to_0() -> None:
    values = np.full((4, 1), 0.1, dtype=np.float32)
    found = population.normalize(values, np.zeros(4, np.intp), np.array([0, 0, 0, 1]))
    assert found[:, 0].tolist() == [0, 0, 0, 0]
