"""Length counts speech from where it begins, and knows when an answer no longer changes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import made_up_models
from audio_emotion.data.catalogue import catalogue
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import AudioError, InputError
from audio_emotion.evaluation.measures import speech_length as length
from audio_emotion.evaluation.protocols import evaluation_split as panels
from audio_emotion.evaluation.protocols import predictions as answers
from audio_emotion.evaluation.protocols import subsample
from audio_emotion.recognition.model import default_model_path
from audio_emotion.report.page import Report
from conftest import REPOSITORY

SAMPLE = REPOSITORY / "sample"
SPEECH_S = 1.2


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("said")
    return made_up_models.recordings(folder, seconds=SPEECH_S)


def after(seconds: float) -> made_up_models.MadeUp:
    """Answers fear, then anger from when so much speech was heard."""
    until = made_up_models.SILENCE_S + seconds
    return made_up_models.MadeUp(lambda heard, _level: "anger" if heard > until else "fear")


def uars(table: pd.DataFrame, corpus: str = length.ALL) -> dict[float | None, float]:
    rows = table[(table["measure"] == "uar") & (table["corpus"] == corpus)]
    return {
        None if np.isnan(seconds) else seconds: value
        for seconds, value in zip(rows["seconds"], rows["value"], strict=True)
    }


def stable(table: pd.DataFrame, corpus: str = length.ALL) -> pd.Series:
    rows = table[(table["measure"] == "stable") & (table["corpus"] == corpus)]
    return rows.iloc[0]


def test_seconds_count_from_the_first_speech(said: pd.DataFrame) -> None:
    judged = made_up_models.panel(after(0.62), said)
    table = length.measure(judged, said, judged.rows, jobs=1)
    assert uars(table) == {0.25: 0, 0.5: 0, 1.0: 0.5, 1.5: 0.5, 2.0: 0.5, 3.0: 0.5, None: 0.5}
    when = stable(table)
    assert when["value"] == pytest.approx(0.65, abs=0.011)
    assert when["low"] == pytest.approx(when["high"])
    assert when["n_utterances"] == len(said)


def test_an_answer_that_never_changes_is_stable_at_once(said: pd.DataFrame) -> None:
    judged = made_up_models.panel(made_up_models.deaf(), said)
    table = length.measure(judged, said, judged.rows, jobs=1)
    assert stable(table)["value"] == pytest.approx(length.STEP_S)
    recalls = table[table["measure"] == "uar"]
    assert (recalls["settled"] == 1).all()


def test_an_answer_that_changes_with_the_last_sample_is_stable_at_the_end(
    said: pd.DataFrame,
) -> None:
    judged = made_up_models.panel(after(SPEECH_S - 0.001), said)
    table = length.measure(judged, said, judged.rows, jobs=1)
    assert stable(table)["value"] == pytest.approx(SPEECH_S, abs=0.011)
    assert uars(table)[1.0] == 0
    assert uars(table)[1.5] == 0.5  # has ended, and counts with all of it


def test_the_share_of_ended_utterances(said: pd.DataFrame) -> None:
    judged = made_up_models.panel(made_up_models.deaf(), said)
    table = length.measure(judged, said, judged.rows, jobs=1)
    rows = table[(table["measure"] == "uar") & (table["corpus"] == length.ALL)]
    assert rows["ended"].tolist() == [0, 0, 0, 1, 1, 1, 1]


def test_each_corpus_has_a_curve_if_it_has_enough(said: pd.DataFrame) -> None:
    judged = made_up_models.panel(made_up_models.deaf(), said)
    table = length.measure(judged, said, judged.rows, jobs=1)
    assert set(table["corpus"]) == {length.ALL, "mine", "yours"}
    assert pd.isna(uars(table, "mine")[None])  # two utterances of an emotion are too few


def test_at_the_end_it_says_what_is_said_elsewhere() -> None:
    utterances = catalogue(SAMPLE).utterances
    judged = panels.of_path(default_model_path(), utterances)[0]
    tables = [
        length.measure(judged, utterances, judged.rows, n_utterances=14, jobs=jobs)
        for jobs in (1, 2)
    ]
    pd.testing.assert_frame_equal(*tables)
    chosen = subsample.stratified(utterances, judged.rows, 14)
    found = answers.ask(judged, utterances, chosen).argmax(axis=1)
    truth = np.array([EMOTIONS.index(one) for one in utterances["emotion"].iloc[chosen]])
    recalls = [(found == truth)[truth == emotion].mean() for emotion in set(truth.tolist())]
    assert uars(tables[0])[None] == pytest.approx(np.mean(recalls))


def test_a_recording_that_cannot_be_heard_is_named(said: pd.DataFrame, tmp_path: Path) -> None:
    broken = made_up_models.unreadable(said, tmp_path)
    judged = made_up_models.panel(made_up_models.deaf(), broken)
    with pytest.raises(AudioError, match=r"broken\.wav"):
        length.measure(judged, broken, judged.rows, jobs=1)
    failures: dict[str, str] = {}
    table = length.measure(judged, broken, judged.rows, failures=failures, jobs=1)
    assert [Path(path).name for path in failures] == ["broken.wav"]
    assert stable(table)["n_utterances"] == len(said)
    with pytest.raises(AudioError, match=r"broken\.wav"):  # nobody is left
        length.measure(judged, broken, judged.rows[-1:], failures={}, jobs=1)


def test_nobody_to_ask_about_is_an_error(said: pd.DataFrame) -> None:
    judged = made_up_models.panel(made_up_models.deaf(), said)
    with pytest.raises(InputError, match="no recording"):
        length.measure(judged, said, np.array([], dtype=np.intp))


def test_a_report_shows_it_all(said: pd.DataFrame) -> None:
    pytest.importorskip("matplotlib")
    judged = made_up_models.panel(after(0.62), said)
    table = length.measure(judged, said, judged.rows, jobs=1)
    stored = pd.DataFrame(json.loads(table.to_json(orient="records")))
    pages = []
    for shown in (table, stored):
        report = Report("Made up", "A lead.")
        length.add_section(report, shown)
        pages.append(report.html())
    assert pages[0] == pages[1]
    assert "Half of the answers no longer change after 0.65 s" in pages[0]
    assert "whole recording" in pages[0]
    assert "<svg" in pages[0]
