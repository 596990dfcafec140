import dataclasses

import numpy as np
import pandas as pd
import pytest

from audio_emotion.data import audio
from audio_emotion.data.feature_table import FeatureTable, read_features
from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.errors import InputError
from audio_emotion.recognition import classifier_file
from audio_emotion.training import classical as train
from audio_emotion.training import unseen
from audio_emotion.training.calibration import PRECISION
from audio_emotion.training.classifiers import (
    LEVEL_FEATURES,
    LIGHT,
    ORIGINAL,
    ZOO,
    balance,
    fit,
    selected_features,
)
from separable_dataset import dataset, with_no_speech

QUICK = "ShrinkageLDA"


def write(data: FeatureTable, path) -> None:
    values = pd.DataFrame(data.utterances, columns=list(features.names()))
    table = pd.concat([data.catalogue, values], axis=1)
    if path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False, float_format="%.9g")


@pytest.mark.parametrize("name", ["features.csv", "features.parquet"])
def test_features_are_read_as_they_were_written(tmp_path, name):
    data = dataset(per_emotion=1)
    write(data, tmp_path / name)
    again = read_features(tmp_path / name)
    assert again.utterances.tobytes() == data.utterances.tobytes()
    assert again.catalogue.equals(data.catalogue)
    assert again.hash() == data.hash()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda table: table.drop(columns="speaker"), "column 'speaker' is missing"),
        (lambda table: table.assign(loudness=1), "column 'loudness'"),
        (lambda table: table.assign(emotion="joy"), "unknown emotions.*joy"),
        (lambda table: table.assign(emotion=["joy", *[None] * (len(table) - 1)]), "2 unknown"),
        (lambda table: table.iloc[:0], "0 rows"),
        (lambda table: table.assign(**{features.names()[0]: [np.nan] * len(table)}), "row 2"),
        (lambda table: table.assign(**{features.names()[0]: 1e300}), "row 2.*not finite"),
        (lambda table: table.assign(**{features.names()[0]: "loud"}), "row 2.*no number"),
    ],
)
def test_broken_features_are_refused(tmp_path, damage, message):
    path = tmp_path / "features.csv"
    write(dataset(per_emotion=1), path)
    damage(pd.read_csv(path).copy()).to_csv(path, index=False)
    with pytest.raises(InputError, match=message):
        read_features(path)


def test_missing_features_are_refused(tmp_path):
    with pytest.raises(InputError, match="audio-emotion dataset"):
        read_features(tmp_path / "none.csv")


def test_zoo_has_the_originals_seven_and_the_light_ones():
    assert list(ORIGINAL) == [
        "RandomForest",
        "ExtraTrees",
        "Bagging",
        "QDA",
        "LDA",
        "Ridge",
        "DecisionTree",
    ]
    assert set(ZOO) == set(LIGHT) | set(ORIGINAL)
    for recipe in ZOO.values():
        assert recipe.build().steps[0][0] == "scaler"


def test_an_emotion_of_one_utterance_is_fitted_without_a_warning():
    """pytest turns warnings into errors."""
    data = dataset(per_emotion=1)
    one_each = ~data.catalogue["emotion"].duplicated()
    one_each |= data.catalogue["emotion"] == EMOTIONS[0]
    few = data.rows(one_each.to_numpy())
    assert set(fit(ZOO[QUICK], few.utterances, few.catalogue).classes_) == set(EMOTIONS)


@pytest.mark.parametrize("name", ZOO)
def test_every_classifier_learns_what_can_be_learnt(name):
    data = dataset(per_emotion=3)
    known = data.catalogue["corpus"] == "ravdess"
    pipeline = fit(ZOO[name], data.utterances[known], data.catalogue[known])
    prediction = pipeline.predict(data.utterances[~known])
    assert np.mean(prediction == data.catalogue["emotion"][~known]) > 2 / 7


def test_no_classifier_reads_a_feature_of_level():
    data = dataset(per_emotion=3)
    model = fit(ZOO[QUICK], data.utterances, data.catalogue)
    assert set(selected_features(model)) == set(features.names()) - LEVEL_FEATURES
    louder = data.utterances.copy()
    louder[:, np.isin(features.names(), list(LEVEL_FEATURES))] += 1000
    assert (model.predict(louder) == model.predict(data.utterances)).all()


def test_features_of_level_are_those_that_gain_moves_most(sample):
    """As `benchmarks/level_dependence.py` measures it over all recordings."""
    clips = [audio.read(path).astype(np.float64) for path in sorted(sample.rglob("*.ogg"))]
    loud = [30_000 * clip / np.abs(clip).max() for clip in clips]
    values, quieter = (
        np.array([features.extract(np.rint(gain * clip).astype(np.int16)) for clip in loud])
        for gain in (1, 0.1)
    )
    shift = np.abs(quieter - values).mean(axis=0) / values.std(axis=0)
    order = np.argsort(-shift)[: len(LEVEL_FEATURES)]
    assert {features.names()[feature] for feature in order} == LEVEL_FEATURES
    assert shift[order].min() > 1


def test_no_speech_is_learnt_and_measured_apart_from_the_emotions(tmp_path):
    data = with_no_speech(dataset())
    report = train.measure(QUICK, data)
    emotions_alone = train.measure(QUICK, dataset())
    assert report.uar == pytest.approx(emotions_alone.uar, abs=0.05)
    assert report.random_f1 == emotions_alone.random_f1
    assert list(report.corpora) == ["ravdess"]
    assert set(report.unseen_corpora) == {"ravdess"}
    assert set(report.answers) == {"mine", "noise", "nonspeech", "ravdess", "tess"}
    assert report.answers["noise"]["answered"] < 0.2
    assert report.answers["ravdess"]["answered"] > 0.9
    for shares in (report.answers, report.unseen_corpora_answers):
        for one in shares.values():
            assert 0 <= one["confident_wrong"] <= one["confident"] <= one["answered"] <= 1
    counts = np.array(report.confusion)
    assert counts.sum() == len(data.catalogue)
    assert counts[-1].sum() == (data.catalogue["emotion"] == NO_SPEECH).sum()

    (written,) = train.train(data, tmp_path, tmp_path, names=[QUICK])
    assert written == report
    model = classifier_file.load(tmp_path / f"{QUICK}.skops")
    assert list(model.pipeline.classes_) == sorted([*EMOTIONS, NO_SPEECH])
    assert model.threshold == report.threshold
    assert set(model.metadata.selected_features) == set(features.names()) - LEVEL_FEATURES
    assert model.metadata.training_data.startswith("mine: 70 utterances of 2 speakers, noise: 30")


def test_decisions_are_those_of_the_model_file(tmp_path):
    data = with_no_speech(dataset())
    (report,) = train.train(data, tmp_path, tmp_path, names=[QUICK])
    model = classifier_file.load(tmp_path / f"{QUICK}.skops")
    outputs = train.all_scores(model.pipeline, data.utterances)
    found = unseen.decide(data.catalogue, outputs, report.temperature)
    probabilities = model.probabilities(data.utterances)
    likeliest = np.array(EMOTIONS)[probabilities.argmax(axis=1)]
    spoken = model.speech(data.utterances) >= model.speech_threshold
    assert found["label"].tolist() == np.where(spoken, likeliest, NO_SPEECH).tolist()
    assert found["confidence"].to_numpy() == pytest.approx(probabilities.max(axis=1), abs=2e-5)
    assert model.speech_threshold == unseen.SPEECH_THRESHOLD


@pytest.mark.parametrize("shuffled", [False, True])
def test_confident_predictions_are_right_as_often_as_asked_for(shuffled):
    shares = train.measure(QUICK, dataset(shuffled=shuffled)).answers.values()
    confident = sum(one["confident"] for one in shares)
    wrong = sum(one["confident_wrong"] for one in shares)
    assert wrong <= (1 - PRECISION) * confident
    assert (confident / len(shares) < 0.1) == shuffled


def test_one_corpus_alone_has_none_to_leave_out():
    data = dataset()
    alone = data.rows((data.catalogue["corpus"] == "ravdess").to_numpy())
    report = train.measure(QUICK, alone)
    assert report.unseen_corpora == report.unseen_corpora_answers == {}
    assert report.corpora["ravdess"]["uar"] > 2 / 7


def test_unseen_speakers_and_random_split_are_both_measured():
    report = train.measure(QUICK, dataset())
    assert report.uar > 0.5
    # Two speakers with 5 utterances of each emotion are too few for a recall of their own.
    assert list(report.corpora) == ["ravdess"]
    assert report.corpora["ravdess"]["n_classes"] == 7
    assert report.random_f1 > 0.5
    assert np.sum(report.confusion) == len(dataset().catalogue)
    assert 0.05 < report.temperature < 20


@pytest.mark.parametrize("name", [QUICK, "LogisticRegression"])
def test_shuffled_labels_fall_to_chance(name):
    report = train.measure(name, dataset(shuffled=True))
    assert report.uar == pytest.approx(1 / 7, abs=0.07)
    assert report.random_f1 == pytest.approx(1 / 7, abs=0.1)


def test_scaler_is_fitted_on_training_rows_only(monkeypatch):
    data = dataset(per_emotion=1)
    fitted = []
    monkeypatch.setattr(
        train,
        "fit",
        lambda recipe, x, table: fitted.append(set(table["path"])) or fit(recipe, x, table),
    )
    tested = np.arange(20)
    trained = np.arange(20, len(data.catalogue))
    train.test_scores(ZOO[QUICK], data, trained, tested)
    assert fitted == [set(data.catalogue["path"][20:])]


def test_measuring_twice_gives_the_same():
    data = dataset(per_emotion=1)
    assert train.measure("DecisionTree", data) == train.measure("DecisionTree", data)


def test_weights_make_every_emotion_the_same_and_corpora_no_label():
    n_each = {("crema", "sadness"): 800, ("ravdess", "sadness"): 200, ("ravdess", "fear"): 200}
    rows = [pair for pair, n in n_each.items() for _ in range(n)]
    table = pd.DataFrame(rows, columns=["corpus", "emotion"])
    weight = balance(table)
    total = {pair: weight[[row == pair for row in rows]].sum() for pair in n_each}
    assert weight.mean() == pytest.approx(1)
    assert total["crema", "sadness"] == pytest.approx(total["ravdess", "sadness"])
    assert total["ravdess", "fear"] == pytest.approx(2 * total["ravdess", "sadness"])


def test_train_writes_everything_and_resumes(tmp_path):
    data = dataset(per_emotion=2)
    names = [QUICK, "Ridge"]
    seen = []
    reports = train.train(
        data,
        tmp_path / "models",
        tmp_path / "logs",
        names=names,
        progress=lambda *state: seen.append(state),
    )
    assert [report.uar for report in reports] == sorted((r.uar for r in reports), reverse=True)
    assert seen == [(0, 2, QUICK), (1, 2, "Ridge"), (2, 2, "")]
    for name in names:
        assert classifier_file.load(tmp_path / "models" / f"{name}.skops").metadata.name == name
        for ending in ("pdf", "png"):
            assert (tmp_path / "logs" / f"matrix_{name}.{ending}").stat().st_size > 1000
    table = pd.read_csv(tmp_path / "logs" / "performance.csv")
    assert list(table["name"]) == [report.name for report in reports]
    assert list(table.columns[:2]) == ["name", "unseen_uar"]

    again = train.train(data, tmp_path / "models", tmp_path / "logs", names=names)
    assert all(report.resumed for report in again)
    resumed = pd.read_csv(tmp_path / "logs" / "performance.csv")
    assert list(resumed.columns) == list(table.columns)
    assert [dataclasses.replace(report, resumed=False) for report in again] == reports

    other = train.train(
        data.without_speakers(["mine_ada"]), tmp_path / "models", tmp_path / "logs", names=[QUICK]
    )
    assert not other[0].resumed
    assert (
        "mine_ada"
        not in classifier_file.read_metadata(tmp_path / "models" / f"{QUICK}.skops").speakers
    )
    assert not list(tmp_path.rglob(".*.part"))


def test_unknown_classifier_and_speaker_are_refused(tmp_path):
    data = dataset(per_emotion=1)
    with pytest.raises(InputError, match="'Forest' is unknown: choose from SVM"):
        train.train(data, tmp_path, tmp_path, names=["Forest"])
    with pytest.raises(InputError, match="'nobody' is not in the features"):
        data.without_speakers(["nobody"])


def test_too_few_utterances_of_an_emotion_are_refused():
    data = dataset(per_emotion=1)
    keep = ((data.catalogue["emotion"] != "fear") | (data.catalogue.index < 20)).to_numpy()
    few = FeatureTable(data.catalogue[keep].reset_index(drop=True), data.utterances[keep])
    with pytest.raises(InputError, match="utterances of 'fear'"):
        train.measure(QUICK, few)


def test_emotion_that_only_one_fold_has_can_still_be_measured():
    data = dataset(per_emotion=5)
    only_ada = (data.catalogue["emotion"] != "fear") | (data.catalogue["speaker"] == "mine_ada")
    keep = only_ada.to_numpy()
    report = train.measure(
        QUICK, FeatureTable(data.catalogue[keep].reset_index(drop=True), data.utterances[keep])
    )
    assert report.confusion[EMOTIONS.index("fear")][EMOTIONS.index("fear")] == 0
    assert np.isfinite(report.temperature)
