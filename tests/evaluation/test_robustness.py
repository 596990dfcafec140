"""Robustness tells models that do not care from models that do, each recording heard once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

import made_up_models
from audio_emotion.data import audio
from audio_emotion.data.catalogue import catalogue
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import SAMPLE_RATE
from audio_emotion.errors import AudioError, InputError
from audio_emotion.evaluation.measures import non_speech as speechless
from audio_emotion.evaluation.measures import robustness
from audio_emotion.evaluation.perturbations import conditions, noises
from audio_emotion.evaluation.perturbations.codecs import Coded, Telephone
from audio_emotion.evaluation.perturbations.conditions import Condition, Gain, Shift
from audio_emotion.evaluation.perturbations.noises import ColoredNoise, RecordedNoise
from audio_emotion.evaluation.protocols import evaluation_split as panels
from audio_emotion.evaluation.protocols import predictions as answers
from audio_emotion.evaluation.protocols import subsample
from audio_emotion.recognition.model import default_model_path
from audio_emotion.report.page import Report
from conftest import REPOSITORY

SAMPLE = REPOSITORY / "sample"
LIMIT_DB = 45.0  # between those who shout and those who whisper


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return made_up_models.recordings(tmp_path_factory.mktemp("said"))


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, ...]]:
    folder = tmp_path_factory.mktemp("noise")
    for number, name in enumerate(("rain", "wind")):
        signal = 0.1 * np.random.default_rng(number).standard_normal(SAMPLE_RATE)
        (folder / name).mkdir()
        soundfile.write(folder / name / "a.wav", signal, SAMPLE_RATE)
    return noises.of_folder(folder)


@pytest.fixture(autouse=True)
def few_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speechless, "PIECES", 2)


def altered(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["group"] != speechless.GROUP]


def found(table: pd.DataFrame, name: str, level: float) -> pd.Series:
    (row,) = table[(table["condition"] == name) & (table["level"] == level)].to_dict("records")
    return pd.Series(row)


def as_stored(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(json.loads(json.dumps(json.loads(table.to_json(orient="records")))))


def test_nothing_changes_for_a_model_that_does_not_listen(
    said: pd.DataFrame, noise: dict[str, tuple[str, ...]]
) -> None:
    judged = made_up_models.panel(made_up_models.deaf(), said)
    every = conditions.standard(noise, said)
    table = altered(robustness.measure(judged, said, judged.rows, every, jobs=1))
    assert len(table) == len(every)
    assert (table["change"] == 0).all()
    assert (table["change_low"] == 0).all()
    assert (table["unchanged"] == 1).all()
    assert (table["uar_clean"] == 0.5).all()
    assert (table["n_utterances"] == len(said)).all()
    assert (table["n_speakers"] == 4).all()
    assert table["confidence"].to_numpy() == pytest.approx(0.8)
    assert (table["sure"] == 1).all()
    judged_groups = {*robustness.RECALL_GROUPS, *robustness.UNCHANGED_GROUPS}
    for row in table.to_dict("records"):
        assert row["holds"] is (True if row["group"] in judged_groups else None)


def test_a_model_that_goes_by_the_level_is_caught(said: pd.DataFrame) -> None:
    judged = made_up_models.panel(made_up_models.by_level(LIMIT_DB), said)
    tested = (Gain(-30.0), Gain(-0.1, group="tiny"), ColoredNoise("white", 0.0), Shift())
    table = robustness.measure(judged, said, judged.rows, tested, jobs=1)
    quiet = found(table, "gain", -30.0)
    assert (quiet["uar_clean"], quiet["uar"], quiet["change"]) == (1.0, 0.5, -0.5)
    assert (quiet["change_low"], quiet["change_high"]) == (-0.5, -0.5)
    assert (quiet["change_anger"], quiet["change_sadness"]) == (-1.0, 0.0)
    assert np.isnan(quiet["change_fear"])
    assert quiet["unchanged"] == 0.5
    for name, level in (("gain", -0.1), ("shift", 1.0)):
        assert found(table, name, level)["holds"]
    assert found(table, "white", 0.0)["holds"]


def test_a_change_that_nobody_hears_must_not_change_answers(said: pd.DataFrame) -> None:
    judged = made_up_models.panel(made_up_models.by_level(LIMIT_DB), said)
    tested = (Telephone("mu-law"), Gain(-30.0, group="tiny"), Gain(-30.0, group="telephone"))
    table = robustness.measure(judged, said, judged.rows, tested, jobs=1)
    assert altered(table)["holds"].tolist() == [True, False, False]
    rules = altered(table)["threshold"].tolist()
    assert rules == ["recall drops by at most 0.05", "95% of answers unchanged", rules[0]]


def test_answers_are_those_given_elsewhere_on_any_number_of_threads() -> None:
    judged, rows, utterances = of_sample()
    tested = (ColoredNoise("pink", 10.0), Coded("Opus", 12.0))
    tables = [
        robustness.measure(judged, utterances, rows, tested, n_utterances=6, jobs=jobs)
        for jobs in (1, 2)
    ]
    pd.testing.assert_frame_equal(*tables)
    chosen = subsample.stratified(utterances, rows, 6)

    truth = np.array([EMOTIONS.index(emotion) for emotion in utterances["emotion"].iloc[chosen]])
    clean = answers.ask(judged, utterances, chosen).argmax(axis=1)
    noisy = np.array([answer_in(tested[0], judged, utterances["path"].iloc[n]) for n in chosen])
    assert tables[0]["uar_clean"][0] == pytest.approx(uar(truth, clean))
    assert tables[0]["uar"][0] == pytest.approx(uar(truth, noisy))
    assert tables[0]["unchanged"][0] == pytest.approx(np.mean(clean == noisy))
    assert 8 < tables[0]["kbit_s"][1] < 20
    assert np.isnan(tables[0]["kbit_s"][0])


def uar(truth: np.ndarray, found: np.ndarray) -> float:
    return float(np.mean([(found == truth)[truth == one].mean() for one in set(truth.tolist())]))


def answer_in(condition: Condition, judged: panels.Panel, path: str) -> int:
    random = answers.generator(path, f"{condition.group} {condition.name}")
    model = judged.judges[0].model
    extractor = model.extractor()
    extractor.process(condition(audio.read(path), random))
    return int(model.probabilities(extractor.finish()[None]).argmax())


def of_sample() -> tuple[panels.Panel, np.ndarray, pd.DataFrame]:
    utterances = catalogue(SAMPLE).utterances
    judged = panels.of_path(default_model_path(), utterances)[0]
    return judged, judged.rows, utterances


def test_noise_alone_is_asked_about(said: pd.DataFrame, noise: dict[str, tuple[str, ...]]) -> None:
    for threshold, sure in ((0.5, 1.0), (0.9, 0.0), (0.0, None)):
        model = made_up_models.MadeUp(lambda _seconds, _level: "fear", threshold=threshold)
        judged = made_up_models.panel(model, said)
        rows = speechless.measure(judged, conditions.standard(noise, said), jobs=1)
        assert [row["sure"] for row in rows] == [sure] * len(rows)
    assert {"digital silence", "white", "pink", "rain", "wind"} <= {r["condition"] for r in rows}
    assert all(row["commonest"] == "fear" and row["commonest_share"] == 1 for row in rows)
    silence = next(row for row in rows if row["condition"] == "digital silence")
    assert silence["noticed"] == 0


def test_a_recording_that_cannot_be_heard_is_named(said: pd.DataFrame, tmp_path: Path) -> None:
    broken = made_up_models.unreadable(said, tmp_path)
    judged = made_up_models.panel(made_up_models.deaf(), broken)
    with pytest.raises(AudioError, match=r"broken\.wav"):
        robustness.measure(judged, broken, judged.rows, (Shift(),), jobs=1)
    failures: dict[str, str] = {}
    table = robustness.measure(judged, broken, judged.rows, (Shift(),), failures=failures, jobs=1)
    assert [Path(path).name for path in failures] == ["broken.wav"]
    assert table["n_utterances"][0] == len(said)


def test_nothing_to_measure_is_an_error(said: pd.DataFrame) -> None:
    judged = made_up_models.panel(made_up_models.deaf(), said)
    with pytest.raises(InputError, match="0 conditions"):
        robustness.measure(judged, said, judged.rows, ())
    with pytest.raises(InputError, match="0 recordings"):
        robustness.measure(judged, said, np.array([], dtype=np.intp), (Shift(),))


def test_a_report_shows_it_all(said: pd.DataFrame, noise: dict[str, tuple[str, ...]]) -> None:
    pytest.importorskip("matplotlib")
    judged = made_up_models.panel(made_up_models.by_level(LIMIT_DB), said)
    tested = (
        RecordedNoise(noise["rain"], 10.0),
        ColoredNoise("pink", 10.0),
        Coded("MP3", 16.0),
        Gain(-30.0),
        Gain(-30.0, group="tiny"),
        Shift(),
    )
    table = robustness.measure(judged, said, judged.rows, tested, jobs=1)
    pages = []
    for shown in (table, as_stored(table)):
        report = Report("Made up", "A lead.")
        robustness.add_section(report, shown)
        pages.append(report.html())
    assert pages[0] == pages[1]
    for words in ("gain, -30 dB", "missed", "holds", "Noise without speech", "pink, 10 dB SNR"):
        assert words in pages[0]
    assert "trained with the same recordings of noise" in pages[0]
    assert "measured)" in pages[0]
    assert pages[0].count("<svg") == 4


def test_few_conditions_make_a_section_too(said: pd.DataFrame) -> None:
    pytest.importorskip("matplotlib")
    judged = made_up_models.panel(made_up_models.deaf(), said)
    report = Report("Made up", "A lead.")
    table = robustness.measure(judged, said, judged.rows[:1], (Gain(-10.0),), jobs=1)
    robustness.add_section(report, altered(table))
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
