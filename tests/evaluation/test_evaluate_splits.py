"""Nobody is asked about a speaker whom it has heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from audio_emotion.data import folds
from audio_emotion.errors import InputError, ModelError
from audio_emotion.evaluation.protocols import cross_validation as splits
from audio_emotion.evaluation.protocols.evaluation_split import Panel, of_path
from audio_emotion.evaluation.protocols.predictions import ask, generator
from audio_emotion.recognition.predict import predict
from prediction_fixtures import catalogue, model_file
from synthetic import dataset
from trained import SAMPLE, clips

PEOPLE = {"ravdess": ["ravdess_01", "ravdess_02", "ravdess_05"], "mine": ["mine_ada", "mine_bob"]}
EVERYBODY = [name for members in PEOPLE.values() for name in members]


def asked(panel: Panel, table: pd.DataFrame) -> dict[str, set[str]]:
    """Speakers by judge, once it is sure that the judge has heard none of them."""
    found = {}
    for judge in panel.judges:
        about = set(table["speaker"].iloc[judge.rows])
        assert not about & set(judge.model.metadata.speakers)
        found[judge.name] = about
    assert (
        len(np.unique(panel.rows))
        == len(panel.rows)
        == sum(len(judge.rows) for judge in panel.judges)
    )
    return found


def test_a_file_is_asked_only_about_whom_it_has_not_heard(tmp_path: Path) -> None:
    table = catalogue(PEOPLE)
    path = model_file(tmp_path / "net.aem", ["ravdess_01", "ravdess_02", "mine_ada", "elsewhere"])
    (panel,) = of_path(path, table)
    assert (panel.name, panel.protocol) == ("net", "unseen speakers")
    assert asked(panel, table) == {"net.aem": {"ravdess_05", "mine_bob"}}
    (refusal,) = panel.refusals
    assert "trained on these 3 speakers: answers about them would flatter" in refusal.rule
    assert refusal.n_utterances == 21
    assert refusal.speakers == ("mine_ada", "ravdess_01", "ravdess_02")


def test_a_file_that_has_heard_everybody_is_refused(tmp_path: Path) -> None:
    path = model_file(tmp_path / "net.aem", EVERYBODY)
    with pytest.raises(InputError, match=r"trained on these 5 speakers.*somebody else"):
        of_path(path, catalogue(PEOPLE))


def test_a_file_that_says_nothing_of_its_speakers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nobody can be called unseen"):
        of_path(model_file(tmp_path / "net.aem", []), catalogue(PEOPLE))


def test_a_corpus_of_which_nobody_was_heard_is_unseen_too(tmp_path: Path) -> None:
    table = catalogue(PEOPLE)
    path = model_file(tmp_path / "net.aem", ["ravdess_01", "ravdess_02"])
    speakers, corpus = of_path(path, table)
    assert asked(speakers, table) == {"net.aem": {"ravdess_05", "mine_ada", "mine_bob"}}
    assert corpus.protocol == "unseen corpus"
    assert asked(corpus, table) == {"net.aem": {"mine_ada", "mine_bob"}}


def test_a_corpus_is_not_unseen_because_others_of_it_were_heard(tmp_path: Path) -> None:
    table = catalogue(PEOPLE)
    path = model_file(tmp_path / "net.aem", ["ravdess_24", "mine_eve"])
    (panel,) = of_path(path, table)
    assert asked(panel, table) == {"net.aem": set(EVERYBODY)}


def test_a_folder_divides_the_speakers_among_its_files(tmp_path: Path) -> None:
    table = catalogue({**PEOPLE, "mine": [*PEOPLE["mine"], "mine_cyd"]})
    everybody = [*EVERYBODY, "mine_cyd"]
    for number, left_out in enumerate(("ravdess_01", "ravdess_02", "mine_ada")):
        others = [name for name in everybody if name not in {left_out, "mine_bob"}]
        model_file(tmp_path / f"{number}.aem", others)
    model_file(tmp_path / "0_half.aem", ["ravdess_05", "mine_bob", "mine_cyd"])
    model_file(tmp_path / "everybody.aem", everybody)
    (tmp_path / "notes.txt").write_text("no model")
    (panel,) = of_path(tmp_path, table)
    assert asked(panel, table) == {
        "0.aem": {"ravdess_01", "mine_bob"},  # of equals the first by name
        "1.aem": {"ravdess_02"},
        "2.aem": {"mine_ada"},
    }
    assert [(refusal.n_utterances, refusal.speakers) for refusal in panel.refusals] == [
        (14, ("mine_cyd", "ravdess_05"))
    ]
    assert "all 5 models were trained on these 2 speakers" in panel.refusals[0].rule


def test_a_folder_without_models_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model file in this folder"):
        of_path(tmp_path, catalogue(PEOPLE))


def test_no_split_trains_on_what_it_is_asked_about() -> None:
    table = dataset(per_emotion=2).catalogue
    table["sentence"] = [("one", "two", "three")[k % 3] for k in range(len(table))]
    table.loc[table["corpus"] == "mine", "sentence"] = ""
    planned = splits.plan(table)
    keys = {"unseen speakers": "speaker", "unseen corpus": "corpus"}
    counted = {}
    for split in planned.splits:
        assert not set(split.train) & set(split.test)
        if split.protocol in keys:
            of_rows = table[keys[split.protocol]]
            assert not set(of_rows[split.train]) & set(of_rows[split.test])
        if split.protocol == "unseen sentence":
            said = table["corpus"] + table["sentence"]
            assert not set(said[split.train]) & set(said[split.test])
        counted.setdefault(split.protocol, []).extend(split.test)
    assert sorted(counted["unseen speakers"]) == sorted(counted["unseen corpus"])
    assert len(counted["unseen corpus"]) == len(table)
    (nameless,) = planned.refusals["unseen sentence"]
    assert nameless.speakers == ("mine_ada", "mine_bob")
    assert len(counted["unseen sentence"]) == len(table) - nameless.n_utterances


def test_emotions_that_no_other_corpus_has_are_not_asked_about() -> None:
    table = dataset(per_emotion=1).catalogue
    table = table[(table["emotion"] != "fear") | (table["corpus"] == "mine")].reset_index(drop=True)
    planned = splits.plan(table)
    (refusal,) = planned.refusals["unseen corpus"]
    assert (refusal.n_utterances, refusal.rule) == (
        2,
        "no corpus but mine has fear: nothing to learn them from",
    )


def test_what_cannot_be_split_is_named() -> None:
    table = dataset(per_emotion=1).catalogue
    alone = table[table["corpus"] == "ravdess"].reset_index(drop=True)
    assert set(splits.plan(alone).not_asked) == {"unseen corpus", "unseen sentence"}
    one = alone[alone["speaker"] == "ravdess_01"].reset_index(drop=True)
    with pytest.raises(InputError, match="no speaker is left to train on"):
        splits.plan(one)
    alike = alone.assign(emotion="fear")
    with pytest.raises(InputError, match="only fear is left to train on"):
        splits.plan(alike)


def test_trained_judges_have_not_heard_whom_they_judge() -> None:
    data = dataset(per_emotion=2)
    chosen = tuple(one for one in splits.plan(data.catalogue).splits if "unseen" in one.protocol)
    for panel in splits.train("ShrinkageLDA", data, chosen, jobs=1):
        asked(panel, data.catalogue)
        assert all(judge.model.metadata.temperature != 1 for judge in panel.judges)
    n_folds = len(np.unique(folds.assign(data.catalogue)))
    assert sum(one.protocol == "unseen speakers" for one in chosen) == n_folds


def test_answers_are_those_of_predict_whatever_the_order(tmp_path: Path) -> None:
    paths = [str(path) for path in sorted(clips())[:6]]
    table = catalogue({"mine": ["mine_ada"]}).iloc[:6].assign(path=paths)
    (panel, _) = of_path(model_file(tmp_path / "net.aem", ["somebody"]), table)
    rows = np.arange(6)
    found = ask(panel, table, rows, jobs=1)
    assert (ask(panel, table, rows[::-1], jobs=2)[::-1] == found).all()
    document = predict(paths, panel.judges[0].model)
    expected = [list(result["probabilities"].values()) for result in document["results"]]
    assert found.tolist() == expected


def test_random_numbers_depend_on_file_and_condition_alone() -> None:
    first = generator("a/x.wav", "hiss").random()
    assert generator("b/x.wav", "hiss").random() == first
    assert generator("a/y.wav", "hiss").random() != first
    assert generator("a/x.wav", "rain").random() != first


def test_what_cannot_be_heard_is_listed(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.wav"
    damaged.write_bytes(b"RIFF nothing")
    paths = [str(SAMPLE / "none.wav"), str(min(clips())), str(damaged)]
    table = catalogue({"mine": ["mine_ada"]}).iloc[:3].assign(path=paths)
    (panel, _) = of_path(model_file(tmp_path / "net.aem", ["somebody"]), table)
    failures: dict[str, str] = {}
    found = ask(panel, table, np.arange(3), failures=failures)
    assert np.isfinite(found).all(axis=1).tolist() == [False, True, False]
    assert list(failures) == [paths[0], paths[2]]
    assert "no such file" in failures[paths[0]]
