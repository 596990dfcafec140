"""Published recordings in which nobody speaks: labels in the names of files.

Nonverbal sounds of people, such as laughs, coughs and screams without words, count as no speech:
emotions are defined on words that are spoken.

============  ==========================  ======================================================
folder        name                        what recordings must be kept together by
============  ==========================  ======================================================
`noise`       `1-100032-A`                recording of freesound: fold, recording, take (ESC-10)
`urban`       `100795-3-0-0`              recording of freesound, class, occurrence, slice
                                          (UrbanSound8K)
`nonverbal`   `coughing_QHOC_11_10_...`   person: kind, person, numbers
`nonspeech`   `n12`                       recording
============  ==========================  ======================================================
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from audio_emotion.data.corpora import LANGUAGES, Utterance, speaker_named
from audio_emotion.engine.emotions import NO_SPEECH

NON_SPEECH: Final = {
    "noise": re.compile(r"\d-(?P<source>\d+)-[A-Z](-\d+)?"),
    "nonspeech": re.compile(r"(?P<source>n\d+)"),
    "nonverbal": re.compile(r"[a-z-]+_(?P<source>[A-Z0-9]+)(_\d+)+"),
    # Classes 2 and 9 are children who play and street music, in which people speak and sing.
    "urban": re.compile(r"(?P<source>\d+)-[0-13-8]-\d+-\d+"),
}
"""Names of files by corpus, which is the name of a folder above them."""


def non_speech_of_name(path: Path, folders: set[str]) -> Utterance | None:
    """Read the labels in the name of a recording in which nobody speaks.

    Parameters
    ----------
    path : Path
    folders : set of str
        Names of the folders that it is in, in lower case.

    Returns
    -------
    Utterance or None
        None if the name is not one of theirs, or in no folder of theirs.
    """
    for corpus, pattern in NON_SPEECH.items():
        if corpus in folders and (name := pattern.fullmatch(path.stem)):
            return Utterance(
                path=path.as_posix(),
                corpus=corpus,
                speaker=speaker_named(corpus, name["source"]),
                sex="",
                emotion=NO_SPEECH,
                intensity="",
                sentence="",
                take="",
                language=LANGUAGES[corpus],
            )
    return None
