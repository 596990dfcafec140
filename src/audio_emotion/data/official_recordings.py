"""Official recordings of the four corpora, and where the collection keeps each.

The rule behind the names is here, `corpora` reads the names; a test compares both with the list of
all 12,162 files. A recording is identified by the labels in its name, not by the name itself, for
copies come in other formats, other folders and under corrected names.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

from audio_emotion.data.corpora import TITLES, utterance_of_name

FOLDERS: Final = {"crema": "Crema", "ravdess": "Ravdess", "savee": "Savee", "tess": "Tess"}
"""Folder of each corpus in the collection that `audio-emotion dataset` is given."""


class OfficialRecording(NamedTuple):
    """Labels that identify a recording of a corpus, whatever its format, folder or spelling."""

    corpus: str
    speaker: str
    sentence: str
    emotion: str
    intensity: str
    take: str
    variant: str
    """RAVDESS `calm`, which counts as neutral and would be mistaken for it otherwise."""


class Quirk(NamedTuple):
    """Known oddity of a corpus as published: reported, never counted as a fault."""

    corpus: str
    names: tuple[str, ...]
    """File names without suffix; the quirk is reported if all of them are found."""
    description: str
    unusable: bool = False
    """`audio` refuses the file, as it holds no voice."""

    def treatment(self, reasons: Mapping[str, str]) -> str:
        """Say what it is and what was done with its files.

        Parameters
        ----------
        reasons : dict
            Why files were left out, by their names without suffix.
        """
        left_out = [
            f"{name} was left out ({reasons[name]})" for name in self.names if name in reasons
        ]
        done = "; ".join(left_out) or "kept as it is labelled"
        return f"{TITLES[self.corpus]} as published: {self.description}; {done}"


QUIRKS: Final = (
    Quirk(
        "ravdess",
        ("03-01-03-01-02-01-07", "03-01-03-01-02-02-07"),
        "03-01-03-01-02-01-07 and 03-01-03-01-02-02-07 hold the same audio",
    ),
    Quirk("tess", ("OA_bite_neutral",), "OA_bite_neutral is OAF_bite_neutral, misspelt"),
    Quirk("crema", ("1040_ITH_SAD_X",), "1040_ITH_SAD_X is the former name of 1040_ITH_SAD_XX"),
    Quirk("crema", ("1076_MTI_SAD_XX",), "1076_MTI_SAD_XX is silent", unusable=True),
    Quirk("crema", ("1076_MTI_NEU_XX",), "1076_MTI_NEU_XX is nearly silent", unusable=True),
    Quirk("crema", ("1064_TIE_SAD_XX",), "1064_TIE_SAD_XX has no usable length", unusable=True),
    Quirk("crema", ("1064_IEO_DIS_MD",), "1064_IEO_DIS_MD lasts a minute and has all emotions"),
)

_CREMA_SENTENCES: Final = (
    *("DFA", "IEO", "IOM", "ITH", "ITS", "IWL", "IWW", "MTI", "TAI", "TIE", "TSI", "WSI"),
)
_CREMA_EMOTIONS: Final = ("ANG", "DIS", "FEA", "HAP", "NEU", "SAD")
# One sentence was spoken at three intensities; neutral has none.
_CREMA_GRADED_SENTENCE: Final = "IEO"
# 91 actors x 82 clips, less 20 that were never published.
_CREMA_UNPUBLISHED: Final = frozenset(
    {"1002_TIE_NEU_XX", "1076_ITS_NEU_XX"}
    | {
        f"{take}_{emotion}_XX"
        for take, emotion in product(("1008_WSI", "1009_MTI", "1019_ITH"), _CREMA_EMOTIONS)
    }
)

_SAVEE_NUMBERS: Final = {"a": 15, "d": 15, "f": 15, "h": 15, "n": 30, "sa": 15, "su": 15}

# Label in the file name -> end of the folder's name.
_TESS_LABELS: Final = {
    "angry": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happy",
    "neutral": "neutral",
    "ps": "pleasant_surprised",
    "sad": "sad",
}
_TESS_MISSPELT: Final = {"OAF_bite_neutral": "OA_bite_neutral"}
_TESS_WORDS: Final = tuple(
    """
    back bar base bath bean beg bite boat bone book bought burn cab calm came cause chain chair
    chalk chat check cheek chief choice cool dab date dead death deep dime dip ditch dodge dog doll
    door fail fall far fat fit five food gap gas gaze germ get gin goal good goose gun half hall
    hash hate have haze hire hit hole home hurl hush jail jar join judge jug juice keen keep keg
    kick kill king kite knock late laud lean learn lease lid life limb live loaf long lore lose lot
    love luck make match merge mess met mill mob mode mood moon mop mouse nag name near neat nice
    note numb pad page pain pass pearl peg perch phone pick pike pole pool puff rag raid rain raise
    rat reach read red ring ripe road room rose rot rough rush said sail search seize sell shack
    shall shawl sheep shirt should shout size soap soup sour south sub such sure take talk tape team
    tell thin third thought thumb time tip tire ton tool tough turn vine voice void vote wag walk
    wash week wheat when which whip white wife wire witch yearn yes young youth
    """.split()  # noqa: SIM905 (a list literal would take 200 lines)
)


@cache
def recordings(corpus: str) -> dict[OfficialRecording, str]:
    """Return every recording of a corpus, and its path in the collection.

    Parameters
    ----------
    corpus : str
        A key of `corpora.TITLES`.

    Examples
    --------
    >>> len(recordings("ravdess")), next(iter(recordings("savee").values()))
    (1440, 'Savee/DC_a01.wav')
    """
    found = {}
    for name in _NAMES[corpus]():
        path = f"{FOLDERS[corpus]}/{name}.wav"
        recording = recording_of_name(path)
        assert recording is not None  # the rule and the reader of names belong together
        found[recording] = path
    return found


def quirks_among(corpus: str, stems: Collection[str]) -> list[Quirk]:
    """Return the quirks of a corpus whose files are all among these names without suffix."""
    return [quirk for quirk in QUIRKS if quirk.corpus == corpus and {*quirk.names} <= {*stems}]


def recording_of_name(path: str | os.PathLike[str]) -> OfficialRecording | None:
    """Return the official recording that a file is by its name, or None.

    Examples
    --------
    >>> recording_of_name("Tess/OA_bite_neutral.ogg") == recording_of_name("OAF_bite_neutral.wav")
    True
    """
    utterance = utterance_of_name(path)
    if utterance is None:
        return None
    calm = utterance.corpus == "ravdess" and Path(path).stem.split("-")[2] == "02"
    labels = {name: getattr(utterance, name) for name in OfficialRecording._fields[:-1]}
    return OfficialRecording(**labels, variant="calm" if calm else "")


def _crema() -> Iterator[str]:
    for actor, sentence, emotion in product(range(1001, 1092), _CREMA_SENTENCES, _CREMA_EMOTIONS):
        graded = sentence == _CREMA_GRADED_SENTENCE and emotion != "NEU"
        for intensity in ("LO", "MD", "HI") if graded else ("XX",):
            name = f"{actor}_{sentence}_{emotion}_{intensity}"
            if name not in _CREMA_UNPUBLISHED:
                yield name


def _ravdess() -> Iterator[str]:
    for actor, emotion, intensity, sentence, take in product(
        range(1, 25), range(1, 9), (1, 2), (1, 2), (1, 2)
    ):
        if (emotion, intensity) != (1, 2):  # neutral is never strong
            yield (
                f"audio_speech_actors_01-24/Actor_{actor:02}/"
                f"03-01-{emotion:02}-{intensity:02}-{sentence:02}-{take:02}-{actor:02}"
            )


def _savee() -> Iterator[str]:
    for speaker in ("DC", "JE", "JK", "KL"):
        for emotion, count in _SAVEE_NUMBERS.items():
            for number in range(1, count + 1):
                yield f"{speaker}_{emotion}{number:02}"


def _tess() -> Iterator[str]:
    for speaker, label, word in product(("OAF", "YAF"), _TESS_LABELS, _TESS_WORDS):
        name = f"{speaker}_{word}_{label}"
        yield f"{speaker}_{_TESS_LABELS[label]}/{_TESS_MISSPELT.get(name, name)}"


_NAMES: Final = {"crema": _crema, "ravdess": _ravdess, "savee": _savee, "tess": _tess}
