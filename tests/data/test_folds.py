import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_emotion.data import folds
from audio_emotion.errors import InputError

KNOWN = {
    "ravdess": [f"ravdess_{actor:02d}" for actor in range(1, 25)],
    "crema": [f"crema_{actor}" for actor in range(1001, 1092)],
    "savee": ["savee_DC", "savee_JE", "savee_JK", "savee_KL"],
    "tess": ["tess_OAF", "tess_YAF"],
    "mine": [f"mine_{name}" for name in "abcdefgh"],
}


def catalogue(speakers: dict[str, list[str]], utterances: int = 3) -> pd.DataFrame:
    rows = [(corpus, name) for corpus, names in speakers.items() for name in names] * utterances
    return pd.DataFrame(rows, columns=["corpus", "speaker"])


def test_no_speaker_is_in_two_folds_and_everybody_is_tested_once():
    table = catalogue(KNOWN)
    tested = []
    for train, test in folds.split(folds.assign(table)):
        assert not set(table["speaker"][train]) & set(table["speaker"][test])
        assert len(train) + len(test) == len(table)
        tested += list(test)
    assert sorted(tested) == list(range(len(table)))


@pytest.mark.parametrize(
    ("corpus", "n_folds"), [("ravdess", 6), ("crema", 5), ("savee", 4), ("tess", 2), ("mine", 6)]
)
def test_number_of_folds_of_each_corpus(corpus, n_folds):
    assert len(set(folds.assign(catalogue({corpus: KNOWN[corpus]})))) == n_folds


def test_ravdess_folds_hold_two_men_and_two_women():
    fold = folds.assign(catalogue({"ravdess": KNOWN["ravdess"]}, utterances=1))
    for members in (np.flatnonzero(fold == k) + 1 for k in range(6)):
        assert len(members) == 4
        assert sum(members % 2) == 2


def test_crema_folds_are_of_similar_size():
    fold = folds.assign(catalogue({"crema": KNOWN["crema"]}, utterances=1))
    assert set(np.bincount(fold)) <= {18, 19}


@settings(deadline=None, max_examples=30)
@given(st.sets(st.sampled_from([*KNOWN["ravdess"], *KNOWN["savee"], *KNOWN["tess"]]), min_size=1))
def test_fold_of_a_known_speaker_does_not_depend_on_who_else_is_there(present):
    everybody = catalogue(KNOWN, utterances=1)
    full = dict(zip(everybody["speaker"], folds.assign(everybody), strict=True))
    some = everybody[everybody["speaker"].isin(present)]
    assert [full[name] for name in some["speaker"]] == list(folds.assign(some))


def test_own_speakers_are_dealt_evenly_by_utterances_and_the_same_whatever_the_order():
    speakers = ["mine_big"] * 50 + [f"mine_{k}" for k in range(10) for _ in range(10)]
    table = pd.DataFrame({"corpus": "mine", "speaker": speakers})
    fold = folds.assign(table)
    assert np.bincount(fold).tolist() == [50, 20, 20, 20, 20, 20]
    backwards = table.iloc[::-1].reset_index(drop=True)
    assert (folds.assign(backwards)[::-1] == fold).all()


def test_a_song_is_in_the_fold_of_its_actor_who_speaks():
    actors = KNOWN["ravdess"]
    table = catalogue({**KNOWN, "ravdess_song": actors, "emovo": ["emovo_f1", "emovo_m1"]})
    fold = pd.Series(folds.assign(table))
    assert (fold.groupby(table["speaker"]).nunique() == 1).all()
    for train, test in folds.split(folds.assign(table)):
        assert not set(table["speaker"][train]) & set(table["speaker"][test])
    spoken, sung = (fold[table["corpus"] == corpus] for corpus in ("ravdess", "ravdess_song"))
    assert spoken.tolist() == sung.tolist()
    # Songs change nobody's fold, and are in the same without the speech.
    others = table["corpus"].isin(list(KNOWN))
    assert folds.assign(catalogue(KNOWN)).tolist() == fold[others].tolist()
    alone = folds.assign(catalogue({"ravdess_song": actors}))
    assert alone.tolist() == sung.tolist()
    with pytest.raises(InputError, match="'anna' has no fold in corpus 'ravdess'"):
        folds.assign(catalogue({"ravdess_song": ["anna"]}))


def test_speakers_without_a_name_are_one_group():
    speakers = {"read_speech": ["read_speech_unknown"] * 5 + ["read_speech_a", "read_speech_b"]}
    table = catalogue(speakers)
    unnamed = (table["speaker"] == "read_speech_unknown").to_numpy()
    assert len(set(folds.assign(table)[unnamed])) == 1


def test_corpora_are_left_out_with_all_that_share_their_speakers():
    table = catalogue({**KNOWN, "ravdess_song": KNOWN["ravdess"], "urban": ["freesound_1"]})
    splits = list(folds.split_corpora(table))
    assert [set(table["corpus"][test]) for _, test in splits] == [
        {"crema"},
        {"urban"},  # freesound
        {"mine"},
        {"ravdess", "ravdess_song"},
        {"savee"},
        {"tess"},
    ]
    for train, test in splits:
        assert not set(table["speaker"][train]) & set(table["speaker"][test])
        assert len(train) + len(test) == len(table)


def test_one_speaker_alone_is_refused():
    with pytest.raises(InputError, match="no speaker is left to train on"):
        list(folds.split(folds.assign(catalogue({"tess": ["tess_OAF"]}))))


def test_speaker_that_is_not_of_the_corpus_is_refused():
    with pytest.raises(InputError, match="'ravdess_99' has no fold"):
        folds.assign(catalogue({"ravdess": ["ravdess_99"]}))


def test_speaker_in_two_corpora_is_refused():
    with pytest.raises(InputError, match="'anna' is in more than one corpus"):
        folds.assign(catalogue({"mine": ["anna"], "yours": ["anna"]}))
