"""What strangers may expect, against what can be worked out otherwise."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss, recall_score

from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.evaluation.measures import adaptation, left_out, strangers
from audio_emotion.evaluation.protocols.evaluation_split import EvaluationSplit, FoldModel
from audio_emotion.progress import RunOptions

OWN = {"a": EMOTIONS, "b": ("anger", "neutral", "sadness"), "c": ("fear", "happiness")}


def of_corpora() -> tuple[pd.DataFrame, np.ndarray]:
    """Return predictions of three corpora, each with emotions of its own, and probabilities."""
    random = np.random.default_rng(0)
    rows, probabilities = [], []
    for corpus, emotions in OWN.items():
        for k in range(25 * len(emotions)):
            truth = emotions[k % len(emotions)]
            scores = random.normal(0, 1, len(EMOTIONS)) + 2.0 * (np.array(EMOTIONS) == truth)
            p = np.exp(4 * scores) / np.exp(4 * scores).sum()  # exp(2 * scores) would be calibrated
            said = NO_SPEECH if k % 17 == 0 else EMOTIONS[int(p.argmax())]
            rows.append((corpus, f"{corpus}_{k % 5}", truth, said))
            probabilities.append(p)
    columns = ["corpus", "speaker", "truth", "prediction"]
    return pd.DataFrame(rows, columns=columns), np.array(probabilities)


def test_corpora_left_out_are_scored_among_the_emotions_they_have() -> None:
    table, probabilities = of_corpora()
    found = left_out.measure(table, probabilities)
    assert [one["corpus"] for one in found["corpora"]] == list(OWN)
    for one in found["corpora"]:
        here = (table["corpus"] == one["corpus"]).to_numpy()
        truth, said = table["truth"][here], table["prediction"][here]
        own = list(OWN[one["corpus"]])
        assert one["emotions"] == own
        chosen = [
            word if word == NO_SPEECH else max(own, key=lambda emotion: p[EMOTIONS.index(emotion)])
            for word, p in zip(said, probabilities[here], strict=True)
        ]
        for key, labels in (("uar", said), ("uar_among", chosen)):
            expected = recall_score(truth, labels, labels=own, average="macro")
            assert one[key]["value"] == pytest.approx(expected)
            assert one[key]["low"] < expected < one[key]["high"]
        assert one["chance"] == pytest.approx(1 / len(own))
    for key in ("uar", "uar_among"):
        values = [one[key]["value"] for one in found["corpora"]]
        assert found[f"mean_{key}"] == pytest.approx(np.mean(values))
    assert found["corpora"][1]["uar_among"]["value"] > found["corpora"][1]["uar"]["value"]


def test_confidence_is_fitted_on_the_other_corpora() -> None:
    table, probabilities = of_corpora()
    right = (table["truth"] == table["prediction"]).to_numpy()
    corpora = table["corpus"].to_numpy()
    found = left_out.transfer(table, probabilities)
    for one in found["corpora"]:
        others, here = corpora != one["corpus"], corpora == one["corpus"]
        by_sklearn = minimize_scalar(
            lambda t, others=others: log_loss(
                table["truth"][others],
                tempered(probabilities[others], t),
                labels=list(EMOTIONS),
            ),
            bounds=(0.1, 10),
            method="bounded",
        ).x
        assert one["temperature"] == pytest.approx(by_sklearn, rel=0.01)
        confidence = tempered(probabilities, one["temperature"]).max(axis=1)
        effect = next(effect for effect in one["thresholds"] if effect["wanted"] == 0.8)
        expected = min(
            threshold
            for threshold in confidence[others]
            if weighted_accuracy(confidence, right, corpora, others, threshold) >= 0.8 - 1e-9
        )
        assert effect["threshold"] == pytest.approx(expected)
        spoken = (table["prediction"] != NO_SPEECH).to_numpy()
        confident = here & spoken & (confidence >= effect["threshold"])
        assert effect["coverage"] == pytest.approx(confident.sum() / here.sum())
        assert effect["accuracy"] == pytest.approx(right[confident].mean())
    assert found["fitted_on_all"]["temperature"] == pytest.approx(2, rel=0.2)
    assert found["risk_coverage"]["area_if_useless"] == pytest.approx((~right).mean())


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    powers = probabilities ** (1 / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def weighted_accuracy(
    confidence: np.ndarray,
    right: np.ndarray,
    corpora: np.ndarray,
    among: np.ndarray,
    threshold: float,
) -> float:
    """Accuracy of the confident ones, where each corpus counts the same."""
    there = among & (confidence >= threshold)
    weight = np.array([1 / (corpora == corpus).sum() for corpus in corpora])
    return float((weight * right)[there].sum() / weight[there].sum())


def test_no_corpus_takes_part_in_choosing_its_own_threshold() -> None:
    table, probabilities = of_corpora()
    changed = table.copy()
    changed.loc[changed["corpus"] == "b", "truth"] = "surprise"
    before, after = (left_out.transfer(one, probabilities)["corpora"] for one in (table, changed))
    assert before[1]["temperature"] == after[1]["temperature"]
    thresholds = [
        [one["threshold"] for one in of_b["thresholds"]] for of_b in (before[1], after[1])
    ]
    assert thresholds[0] == thresholds[1]
    assert before[0]["temperature"] != after[0]["temperature"]


def test_what_cannot_be_fitted_says_why() -> None:
    table, probabilities = of_corpora()
    alone = (table["corpus"] == "a").to_numpy()
    found = left_out.measure(table[alone], probabilities[alone])
    assert "1 corpus was left out" in found["transfer"]["why"]
    assert left_out.measure(table[:5], probabilities[:5]) is None
    wrong = table.assign(prediction=NO_SPEECH)
    effect = left_out.transfer(wrong, probabilities)["corpora"][0]["thresholds"][0]
    assert (effect["threshold"], effect["coverage"], effect["accuracy"]) == (None, 0.0, None)


def of_strangers() -> pd.DataFrame:
    """Return ten answers to read speech, six to sounds, and four to an acted emotion."""
    read = ["neutral"] * 5 + ["anger", "anger", "disgust", NO_SPEECH, NO_SPEECH]
    sounds = [NO_SPEECH, NO_SPEECH, "fear", NO_SPEECH, "fear", "anger"]
    acted = ["fear", "anger", NO_SPEECH, "fear"]
    corpora = ["read_speech"] * 10 + ["noise"] * 4 + ["urban"] * 2 + ["emovo"] * 4
    return pd.DataFrame(
        {
            "corpus": corpora,
            "speaker": [f"{corpus}_{k % 4}" for k, corpus in enumerate(corpora)],
            "truth": ["neutral"] * 10 + [NO_SPEECH] * 6 + ["fear"] * 4,
            "prediction": read + sounds + acted,
            "confident": [True] * 3 + [False] * 2 + [True, False, True, False, False]
            + [False, False, True, False, False, False] + [True] * 2 + [False, True],
        }
    )  # fmt: skip


def test_false_emotions_of_read_speech_are_counted() -> None:
    found = strangers.read_speech(of_strangers())
    assert (found["n_utterances"], found["n_speakers"]) == (10, 4)
    shares = {key: found[key]["value"] for key in ("confident_false", "neutral", "no_speech")}
    assert shares == {"confident_false": 0.2, "neutral": 0.5, "no_speech": 0.2}
    assert found["neutral_or_not_confident"]["value"] == pytest.approx(0.8)
    assert found["confident"]["value"] == pytest.approx(0.5)
    assert found["confident_false"]["low"] < 0.2 < found["confident_false"]["high"]
    by_emotion = {one["emotion"]: one for one in found["predictions"]}
    assert by_emotion["anger"] == {"emotion": "anger", "share": 0.2, "confident": 0.1}
    assert sum(one["share"] for one in found["predictions"]) == pytest.approx(0.8)
    assert strangers.read_speech(of_strangers()[10:]) is None


def test_sounds_that_are_answered_are_counted() -> None:
    every, noise, urban = strangers.non_speech(of_strangers())
    assert (every["corpus"], every["n_utterances"]) == ("all", 6)
    assert every["answered"]["value"] == pytest.approx(3 / 6)
    assert every["confident"]["value"] == pytest.approx(1 / 6)
    assert (noise["answered"]["value"], urban["answered"]["value"]) == (0.25, 1.0)
    assert urban["answered"]["low"] is None  # two sources
    assert strangers.non_speech(of_strangers()[:10]) == []


def test_speech_that_is_called_no_speech_is_counted() -> None:
    every, emovo, read = strangers.speech_missed(of_strangers())
    assert [one["corpus"] for one in (every, emovo, read)] == ["all", "emovo", "read_speech"]
    assert every["no_speech"]["value"] == pytest.approx(3 / 14)
    assert (emovo["no_speech"]["value"], read["no_speech"]["value"]) == (0.25, 0.2)


class Adapting:
    """Answers by the first number of a row; adapted, from the second number of utterances on."""

    adapts = True
    threshold = 0.0
    speech_threshold = 0.5

    def __init__(self) -> None:
        self.n_updates: list[int] = []

    def speech(self, utterances: np.ndarray) -> np.ndarray:
        """Return no speech for negative rows."""
        return (utterances[:, 0] >= 0).astype(float)

    def probabilities(self, utterances: np.ndarray, met: int = 0) -> np.ndarray:
        columns = np.where(met >= 3, utterances[:, 1], np.abs(utterances[:, 0])).astype(int)
        return np.eye(len(EMOTIONS))[columns]

    def adaptation(self) -> SimpleNamespace:
        """Return a state that counts what it is updated by."""
        self.n_updates.append(0)
        number = len(self.n_updates) - 1

        def update(_row: np.ndarray) -> None:
            self.n_updates[number] += 1

        return SimpleNamespace(
            probabilities=lambda rows: self.probabilities(rows, self.n_updates[number]),
            update=update,
        )


@pytest.mark.parametrize(("better", "worse"), [(True, 0.0), (False, 1.0)])
def test_adaptation_is_compared_on_the_same_utterances(better: bool, worse: float) -> None:
    """Adapted, all answers are right or all wrong; without, they are the other way round."""
    emotions = EMOTIONS[:4]
    table = pd.DataFrame(
        [
            (f"{speaker}_{k}", "net", "a", f"a_{speaker}", emotions[k % 4])
            for speaker in range(2)
            for k in range(40)
        ],
        columns=["path", "fold", "corpus", "speaker", "truth"],
    )
    place = np.array([EMOTIONS.index(truth) for truth in table["truth"]])
    rows = np.stack([(place + 1) % 7, place] if better else [place, (place + 1) % 7], axis=1)
    table["prediction"] = np.array(EMOTIONS)[rows[:, 0]]
    model = Adapting()
    split = EvaluationSplit("net", "unseen speakers", (FoldModel("net", model, np.arange(80)),))  # type: ignore[arg-type]
    extracted = dict(zip(table["path"], rows, strict=True))
    (found,) = adaptation.measure(split, table, extracted, RunOptions())
    by_previous = {one["previous"]: one for one in found["uar"]}
    assert list(by_previous) == list(adaptation.PREVIOUS)
    met = {"none": 0.0, "5 to 9": 1.0, "10 to 19": 1.0, "20 or more": 1.0}
    for previous, adapted in met.items():
        expected = adapted if better else 1 - adapted
        assert by_previous[previous]["adapted"] == expected
        assert by_previous[previous]["without"] == (0.0 if better else 1.0)
    assert by_previous["none"]["n"] == 2 * adaptation.N_ORDERS
    assert by_previous["1 to 4"]["n"] == 2 * 4 * adaptation.N_ORDERS
    assert 0 < by_previous["1 to 4"]["adapted"] < 1
    change = 37 / 39 if better else -37 / 39  # all but the first two of those after the first
    harm = found["harm"]
    assert (harm["n_speakers"], harm["worse"], harm["much_worse"]) == (2, worse, worse)
    assert (harm["mean"], harm["worst"]) == (pytest.approx(change), pytest.approx(change))


def test_only_corpora_with_four_emotions_and_models_that_adapt_are_measured() -> None:
    table = pd.DataFrame(
        [(str(k), "net", "a", "a_0", EMOTIONS[k % 4]) for k in range(80)],
        columns=["path", "fold", "corpus", "speaker", "truth"],
    ).assign(prediction="anger")
    model = Adapting()
    split = EvaluationSplit("net", "unseen speakers", (FoldModel("net", model, np.arange(80)),))  # type: ignore[arg-type]
    extracted = dict.fromkeys(table["path"], np.array([0, 0]))
    (found,) = adaptation.measure(split, table, extracted, RunOptions())
    assert model.n_updates == [80] * adaptation.N_ORDERS
    assert (found["harm"]["worse"], found["harm"]["mean"]) == (0.0, 0.0)
    few = table[table["truth"].isin(EMOTIONS[:3])]
    assert adaptation.measure(split, few, extracted, RunOptions()) == []
    model.adapts = False  # type: ignore[misc]
    assert adaptation.measure(split, table, extracted, RunOptions()) is None
