"""A look at every recording of a catalogue before long work on them."""

from __future__ import annotations

from typing import Final

import joblib
import pandas as pd

from audio_emotion.data import audio
from audio_emotion.data.catalogue import Skipped
from audio_emotion.errors import AudioError
from audio_emotion.progress import RunOptions

_BATCH: Final = 64  # recordings


def look(
    catalogue: pd.DataFrame, options: RunOptions = RunOptions(), *, strict: bool = False
) -> tuple[pd.DataFrame, list[Skipped]]:
    """Leave out the recordings of a catalogue that cannot be read.

    Headers and lengths are looked at, a millisecond each; nothing is decoded.

    Parameters
    ----------
    catalogue : DataFrame
        With a column `path`.
    options : RunOptions
    strict : bool
        Raise for the first instead.

    Returns
    -------
    DataFrame
        The rows whose recordings can be read.
    list of Skipped
        The others.

    Raises
    ------
    AudioError
        None can be read, or, where `strict`, one cannot.
    """
    paths = catalogue["path"].tolist()
    parallel = joblib.Parallel(options.jobs or -1, prefer="threads", return_as="generator")
    batches = [paths[at : at + _BATCH] for at in range(0, len(paths), _BATCH)]
    skipped: list[Skipped] = []
    for number, found in enumerate(parallel(joblib.delayed(_looked_at)(each) for each in batches)):
        skipped += found
        options.progress(min(len(paths), (number + 1) * _BATCH), len(paths))
    if skipped and (strict or len(skipped) == len(paths)):
        first = skipped[0]
        raise AudioError(
            f"{len(skipped)} of {len(paths)} recordings cannot be read, the first {first.path}: "
            f"{first.reason}"
        )
    unreadable = {one.path for one in skipped}
    return catalogue[~catalogue["path"].isin(unreadable)].reset_index(drop=True), skipped


def _looked_at(paths: list[str]) -> list[Skipped]:
    skipped = []
    for path in paths:
        try:
            audio.declared_s(path)
        except AudioError as error:
            skipped.append(Skipped(path, "unreadable", str(error).removeprefix(f"{path}: ")))
    return skipped
