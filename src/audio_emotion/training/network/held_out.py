"""Groups that networks are trained without: speakers, outer folds, corpora."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.data import folds
from audio_emotion.data.corpora import speaker_corpus
from audio_emotion.data.feature_table import is_speech
from audio_emotion.errors import InputError

Held = npt.NDArray[np.bool_]
"""Rows of a catalogue that a network is trained without, shape (n_utterances,)."""

_FEWEST_EMOTIONS: Final = 4  # of a corpus that is worth leaving out


def of_speakers(catalogue: pd.DataFrame, leave_out: Iterable[str]) -> Held:
    """Return the rows of some speakers.

    Raises
    ------
    InputError
        A speaker is not in the catalogue.
    """
    left_out = sorted(set(leave_out))
    speakers = catalogue["speaker"].to_numpy(dtype=str)
    if unknown := set(left_out) - set(speakers.tolist()):
        raise InputError(
            f"speaker {min(unknown)!r} is not in the catalogue. "
            f"Its speakers are named like {str(speakers[0])!r}."
        )
    return np.isin(speakers, left_out)


def of_corpora(catalogue: pd.DataFrame, names: Iterable[str]) -> Held:
    """Return the rows of some corpora.

    Raises
    ------
    InputError
        A corpus is not in the catalogue.
    """
    corpora = catalogue["corpus"].to_numpy(dtype=str)
    if unknown := set(names) - set(corpora.tolist()):
        raise InputError(
            f"corpus {min(unknown)!r} is not in the catalogue, which has "
            f"{', '.join(sorted(set(corpora.tolist())))}."
        )
    return np.isin(corpora, list(names))


def each_fold(catalogue: pd.DataFrame, out: Path) -> dict[Path, Held]:
    """Return the file and the rows of each outer fold, `fold0.aem` and so on."""
    fold = folds.assign(catalogue)
    return {out / f"fold{number}.aem": fold == number for number in np.unique(fold)}


def each_corpus(catalogue: pd.DataFrame, out: Path) -> dict[Path, Held]:
    """Return the file and the rows of each corpus with some emotions, `without_<corpus>.aem`.

    The speakers of a corpus are left out wherever they are: RAVDESS's also sing.
    """
    spoken = catalogue[is_speech(catalogue)]
    n_emotions = spoken.groupby(spoken["corpus"].map(speaker_corpus))["emotion"].nunique()
    named = catalogue["corpus"].map(speaker_corpus).to_numpy(dtype=str)
    return {
        out / f"without_{corpus}.aem": named == corpus
        for corpus in n_emotions.index[n_emotions >= _FEWEST_EMOTIONS]
    }
