"""Length counts speech from its beginning, and finds when the prediction is stable."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import known_models
from audio_emotion.data.catalogue import catalogue
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import AudioError, InputError
from audio_emotion.evaluation.measures import speech_length
from audio_emotion.evaluation.protocols import subsample
from audio_emotion.evaluation.protocols.evaluation_split import splits_of_files
from audio_emotion.evaluation.protocols.predictions import extract, predict
from audio_emotion.evaluation.report import robustness_page
from audio_emotion.progress import RunOptions
from audio_emotion.recognition.model import default_model_path
from audio_emotion.report.page import Report
from conftest import REPOSITORY

SAMPLE = REPOSITORY / "sample"
SPEECH_S = 1.2
ONE_JOB = RunOptions(jobs=1)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("recordings")
    return known_models.recordings(folder, seconds=SPEECH_S)


def after(seconds: float) -> known_models.MadeUp:
    """Return a model that predicts fear, then anger after so much speech."""
    until = known_models.SILENCE_S + seconds
    return known_models.MadeUp(lambda seconds, _level: "anger" if seconds > until else "fear")


def uars(table: pd.DataFrame, corpus: str = speech_length.ALL) -> dict[float | None, float]:
    rows = table[(table["measure"] == "uar") & (table["corpus"] == corpus)]
    return {
        None if np.isnan(seconds) else seconds: value
        for seconds, value in zip(rows["seconds"], rows["value"], strict=True)
    }


def stable(table: pd.DataFrame, corpus: str = speech_length.ALL) -> pd.Series:
    rows = table[(table["measure"] == "stable") & (table["corpus"] == corpus)]
    return rows.iloc[0]


def test_seconds_count_from_the_first_speech(recordings: pd.DataFrame) -> None:
    split = known_models.split(after(0.62), recordings)
    table = speech_length.measure(split, recordings, split.rows, options=ONE_JOB)
    assert uars(table) == {0.25: 0, 0.5: 0, 1.0: 0.5, 1.5: 0.5, 2.0: 0.5, 3.0: 0.5, None: 0.5}
    when = stable(table)
    assert when["value"] == pytest.approx(0.65, abs=0.011)
    assert when["low"] == pytest.approx(when["high"])
    assert when["n_utterances"] == len(recordings)


def test_a_prediction_that_never_changes_is_stable_at_once(recordings: pd.DataFrame) -> None:
    split = known_models.split(known_models.constant(), recordings)
    table = speech_length.measure(split, recordings, split.rows, options=ONE_JOB)
    assert stable(table)["value"] == pytest.approx(speech_length.STEP_S)
    recalls = table[table["measure"] == "uar"]
    assert (recalls["settled"] == 1).all()


def test_a_prediction_that_changes_with_the_last_sample_is_stable_at_the_end(
    recordings: pd.DataFrame,
) -> None:
    split = known_models.split(after(SPEECH_S - 0.001), recordings)
    table = speech_length.measure(split, recordings, split.rows, options=ONE_JOB)
    assert stable(table)["value"] == pytest.approx(SPEECH_S, abs=0.011)
    assert uars(table)[1.0] == 0
    assert uars(table)[1.5] == 0.5  # has ended, and counts with all of it


def test_the_share_of_ended_utterances(recordings: pd.DataFrame) -> None:
    split = known_models.split(known_models.constant(), recordings)
    table = speech_length.measure(split, recordings, split.rows, options=ONE_JOB)
    rows = table[(table["measure"] == "uar") & (table["corpus"] == speech_length.ALL)]
    assert rows["ended"].tolist() == [0, 0, 0, 1, 1, 1, 1]


def test_each_corpus_has_a_curve_if_it_has_enough(recordings: pd.DataFrame) -> None:
    split = known_models.split(known_models.constant(), recordings)
    table = speech_length.measure(split, recordings, split.rows, options=ONE_JOB)
    assert set(table["corpus"]) == {speech_length.ALL, "mine", "yours"}
    assert pd.isna(uars(table, "mine")[None])  # two utterances of an emotion are too few


def test_at_the_end_it_says_what_is_said_elsewhere() -> None:
    utterances = catalogue(SAMPLE).utterances
    split = splits_of_files(default_model_path(), utterances)[0]
    tables = [
        speech_length.measure(
            split, utterances, split.rows, n_utterances=14, options=RunOptions(jobs=jobs)
        )
        for jobs in (1, 2)
    ]
    pd.testing.assert_frame_equal(*tables)
    chosen = subsample.stratified(utterances, split.rows, 14)
    rows = extract(split, utterances, chosen, RunOptions())
    found = predict(split, chosen, rows).probabilities.argmax(axis=1)
    truth = np.array([EMOTIONS.index(one) for one in utterances["emotion"].iloc[chosen]])
    recalls = [(found == truth)[truth == emotion].mean() for emotion in set(truth.tolist())]
    assert uars(tables[0])[None] == pytest.approx(np.mean(recalls))


def test_an_unreadable_recording_is_named(recordings: pd.DataFrame, tmp_path: Path) -> None:
    broken = known_models.unreadable(recordings, tmp_path)
    split = known_models.split(known_models.constant(), broken)
    with pytest.raises(AudioError, match=r"broken\.wav"):
        speech_length.measure(split, broken, split.rows, options=ONE_JOB)
    failures: dict[str, str] = {}
    table = speech_length.measure(
        split, broken, split.rows, options=RunOptions(jobs=1, failures=failures)
    )
    assert [Path(path).name for path in failures] == ["broken.wav"]
    assert stable(table)["n_utterances"] == len(recordings)
    with pytest.raises(AudioError, match=r"broken\.wav"):  # none is left
        speech_length.measure(
            split, broken, split.rows[-1:], options=RunOptions(jobs=1, failures={})
        )


def test_no_recording_is_an_error(recordings: pd.DataFrame) -> None:
    split = known_models.split(known_models.constant(), recordings)
    with pytest.raises(InputError, match="no recording"):
        speech_length.measure(split, recordings, np.array([], dtype=np.intp))


def test_a_report_shows_it_all(recordings: pd.DataFrame) -> None:
    pytest.importorskip("matplotlib")
    split = known_models.split(after(0.62), recordings)
    table = speech_length.measure(split, recordings, split.rows, options=ONE_JOB)
    stored = pd.DataFrame(json.loads(table.to_json(orient="records")))
    pages = []
    for shown in (table, stored):
        report = Report("Made up", "A lead.")
        robustness_page.add_length(report, shown)
        pages.append(report.html())
    assert pages[0] == pages[1]
    assert "Half of the predictions no longer change after 0.65 s" in pages[0]
    assert "whole recording" in pages[0]
    assert "<svg" in pages[0]
