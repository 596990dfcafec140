"""Fixed, published test folds of speakers.

Every speaker is tested in exactly one of `N_FOLDS` outer folds, and an outer fold is the union of
one part of each corpus:

=========  ====================================================================================
RAVDESS    six groups of four consecutive actors: two men (odd numbers), two women (even)
CREMA-D    five groups: (actor - 1001) modulo 5
SAVEE      one speaker out
TESS       one speaker out
any other  speakers assigned in turn to the smallest fold, those with most utterances first
=========  ====================================================================================

RAVDESS's actors also sing: a song is in the fold of its actor. Where nobody speaks, the "speaker"
is the source whose recordings must be kept together; ESC-10 and UrbanSound8K share sources.

The first four depend on the speaker's name alone, so results on part of a corpus stay comparable
with results on all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.data.corpora import HOW_TO_LABEL, speaker_corpus
from audio_emotion.errors import InputError

N_FOLDS: Final = 6

# Fold of each speaker of the four corpora. RAVDESS and CREMA-D number their actors.
_FOLDS: Final = {
    "ravdess": {f"ravdess_{actor:02d}": (actor - 1) // 4 for actor in range(1, 25)},
    "crema": {f"crema_{actor}": (actor - 1001) % 5 for actor in range(1001, 1092)},
    "savee": {"savee_DC": 0, "savee_JE": 1, "savee_JK": 2, "savee_KL": 3},
    "tess": {"tess_OAF": 0, "tess_YAF": 1},
}

Indices = npt.NDArray[np.intp]


def assign(catalogue: pd.DataFrame) -> Indices:
    """Return the outer fold of every utterance.

    Parameters
    ----------
    catalogue : DataFrame
        With columns `corpus` and `speaker`; speakers are unique across corpora.

    Returns
    -------
    int array of shape (n_utterances,)
        Values in 0 .. `N_FOLDS` - 1.

    Raises
    ------
    InputError
        A speaker is not one of its corpus, or is in two corpora.
    """
    named = catalogue.assign(corpus=catalogue["corpus"].map(speaker_corpus))
    speakers = named[["corpus", "speaker"]].value_counts().reset_index()
    repeated = speakers["speaker"][speakers["speaker"].duplicated()]
    if len(repeated):
        raise InputError(
            f"speaker {repeated.iloc[0]!r} is in more than one corpus, but must be in one fold "
            "only. Begin the names with their corpus, such as 'ravdess_01' and 'mine_01'."
        )
    fold: dict[str, int] = {}
    for corpus, members in speakers.groupby("corpus"):
        if corpus in _FOLDS:
            fold |= {speaker: _published(str(corpus), speaker) for speaker in members["speaker"]}
        else:
            fold |= _assign_greedily(members)
    return np.array([fold[speaker] for speaker in catalogue["speaker"]], dtype=np.intp)


def split(folds: Indices) -> Iterator[tuple[Indices, Indices]]:
    """Yield (train, test) row numbers of every outer fold that has utterances.

    Raises
    ------
    InputError
        All utterances are in one fold, so none would be left to train on.
    """
    present = np.unique(folds)
    if len(present) < 2:
        raise InputError(
            "all utterances are in one test fold, so no speaker is left to train on: testing on "
            f"unseen speakers needs speakers of at least two folds. {HOW_TO_LABEL}."
        )
    for fold in present:
        yield np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)


def split_corpora(catalogue: pd.DataFrame) -> Iterator[tuple[Indices, Indices]]:
    """Yield (train, test) row numbers without each corpus; those that share speakers are one."""
    corpora = catalogue["corpus"].map(speaker_corpus).to_numpy(dtype=str)
    for corpus in np.unique(corpora):
        yield np.flatnonzero(corpora != corpus), np.flatnonzero(corpora == corpus)


def _published(corpus: str, speaker: str) -> int:
    if speaker not in _FOLDS[corpus]:
        known = list(_FOLDS[corpus])
        raise InputError(
            f"speaker {speaker!r} has no fold in corpus {corpus!r}, which has {known[0]!r} to "
            f"{known[-1]!r}. Give a corpus of your own another name."
        )
    return _FOLDS[corpus][speaker]


def _assign_greedily(members: pd.DataFrame) -> dict[str, int]:
    """Assign the speakers of a corpus to folds, each to the fold with fewest utterances so far."""
    utterances = [0] * N_FOLDS
    fold = {}
    ordered = members.sort_values(["count", "speaker"], ascending=[False, True])
    for speaker, count in zip(ordered["speaker"], ordered["count"], strict=True):
        smallest = utterances.index(min(utterances))
        fold[speaker] = smallest
        utterances[smallest] += count
    return fold
