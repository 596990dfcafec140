"""No model predicts a speaker that it was trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from audio_emotion.data import folds
from audio_emotion.errors import InputError, ModelError
from audio_emotion.evaluation.protocols import cross_validation
from audio_emotion.evaluation.protocols.evaluation_split import (
    SPEAKERS_SEEN,
    EvaluationSplit,
    split_of_corpora,
    splits_of_files,
)
from audio_emotion.evaluation.protocols.predictions import extract, predict, random_generator
from audio_emotion.progress import RunOptions
from audio_emotion.recognition.predict import predict as predict_files
from fitted_classifiers import SAMPLE, clips
from prediction_fixtures import catalogue, model_file
from separable_dataset import dataset

SPEAKERS = {"ravdess": ["ravdess_01", "ravdess_02", "ravdess_05"], "mine": ["mine_ada", "mine_bob"]}
ALL_SPEAKERS = [name for members in SPEAKERS.values() for name in members]


def speakers_by_model(split: EvaluationSplit, table: pd.DataFrame) -> dict[str, set[str]]:
    """Return speakers by model, once it is sure that it was trained on none of them."""
    found = {}
    for fold in split.fold_models:
        speakers = set(table["speaker"].iloc[fold.rows])
        assert not speakers & set(fold.model.metadata.speakers)
        found[fold.name] = speakers
    assert (
        len(np.unique(split.rows))
        == len(split.rows)
        == sum(len(fold.rows) for fold in split.fold_models)
    )
    return found


def test_a_file_is_tested_on_unseen_speakers_only(tmp_path: Path) -> None:
    table = catalogue(SPEAKERS)
    path = model_file(tmp_path / "net.aem", ["ravdess_01", "ravdess_02", "mine_ada", "elsewhere"])
    (split,) = splits_of_files(path, table)
    assert (split.name, split.protocol) == ("net", "unseen speakers")
    assert speakers_by_model(split, table) == {"net.aem": {"ravdess_05", "mine_bob"}}
    (exclusion,) = split.exclusions
    assert "trained on these 3 speakers, so that its recall" in exclusion.reason
    assert exclusion.n_utterances == 21
    assert exclusion.speakers == ("mine_ada", "ravdess_01", "ravdess_02")


def test_a_file_that_was_trained_on_all_speakers_is_refused(tmp_path: Path) -> None:
    path = model_file(tmp_path / "net.aem", ALL_SPEAKERS)
    with pytest.raises(InputError, match=r"trained on these 5 speakers.*other speakers"):
        splits_of_files(path, catalogue(SPEAKERS))


def test_a_file_without_its_speakers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="none can be called unseen"):
        splits_of_files(model_file(tmp_path / "net.aem", []), catalogue(SPEAKERS))


def test_a_corpus_without_training_speakers_is_unseen_too(tmp_path: Path) -> None:
    table = catalogue(SPEAKERS)
    path = model_file(tmp_path / "net.aem", ["ravdess_01", "ravdess_02"])
    corpus, speakers = splits_of_files(path, table)
    assert speakers_by_model(speakers, table) == {"net.aem": {"ravdess_05", "mine_ada", "mine_bob"}}
    assert corpus.protocol == "unseen corpus"
    assert speakers_by_model(corpus, table) == {"net.aem": {"mine_ada", "mine_bob"}}


def test_a_corpus_of_which_others_were_trained_on_is_not_unseen(tmp_path: Path) -> None:
    table = catalogue(SPEAKERS)
    path = model_file(tmp_path / "net.aem", ["ravdess_24", "mine_eve"])
    (split,) = splits_of_files(path, table)
    assert speakers_by_model(split, table) == {"net.aem": set(ALL_SPEAKERS)}


def test_a_folder_divides_the_speakers_among_its_files(tmp_path: Path) -> None:
    table = catalogue({**SPEAKERS, "mine": [*SPEAKERS["mine"], "mine_cyd"]})
    everybody = [*ALL_SPEAKERS, "mine_cyd"]
    for number, left_out in enumerate(("ravdess_01", "ravdess_02", "mine_ada")):
        others = [name for name in everybody if name not in {left_out, "mine_bob"}]
        model_file(tmp_path / f"{number}.aem", others)
    model_file(tmp_path / "0_half.aem", ["ravdess_05", "mine_bob", "mine_cyd"])
    model_file(tmp_path / "everybody.aem", everybody)
    (tmp_path / "notes.txt").write_text("no model")
    (split,) = splits_of_files(tmp_path, table)
    assert speakers_by_model(split, table) == {
        "0.aem": {"ravdess_01", "mine_bob"},  # of equals the first by name
        "1.aem": {"ravdess_02"},
        "2.aem": {"mine_ada"},
    }
    assert [(one.n_utterances, one.speakers) for one in split.exclusions] == [
        (14, ("mine_cyd", "ravdess_05"))
    ]
    assert "all 5 models were trained on these 2 speakers" in split.exclusions[0].reason


def test_each_corpus_goes_to_the_network_that_was_trained_without_it(tmp_path: Path) -> None:
    read = catalogue({"read_speech": ["read_speech_x"]}).iloc[4:5]
    noise = catalogue({"noise": ["freesound_1"]}).iloc[:1].assign(emotion="no speech")
    table = pd.concat([catalogue(SPEAKERS), read, noise], ignore_index=True)
    for corpus, others in (("ravdess", SPEAKERS["mine"]), ("mine", SPEAKERS["ravdess"])):
        model_file(tmp_path / f"without_{corpus}.aem", others)
    split = split_of_corpora(tmp_path, table)
    assert split.protocol == "unseen corpus"
    # Read speech and noise are scored otherwise, though no network was trained on them.
    assert speakers_by_model(split, table) == {
        "without_ravdess.aem": set(SPEAKERS["ravdess"]),
        "without_mine.aem": set(SPEAKERS["mine"]),
    }
    for corpus in ("ravdess", "mine"):
        model_file(tmp_path / f"without_{corpus}.aem", ["mine_ada", "ravdess_24"])
    with pytest.raises(InputError, match=r"each of its 2 models was trained on .* every corpus"):
        split_of_corpora(tmp_path, table)


def test_a_folder_without_models_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model file in this folder"):
        splits_of_files(tmp_path, catalogue(SPEAKERS))


def test_no_split_trains_on_what_it_is_tested_on() -> None:
    table = dataset(per_emotion=2).catalogue
    table["sentence"] = [("one", "two", "three")[k % 3] for k in range(len(table))]
    table.loc[table["corpus"] == "mine", "sentence"] = ""
    planned = cross_validation.plan(table)
    keys = {"unseen speakers": "speaker", "unseen corpus": "corpus"}
    counted = {}
    for split in planned.splits:
        assert not set(split.train) & set(split.test)
        if split.protocol in keys:
            of_rows = table[keys[split.protocol]]
            assert not set(of_rows[split.train]) & set(of_rows[split.test])
        if split.protocol == "unseen sentence":
            sentences = table["corpus"] + table["sentence"]
            assert not set(sentences[split.train]) & set(sentences[split.test])
        counted.setdefault(split.protocol, []).extend(split.test)
    assert sorted(counted["unseen speakers"]) == sorted(counted["unseen corpus"])
    assert len(counted["unseen corpus"]) == len(table)
    (unnamed,) = planned.exclusions["unseen sentence"]
    assert unnamed.speakers == ("mine_ada", "mine_bob")
    assert len(counted["unseen sentence"]) == len(table) - unnamed.n_utterances


def test_actors_who_also_sing_are_on_one_side(tmp_path: Path) -> None:
    actors = [f"ravdess_{actor:02d}" for actor in (1, 2, 5, 9)]
    table = catalogue({"ravdess": actors, "ravdess_song": actors, "mine": ["mine_ada", "mine_bob"]})
    table["sentence"] = [("kids", "dogs")[k % 2] for k in range(len(table))]
    for split in cross_validation.plan(table).splits:
        here, there = table.iloc[split.train], table.iloc[split.test]
        if split.protocol in {"unseen speakers", "unseen corpus"}:
            assert not set(here["speaker"]) & set(there["speaker"])
        if split.protocol == "unseen sentence" and set(there["corpus"]) & {"ravdess"}:
            sentences = set(there["sentence"][there["corpus"] == "ravdess"])
            assert not sentences & set(here["sentence"][here["corpus"] == "ravdess_song"])
    only = table[table["corpus"] != "mine"].reset_index(drop=True)
    assert "unseen corpus" in cross_validation.plan(only).skipped_protocols
    # Songs of others are not another corpus for a file that was trained on the actors' speech.
    path = model_file(tmp_path / "net.aem", ["ravdess_24", "mine_eve"])
    (split,) = splits_of_files(path, table)
    assert split.protocol == "unseen speakers"


def test_emotions_that_no_other_corpus_has_are_excluded() -> None:
    table = dataset(per_emotion=1).catalogue
    table = table[(table["emotion"] != "fear") | (table["corpus"] == "mine")].reset_index(drop=True)
    planned = cross_validation.plan(table)
    (exclusion,) = planned.exclusions["unseen corpus"]
    assert (exclusion.n_utterances, exclusion.reason) == (
        2,
        "only mine has fear: without it no training data of them is left",
    )


def test_what_cannot_be_split_is_named() -> None:
    table = dataset(per_emotion=1).catalogue
    alone = table[table["corpus"] == "ravdess"].reset_index(drop=True)
    assert set(cross_validation.plan(alone).skipped_protocols) == {
        "unseen corpus",
        "unseen sentence",
    }
    one = alone[alone["speaker"] == "ravdess_01"].reset_index(drop=True)
    with pytest.raises(InputError, match="no speaker is left to train on"):
        cross_validation.plan(one)
    alike = alone.assign(emotion="fear")
    with pytest.raises(InputError, match="only fear is left to train on"):
        cross_validation.plan(alike)


def test_cross_validation_tests_on_unseen_speakers() -> None:
    data = dataset(per_emotion=2)
    plan = cross_validation.plan(data.catalogue)
    chosen = [protocol for protocol in SPEAKERS_SEEN if "unseen" in protocol]
    options = RunOptions(jobs=1)
    for split in cross_validation.train("ShrinkageLDA", data, plan, chosen, options):
        speakers_by_model(split, data.catalogue)
        assert all(fold.model.metadata.temperature != 1 for fold in split.fold_models)
    n_folds = len(np.unique(folds.assign(data.catalogue)))
    assert sum(one.protocol == "unseen speakers" for one in plan.splits) == n_folds


def test_predictions_are_those_of_predict_whatever_the_order(tmp_path: Path) -> None:
    paths = [str(path) for path in sorted(clips())[:6]]
    table = catalogue({"mine": ["mine_ada"]}).iloc[:6].assign(path=paths)
    (_, split) = splits_of_files(model_file(tmp_path / "net.aem", ["somebody"]), table)
    found, backwards = (
        predict(split, rows, extract(split, table, rows, RunOptions(jobs=jobs))).probabilities
        for jobs, rows in ((1, np.arange(6)), (2, np.arange(6)[::-1]))
    )
    assert (backwards[::-1] == found).all()
    document = predict_files(paths, split.fold_models[0].model)
    expected = [list(result["probabilities"].values()) for result in document["results"]]
    assert found.tolist() == expected


def test_random_numbers_depend_on_file_and_condition_alone() -> None:
    first = random_generator("a/x.wav", "hiss").random()
    assert random_generator("b/x.wav", "hiss").random() == first
    assert random_generator("a/y.wav", "hiss").random() != first
    assert random_generator("a/x.wav", "rain").random() != first


def test_unreadable_recordings_are_listed(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.wav"
    damaged.write_bytes(b"RIFF nothing")
    paths = [str(SAMPLE / "none.wav"), str(min(clips())), str(damaged)]
    table = catalogue({"mine": ["mine_ada"]}).iloc[:3].assign(path=paths)
    (_, split) = splits_of_files(model_file(tmp_path / "net.aem", ["somebody"]), table)
    failures: dict[str, str] = {}
    extracted = extract(split, table, np.arange(3), RunOptions(failures=failures))
    assert [row is not None for row in extracted] == [False, True, False]
    found = predict(split, np.arange(3), extracted)
    assert np.isfinite(found.probabilities).all(axis=1).tolist() == [False, True, False]
    assert (found.labels != "").tolist() == [False, True, False]
    assert list(failures) == [paths[0], paths[2]]
    assert "no such file" in failures[paths[0]]
