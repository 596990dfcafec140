"""`audio-emotion evaluate`: valid protocols, every file written, one sentence per error."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("matplotlib")

from typer.testing import CliRunner

from audio_emotion import cli
from audio_emotion.data.dataset import build
from audio_emotion.data.feature_table import FeatureTable
from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import AudioEmotionError
from audio_emotion.evaluation import run
from audio_emotion.evaluation.measures import cost
from audio_emotion.progress import RunOptions
from audio_emotion.recognition.model import load_model
from conftest import REPOSITORY
from fitted_classifiers import SAMPLE
from prediction_fixtures import catalogue, model_file, write
from separable_dataset import dataset

DEFAULT = REPOSITORY / "models" / "default.aem"
QUICK = "ShrinkageLDA"
FEW = "LogisticRegression"  # can be trained on one utterance of an emotion
ONE_JOB = RunOptions(jobs=1)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Catalogue of sample/, its features beside it."""
    folder = tmp_path_factory.mktemp("sample")
    build(SAMPLE, folder, jobs=1)
    return folder / "audio_dataframe.csv"


def invoke(*arguments: object):
    return CliRunner().invoke(cli.app, ["evaluate", *map(str, arguments)])


def evaluate(model: object, path: Path, **how: object) -> dict:
    """Return the document without robustness."""
    one_job = RunOptions(jobs=1)
    return run.evaluate(str(model), path, with_robustness=False, options=one_job, **how).document


def of_protocol(document: dict, protocol: str) -> dict:
    return next(one for one in document["protocols"] if one["protocol"] == protocol)


def numbered(speakers: int, *, shuffled: bool = False) -> FeatureTable:
    """Each speaker always acts the same emotion, and the features tell only the speaker."""
    random = np.random.default_rng(3)
    names = [f"ravdess_{actor:02d}" for actor in range(1, speakers + 1)]
    table = catalogue({"ravdess": names}, per_emotion=4)
    own = dict(zip(names, (EMOTIONS * speakers)[:speakers], strict=True))
    table["emotion"] = table["speaker"].map(own)
    if shuffled:
        table["emotion"] = random.permutation(table["emotion"].to_numpy())
    values = random.normal(0, 1, (len(table), len(features.names())))
    who = [names.index(speaker) for speaker in table["speaker"]]
    values[np.arange(len(table)), who] += 50
    return FeatureTable(table, values.astype(np.float32))


def test_a_feature_that_tells_the_speaker_is_caught(tmp_path: Path) -> None:
    document = evaluate(QUICK, write(numbered(24), tmp_path))
    leaking = of_protocol(document, "random 70/30")
    honest = of_protocol(document, "unseen speakers")
    assert leaking["speakers_seen"]
    assert leaking["all"]["uar"]["value"] > 0.9
    assert honest["all"]["uar"]["value"] < 1 / 7 + 0.1
    assert document["protocols"][0] is honest


def test_shuffled_labels_fall_to_chance_in_every_protocol(tmp_path: Path) -> None:
    data = dataset(per_emotion=4, shuffled=True)
    data.catalogue["sentence"] = [("one", "two")[k % 2] for k in range(len(data.catalogue))]
    document = evaluate(QUICK, write(data, tmp_path))
    assert len(document["protocols"]) == 4
    for entry in document["protocols"]:
        uar = entry["all"]["uar"]
        assert uar["low"] - 0.05 < 1 / 7 < uar["high"] + 0.05, entry["protocol"]


def test_a_classifier_is_what_train_says_it_is(tmp_path: Path) -> None:
    from audio_emotion.training.classical import measure

    data = dataset(per_emotion=3)
    document = evaluate(QUICK, write(data, tmp_path))
    expected = measure(QUICK, data)
    overall = of_protocol(document, "unseen speakers")["all"]
    assert overall["uar"]["value"] == pytest.approx(expected.uar)
    assert overall["confusion"] == expected.confusion[: len(EMOTIONS)]
    random = of_protocol(document, "random 70/30")["all"]
    assert random["weighted_f1"]["value"] == pytest.approx(expected.random_f1)


def test_the_command_on_the_model_that_ships(recordings: Path, tmp_path: Path) -> None:
    done = invoke(
        DEFAULT, recordings, "--no-robustness", "--against", FEW, "--out", tmp_path, "--json"
    )
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    folder = tmp_path / "default"
    assert json.loads((folder / run.DOCUMENT).read_text()) == document
    assert document["schema"] == 3
    (unseen,) = document["protocols"]
    assert unseen["all"]["n_utterances"] == document["comparison"]["n_utterances"] == 44
    assert {one["protocol"] for one in document["skipped_protocols"]} >= {
        "unseen sentence",
        "random 70/30",
    }
    temperature = load_model(DEFAULT).metadata.scores["temperature"]
    assert document["confidence"]["stored_temperatures"] == [pytest.approx(temperature, abs=1e-3)]
    assert document["confidence"]["temperature_fitted_on"] == sorted(
        {"crema_1038", "crema_1091", "ravdess_19", "ravdess_20", "ravdess_21", "ravdess_22"}
    )
    predictions = pd.read_csv(folder / run.PREDICTIONS)
    assert list(predictions.columns) == [
        *("protocol", "path", "corpus", "speaker", "sex", "truth", "prediction", "confident"),
        "speech",
        *(f"p_{emotion}" for emotion in EMOTIONS),
    ]
    assert len(predictions) == 44
    right = (predictions["truth"] == predictions["prediction"]).mean()
    assert unseen["all"]["accuracy"]["value"] == pytest.approx(right)
    table = pd.read_csv(folder / run.SCORES)
    uar = table[(table["measure"] == "uar") & (table["corpus"] == "all")].iloc[0]
    assert uar["value"] == pytest.approx(unseen["all"]["uar"]["value"])
    page = (folder / run.REPORT).read_text()
    assert f"{uar['value']:.3f}" in page[: page.index("<nav")]
    assert not re.findall(r"(?:src|href)\s*=\s*[\"']?(https?:)", page)


def test_the_same_evaluation_writes_the_same_page(recordings: Path, tmp_path: Path) -> None:
    for jobs in (1, 2):
        found = run.evaluate(FEW, recordings, with_robustness=False, options=RunOptions(jobs=jobs))
        run.write(found, tmp_path / str(jobs))
    for name in (run.REPORT, run.DOCUMENT, run.PREDICTIONS, run.SCORES):
        first, second = (tmp_path / str(jobs) / FEW / name for jobs in (1, 2))
        assert first.read_bytes() == second.read_bytes()


def test_unreadable_recordings_are_counted_and_shown(recordings: Path, tmp_path: Path) -> None:
    table = pd.read_csv(recordings, dtype=str, keep_default_na=False)
    table.loc[3, "path"] = str(tmp_path / "gone.wav")
    table.to_csv(tmp_path / "catalogue.csv", index=False)
    done = invoke(DEFAULT, tmp_path / "catalogue.csv", "--no-robustness", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "not readable: 1 recordings" in done.stdout
    document = json.loads((tmp_path / "default" / run.DOCUMENT).read_text())
    assert document["protocols"][0]["all"]["n_utterances"] == 43
    assert [one["path"] for one in document["failures"]] == [str(tmp_path / "gone.wav")]
    assert "gone.wav" in (tmp_path / "default" / run.REPORT).read_text()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda table: table.assign(emotion="joy"), "row 2, emotion 'joy': needs one of"),
        (lambda table: table.assign(speaker=np.nan), "row 2, speaker '': needs a speaker"),
        (lambda table: table.assign(path="same.wav"), r"row 3, path 'same\.wav': is listed twi"),
        (lambda table: table.assign(path=table["path"] + "x"), "none of the 44 recordings can be"),
        (lambda table: table.drop(columns="sex"), "columns missing: sex"),
    ],
)
def test_a_catalogue_that_will_not_do_is_one_sentence(
    recordings: Path, tmp_path: Path, damage, message: str
) -> None:
    path = tmp_path / "catalogue.csv"
    damage(pd.read_csv(recordings, dtype=str)).to_csv(path, index=False)
    with pytest.raises(AudioEmotionError, match=message):
        evaluate(DEFAULT, path)


def test_a_model_that_will_not_do_is_one_sentence(recordings: Path, tmp_path: Path) -> None:
    with pytest.raises(AudioEmotionError, match="no classifier of that name"):
        evaluate("Forrest", recordings)
    some = model_file(tmp_path / "some.aem", sorted({"crema_1038", "crema_1091", "ravdess_19"}))
    everybody = ["crema_1038", "crema_1091", *(f"ravdess_{k}" for k in (19, 20, 21, 22))]
    trained_on_all = model_file(tmp_path / "all.aem", everybody)
    with pytest.raises(AudioEmotionError, match="other speakers"):
        evaluate(trained_on_all, recordings)
    (tmp_path / "broken.aem").write_bytes(some.read_bytes()[:-40])
    with pytest.raises(AudioEmotionError, match=r"broken\.aem"):
        evaluate(tmp_path / "broken.aem", recordings)
    with pytest.raises(AudioEmotionError, match="audio-emotion dataset"):
        evaluate(QUICK, recordings, features=tmp_path / "none.csv")


def test_one_speaker_has_figures_without_intervals(recordings: Path, tmp_path: Path) -> None:
    table = pd.read_csv(recordings, dtype=str, keep_default_na=False)
    table[table["speaker"] == "ravdess_20"].to_csv(tmp_path / "catalogue.csv", index=False)
    done = invoke(DEFAULT, tmp_path / "catalogue.csv", "--no-robustness", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "not defined" in done.stdout
    document = json.loads((tmp_path / "default" / run.DOCUMENT).read_text())
    assert document["protocols"][0]["all"]["uar"]["why"].startswith("1 speaker:")
    assert document["confidence"]["why"]
    assert "not defined" in (tmp_path / "default" / run.REPORT).read_text()


def test_an_emotion_that_a_fold_cannot_learn_is_pointed_out(tmp_path: Path) -> None:
    data = dataset(per_emotion=3)
    only_ada = (data.catalogue["emotion"] != "fear") | (data.catalogue["speaker"] == "mine_ada")
    keep = only_ada.to_numpy()
    few = FeatureTable(data.catalogue[keep].reset_index(drop=True), data.utterances[keep])
    found = run.evaluate(QUICK, write(few, tmp_path), with_robustness=False, options=ONE_JOB)
    unseen = of_protocol(found.document, "unseen speakers")
    assert unseen["untrained_emotions"] == [{"emotion": "fear", "n_utterances": 3}]
    report = run.write(found, tmp_path)[0]
    assert "3 utterances of fear went to a model that was not trained" in report.read_text()


def test_a_classifier_learns_that_nobody_speaks(tmp_path: Path) -> None:
    data = dataset(per_emotion=5)
    noise = data.catalogue.iloc[:42].assign(corpus="noise", emotion="no speech", sentence="")
    noise["speaker"] = [f"freesound_{k}" for k in range(len(noise))]
    noise["path"] = "noise/" + noise["speaker"] + ".wav"
    random = np.random.default_rng(0)
    silent = random.normal(20, 1, (len(noise), data.utterances.shape[1])).astype(np.float32)
    both = FeatureTable(
        pd.concat([data.catalogue, noise], ignore_index=True),
        np.concatenate([data.utterances, silent]),
    )
    document = evaluate(QUICK, write(both, tmp_path))
    (every, of_noise) = document["strangers"]["non_speech"]
    assert (every["n_utterances"], of_noise["corpus"]) == (42, "noise")
    assert every["answered"]["value"] == 0
    assert document["strangers"]["speech_missed"][0]["no_speech"]["value"] == 0
    left_out = [one["name"] for one in of_protocol(document, "unseen corpus")["fold_models"]]
    assert left_out == ["without mine", "without ravdess", "without tess"]
    for entry in document["protocols"][:2]:
        assert entry["all"]["n_utterances"] == len(data.catalogue)


def test_cost_stands_beside_recall(tmp_path: Path) -> None:
    figures = [
        ("flash code", "bytes", 30_000),
        ("flash constants", "bytes", 70_000),
        ("total RAM", "bytes", 13_000),
        ("latency", "ms", 9),
    ]
    board = {
        "board": "rp2040",
        "figures": [{"name": n, "unit": u, "value": v, "how": "measured"} for n, u, v in figures],
    }
    profile = tmp_path / "profile.json"
    profile.write_text(json.dumps({"model": QUICK, "boards": [board]}))
    path = write(dataset(), tmp_path)
    options = ONE_JOB
    found = run.evaluate(QUICK, path, with_robustness=False, profile=profile, options=options)
    (point,) = found.document["cost"]["points"]
    assert (point["flash_bytes"], point["ram_bytes"], point["answer_ms"]) == (100_000, 13_000, 9)
    assert point["this"]
    assert "Cost on a device" in run.write(found, tmp_path)[0].read_text()
    few = found.document | {
        "protocols": [
            {"protocol": "unseen speakers", "corpora": [{"corpus": cost.CORPUS, "why": "few"}]}
        ],
    }
    assert "too few" in cost.of_document(few, cost.read_profile(profile), profile)["why"]
    profile.write_text("[1, 2]")
    with pytest.raises(AudioEmotionError, match="audio-emotion profile --model MODEL --json"):
        run.evaluate(QUICK, path, with_robustness=False, profile=profile, options=options)


def test_files_of_the_profile_and_of_other_models_are_found(tmp_path: Path) -> None:
    results = REPOSITORY / "benchmarks" / "results"
    recalls = cost.known_recalls(results)
    points, board = cost.points(cost.read_profile(results / "profile.csv"), recalls, "MLP.skops")
    assert {"default.aem", "MLP.skops"} <= {point["model"] for point in points}
    assert [point["model"] for point in points if point["this"]] == ["MLP.skops"]
    assert {point["board"] for point in points} == {board}
    assert cost.known_recalls(tmp_path) == {}
