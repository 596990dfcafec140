"""Robustness distinguishes constant models from others, and decodes each recording once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

import known_models
from audio_emotion.data import audio
from audio_emotion.data.catalogue import catalogue
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import SAMPLE_RATE
from audio_emotion.errors import AudioError, InputError
from audio_emotion.evaluation.measures import non_speech, robustness
from audio_emotion.evaluation.perturbations import conditions, noises
from audio_emotion.evaluation.perturbations.codecs import Coded, Telephone
from audio_emotion.evaluation.perturbations.conditions import Condition, Gain, Shift
from audio_emotion.evaluation.perturbations.noises import ColoredNoise, RecordedNoise
from audio_emotion.evaluation.protocols import subsample
from audio_emotion.evaluation.protocols.evaluation_split import EvaluationSplit, splits_of_files
from audio_emotion.evaluation.protocols.predictions import extract, predict, random_generator
from audio_emotion.evaluation.report import robustness_page
from audio_emotion.progress import RunOptions
from audio_emotion.recognition.model import default_model_path
from audio_emotion.report.page import Report
from conftest import REPOSITORY

SAMPLE = REPOSITORY / "sample"
ONE_JOB = RunOptions(jobs=1)
LIMIT_DB = 45.0  # between loud and quiet recordings


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return known_models.recordings(tmp_path_factory.mktemp("recordings"))


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, ...]]:
    folder = tmp_path_factory.mktemp("noise")
    for number, name in enumerate(("rain", "wind")):
        signal = 0.1 * np.random.default_rng(number).standard_normal(SAMPLE_RATE)
        (folder / name).mkdir()
        soundfile.write(folder / name / "a.wav", signal, SAMPLE_RATE)
    return noises.find_recordings(folder)


@pytest.fixture(autouse=True)
def few_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(non_speech, "PIECES", 2)


def altered(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["group"] != non_speech.GROUP]


def found(table: pd.DataFrame, name: str, level: float) -> pd.Series:
    (row,) = table[(table["condition"] == name) & (table["level"] == level)].to_dict("records")
    return pd.Series(row)


def as_stored(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(json.loads(json.dumps(json.loads(table.to_json(orient="records")))))


def test_nothing_changes_for_a_constant_model(
    recordings: pd.DataFrame, noise: dict[str, tuple[str, ...]]
) -> None:
    split = known_models.split(known_models.constant(), recordings)
    every = conditions.standard(noise, recordings)
    table = altered(robustness.measure(split, recordings, split.rows, every, options=ONE_JOB))
    assert len(table) == len(every)
    assert (table["change"] == 0).all()
    assert (table["change_low"] == 0).all()
    assert (table["unchanged"] == 1).all()
    assert (table["uar_clean"] == 0.5).all()
    assert (table["n_utterances"] == len(recordings)).all()
    assert (table["n_speakers"] == 4).all()
    assert table["confidence"].to_numpy() == pytest.approx(0.8)
    assert (table["confident"] == 1).all()
    tested_groups = {*robustness.RECALL_GROUPS, *robustness.UNCHANGED_GROUPS}
    for row in table.to_dict("records"):
        assert row["holds"] is (True if row["group"] in tested_groups else None)


def test_a_model_that_goes_by_the_level_is_caught(recordings: pd.DataFrame) -> None:
    split = known_models.split(known_models.by_level(LIMIT_DB), recordings)
    tested = (Gain(-30.0), Gain(-0.1, group="tiny"), ColoredNoise("white", 0.0), Shift())
    table = robustness.measure(split, recordings, split.rows, tested, options=ONE_JOB)
    quiet = found(table, "gain", -30.0)
    assert (quiet["uar_clean"], quiet["uar"], quiet["change"]) == (1.0, 0.5, -0.5)
    assert (quiet["change_low"], quiet["change_high"]) == (-0.5, -0.5)
    assert (quiet["change_anger"], quiet["change_sadness"]) == (-1.0, 0.0)
    assert np.isnan(quiet["change_fear"])
    assert quiet["unchanged"] == 0.5
    for name, level in (("gain", -0.1), ("shift", 1.0)):
        assert found(table, name, level)["holds"]
    assert found(table, "white", 0.0)["holds"]


def test_an_inaudible_change_must_not_change_predictions(recordings: pd.DataFrame) -> None:
    split = known_models.split(known_models.by_level(LIMIT_DB), recordings)
    tested = (Telephone("mu-law"), Gain(-30.0, group="tiny"), Gain(-30.0, group="telephone"))
    table = robustness.measure(split, recordings, split.rows, tested, options=ONE_JOB)
    assert altered(table)["holds"].tolist() == [True, False, False]
    rules = altered(table)["threshold"].tolist()
    assert rules == ["recall drops by at most 0.05", "95% of predictions unchanged", rules[0]]


def test_predictions_are_those_made_elsewhere_on_any_number_of_threads() -> None:
    split, rows, utterances = of_sample()
    tested = (ColoredNoise("pink", 10.0), Coded("Opus", 12.0))
    tables = [
        robustness.measure(
            split, utterances, rows, tested, n_utterances=6, options=RunOptions(jobs=jobs)
        )
        for jobs in (1, 2)
    ]
    pd.testing.assert_frame_equal(*tables)
    chosen = subsample.stratified(utterances, rows, 6)
    truth = np.array([EMOTIONS.index(emotion) for emotion in utterances["emotion"].iloc[chosen]])
    extracted = extract(split, utterances, chosen, RunOptions())
    clean = predict(split, chosen, extracted).probabilities.argmax(axis=1)
    noisy = np.array([predicted_in(tested[0], split, utterances["path"].iloc[n]) for n in chosen])
    assert tables[0]["uar_clean"][0] == pytest.approx(uar(truth, clean))
    assert tables[0]["uar"][0] == pytest.approx(uar(truth, noisy))
    assert tables[0]["unchanged"][0] == pytest.approx(np.mean(clean == noisy))
    assert 8 < tables[0]["kbit_s"][1] < 20
    assert np.isnan(tables[0]["kbit_s"][0])


def uar(truth: np.ndarray, found: np.ndarray) -> float:
    return float(np.mean([(found == truth)[truth == one].mean() for one in set(truth.tolist())]))


def predicted_in(condition: Condition, split: EvaluationSplit, path: str) -> int:
    random = random_generator(path, f"{condition.group} {condition.name}")
    model = split.fold_models[0].model
    extractor = model.extractor()
    extractor.process(condition(audio.read(path), random))
    return int(model.probabilities(extractor.finish()[None]).argmax())


def of_sample() -> tuple[EvaluationSplit, np.ndarray, pd.DataFrame]:
    utterances = catalogue(SAMPLE).utterances
    split = splits_of_files(default_model_path(), utterances)[0]
    return split, split.rows, utterances


def test_noise_alone_is_predicted(
    recordings: pd.DataFrame, noise: dict[str, tuple[str, ...]]
) -> None:
    for threshold, confident in ((0.5, 1.0), (0.9, 0.0), (0.0, None)):
        model = known_models.MadeUp(lambda _seconds, _level: "fear", threshold=threshold)
        split = known_models.split(model, recordings)
        rows = non_speech.measure(split, conditions.standard(noise, recordings), jobs=1)
        assert [row["confident"] for row in rows] == [confident] * len(rows)
        assert {row["answered"] for row in rows} == {1.0}
    assert {"digital silence", "white", "pink", "rain", "wind"} <= {r["condition"] for r in rows}
    assert all(row["commonest"] == "fear" and row["commonest_share"] == 1 for row in rows)
    silence = next(row for row in rows if row["condition"] == "digital silence")
    assert silence["vad_triggered"] == 0


def test_what_is_taken_for_no_speech_is_wrong_and_not_confident(recordings: pd.DataFrame) -> None:
    model = known_models.MadeUp(
        lambda _seconds, level: "anger" if level > LIMIT_DB else "sadness", speech_from_db=20.0
    )
    split = known_models.split(model, recordings)
    table = robustness.measure(split, recordings, split.rows, (Gain(-30.0),), options=ONE_JOB)
    row = found(table, "gain", -30.0)  # the loud ones become quiet, the quiet ones no speech
    assert (row["uar_clean"], row["uar"], row["no_speech"]) == (1.0, 0.0, 0.5)
    assert (row["confident_clean"], row["confident"]) == (1.0, 0.5)
    alone = table[table["group"] == non_speech.GROUP].set_index(["condition", "level"])
    assert alone["answered"][("digital silence", np.nan)] == 0.0
    assert alone["confident"][("digital silence", np.nan)] == 0.0
    assert alone["answered"][("white", -20.0)] == 1.0


def test_an_unreadable_recording_is_named(recordings: pd.DataFrame, tmp_path: Path) -> None:
    broken = known_models.unreadable(recordings, tmp_path)
    split = known_models.split(known_models.constant(), broken)
    with pytest.raises(AudioError, match=r"broken\.wav"):
        robustness.measure(split, broken, split.rows, (Shift(),), options=ONE_JOB)
    failures: dict[str, str] = {}
    table = robustness.measure(
        split, broken, split.rows, (Shift(),), options=RunOptions(jobs=1, failures=failures)
    )
    assert [Path(path).name for path in failures] == ["broken.wav"]
    assert table["n_utterances"][0] == len(recordings)


def test_nothing_to_measure_is_an_error(recordings: pd.DataFrame) -> None:
    split = known_models.split(known_models.constant(), recordings)
    with pytest.raises(InputError, match="0 conditions"):
        robustness.measure(split, recordings, split.rows, ())
    with pytest.raises(InputError, match="0 recordings"):
        robustness.measure(split, recordings, np.array([], dtype=np.intp), (Shift(),))


def test_a_report_shows_it_all(recordings: pd.DataFrame, noise: dict[str, tuple[str, ...]]) -> None:
    pytest.importorskip("matplotlib")
    split = known_models.split(known_models.by_level(LIMIT_DB), recordings)
    tested = (
        RecordedNoise(noise["rain"], 10.0),
        ColoredNoise("pink", 10.0),
        Coded("MP3", 16.0),
        Gain(-30.0),
        Gain(-30.0, group="tiny"),
        Shift(),
    )
    table = robustness.measure(split, recordings, split.rows, tested, options=ONE_JOB)
    pages = []
    for shown in (table, as_stored(table)):
        report = Report("Made up", "A lead.")
        robustness_page.add_robustness(report, shown)
        pages.append(report.html())
    assert pages[0] == pages[1]
    for words in ("gain, -30 dB", "missed", "holds", "Noise without speech", "pink, 10 dB SNR"):
        assert words in pages[0]
    assert "trained with the same recordings of noise" in pages[0]
    assert "measured)" in pages[0]
    assert pages[0].count("<svg") == 4


def test_few_conditions_make_a_section_too(recordings: pd.DataFrame) -> None:
    pytest.importorskip("matplotlib")
    split = known_models.split(known_models.constant(), recordings)
    report = Report("Made up", "A lead.")
    table = robustness.measure(
        split, recordings, split.rows[:1], (Gain(-10.0),), options=RunOptions(jobs=1)
    )
    robustness_page.add_robustness(report, altered(table))
    assert "gain, -10 dB" in report.html()


def test_a_choice_is_even_and_part_of_a_larger_one() -> None:
    many = pd.DataFrame(
        [
            ("big", f"big_{speaker}", emotion)
            for speaker in range(10)
            for emotion in ("anger", "fear")
            for _ in range(6)
        ]
        + [("small", "small_0", "anger")] * 3,
        columns=["corpus", "speaker", "emotion"],
    )
    rows = np.arange(len(many))
    chosen = subsample.stratified(many, rows, 23)
    counts = many.iloc[chosen].groupby(["corpus", "emotion"]).size()
    assert counts.to_dict() == {
        ("big", "anger"): 10,
        ("big", "fear"): 10,
        ("small", "anger"): 3,
    }
    of_speakers = many.iloc[chosen].query("corpus == 'big'")["speaker"].value_counts()
    assert set(of_speakers) == {2}
    assert set(subsample.stratified(many, rows, 9)) <= set(chosen)
    np.testing.assert_array_equal(subsample.stratified(many, rows, 10**6), rows)
    np.testing.assert_array_equal(subsample.stratified(many, rows[5:7], 9), rows[5:7])
