"""Recordings in which nobody speaks: published ones by name, and one's own."""

from pathlib import Path

import pytest

from audio_emotion.cli.tables import corpora_table
from audio_emotion.data import folds
from audio_emotion.data.catalogue import catalogue
from audio_emotion.data.corpora import COLUMNS, LANGUAGES, NO_LANGUAGE, TITLES, speaker_named
from audio_emotion.data.feature_table import is_speech
from audio_emotion.data.non_speech import NON_SPEECH
from audio_emotion.engine.emotions import NO_SPEECH
from catalogues import by_name, touch, write_manifest


def test_every_collection_has_a_title_and_no_language():
    assert set(NON_SPEECH) == {key for key, tag in LANGUAGES.items() if tag == NO_LANGUAGE}
    assert set(NON_SPEECH) < set(TITLES)


@pytest.mark.parametrize(
    ("name", "corpus", "speaker"),
    [
        ("noise/001_-_Dog_bark/1-30344-A.ogg", "noise", "freesound_30344"),
        ("noise/1-30344-B-5.wav", "noise", "freesound_30344"),
        ("non-speech/urban/30344-3-0-0.ogg", "urban", "freesound_30344"),
        ("non-speech/nonspeech/n12.ogg", "nonspeech", "nonspeech_n12"),
        (
            "non-speech/nonverbal/nose-blowing_J96S_3_13_0_32_0_0_0.ogg",
            "nonverbal",
            "nonverbal_J96S",
        ),
    ],
)
def test_every_name_tells_what_must_be_kept_together(tmp_path, name, corpus, speaker):
    root = touch(tmp_path, name)
    (row,) = catalogue(root).utterances.to_dict("records")
    assert tuple(row.values())[1:] == (corpus, speaker, "", NO_SPEECH, "", "", "", "zxx")
    # The collection's own folder may be the root.
    alone = catalogue(root / name[: name.index(corpus)] / corpus)
    assert alone.utterances.to_dict("records") == [row]
    # The table can be read back as a manifest, and names nothing anew.
    assert speaker_named(corpus, speaker) == speaker


def test_a_table_of_ours_is_a_manifest(tmp_path):
    found = catalogue(touch(tmp_path / "urban", "30344-3-0-0.ogg")).utterances
    found.to_csv(tmp_path / "table.csv", index=False)
    again = catalogue(tmp_path / "table.csv").utterances
    assert again.to_dict("records") == found.to_dict("records")


def test_such_a_name_elsewhere_or_of_children_and_musicians_is_not_labelled(tmp_path):
    root = touch(
        tmp_path,
        "meeting/30344-3-0-0.ogg",
        "urban/30344-2-0-0.ogg",
        "urban/30344-9-0-0.ogg",
        "urban/30344-8-0-0.ogg",
    )
    result = catalogue(root)
    assert list(by_name(result)) == ["30344-8-0-0.ogg"]
    assert [one.kind for one in result.skipped] == ["unlabelled"] * 3


def test_ones_own_are_sources_of_their_own_or_of_a_folder(tmp_path):
    root = touch(tmp_path / "mine", "noise/fan.wav", "no speech/kitchen/a.wav", "angry/anna/b.wav")
    rows = by_name(catalogue(root))
    labels = {name: (*tuple(row)[1:5], row["language"]) for name, row in rows.items()}
    assert labels == {
        "fan.wav": ("mine", "mine_fan", "", NO_SPEECH, "zxx"),
        "a.wav": ("mine", "mine_kitchen", "", NO_SPEECH, "zxx"),
        "b.wav": ("mine", "mine_anna", "", "anger", ""),
    }


def test_a_manifest_has_them_too_and_no_folder_of_ones_own_is_a_published_one(tmp_path):
    root = touch(tmp_path / "noise", "a.wav", "b.wav", "c.wav")
    write_manifest(
        root, "path,emotion,speaker\na.wav,non-speech,\nb.wav,no speech,fan\nc.wav,sad,\n"
    )
    rows = by_name(catalogue(root))
    assert {name: (row["corpus"], row["speaker"]) for name, row in rows.items()} == {
        "a.wav": ("noise_own", "noise_own_a"),
        "b.wav": ("noise_own", "noise_own_fan"),
        "c.wav": ("noise_own", "noise_own_unknown"),
    }
    assert rows["a.wav"]["emotion"] == rows["b.wav"]["emotion"] == NO_SPEECH


def test_two_collections_of_the_same_sounds_share_folds(tmp_path):
    sounds = [f"{n}-3-0-0.ogg" for n in range(12)]
    root = touch(
        tmp_path, *(f"urban/{name}" for name in sounds), "noise/1-7-A.ogg", "noise/2-7-B.ogg"
    )
    found = catalogue(root).utterances
    fold = folds.assign(found)
    assert len(set(fold[(found["speaker"] == "freesound_7").to_numpy()])) == 1
    assert set(fold) == set(range(folds.N_FOLDS))


def test_the_table_shows_them_only_where_there_are_some(tmp_path):
    spoken = catalogue(touch(tmp_path / "a", "1001_DFA_ANG_XX.wav")).utterances
    both = catalogue(touch(tmp_path, "urban/1-3-0-0.ogg")).utterances
    assert list(both.columns) == list(COLUMNS)
    assert is_speech(both).tolist() == [Path(path).suffix == ".wav" for path in both["path"]]
    headings = [
        [column.header for column in corpora_table(each).columns] for each in (spoken, both)
    ]
    assert NO_SPEECH not in headings[0]
    assert headings[1] == [*headings[0][:-1], NO_SPEECH, "all"]
