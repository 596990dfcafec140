"""Every name of the four corpora, every layout they come in, and users' own corpora."""

import csv
import gzip
import os
from pathlib import Path

import pandas as pd
import pytest

from audio_emotion.data.catalogue import catalogue
from audio_emotion.data.corpora import (
    COLUMNS,
    TITLES,
    emotion_named,
    emotion_of,
    utterance_of_name,
)
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.errors import CorpusError
from catalogues import by_name, touch
from conftest import REPOSITORY

NAMES = REPOSITORY / "tests" / "golden" / "corpus_names.csv.gz"

with gzip.open(NAMES, "rt", newline="") as file:
    ALL_NAMES = [(row["path"], row["emotion"]) for row in csv.DictReader(file)]


# --- emotions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "emotion"),
    [
        ("angry", "anger"),
        ("ANG", "anger"),
        ("Calm", "neutral"),
        ("happy", "happiness"),
        ("ps", "surprise"),
        ("Pleasant_surprise", "surprise"),
        ("pleasant-surprised", "surprise"),
        ("fearful", "fear"),
        ("no_speech", NO_SPEECH),
        ("Non-Speech", NO_SPEECH),
        ("noise", NO_SPEECH),
        *((emotion, emotion) for emotion in EMOTIONS),
    ],
)
def test_usual_words_name_one_of_the_seven_emotions_or_no_speech(word, emotion):
    assert emotion_of(word) == emotion


def test_an_unknown_emotion_is_explained():
    assert emotion_named("bored") is None
    with pytest.raises(CorpusError, match=r"'bored' is unknown: must be one of anger, .*'happy'"):
        emotion_of("bored")


# --- names of the four corpora --------------------------------------------------------------------


def test_all_12162_names_have_the_emotion_of_the_original_catalogue():
    assert len(ALL_NAMES) == 12_162
    wrong = [
        path
        for path, emotion in ALL_NAMES
        if (utterance := utterance_of_name(path)) is None
        or utterance.emotion != emotion_of(emotion)
    ]
    assert not wrong


def test_the_four_corpora_have_their_published_numbers_of_speakers_and_recordings():
    table = pd.DataFrame([utterance_of_name(path) for path, _ in ALL_NAMES])
    assert table.groupby("corpus").size().to_dict() == {
        "crema": 7442,
        "ravdess": 1440,
        "savee": 480,
        "tess": 2800,
    }
    speakers = table.drop_duplicates("speaker").groupby(["corpus", "sex"]).size()
    assert speakers.to_dict() == {
        ("crema", "female"): 43,
        ("crema", "male"): 48,
        ("ravdess", "female"): 12,
        ("ravdess", "male"): 12,
        ("savee", "male"): 4,
        ("tess", "female"): 2,
    }
    sentences = table.drop_duplicates(["corpus", "sentence"]).groupby("corpus").size()
    assert sentences["crema"] == 12
    assert sentences["ravdess"] == 2
    assert sentences["tess"] == 200


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        (
            "Crema/1001_IEO_ANG_HI.wav",
            ("crema", "crema_1001", "male", "anger", "high", "IEO", ""),
        ),
        (
            "AudioMP3/1091_TAI_NEU_XX.mp3",
            ("crema", "crema_1091", "female", "neutral", "", "TAI", ""),
        ),
        (
            "1040_ITH_SAD_X.wav",
            ("crema", "crema_1040", "male", "sadness", "", "ITH", ""),
        ),
        (
            "Ravdess/audio_speech_actors_01-24/Actor_24/03-01-02-02-02-01-24.wav",
            ("ravdess", "ravdess_24", "female", "neutral", "strong", "dogs", "1"),
        ),
        (
            "Audio_Speech_Actors_01-24/Actor_01/03-01-08-01-01-02-01.flac",
            ("ravdess", "ravdess_01", "male", "surprise", "normal", "kids", "2"),
        ),
        (
            "Savee/KL_su15.WAV",
            ("savee", "savee_KL", "male", "surprise", "", "su15", ""),
        ),
        (
            "AudioData/DC/n30.wav",
            ("savee", "savee_DC", "male", "neutral", "", "n30", ""),
        ),
        (
            "Tess/OAF_neutral/OA_bite_neutral.wav",
            ("tess", "tess_OAF", "female", "neutral", "", "bite", ""),
        ),
        (
            "TESS Toronto emotional speech set data/YAF_pleasant_surprised/YAF_home_ps.wav",
            ("tess", "tess_YAF", "female", "surprise", "", "home", ""),
        ),
        (
            "OAF_youth_angry.ogg",
            ("tess", "tess_OAF", "female", "anger", "", "youth", ""),
        ),
    ],
)
def test_every_label_in_a_name_is_read(name, labels):
    assert utterance_of_name(name) == (name, *labels, "en")


@pytest.mark.parametrize(
    "name",
    [
        "speech.wav",
        "1092_DFA_ANG_XX.wav",  # CREMA-D ends with actor 1091
        "1001_DFA_SUR_XX.wav",  # and has no surprise
        "03-01-09-01-01-01-01.wav",  # RAVDESS has eight labels,
        "03-01-05-01-01-01-25.wav",  # 24 actors
        "03-02-05-01-01-01-01.wav",  # and songs
        "a01.wav",  # SAVEE needs a speaker
        "XY_a01.wav",
        "OAF_bite_bored.wav",
        "",
    ],
)
def test_names_that_only_resemble_a_corpus_are_not_labelled(name):
    assert utterance_of_name(name) is None


# --- folders --------------------------------------------------------------------------------------


def test_the_sample_is_catalogued_completely(sample):
    result = catalogue(sample)
    assert list(result.utterances.columns) == list(COLUMNS)
    assert result.skipped == []
    assert len(result.utterances) == 44
    assert set(result.utterances["emotion"]) == set(EMOTIONS)
    assert set(result.utterances["speaker"]) == {
        "crema_1038",
        "crema_1091",
        "ravdess_19",
        "ravdess_20",
        "ravdess_21",
        "ravdess_22",
    }
    assert result.utterances["path"].is_monotonic_increasing
    assert all(Path(path).is_file() for path in result.utterances["path"])


def test_downloads_of_the_four_corpora_are_recognised_together(tmp_path):
    root = touch(
        tmp_path,
        "CREMA-D/AudioWAV/1001_DFA_ANG_XX.wav",
        "RAVDESS/Audio_Speech_Actors_01-24/Actor_01/03-01-04-01-01-01-01.wav",
        "SAVEE/AudioData/JE/sa01.wav",
        "TESS/OAF_Pleasant_surprise/OAF_back_ps.wav",
        "TESS/readme.txt",
    )
    result = catalogue(root)
    assert sorted(result.utterances["speaker"]) == [
        "crema_1001",
        "ravdess_01",
        "savee_JE",
        "tess_OAF",
    ]
    assert result.skipped == []


def test_savee_is_recognised_from_inside_a_speaker_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(touch(tmp_path / "AudioData" / "DC", "a01.wav"))
    (row,) = catalogue(".").utterances.to_dict("records")
    assert (row["path"], row["speaker"]) == ("a01.wav", "savee_DC")


def test_what_is_left_out_is_listed_with_its_reason(tmp_path):
    root = touch(
        tmp_path,
        "1001_DFA_ANG_XX.wav",
        "._1001_DFA_ANG_XX.wav",
        "song/03-02-05-01-01-01-01.wav",
        "Savee/a01.wav",
        "meeting.m4a",
        "notes.txt",
    )
    result = catalogue(root)
    assert len(result.utterances) == 1
    assert [(Path(path).name, kind) for path, kind, _ in result.skipped] == [
        ("a01.wav", "unlabelled"),
        ("meeting.m4a", "unlabelled"),
        ("03-02-05-01-01-01-01.wav", "sung"),
    ]
    assert "manifest.csv" in result.skipped[1].reason


def test_folders_named_after_emotions_label_a_corpus_of_ones_own(tmp_path):
    root = touch(
        tmp_path / "My Voices",
        "Angry/one.wav",
        "happy/anna/two.mp3",
        "Tess/sad/three.wav",
        "neutral/03-01-05-01-01-01-01.wav",
    )
    rows = by_name(catalogue(root))
    one, two, three = rows["one.wav"], rows["two.mp3"], rows["three.wav"]
    assert (one["corpus"], one["speaker"], one["emotion"]) == (
        "my_voices",
        "my_voices_unknown",
        "anger",
    )
    assert (two["speaker"], two["emotion"]) == ("my_voices_anna", "happiness")
    assert (three["corpus"], three["emotion"]) == ("tess_own", "sadness")
    # The name of a known corpus says more than the folder somebody sorted it into.
    assert rows["03-01-05-01-01-01-01.wav"]["emotion"] == "anger"


def test_linked_folders_are_followed_but_loops_end(tmp_path):
    elsewhere = touch(tmp_path / "elsewhere", "1001_DFA_ANG_XX.wav")
    root = tmp_path / "root"
    root.mkdir()
    try:
        (root / "crema").symlink_to(elsewhere, target_is_directory=True)
        (elsewhere / "again").symlink_to(root, target_is_directory=True)
    except OSError:
        pytest.skip("this system does not let users make links")
    assert list(by_name(catalogue(root))) == ["1001_DFA_ANG_XX.wav"]


def test_a_path_that_is_too_long_is_reported(tmp_path):
    """Found by fuzzing: a quote that is not closed makes one cell of the rest of a manifest."""
    touch(tmp_path, "a.wav")
    (tmp_path / "manifest.csv").write_text(f"path,emotion\na.wav,angry\n{'x' * 5000}.wav,angry\n")
    found = catalogue(tmp_path)
    assert list(by_name(found)) == ["a.wav"]
    assert [skipped.kind for skipped in found.skipped] == ["unreadable"]


def test_a_name_that_is_no_text_is_reported(tmp_path):
    """Found by fuzzing: it ended in a UnicodeEncodeError of pandas."""
    touch(tmp_path, "angry/a.wav")
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/angry/\xae.wav")).touch()
    except (OSError, UnicodeError):
        pytest.skip("this system has only names that are text")
    found = catalogue(tmp_path)
    assert list(by_name(found)) == ["a.wav"]
    assert [(skipped.kind, skipped.reason) for skipped in found.skipped] == [
        ("unreadable", "its name is not in UTF-8")
    ]
    assert found.skipped[0].path.endswith("angry/\N{REPLACEMENT CHARACTER}.wav")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may read every folder")
def test_a_folder_that_may_not_be_opened_is_reported(tmp_path):
    root = touch(tmp_path, "1001_DFA_ANG_XX.wav", "locked/1002_DFA_ANG_XX.wav")
    (root / "locked").chmod(0)
    try:
        (skipped,) = catalogue(root).skipped
    finally:
        (root / "locked").chmod(0o700)
    assert skipped.kind == "unreadable"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "no recordings below it"),
        (("readme.txt",), "no recordings below it"),
        (("speech.wav", "talk.wav"), "none of its 2 recordings has a label, e.g. .*speech.wav"),
    ],
)
def test_a_folder_without_labelled_recordings_is_an_error(tmp_path, names, message):
    with pytest.raises(CorpusError, match=message):
        catalogue(touch(tmp_path, *names))


def test_a_missing_root_is_an_error(tmp_path):
    with pytest.raises(CorpusError, match="neither a folder of recordings nor a manifest"):
        catalogue(tmp_path / "nowhere")


# --- the whole collection -------------------------------------------------------------------------


@pytest.mark.corpora
def test_every_recording_of_the_collection_is_labelled(corpora):
    result = catalogue(corpora)
    assert result.skipped == []
    assert (result.utterances != "").loc[:, ["corpus", "speaker", "sex", "emotion"]].all(axis=None)


@pytest.mark.corpora
def test_every_recording_of_the_corpora_with_a_manifest_is_labelled(corpora):
    names = ("more-speech", "read-speech", "non-speech", "noise")
    more = [corpora.parent / name for name in names]
    if not all(root.is_dir() for root in more):
        pytest.skip(f"not all of {', '.join(names)} beside the recordings")
    result = catalogue([corpora, *more])
    assert result.skipped == []
    assert set(result.utterances["corpus"]) == set(TITLES)
    several = result.utterances.groupby("speaker")["corpus"].agg(set)
    assert {tuple(sorted(one)) for one in several if len(one) > 1} == {
        ("ravdess", "ravdess_song"),
        ("noise", "urban"),  # recordings of freesound
    }
    languages = set(result.utterances["language"])
    assert languages == {"en", "pl", "it", "am", "tr", "ur", "hi", "mul", "zxx"}
    silent = result.utterances[result.utterances["emotion"] == NO_SPEECH]
    assert silent.groupby("corpus").size().to_dict() == {
        "noise": 400,
        "nonspeech": 90,
        "nonverbal": 420,
        "urban": 420,
    }
