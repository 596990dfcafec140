"""Reading of the tables that `audio-emotion dataset` writes: catalogue and features."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.data.catalogue import distinct, one_spelling
from audio_emotion.data.corpora import COLUMNS, HOW_TO_LABEL, LABELS, LANGUAGES, Utterance
from audio_emotion.data.dataset import DIGEST
from audio_emotion.data.recording_paths import found_from
from audio_emotion.engine import features
from audio_emotion.engine.emotions import NO_SPEECH
from audio_emotion.errors import InputError, reason_of
from audio_emotion.files import check_lines


@dataclass(frozen=True)
class FeatureTable:
    """Utterances with their labels and features, row by row."""

    catalogue: pd.DataFrame
    """Columns as `corpora.COLUMNS`."""
    utterances: npt.NDArray[np.float32]
    """Shape (n_utterances, n_features), in the order of `features.names()`."""

    def without_speakers(self, speakers: Iterable[str]) -> FeatureTable:
        """Leave some speakers out, for example those of a demonstration.

        Raises
        ------
        InputError
            One of them is not in the dataset.
        """
        unknown = sorted(set(speakers) - set(self.catalogue["speaker"]))
        if unknown:
            raise InputError(
                f"speaker {unknown[0]!r} is not in the features file. Its speakers are named "
                f"like {self.catalogue['speaker'].iloc[0]!r}."
            )
        return self.rows(~self.catalogue["speaker"].isin(set(speakers)).to_numpy())

    def rows(self, keep: npt.NDArray[np.bool_]) -> FeatureTable:
        """Return the rows where `keep` is true."""
        return FeatureTable(self.catalogue[keep].reset_index(drop=True), self.utterances[keep])

    def hash(self) -> str:
        """Return the SHA-256 of everything that training depends on."""
        digest = hashlib.sha256("\n".join(features.names()).encode())
        digest.update(np.ascontiguousarray(self.utterances).tobytes())
        for column in ("corpus", "speaker", "emotion"):
            digest.update("\n".join(self.catalogue[column]).encode())
        return digest.hexdigest()

    def description(self) -> str:
        """Return in words how many utterances and speakers of each corpus there are."""
        return describe_corpora(self.catalogue)


def is_speech(catalogue: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return in which recordings somebody speaks: only they have an emotion."""
    return catalogue["emotion"].ne(NO_SPEECH).to_numpy()


def describe_corpora(catalogue: pd.DataFrame) -> str:
    """Return in words how many utterances and speakers of each corpus there are."""
    return ", ".join(
        f"{corpus}: {len(speakers)} utterances of {speakers.nunique()} speakers"
        for corpus, speakers in catalogue.groupby("corpus")["speaker"]
    )


def read_features(path: Path) -> FeatureTable:
    """Read the table that `audio-emotion dataset` writes.

    Parameters
    ----------
    path : Path
        CSV, or Parquet by its ending: a file, or the folder of partitions that a cluster wrote. Of
        recordings with the same audio the first is taken. Tables of earlier versions without
        `language` get that of each corpus.

    Raises
    ------
    InputError
        No such table, columns missing, features of another version, or values not finite.
    """
    try:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    except (OSError, ValueError, ImportError) as error:
        raise InputError(
            f"{path}: not a table of features ({reason_of(error)}). "
            "Make one with: audio-emotion dataset."
        ) from error
    if DIGEST in table:
        table = table.sort_values("path").drop_duplicates(DIGEST).drop(columns=DIGEST)
        labels = table.reindex(columns=list(COLUMNS)).fillna("").astype(str)
        kept, _ = distinct(Utterance(*row) for row in labels.itertuples(index=False))
        table = table[table["path"].isin([one.path for one in kept])].reset_index(drop=True)
    table = _with_language(table)
    names = [*COLUMNS, *features.names()]
    wrong = [*(set(names) - set(table.columns)), *(set(table.columns) - set(names))]
    if wrong:
        is_another = not set(features.names()) <= set(table.columns)
        way_out = "Make it" if is_another else f"{HOW_TO_LABEL}, and make the table"
        raise InputError(
            f"{path}: column {min(wrong)!r} is missing or not one of this version's, as are "
            f"{len(wrong) - 1} others. {way_out} with: audio-emotion dataset."
        )
    unknown = {str(emotion) for emotion in table["emotion"]} - set(LABELS)
    if unknown or table.empty:
        raise InputError(
            f"{path}: {len(table)} rows, {len(unknown)} unknown emotions {sorted(unknown)[:3]}. "
            f"Every row needs one of {', '.join(LABELS)}."
        )
    numbers = table[list(features.names())].apply(pd.to_numeric, errors="coerce")
    with np.errstate(over="ignore"):  # what is too large is not finite, which is said below
        utterances = numbers.to_numpy(np.float32)
    finite = np.isfinite(utterances).all(axis=1)
    if not finite.all():
        raise InputError(
            f"{path}: row {int(np.argmin(finite)) + 2} has a value that is missing, not finite or "
            "no number. Make the table again with: audio-emotion dataset."
        )
    return FeatureTable(one_spelling(_located(table, path.parent)), utterances)


def read_catalogue(path: Path) -> pd.DataFrame:
    """Read the catalogue that `audio-emotion dataset` writes, columns `corpora.COLUMNS`, all text.

    One of an earlier version, without `language`, gets that of each corpus.

    Raises
    ------
    InputError
        No such table, or columns missing.
    """
    try:
        table = _with_language(_read_csv(path))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: not a catalogue ({reason_of(error)}). Make one with: audio-emotion dataset."
        ) from error
    missing = set(COLUMNS) - set(table.columns)
    if missing or table.empty:
        raise InputError(
            f"{path}: {len(table)} rows, columns missing: {', '.join(sorted(missing)) or 'none'}. "
            f"{HOW_TO_LABEL}, and make the catalogue with: audio-emotion dataset."
        )
    return one_spelling(_located(table, path.parent))


def _with_language(table: pd.DataFrame) -> pd.DataFrame:
    """Add the column that tables of earlier versions lack."""
    if "language" in table or "corpus" not in table:
        return table
    language = table["corpus"].map(LANGUAGES).fillna("").rename("language")
    return pd.concat([table, language], axis="columns")


def _read_csv(path: Path) -> pd.DataFrame:
    check_lines(path)
    # A sentence or take may be "01" and a label "NA": text stays what it is.
    return pd.read_csv(
        path, dtype=dict.fromkeys(COLUMNS, str), na_values=[""], keep_default_na=False
    )


def _located(table: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Return columns `COLUMNS` as text, with the paths of recordings from the present folder."""
    catalogue = table[list(COLUMNS)].fillna("").astype(str)
    return catalogue.assign(path=[found_from(folder, path) for path in catalogue["path"]])
