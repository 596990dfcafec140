"""Manifests of corpora of one's own and of published ones, songs, and several roots."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from audio_emotion.data.catalogue import catalogue
from audio_emotion.data.corpora import (
    LANGUAGES,
    TITLES,
    speaker_named,
)
from audio_emotion.data.licenses import LICENSES
from audio_emotion.data.official_recordings import FOLDERS
from audio_emotion.errors import CorpusError
from catalogues import by_name, touch, write_manifest

# --- manifests ------------------------------------------------------------------------------------


def test_a_manifest_labels_the_recordings_of_its_folder(tmp_path):
    root = touch(tmp_path / "lab", "deep/a.wav", "b.flac", "c.wav", "1001_DFA_ANG_XX.wav")
    write_manifest(
        root,
        "path,emotion,speaker,sex,take\n"
        "deep/a.wav,Happy,anna,F,2\n"
        "b.flac,bored,ben,m,\n"
        "gone.wav,sad,ben,m,\n"
        "deep/a.wav,sad,anna,F,2\n"
        "1001_DFA_ANG_XX.wav,fear,,,\n",
    )
    result = catalogue(tmp_path)
    rows = by_name(result)
    assert list(rows) == ["1001_DFA_ANG_XX.wav", "a.wav"]
    assert tuple(rows["a.wav"])[1:] == ("lab", "lab_anna", "female", "happiness", "", "", "2", "")
    # In a folder with a manifest the manifest is right, whatever the names look like.
    assert rows["1001_DFA_ANG_XX.wav"]["emotion"] == "fear"
    assert rows["1001_DFA_ANG_XX.wav"]["speaker"] == "lab_unknown"
    reasons = {(Path(path).name, kind): reason for path, kind, reason in result.skipped}
    assert "line 3 of" in reasons["b.flac", "unlabelled"]
    assert "'bored' is unknown" in reasons["b.flac", "unlabelled"]
    assert "line 4 of" in reasons["gone.wav", "unreadable"]
    assert "line 5 of" in reasons["a.wav", "duplicate"]
    assert "not listed" in reasons["c.wav", "unlabelled"]


def test_zero_bytes_are_no_text(tmp_path):
    write_manifest(tmp_path, "path,emotion\na.wav,sad\nfol\0der/b.wav,sad\n")
    with pytest.raises(CorpusError, match=r"not a CSV in UTF-8 \(line contains NUL\)"):
        catalogue(tmp_path)


def test_a_manifest_from_a_spreadsheet_on_windows_is_understood(tmp_path):
    root = touch(tmp_path / "lab", "deep/é.wav")
    text = 'Path;"Emotion";SEX\r\ndeep\\é.wav;"angry";Female\r\n\r\n'
    manifest = write_manifest(root, text, encoding="utf-8-sig")
    (row,) = catalogue(manifest).utterances.to_dict("records")
    assert (row["path"], row["emotion"], row["sex"]) == (
        f"{root.as_posix()}/deep/é.wav",
        "anger",
        "female",
    )


def test_a_catalogue_can_be_read_back_as_a_manifest(tmp_path, sample, monkeypatch):
    shutil.copytree(sample / "Crema", tmp_path / "Crema")
    monkeypatch.chdir(tmp_path)
    before = catalogue("Crema").utterances
    (tmp_path / "generated_dataset").mkdir()
    before.to_csv("generated_dataset/audio_dataframe.csv", index=False)
    after = catalogue("generated_dataset/audio_dataframe.csv").utterances
    pd.testing.assert_frame_equal(after, before)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "needs the columns path and emotion"),
        (b"file,label\na.wav,sad\n", "needs the columns path and emotion, has file, label"),
        (b"path,emotion\na.wav,\xff\xfe\n", "not a CSV in UTF-8"),
    ],
)
def test_a_broken_manifest_is_an_error(tmp_path, text, message):
    (touch(tmp_path, "a.wav") / "manifest.csv").write_bytes(text)
    with pytest.raises(CorpusError, match=message):
        catalogue(tmp_path)


# --- published corpora with a manifest ------------------------------------------------------------


def test_every_corpus_has_a_title_and_a_license():
    assert set(LICENSES) == set(TITLES)
    assert set(TITLES) - set(LANGUAGES) == {"indianemospeech"}  # English and Hindi
    assert set(FOLDERS) < set(TITLES)


@pytest.mark.parametrize(
    ("folder", "speaker", "language", "labels"),
    [
        ("ASED", "ASED_03", "am", ("ased", "ased_03", "am")),
        ("EMOVO", "EMOVO_f1", "it", ("emovo", "emovo_f1", "it")),
        ("IndianEmoSpeech", "IES_4e52", "hi", ("indianemospeech", "indianemospeech_4e52", "hi")),
        (
            "IndianEmoSpeech",
            "IES_4e52",
            "en/hi",
            ("indianemospeech", "indianemospeech_4e52", "mul"),
        ),
        ("IndianEmoSpeech", "IES_4e52", "", ("indianemospeech", "indianemospeech_4e52", "")),
        ("nEMO", "nEMO_EB0", "", ("nemo", "nemo_EB0", "pl")),
        ("RAVDESS_song", "RAVDESS_01", "en", ("ravdess_song", "ravdess_01", "en")),
        ("read-speech", "VCTK_p227", "en", ("read_speech", "read_speech_VCTK_p227", "en")),
        ("read-speech", "", "en", ("read_speech", "read_speech_unknown", "en")),
        ("TurEV-DB", "TurEV_1157", "", ("turev_db", "turev_db_1157", "tr")),
        ("URDU", "URDU_SM1", "UR", ("urdu", "urdu_SM1", "ur")),
        ("mine", "anna", "pt_BR", ("mine", "mine_anna", "pt-br")),
        ("mine", "URDU_SM1", "Urdu (Pakistan)", ("mine", "mine_URDU_SM1", "")),
    ],
)
def test_manifests_of_published_corpora(tmp_path, folder, speaker, language, labels):
    root = touch(tmp_path / folder, "a.ogg")
    write_manifest(root, f"path,emotion,speaker,language\na.ogg,sad,{speaker},{language}\n")
    (row,) = catalogue(tmp_path).utterances.to_dict("records")
    assert (row["corpus"], row["speaker"], row["language"]) == labels
    # The table can be read back as a manifest, and names nobody anew.
    assert speaker_named(row["corpus"], row["speaker"]) == row["speaker"]


def test_songs_are_a_corpus_of_the_actors_who_speak(tmp_path):
    root = touch(
        tmp_path,
        "Ravdess/Actor_07/03-01-05-01-01-01-07.wav",
        "Ravdess/Actor_07/03-02-05-01-01-01-07.wav",
        "RAVDESS_song/Actor_07/03-02-04-02-02-01-07.wav",
        "RAVDESS_song/Actor_07/03-02-04-02-02-01-25.wav",
    )
    result = catalogue(root)
    spoken, sung = (tuple(row)[1:] for row in by_name(result).values())
    if spoken[0] != "ravdess":
        spoken, sung = sung, spoken
    assert spoken == ("ravdess", "ravdess_07", "male", "anger", "normal", "kids", "1", "en")
    assert sung == ("ravdess_song", "ravdess_07", "male", "sadness", "strong", "dogs", "1", "en")
    assert [(Path(one.path).name, one.kind) for one in result.skipped] == [
        ("03-02-04-02-02-01-25.wav", "sung"),  # 24 actors
        ("03-02-05-01-01-01-07.wav", "sung"),  # in the corpus of speech
    ]


def test_no_manifest_can_give_a_song_to_another_singer(tmp_path):
    root = touch(tmp_path / "songs", "03-02-05-01-01-01-07.wav", "b.wav", "c.wav", "d.wav")
    write_manifest(
        root,
        "path,emotion,speaker,corpus\n"
        "03-02-05-01-01-01-07.wav,angry,RAVDESS_08,RAVDESS_song\n"
        "b.wav,sad,Actor_24,RAVDESS_song\n"
        "c.wav,sad,anna,RAVDESS_song\n"
        "d.wav,sad,,ravdess_song\n",
    )
    result = catalogue(tmp_path)
    assert set(result.utterances["corpus"]) == {"ravdess_song"}
    rows = by_name(result)
    assert rows["03-02-05-01-01-01-07.wav"]["speaker"] == "ravdess_07"
    assert rows["03-02-05-01-01-01-07.wav"]["sentence"] == "kids"
    assert rows["b.wav"]["speaker"] == "ravdess_24"
    assert [(Path(one.path).name, one.kind) for one in result.skipped] == [
        ("c.wav", "unlabelled"),
        ("d.wav", "unlabelled"),
    ]
    assert "speaker 'anna' is no actor of RAVDESS" in result.skipped[0].reason


def test_songs_sorted_into_folders_need_an_actor(tmp_path):
    root = touch(tmp_path / "RAVDESS_song", "angry/Actor_07/a.wav", "angry/anna/b.wav")
    result = catalogue(root)
    assert by_name(result)["a.wav"]["speaker"] == "ravdess_07"
    assert [(one.kind, "'anna'" in one.reason) for one in result.skipped] == [("unlabelled", True)]


# --- several roots --------------------------------------------------------------------------------


def test_several_roots_make_one_catalogue_whatever_their_order(tmp_path):
    first = touch(tmp_path / "a", "1001_DFA_ANG_XX.wav", "speech.wav")
    second = touch(tmp_path / "b", "Tess/OAF_bite_sad.wav", "mine/angry/anna/1.wav")
    third = touch(tmp_path / "c", "mine/angry/anna/1.wav")
    result = catalogue([first, second, str(third)])
    assert result.utterances["path"].is_monotonic_increasing
    assert sorted(result.utterances["corpus"]) == ["crema", "mine", "mine", "tess"]
    # A corpus of one's own below two roots is one corpus: equal names are the same person.
    assert sorted(set(result.utterances["speaker"])) == ["crema_1001", "mine_anna", "tess_OAF"]
    assert [Path(one.path).name for one in result.skipped] == ["speech.wav"]
    backwards = catalogue((third, second, first))
    pd.testing.assert_frame_equal(backwards.utterances, result.utterances)
    assert backwards.skipped == result.skipped
    one = catalogue([second])
    pd.testing.assert_frame_equal(one.utterances, catalogue(second).utterances)


def test_a_file_below_two_roots_is_one_recording(tmp_path, monkeypatch):
    root = touch(tmp_path, "Crema/1001_DFA_ANG_XX.wav", "Crema/talk.wav", "lab/b.wav", "lab/c.wav")
    write_manifest(root / "lab", "path,emotion\nb.wav,sad\n")
    write_manifest(root, "path,emotion\nCrema/talk.wav,sad\nlab/c.wav,sad\n").rename(
        root / "more.csv"
    )
    monkeypatch.chdir(tmp_path)
    alone = catalogue(".")
    assert sorted(by_name(alone)) == ["1001_DFA_ANG_XX.wav", "b.wav"]
    assert [Path(one.path).name for one in alone.skipped] == ["talk.wav", "c.wav"]
    twice = catalogue([".", root / "Crema", tmp_path])
    assert sorted(by_name(twice)) == ["1001_DFA_ANG_XX.wav", "b.wav"]
    # What one root has no label for, another may have.
    both = catalogue([".", "more.csv"])
    assert sorted(by_name(both)) == ["1001_DFA_ANG_XX.wav", "b.wav", "c.wav", "talk.wav"]
    assert both.skipped == []


def test_a_published_corpus_below_two_roots_is_taken_once(tmp_path):
    first = touch(tmp_path / "a", "Tess/OA_bite_neutral.ogg", "Savee/DC/a01.wav", "EMOVO/1.ogg")
    second = touch(
        tmp_path / "b", "OAF_bite_neutral.wav", "DC_a01.wav", "EMOVO/1.wav", "EMOVO/2.wav"
    )
    write_manifest(first / "EMOVO", "path,emotion,speaker\n1.ogg,sad,EMOVO_f1\n")
    rows = "1.wav,sad,EMOVO_f1\n2.wav,sad,EMOVO_f1\n"
    write_manifest(second / "EMOVO", f"path,emotion,speaker\n{rows}")
    result = catalogue([second, first])
    # Of two files of an utterance the one without loss is kept, else the first by path.
    assert sorted(by_name(result)) == ["1.wav", "2.wav", "OAF_bite_neutral.wav", "a01.wav"]
    assert [(Path(one.path).name, one.kind) for one in result.skipped] == [
        ("1.ogg", "duplicate"),
        ("OA_bite_neutral.ogg", "duplicate"),
        ("DC_a01.wav", "duplicate"),
    ]
    assert result.skipped[2].reason.startswith(f"the same utterance as {first.as_posix()}/Savee")


def test_every_root_needs_recordings(tmp_path):
    good = touch(tmp_path / "good", "1001_DFA_ANG_XX.wav")
    empty = touch(tmp_path / "empty", "notes.txt")
    with pytest.raises(CorpusError, match="empty: no recordings below it"):
        catalogue([good, empty])
    with pytest.raises(CorpusError, match="nowhere: neither a folder"):
        catalogue([good, tmp_path / "nowhere"])
    with pytest.raises(CorpusError, match="no folder of recordings is given"):
        catalogue([])
