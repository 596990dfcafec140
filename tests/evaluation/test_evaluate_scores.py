"""Scores, intervals, comparison, calibration and gaps, against what can be worked out otherwise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score

from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.errors import InputError
from audio_emotion.evaluation.measures import bootstrap, comparison, confidence, fairness, scores
from audio_emotion.training import metrics
from prediction_fixtures import predictions

LABELS = st.lists(st.sampled_from(EMOTIONS), min_size=1, max_size=60)


def counted(truth: list[str], prediction: list[str]) -> np.ndarray:
    return metrics.confusion(truth, prediction, EMOTIONS).astype(float)


@settings(max_examples=60)
@given(LABELS, st.randoms(use_true_random=False))
def test_measures_are_those_of_metrics(truth, random) -> None:
    prediction = [random.choice([label, *EMOTIONS]) for label in truth]
    counts = counted(truth, prediction)
    expected = [
        metrics.uar(truth, prediction),
        metrics.macro_f1(truth, prediction),
        metrics.weighted_f1(truth, prediction),
        accuracy_score(truth, prediction),
    ]
    assert scores.measures(counts) == pytest.approx(expected)
    recalls = scores.per_class(counts)[::3]
    assert recalls == pytest.approx(
        list(metrics.recall(truth, prediction, EMOTIONS).values()), nan_ok=True
    )


def test_intervals_are_those_of_a_bootstrap_that_draws_speakers_one_by_one() -> None:
    table = predictions(8, 3)
    found = scores.score(table)
    draws = bootstrap.Draws(table["speaker"].to_list(), table["corpus"].to_list())
    by_speaker = dict(list(table.groupby("speaker")))
    drawn = []
    for times in draws.times[:200]:
        rows = pd.concat(
            [
                by_speaker[name]
                for name, n in zip(draws.names, times, strict=True)
                for _ in range(int(n))
            ]
        )
        drawn.append(metrics.uar(rows["truth"].to_list(), rows["prediction"].to_list()))
    counts = draws.counts(table["truth"].to_numpy(str), table["prediction"].to_numpy(str))
    ours = scores.measures(np.tensordot(draws.times[:200], counts, axes=1))[:, 0]
    assert ours == pytest.approx(drawn)
    everything = scores.measures(np.tensordot(draws.times, counts, axes=1))[:, 0]
    value = found["uar"]["value"]
    low, high = value + draws.widening * (np.percentile(everything, (2.5, 97.5)) - value)
    assert (found["uar"]["low"], found["uar"]["high"]) == pytest.approx((low, min(high, 1)))
    free = draws.n_speakers - 2  # of two corpora
    wider = stats.t.ppf(0.975, free) / 1.959964 * np.sqrt(draws.n_speakers / free)
    assert draws.widening == pytest.approx(wider)


def test_each_corpus_keeps_its_number_of_speakers() -> None:
    table = predictions(9, 1)
    draws = bootstrap.Draws(table["speaker"].to_list(), table["corpus"].to_list())
    of_a = [str(name).startswith("a") for name in draws.names]
    assert set(draws.times[:, of_a].sum(axis=1)) == {4.0}
    assert set(draws.times.sum(axis=1)) == {9.0}


def test_an_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(60):
        estimate = scores.score(predictions(24, 2, right=0.5, seed=seed))["accuracy"]
        held += estimate["low"] <= 0.5 + 0.5 / 7 <= estimate["high"]
    assert 50 <= held <= 60


@pytest.mark.parametrize("n", [4, 12])
def test_intervals_of_few_speakers_are_wide_enough(n: int) -> None:
    """Speakers differ: the share of right answers of each is drawn, 0.5 in the mean."""
    random = np.random.default_rng(n)
    held = 0
    for _ in range(200):
        right = random.binomial(50, random.beta(4, 4, n))
        rows = [
            {"corpus": "a", "speaker": f"a{speaker:02}", "truth": "anger", "prediction": predicted}
            for speaker, k in enumerate(right)
            for predicted in ["anger"] * int(k) + ["fear"] * (50 - int(k))
        ]
        draws = bootstrap.Draws([row["speaker"] for row in rows], ["a"] * len(rows))
        truth, predicted = (np.array([row[key] for row in rows]) for key in ("truth", "prediction"))
        counts = draws.counts(truth, predicted)
        estimate = draws.estimate(lambda counts: scores.measures(counts)[..., 3:], counts)[0]
        held += estimate["low"] <= 0.5 <= estimate["high"]
    assert held >= 0.9 * 200


def test_equal_speakers_give_an_interval_without_width() -> None:
    table = predictions(6, 2)
    table["prediction"] = "anger"
    estimate = scores.score(table)["uar"]
    assert estimate["low"] == estimate["value"] == estimate["high"] == pytest.approx(1 / 7)


@pytest.mark.parametrize("n", [1, 2])
def test_few_speakers_have_no_interval_and_the_reason(n: int) -> None:
    table = predictions(6, 2)
    table = table[table["speaker"].isin(sorted(set(table["speaker"]))[:n])]
    estimate = scores.score(table)["uar"]
    assert estimate["value"] is not None
    assert estimate["low"] is None
    assert f"{n} speaker" in estimate["why"]
    assert "needs 3" in estimate["why"]


def test_guessing_and_majority_stand_beside() -> None:
    table = predictions(4, 3)
    table.loc[table["truth"] == "fear", "truth"] = "anger"
    found = scores.score(table)
    assert found["chance"] == found["guessing"]["uar"] == pytest.approx(1 / 6)
    assert found["majority"]["emotion"] == "anger"
    assert found["majority"]["accuracy"] == pytest.approx(2 / 7)
    assert found["majority"]["uar"] == pytest.approx(1 / 6)
    fear = found["per_class"][EMOTIONS.index("fear")]
    assert fear["n_utterances"] == 0
    assert fear["recall"]["value"] is None
    assert fear["recall"]["why"]


def test_a_corpus_is_scored_over_emotions_with_enough_utterances() -> None:
    table = predictions(6, 10)  # 30 of each in each corpus
    few = (table["corpus"] == "a") & (table["truth"] == "fear")
    none = table["corpus"] == "b"
    table = table.drop(table[few].index[5:]).drop(table[none].index[::2])
    a, b = scores.by_corpus(table)
    assert a["left_out"] == {"fear": 5}
    assert len(a["classes"]) == 6
    assert "uar" not in b
    assert "20 utterances" in b["why"]


@pytest.mark.parametrize("pair", [(0, 0), (1, 0), (5, 9), (40, 12), (300, 260)])
def test_mcnemar_is_the_binomial_test(pair: tuple[int, int]) -> None:
    expected = binomtest(pair[0], sum(pair), 0.5).pvalue if sum(pair) else 1
    assert comparison.mcnemar(*pair) == pytest.approx(expected)
    assert comparison.mcnemar(*pair) == comparison.mcnemar(*pair[::-1])


def test_the_better_of_two_is_found_on_common_utterances() -> None:
    ours, theirs = predictions(10, 5, right=0.8), predictions(10, 5, right=0.3, seed=1).iloc[7:]
    found = comparison.compare(ours, theirs)
    assert found["n_utterances"] == len(theirs)
    assert found["mcnemar_p"] < 1e-6
    difference = found["measures"][0]["difference"]
    assert 0 < difference["low"] < difference["value"] < difference["high"]
    assert [one["corpus"] for one in found["corpora"]] == ["a", "b"]
    assert all(one["difference"]["low"] > 0 for one in found["corpora"])
    same = comparison.compare(ours, ours)
    assert same["mcnemar_p"] == 1
    assert same["measures"][0]["difference"]["high"] == 0
    with pytest.raises(InputError, match="that neither model was trained on"):
        comparison.compare(ours, theirs.assign(path="elsewhere"))


def calibrated(n: int, power: float) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities whose `power`, normalized, is how likely each emotion really is."""
    random = np.random.default_rng(5)
    honest = random.dirichlet(np.full(7, 0.4), n)
    truth = np.array([random.choice(7, p=row) for row in honest])
    probabilities = honest**power
    return probabilities / probabilities.sum(axis=1, keepdims=True), np.array(EMOTIONS)[truth]


def test_a_voice_that_is_not_heard_is_wrong_whatever_was_said() -> None:
    table = predictions(6, 4)
    missed = np.arange(len(table)) % 3 == 0
    table.loc[missed, "prediction"] = NO_SPEECH
    found = scores.score(table)
    labels = (*EMOTIONS, NO_SPEECH)
    expected = metrics.confusion(table["truth"].to_list(), table["prediction"].to_list(), labels)
    assert found["confusion"] == expected[:-1].tolist()
    assert found["uar"]["value"] == pytest.approx(
        metrics.uar(table["truth"].to_list(), table["prediction"].to_list())
    )
    assert sum(map(sum, found["confusion"])) == len(table)


def test_calibration_is_right_of_what_is_calibrated() -> None:
    honest, truth = calibrated(6000, 1)
    right = np.array(EMOTIONS)[honest.argmax(axis=1)] == truth
    found = confidence.calibration(honest.max(axis=1), right)
    assert found["expected_calibration_error"] < 0.02
    assert sum(one["n_utterances"] for one in found["bins"]) == 6000
    always = confidence.calibration(np.full(100, 0.9), np.arange(100) < 60)
    assert always["expected_calibration_error"] == pytest.approx(0.3)


def test_the_temperature_that_is_missing_is_found_on_other_speakers() -> None:
    probabilities, truth = calibrated(3000, 2)  # twice as confident as calibrated
    table = pd.DataFrame(
        {
            "speaker": [f"s{k % 10}" for k in range(3000)],
            "truth": truth,
            "prediction": np.array(EMOTIONS)[probabilities.argmax(axis=1)],
            "confident": probabilities.max(axis=1) >= 0.5,
        }
    )
    found = confidence.measure(table, probabilities, np.zeros(3000))
    assert found["cross_fitted"]["temperatures"] == pytest.approx([2] * 5, rel=0.1)
    assert found["as_stored"]["expected_calibration_error"] > 0.1
    assert found["cross_fitted"]["expected_calibration_error"] < 0.03
    alone = confidence.measure(table.assign(speaker="s0"), probabilities, np.full(3000, 0.5))
    assert alone["cross_fitted"] is None
    assert "two" in alone["why"]
    assert 0 < alone["stored_threshold"]["coverage"] < 1


def test_risk_and_coverage_of_what_can_be_worked_out() -> None:
    confidences = np.array([0.9, 0.8, 0.7, 0.6])
    right = np.array([True, True, False, True])
    found = confidence.risk_coverage(confidences, right)
    assert found["area"] == pytest.approx((0 + 0 + 1 / 3 + 1 / 4) / 4)
    assert found["area_if_ideal"] == pytest.approx((0 + 0 + 0 + 1 / 4) / 4)
    assert found["area_if_useless"] == pytest.approx(1 / 4)
    tied = confidence.risk_coverage(np.full(4, 0.5), right)
    assert tied["area"] == pytest.approx(1 / 4)
    assert confidence.smallest_threshold(confidences, right, 0.75) == 0.6
    assert confidence.smallest_threshold(confidences, right, 0.8) == 0.8
    assert np.isnan(confidence.smallest_threshold(confidences, ~right, 0.8))


def test_a_threshold_chosen_on_others_gives_about_what_was_wanted() -> None:
    probabilities, truth = calibrated(4000, 1)
    right = np.array(EMOTIONS)[probabilities.argmax(axis=1)] == truth
    groups = [np.arange(k, 4000, 5) for k in range(5)]
    found = confidence.cross_fit_threshold(probabilities.max(axis=1), right, groups, 0.8)
    assert found["accuracy"] == pytest.approx(0.8, abs=0.02)
    assert found["lowest"] <= found["threshold"] <= found["highest"]
    hopeless = confidence.cross_fit_threshold(
        probabilities.max(axis=1), np.zeros(4000, bool), groups, 0.8
    )
    assert hopeless["threshold"] is None
    assert "80%" in hopeless["why"]


def test_a_gap_between_women_and_men_is_found_and_none_made_up() -> None:
    table = predictions(20, 10, right=0.9)
    (a, b, both) = fairness.measure(table)["sex"]
    assert a["recall"]["low"] < 0 < a["recall"]["high"]
    assert [group["name"] for group in a["groups"]] == ["female", "male"]
    worse = (table["sex"] == "male") & (np.arange(len(table)) % 2 == 0)
    table.loc[worse, "prediction"] = "neutral"
    both = fairness.measure(table)["sex"][-1]
    assert both["where"] == "a and b"
    assert both["recall"]["low"] > fairness.LIMIT
    assert b["emotions"] == list(EMOTIONS)
    assert np.mean([one["recall"]["value"] for one in both["per_class"]]) == pytest.approx(
        both["recall"]["value"]
    )


def test_a_gap_that_cannot_be_told_says_why() -> None:
    table = predictions(8, 10)
    table.loc[table["corpus"] == "a", "sex"] = "female"
    table.loc[table["corpus"] == "b", "sex"] = ""
    a, b = fairness.measure(table)["sex"]
    assert a == {"where": "a", "why": "no speaker there is known to be male"}
    assert b["why"] == "no speaker there is known to be female"
    few = fairness.measure(predictions(8, 1))
    assert all("20 utterances" in one["why"] for one in few["sex"])
    assert fairness.measure(table[table["corpus"] == "a"])["corpus"] == []
