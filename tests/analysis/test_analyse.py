"""Effects in made-up tables are found, and undefined ones are listed with reasons."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import fitted_classifiers
from analysis_dataset import CORPORA, EMOTIONS, Effect, dataset
from audio_emotion.analysis import importance
from audio_emotion.analysis.document import document
from audio_emotion.analysis.feature_labels import FAMILIES, feature_family, feature_label
from audio_emotion.analysis.findings import findings
from audio_emotion.analysis.run import analyze
from audio_emotion.analysis.study import Study
from audio_emotion.data.feature_table import FeatureTable
from audio_emotion.engine import features
from audio_emotion.engine.emotions import NO_SPEECH
from audio_emotion.errors import InputError
from audio_emotion.recognition.classifier_file import save

MOVED = "shimmer_local"
PLACE = features.names().index(MOVED)


def higher_in(emotion: str, by: float = 4.0) -> Effect:
    return lambda acted, _: by * (acted == emotion)


def quick(data: FeatureTable) -> Study:
    return analyze(data, with_importance=False)


def text_of(found: Study, topic: str) -> str:
    return next(finding.text for finding in findings(found) if finding.topic == topic)


def test_a_feature_with_an_effect_is_found_and_described() -> None:
    found = quick(dataset({MOVED: higher_in("anger")}))
    first = found.ranking.iloc[0]
    assert first["feature"] == MOVED
    assert first["q"] < 1e-20
    assert first["low"] < first["epsilon2"] < first["high"]
    assert (found.ranking["q"] < 0.05).sum() < 5
    text = text_of(found, "Anger or sadness")
    assert text.startswith("Anger and sadness are best separated by shimmer (higher in anger,")
    assert "so in all 2 corpora" in text
    assert "anger has higher shimmer (+" in text_of(found, "Anger")
    assert "on these features, one per cluster: shimmer (" in text_of(found, "Largest effects")
    assert "fear and neutral" not in text_of(found, "Hard and easy pairs").split("easiest")[1]


def test_direction_and_size_of_a_pair() -> None:
    found = quick(dataset({MOVED: higher_in("sadness", 30)}))
    row = found.pairs.row(0, 3)
    assert found.population.emotions == EMOTIONS
    assert found.pairs.delta[row, PLACE] == pytest.approx(-1)
    assert found.pairs.low[row, PLACE] == pytest.approx(-1)
    profile = found.pairs.profile(4)[:, PLACE]
    assert profile[3] == pytest.approx(1)
    assert profile.sum() == pytest.approx(0)


def test_differences_between_speakers_vanish_within_them() -> None:
    """And effects that they hide appear."""
    speakers = [name for members in CORPORA.values() for name in members]
    found = quick(
        dataset(
            {
                "f1_mean": lambda _, speaker: 100 * speakers.index(speaker),
                MOVED: lambda acted, speaker: (
                    3 * (acted == "anger") + 100 * speakers.index(speaker)
                ),
            }
        )
    )
    rows = found.ranking.set_index("feature")
    assert rows.loc["f1_mean", "speaker_epsilon2"] > 0.8
    assert rows.loc["f1_mean", "q"] > 0.05
    assert rows.loc[MOVED, "epsilon2_raw"] < 0.1
    assert rows.loc[MOVED, "epsilon2"] > 0.4
    assert "shimmer gains most" in text_of(found, "Speaker normalization")


def test_corpora_count_the_same_and_their_contradiction_is_described() -> None:
    """Ten times the utterances do not outvote the other corpus."""

    def against(acted: str, speaker: str) -> float:
        return 9 * (acted == "anger") * (1 if speaker.startswith("mine") else -1)

    few = dataset({MOVED: against}, takes=10)
    many = dataset({MOVED: against}, takes=40, seed=1)
    theirs = many.catalogue["corpus"] == "mine"
    ours = few.catalogue["corpus"] == "ravdess"
    mixed = FeatureTable(
        pd.concat([few.catalogue[ours], many.catalogue[theirs]], ignore_index=True),
        np.concatenate([few.utterances[ours], many.utterances[theirs]]),
    )
    found = quick(mixed)
    row = found.pairs.row(0, 2)
    assert found.pairs.delta[row, PLACE] == pytest.approx(0, abs=0.05)
    assert np.abs(found.pairs.corpora[:, row, PLACE]).min() > 0.9
    assert found.pairs.agreeing[row, PLACE] < 2
    text = text_of(found, "Corpora")
    assert text.startswith("Agreement is not defined")
    assert "contradict each other most on shimmer: in mine it is higher in anger" in text


def test_redundant_features_are_one_cluster() -> None:
    data = dataset({MOVED: higher_in("anger")})
    for name in ("f0_mean", "zcr_std"):
        data.utterances[:, features.names().index(name)] = -2 * data.utterances[:, PLACE]
    found = quick(data)
    members = {found.population.names[f] for f in found.clusters.members[0]}
    assert members == {MOVED, "f0_mean", "zcr_std"}
    strongest = found.distinct(np.abs(found.pairs.delta[0]), 3)
    assert len({found.clusters.labels[f] for f in strongest}) == 3
    assert "1 of them hold" in text_of(found, "Redundant features")


def test_constant_features_are_not_defined_with_a_reason() -> None:
    data = dataset({MOVED: higher_in("anger")})
    data.utterances[:, features.names().index("pause_rate")] = 0
    only_here = (data.catalogue["corpus"] == "mine").to_numpy()
    data.utterances[only_here, features.names().index("zcr_std")] = 1
    found = quick(data)
    row = found.ranking.set_index("feature").loc["pause_rate"]
    assert row[["epsilon2", "low", "p", "q", "epsilon2_raw"]].isna().all()
    assert row["not_defined"] == "0 in every utterance"
    partly = found.ranking.set_index("feature").loc["zcr_std"]
    assert partly["not_defined"] == "the same value in every utterance of mine"
    assert partly["df"] == 3  # of ravdess alone
    assert np.isnan(partly["epsilon2_mine"])
    shown = document(found)
    assert shown["schema"] == 2
    assert {"what": "pause_rate", "reason": "0 in every utterance"} in shown["not_defined"]
    assert shown["features"][-1]["epsilon2"] is None


def test_a_pair_that_one_speaker_acted_has_no_interval() -> None:
    data = dataset({MOVED: higher_in("anger")}, takes=20)
    table = data.catalogue
    lonely = table["speaker"].isin(["mine_ada", "ravdess_01"]) | (table["emotion"] != "fear")
    found = quick(FeatureTable(table[lonely].reset_index(drop=True), data.utterances[lonely]))
    assert np.isnan(found.pairs.low[found.pairs.row(0, 1)]).all()
    assert not np.isnan(found.pairs.low[found.pairs.row(0, 2)]).any()


def test_an_emotion_that_a_corpus_lacks_is_named() -> None:
    data = dataset({MOVED: higher_in("anger")})
    gone = (data.catalogue["corpus"] == "mine") & (data.catalogue["emotion"] == "fear")
    keep = (~gone | (data.catalogue["take"] == "0")).to_numpy()
    found = quick(FeatureTable(data.catalogue[keep].reset_index(drop=True), data.utterances[keep]))
    assert [str(one.what) for one in found.not_defined] == ["fear in mine"]
    assert found.not_defined[0].reason == "3 utterances there, fewer than 20"
    assert [found.population.corpora[corpus] for corpus in found.population.full_corpora] == [
        "ravdess"
    ]
    row = found.pairs.row(0, 1)
    assert found.pairs.counted[row, PLACE] == 1
    assert "so in 1 of 1 corpus" not in text_of(found, "Anger or sadness")


def test_recordings_in_which_nobody_speaks_change_nothing_and_are_counted() -> None:
    spoken = dataset({MOVED: higher_in("anger")})
    sounds = {"mine": ["mine_fan"], "urban": ["freesound_1", "freesound_2"]}
    noises = dataset(corpora=sounds, emotions=[NO_SPEECH], takes=30, seed=1)
    both = FeatureTable(
        pd.concat([noises.catalogue, spoken.catalogue], ignore_index=True),
        np.concatenate([noises.utterances, spoken.utterances]),
    )
    found = quick(both)
    pd.testing.assert_frame_equal(found.ranking, quick(spoken).ranking)
    assert [tuple(one) for one in found.not_defined] == [
        ("emotion of 30 recordings of mine", "nobody speaks in them"),
        ("emotion of 60 recordings of urban", "nobody speaks in them"),
    ]
    with pytest.raises(InputError, match="180 utterances of no speech: nothing to compare"):
        quick(dataset(emotions=[NO_SPEECH], takes=30))


def test_one_speaker_has_effects_and_no_intervals() -> None:
    data = dataset({MOVED: higher_in("anger")}, corpora={"mine": ["mine_ada"]}, takes=20)
    found = analyze(data)
    assert found.ranking.iloc[0]["feature"] == MOVED
    assert found.ranking["low"].isna().all()
    assert "only one speaker" in found.ranking.iloc[0]["not_defined"]
    assert np.isnan(found.pairs.low).all()
    assert not np.isnan(found.pairs.delta).any()
    assert found.importances == ()
    assert "importance for classifiers" in {missing.what for missing in found.not_defined}
    assert "nan" not in " ".join(finding.text for finding in findings(found))


@pytest.mark.parametrize(
    ("emotions", "takes"), [(("anger",), 10), (("anger", "fear"), 2)], ids=["one emotion", "few"]
)
def test_nothing_to_compare_is_refused(emotions: tuple[str, ...], takes: int) -> None:
    with pytest.raises(InputError, match=r"nothing to compare.*20 utterances.*two emotions"):
        quick(dataset(emotions=emotions, takes=takes))


def test_the_informative_feature_is_the_most_important(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importance, "REPEATS", 1)
    monkeypatch.setattr(importance, "DEFAULT_CLASSIFIERS", ("ShrinkageLDA",))
    found = analyze(dataset({MOVED: lambda acted, _: 4.0 * EMOTIONS.index(acted)}))
    (one,) = found.importances
    assert one.n_speakers == 6
    assert one.features.mean.argmax() == PLACE
    assert one.features.low[PLACE] > 0.2
    assert np.delete(one.features.mean, PLACE).max() < 0.1
    alone = found.clusters.labels[PLACE]
    assert one.clusters.mean[alone] == one.features.mean[PLACE]
    assert "most important single feature is shimmer" in text_of(
        found, "Importance for ShrinkageLDA"
    )


def test_a_model_is_tested_on_unknown_speakers_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importance, "REPEATS", 1)
    model = fitted_classifiers.on_made_up("ShrinkageLDA")
    save(model, tmp_path / "own.skops")
    known = {"ravdess_01", "ravdess_02", "ravdess_05", "mine_ada", "mine_bob"}
    assert known <= set(model.metadata.speakers)
    found = analyze(dataset(), models=[tmp_path / "own.skops"])
    assert found.importances[0].n_speakers == 1  # mine_cy
    assert np.isnan(found.importances[0].features.low).all()
    known_only = dataset(corpora={"ravdess": ["ravdess_01", "ravdess_02"]})
    with pytest.raises(InputError, match=r"ShrinkageLDA.*every speaker.*--leave-out"):
        analyze(known_only, models=[tmp_path / "own.skops"])


def test_every_feature_has_a_readable_name_of_its_own() -> None:
    labels = {feature_label(name) for name in features.names()}
    assert len(labels) == len(features.names())
    assert not [name for name in labels if "_" in name]
    assert {feature_family(name) for name in features.names()} == set(FAMILIES)
