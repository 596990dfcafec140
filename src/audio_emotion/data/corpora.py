"""Vocabulary of the corpora: titles, languages, words for emotions, columns, labels in names.

CREMA-D, RAVDESS, SAVEE and TESS are recognised by their file names, so any folder layout will do:
the collection's (`Crema/`, `Ravdess/audio_speech_actors_01-24/Actor_NN/`, `Savee/`,
`Tess/OAF_angry/`), each corpus's own download, all files in one folder, one corpus alone; and any
audio format.

===========  ==========================  =======================================================
CREMA-D      `1001_DFA_ANG_XX`           actor, sentence, emotion, intensity
RAVDESS      `03-01-05-02-01-02-19`      modality, channel, emotion, intensity, sentence,
                                         repetition, actor
SAVEE        `DC_sa03` or `DC/sa03`      speaker, emotion and sentence
TESS         `OAF_bite_angry`            speaker, word, emotion
===========  ==========================  =======================================================

RAVDESS calm counts as neutral. RAVDESS songs are no utterances of it: the tune sets pitch and
duration, which are the very cues of spoken emotion. They are a corpus of their own, of the same
actors.

The other corpora of speech come with a `manifest.csv`, in a folder of their name; recordings in
which nobody speaks, in folders of the names in `non_speech`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple
from unicodedata import normalize

from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.errors import CorpusError

SONGS: Final = "ravdess_song"

LABELS: Final = (*EMOTIONS, NO_SPEECH)

NO_LANGUAGE: Final = "zxx"
"""BCP 47 tag of recordings without any language."""

TITLES: Final = {
    "crema": "CREMA-D",
    "ravdess": "RAVDESS",
    "savee": "SAVEE",
    "tess": "TESS",
    "ased": "ASED",
    "emovo": "EMOVO",
    "indianemospeech": "IndianEmoSpeech",
    "nemo": "nEMO",
    SONGS: "RAVDESS songs",
    "read_speech": "read speech",
    "turev_db": "TurEV-DB",
    "urdu": "URDU",
    "noise": "ESC-10",
    "nonspeech": "100 nonspeech sounds",
    "nonverbal": "nonverbal vocalizations",
    "urban": "UrbanSound8K",
}
"""Names of the corpora as their publishers write them: the four, those with a manifest, and those
in which nobody speaks."""

LANGUAGES: Final = {
    "crema": "en",
    "ravdess": "en",
    "savee": "en",
    "tess": "en",
    "ased": "am",
    "emovo": "it",
    "nemo": "pl",
    SONGS: "en",
    "read_speech": "en",
    "turev_db": "tr",
    "urdu": "ur",
    "noise": NO_LANGUAGE,
    "nonspeech": NO_LANGUAGE,
    "nonverbal": NO_LANGUAGE,
    "urban": NO_LANGUAGE,
}
"""BCP 47 tags; IndianEmoSpeech has English and Hindi, which its manifest tells apart."""

# What a corpus's speakers are named after, if not after the corpus: RAVDESS's actors also sing, and
# of freesound's recordings some are in ESC-10 and in UrbanSound8K.
_SPEAKER_CORPORA: Final = {SONGS: "ravdess", "noise": "freesound", "urban": "freesound"}

# What the speakers in a corpus's manifest begin with, in the place of the corpus's key.
_SPEAKER_PREFIXES: Final = {
    "ased": "ASED_",
    "emovo": "EMOVO_",
    "indianemospeech": "IES_",
    "nemo": "nEMO_",
    "turev_db": "TurEV_",
    "urdu": "URDU_",
}

_ALIASES: Final = {
    "anger": ("ang", "angry"),
    "disgust": ("dis", "disgusted"),
    "fear": ("fea", "fearful", "afraid", "scared"),
    "happiness": ("hap", "happy", "joy", "joyful"),
    "neutral": ("neu", "calm"),
    "sadness": ("sad",),
    "surprise": ("sur", "surprised", "ps", "pleasant surprise", "pleasant surprised"),
    NO_SPEECH: ("non speech", "nonspeech", "noise", "silence"),
}
_EMOTION_OF: Final = {
    alias: emotion for emotion in LABELS for alias in (emotion, *_ALIASES[emotion])
}

# fmt: off
# VideoDemographics.csv of CREMA-D: 43 women; the other 48 of the 91 actors are men.
_CREMA_WOMEN: Final = frozenset({
    1002, 1003, 1004, 1006, 1007, 1008, 1009, 1010, 1012, 1013, 1018, 1020, 1021, 1024, 1025, 1028,
    1029, 1030, 1037, 1043, 1046, 1047, 1049, 1052, 1053, 1054, 1055, 1056, 1058, 1060, 1061, 1063,
    1072, 1073, 1074, 1075, 1076, 1078, 1079, 1082, 1084, 1089, 1091,
})
# fmt: on
_CREMA_INTENSITIES: Final = {"LO": "low", "MD": "medium", "HI": "high", "XX": "", "X": ""}
_RAVDESS_EMOTIONS: Final = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fearful",
    "07": "disgust",
    "08": "surprised",
}
# "Kids are talking by the door", "Dogs are sitting by the door".
_RAVDESS_SENTENCES: Final = {"01": "kids", "02": "dogs"}
_SAVEE_SPEAKERS: Final = frozenset({"DC", "JE", "JK", "KL"})
_SAVEE_EMOTIONS: Final = {
    "a": "anger",
    "d": "disgust",
    "f": "fear",
    "h": "happiness",
    "n": "neutral",
    "sa": "sadness",
    "su": "surprise",
}


HOW_TO_LABEL: Final = (
    "Label yours with a folder per emotion and a folder per speaker in it, as in "
    "mine/angry/anna/clip.wav, or with the columns path,emotion,speaker of a manifest.csv"
)
"""Way out of errors about too few speakers or emotions; a sentence without its end."""


class Utterance(NamedTuple):
    """One labelled recording; labels that its corpus lacks are empty strings."""

    path: str
    """With `/` on every system; begins with the root as it was given."""
    corpus: str
    """A key of `TITLES`, or the name of the folder of a corpus of your own."""
    speaker: str
    """Unique across corpora: `crema_1001`, `savee_DC`, `tess_OAF`, `emovo_f1`, `mine_anna`;
    `ravdess_01` speaks and sings. Where nobody speaks, the source whose recordings must be kept
    together: `freesound_30344`, `nonverbal_QHOC`, `nonspeech_n12`."""
    sex: str
    """`female` or `male`."""
    emotion: str
    """One of `LABELS`."""
    intensity: str
    """CREMA-D `low`, `medium`, `high`; RAVDESS `normal`, `strong`."""
    sentence: str
    """Text, comparable within the corpus: `DFA`, `kids`, `sa03`, `bite`."""
    take: str
    """Repetition: RAVDESS `1` or `2`."""
    language: str = ""
    """BCP 47 tag in lower case: `en`, `pl`; `mul` of more than one, `zxx` where nobody speaks,
    empty where unknown."""


COLUMNS: Final = Utterance._fields


def corpus_title(corpora: str) -> str:
    """Return the name of a corpus, or of several joined by "and", as their publishers write it."""
    return " and ".join(TITLES.get(name, name) for name in corpora.split(" and "))


def same_name(name: str) -> str:
    """Return what is equal for names that differ in case or in the normal form of Unicode only.

    Examples
    --------
    >>> same_name("Ren\u00e9") == same_name("RENE\u0301")
    True
    """
    return normalize("NFC", normalize("NFC", name).casefold())


def emotion_named(label: str) -> str | None:
    """Return the label that a word stands for, one of `LABELS`, or None.

    Examples
    --------
    >>> emotion_named("Pleasant_surprise"), emotion_named("non-speech")
    ('surprise', 'no speech')
    """
    return _EMOTION_OF.get(" ".join(re.findall(r"[^\W_]+", same_name(label))))


def emotion_of(label: str) -> str:
    """Return the label that a word stands for, one of `LABELS`.

    Raises
    ------
    CorpusError
        No such emotion.
    """
    emotion = emotion_named(label)
    if emotion is None:
        raise CorpusError(
            f"emotion {label!r} is unknown: must be one of {', '.join(LABELS)} or a usual word "
            "for one of them, such as 'angry' or 'happy'. Rename it or leave the recording out."
        )
    return emotion


def language_of(label: str) -> str:
    """Return the BCP 47 tag of a language, in lower case; empty if the label is none.

    Examples
    --------
    >>> language_of("pl"), language_of("pt_BR"), language_of("en/hi"), language_of("Polish (PL)")
    ('pl', 'pt-br', 'mul', '')
    """
    tags = [tag.strip() for tag in label.lower().replace("_", "-").split("/")]
    if not all(_LANGUAGE_TAG.fullmatch(tag) for tag in tags):
        return ""
    return tags[0] if len(tags) == 1 else "mul"


def speaker_corpus(corpus: str) -> str:
    """Return what a corpus's speakers are named after.

    Examples
    --------
    >>> speaker_corpus("tess"), speaker_corpus("ravdess_song"), speaker_corpus("urban")
    ('tess', 'ravdess', 'freesound')
    """
    return _SPEAKER_CORPORA.get(corpus, corpus)


def speaker_named(corpus: str, name: str) -> str:
    """Return the name of a corpus's speaker, unique across corpora.

    Raises
    ------
    CorpusError
        Not an actor of RAVDESS, whose songs these are.

    Examples
    --------
    >>> speaker_named("turev_db", "TurEV_1157"), speaker_named("ravdess_song", "RAVDESS_01")
    ('turev_db_1157', 'ravdess_01')
    """
    if corpus == SONGS:
        if not (actor := _RAVDESS_ACTOR.fullmatch(name)):
            raise CorpusError(
                f"speaker {name!r} is no actor of RAVDESS, who sing these songs: must be "
                "'RAVDESS_01' to 'RAVDESS_24'. Keep the names of the files, or name the speakers."
            )
        return f"ravdess_{actor['actor']}"
    # A catalogue of ours has the corpus in front of its speakers already.
    prefix = f"{speaker_corpus(corpus)}_"
    return prefix + name.removeprefix(prefix).removeprefix(_SPEAKER_PREFIXES.get(corpus, ""))


def utterance_of_name(path: str | os.PathLike[str]) -> Utterance | None:
    """Read the labels in the file name of a recording of the four corpora.

    Returns
    -------
    Utterance or None
        None if the name is not one of theirs, or a RAVDESS song.
    """
    path = Path(path)
    for pattern, utterance in _NAMES:
        if name := pattern.fullmatch(path.stem):
            return utterance(path, name)
    return None


def is_ravdess_song(path: str | os.PathLike[str]) -> bool:
    """Return whether a file name is one of the sung half of RAVDESS (vocal channel 02)."""
    return _RAVDESS_SONG.fullmatch(Path(path).stem) is not None


def song_of_name(path: str | os.PathLike[str]) -> Utterance | None:
    """Read the labels in the file name of a RAVDESS song; None if it is no such name."""
    path = Path(path)
    name = _LABELLED_SONG.fullmatch(path.stem)
    return _ravdess(path, name)._replace(corpus=SONGS) if name else None


def _crema(path: Path, name: re.Match[str]) -> Utterance:
    return Utterance(
        path=path.as_posix(),
        corpus="crema",
        speaker=f"crema_{name['actor']}",
        sex="female" if int(name["actor"]) in _CREMA_WOMEN else "male",
        emotion=emotion_of(name["emotion"]),
        intensity=_CREMA_INTENSITIES[name["intensity"].upper()],
        sentence=name["sentence"].upper(),
        take="",
        language=LANGUAGES["crema"],
    )


def _ravdess(path: Path, name: re.Match[str]) -> Utterance:
    return Utterance(
        path=path.as_posix(),
        corpus="ravdess",
        speaker=f"ravdess_{name['actor']}",
        sex="male" if int(name["actor"]) % 2 else "female",
        emotion=emotion_of(_RAVDESS_EMOTIONS[name["emotion"]]),
        intensity="strong" if name["intensity"] == "02" else "normal",
        sentence=_RAVDESS_SENTENCES[name["sentence"]],
        take=str(int(name["take"])),
        language=LANGUAGES["ravdess"],
    )


def _savee(path: Path, name: re.Match[str]) -> Utterance | None:
    # The download has a folder per speaker, the collection the speaker in the file name.
    speaker = (name["speaker"] or path.absolute().parent.name).upper()
    if speaker not in _SAVEE_SPEAKERS:
        return None
    return Utterance(
        path=path.as_posix(),
        corpus="savee",
        speaker=f"savee_{speaker}",
        sex="male",
        emotion=_SAVEE_EMOTIONS[name["emotion"].lower()],
        intensity="",
        sentence=(name["emotion"] + name["number"]).lower(),
        take="",
        language=LANGUAGES["savee"],
    )


def _tess(path: Path, name: re.Match[str]) -> Utterance | None:
    emotion = emotion_named(name["emotion"])
    if emotion is None:
        return None
    # One file of the corpus is misspelt: OA_bite_neutral.
    speaker = "YAF" if name["speaker"].upper() == "YAF" else "OAF"
    return Utterance(
        path=path.as_posix(),
        corpus="tess",
        speaker=f"tess_{speaker}",
        sex="female",
        emotion=emotion,
        intensity="",
        sentence=name["word"].lower(),
        take="",
        language=LANGUAGES["tess"],
    )


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_ACTOR: Final = r"(?P<actor>0[1-9]|1\d|2[0-4])"
_RAVDESS_LABELS: Final = (
    r"(?P<emotion>0[1-8])-(?P<intensity>0[12])-(?P<sentence>0[12])-(?P<take>0[12])-" + _ACTOR
)
_NAMES: Final[tuple[tuple[re.Pattern[str], Callable[..., Utterance | None]], ...]] = (
    (
        _pattern(
            r"(?P<actor>10[0-8]\d|109[01])_(?P<sentence>[a-z]{3})"
            r"_(?P<emotion>ANG|DIS|FEA|HAP|NEU|SAD)_(?P<intensity>LO|MD|HI|XX?)"
        ),
        _crema,
    ),
    (
        _pattern(rf"0[1-3]-01-{_RAVDESS_LABELS}"),
        _ravdess,
    ),
    (
        _pattern(r"(?:(?P<speaker>[a-z]{2})_)?(?P<emotion>a|d|f|h|n|sa|su)(?P<number>\d\d)"),
        _savee,
    ),
    (
        _pattern(r"(?P<speaker>OAF?|YAF)_(?P<word>[a-z]+)_(?P<emotion>[a-z_]+)"),
        _tess,
    ),
)
_RAVDESS_SONG: Final = re.compile(r"0[1-3]-02(-\d\d){5}")
_LABELLED_SONG: Final = re.compile(rf"0[1-3]-02-{_RAVDESS_LABELS}")
_RAVDESS_ACTOR: Final = _pattern(rf"((ravdess|actor)_)?{_ACTOR}")
_LANGUAGE_TAG: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*")
