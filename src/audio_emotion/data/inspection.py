"""A look at every recording of a catalogue before long work on them."""

from __future__ import annotations

from typing import Final, NamedTuple

import joblib
import pandas as pd

from audio_emotion.data import isolation
from audio_emotion.data.catalogue import Skipped
from audio_emotion.errors import AudioError
from audio_emotion.progress import RunOptions

_BATCH: Final = 64  # recordings


class Inspection(NamedTuple):
    """Recordings of a catalogue by what their headers say."""

    readable: pd.DataFrame
    """Rows of the catalogue."""
    skipped: list[Skipped]
    """The others."""
    warnings: list[str]
    """Sentences about readable ones, whose headers are not quite right."""

    @property
    def sentences(self) -> list[str]:
        """One sentence about each recording that is left out or not quite right."""
        left_out = [f"{one.path}: {one.reason.rstrip('.')}; left out." for one in self.skipped]
        return left_out + self.warnings


def look(
    catalogue: pd.DataFrame,
    options: RunOptions = RunOptions(),
    *,
    strict: bool = False,
    decode: bool = False,
) -> Inspection:
    """Leave out the recordings of a catalogue that cannot be read.

    Headers and lengths are looked at, a millisecond each, by a process that a recording may kill.

    Parameters
    ----------
    catalogue : DataFrame
        With a column `path`.
    options : RunOptions
    strict : bool
        Raise for the first instead.
    decode : bool
        Read each to its end, too: some milliseconds each.

    Raises
    ------
    AudioError
        None can be read, or, where `strict`, one cannot.
    """
    paths = catalogue["path"].tolist()
    parallel = joblib.Parallel(options.jobs or -1, prefer="threads", return_as="generator")
    batches = [paths[at : at + _BATCH] for at in range(0, len(paths), _BATCH)]
    skipped: list[Skipped] = []
    warnings: list[str] = []
    for number, found in enumerate(
        parallel(joblib.delayed(_looked_at)(each, decode) for each in batches)
    ):
        skipped += found[0]
        warnings += found[1]
        options.progress(min(len(paths), (number + 1) * _BATCH), len(paths))
    if skipped and (strict or len(skipped) == len(paths)):
        first = skipped[0]
        raise AudioError(
            f"{len(skipped)} of {len(paths)} recordings cannot be read, the first {first.path}: "
            f"{first.reason}"
        )
    unreadable = {one.path for one in skipped}
    readable = catalogue[~catalogue["path"].isin(unreadable)].reset_index(drop=True)
    return Inspection(readable, skipped, warnings)


def _looked_at(paths: list[str], decode: bool) -> tuple[list[Skipped], list[str]]:
    skipped = []
    warnings: list[str] = []
    for path in paths:
        try:
            isolation.check(path, warnings.append, decode=decode)
        except AudioError as error:
            skipped.append(Skipped(path, "unreadable", str(error).removeprefix(f"{path}: ")))
    return skipped, warnings
