"""List every recording below a folder: labelled, or skipped for a stated reason.

Besides the four corpora, whose file names `corpora` recognizes, and the published recordings in
which nobody speaks, whose file names `non_speech` does, recordings come

- with a `manifest.csv` in their folder: columns `path` and `emotion`, perhaps `speaker`, `sex`,
  `corpus`, `intensity`, `sentence`, `take`, `language`; or
- in one folder per emotion: `mine/angry/clip.wav`, or `mine/angry/anna/clip.wav` to tell the
  speakers apart, without which unseen speakers cannot be tested. `mine/noise/fan.wav` is a
  recording in which nobody speaks: without the name of a speaker, a source of its own.

The folder's name is the corpus; `corpora.TITLES` has those of published ones.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple
from unicodedata import normalize

import pandas as pd

from audio_emotion.data import listing, manifests
from audio_emotion.data.corpora import (
    COLUMNS,
    LANGUAGES,
    NO_LANGUAGE,
    SONGS,
    TITLES,
    Utterance,
    emotion_named,
    emotion_of,
    is_ravdess_song,
    language_of,
    same_name,
    song_of_name,
    speaker_named,
    utterance_of_name,
)
from audio_emotion.data.listing import is_recording
from audio_emotion.data.non_speech import NON_SPEECH, non_speech_of_name
from audio_emotion.data.official_recordings import FOLDERS, recording_of_name
from audio_emotion.data.recording_paths import is_file
from audio_emotion.engine.emotions import NO_SPEECH
from audio_emotion.errors import CorpusError, reason_of

MANIFEST: Final = "manifest.csv"

_LOSSLESS: Final = frozenset({".wav", ".wave", ".flac", ".aif", ".aiff", ".au", ".caf", ".w64"})

_SEXES: Final = {"f": "female", "w": "female", "woman": "female", "m": "male", "man": "male"}

PathLike = str | os.PathLike[str]

SkipKind = Literal["unlabelled", "sung", "unreadable", "short", "duplicate"]


class Skipped(NamedTuple):
    """A recording that was left out, and the reason."""

    path: str
    kind: SkipKind
    reason: str


@dataclass(frozen=True)
class Catalogue:
    """Every recording below some roots: either an utterance or skipped for a stated reason."""

    utterances: pd.DataFrame
    """One row per utterance, columns `COLUMNS` (all text), sorted by path."""
    skipped: list[Skipped]


def catalogue(roots: PathLike | Sequence[PathLike]) -> Catalogue:
    """List the recordings of folders of corpora, or of manifests.

    The order of the roots does not matter; an utterance is
    taken once, see `distinct`.

    Parameters
    ----------
    roots : path, or sequence of paths
        Folders, or manifest CSVs; paths in a manifest are relative to its own folder or to the
        current one.

    Raises
    ------
    CorpusError
        No such root, one without any recording that could be labelled, or a broken manifest.
    """
    found: list[tuple[Utterance, int]] = []
    skipped: list[Skipped] = []
    for number, root in enumerate(sorted(each_root(roots), key=os.path.realpath)):
        listed = list(entries(Path(root)))
        labelled = [entry for entry in listed if isinstance(entry, Utterance)]
        without = sorted(entry for entry in listed if isinstance(entry, Skipped))
        if not labelled:
            raise CorpusError(_nothing_found(Path(root), without))
        found += [(utterance, number) for utterance in labelled]
        skipped += without
    utterances, skipped = _merged(found, skipped)
    table = pd.DataFrame(utterances, columns=list(COLUMNS), dtype=str)
    return Catalogue(one_spelling(table), sorted(skipped))


def each_root(roots: PathLike | Sequence[PathLike]) -> list[PathLike]:
    """Return one root or several as a list.

    Raises
    ------
    CorpusError
        There is none.
    """
    several = [roots] if isinstance(roots, str | os.PathLike) else list(roots)
    if not several:
        raise CorpusError("no folder of recordings is given: needs one or more.")
    return several


def _merged(
    found: list[tuple[Utterance, int]], skipped: list[Skipped]
) -> tuple[list[Utterance], list[Skipped]]:
    """Keep one of the recordings that several roots have; numbers tell the roots apart."""
    files: dict[str, int] = {}
    for utterance, number in sorted(found):
        files.setdefault(os.path.realpath(utterance.path), number)
    once = {
        utterance
        for utterance, number in found
        if files[os.path.realpath(utterance.path)] == number
    }
    kept, copies = distinct(once)
    # What has no label below one root may have one below another.
    skipped = [
        one for one in skipped if one.kind == "duplicate" or os.path.realpath(one.path) not in files
    ]
    return kept, list({*skipped, *copies})


def distinct(utterances: Iterable[Utterance]) -> tuple[list[Utterance], list[Skipped]]:
    """Keep one of the files of each utterance, sorted by path.

    A published recording is known by its labels, wherever it is and in whatever format (RAVDESS
    `01-` is the sound of the film of `03-`); any other by its folder and its name without the
    suffix. Of several, one without loss is kept, else the first by path.
    """
    first: dict[object, str] = {}
    kept, copies = [], []
    for utterance in sorted(utterances, key=lambda one: (_is_lossy(one.path), one.path)):
        original = first.setdefault(_identity(utterance), utterance.path)
        if original == utterance.path:
            kept.append(utterance)
        else:
            copies.append(Skipped(utterance.path, "duplicate", f"the same utterance as {original}"))
    return sorted(kept), copies


def _is_lossy(path: str) -> bool:
    return Path(path).suffix.lower() not in _LOSSLESS


def _identity(utterance: Utterance) -> object:
    """Return what is equal for files of one utterance."""
    path = Path(utterance.path)
    if utterance.corpus in FOLDERS and (named := recording_of_name(path)):
        return named
    if is_ravdess_song(path):
        return utterance._replace(path=path.stem.partition("-")[2])
    if utterance.corpus in TITLES:
        return utterance._replace(path=path.stem)
    return path.parent, path.stem


def one_spelling(utterances: pd.DataFrame) -> pd.DataFrame:
    """Return a catalogue in which a speaker has one name: the first spelling that is found.

    Names that differ in case or in the normal form of Unicode only are the same.
    """
    spellings: dict[tuple[str, str], str] = {}
    speakers = [
        spellings.setdefault((corpus, same_name(speaker)), speaker)
        for corpus, speaker in zip(utterances["corpus"], utterances["speaker"], strict=True)
    ]
    return utterances.assign(speaker=speakers)


def entries(root: Path) -> Iterator[Utterance | Skipped]:
    """List recordings one by one, in an order that depends on their names only.

    Raises
    ------
    CorpusError
        No such root, or a broken manifest.
    """
    if root.is_dir():
        yield from map(_in_text, _entries_of_folder(root))
    elif root.is_file() and root.suffix.lower() == ".csv":
        yield from map(_in_text, _entries_of_manifest(root))
    else:
        raise CorpusError(
            f"{root}: neither a folder of recordings nor a manifest .csv. Give the folder that "
            "holds the corpora, for example speech-emotion-recognition-en."
        )


def _entries_of_folder(root: Path) -> Iterator[Utterance | Skipped]:
    unreadable: list[Skipped] = []

    def report(error: OSError) -> None:
        folder = Path(error.filename).as_posix()
        unreadable.append(Skipped(folder, "unreadable", f"folder: {reason_of(error)}"))

    for folder, subfolders, files in listing.folders(root, report):
        if manifest := _manifest_among(files):
            subfolders.clear()
            yield from _entries_of_manifest_folder(folder, manifest, report)
            continue
        for path in files:
            if is_recording(path):
                yield entry_of_file(path, root)
    yield from unreadable


def _manifest_among(files: list[Path]) -> Path | None:
    """Return the manifest, whatever the case of its name."""
    return next((path for path in files if path.name.lower() == MANIFEST), None)


def _in_text(entry: Utterance | Skipped) -> Utterance | Skipped:
    """Skip files whose name is not UTF-8, which tables cannot hold."""
    name = os.fsencode(entry.path)
    try:
        name.decode()
    except UnicodeDecodeError:
        return Skipped(name.decode(errors="replace"), "unreadable", "its name is not in UTF-8")
    return entry


def entry_of_file(path: Path, root: Path) -> Utterance | Skipped:
    """Return the labels in the path of a recording below a root."""
    if is_ravdess_song(path):
        return _song(path)
    try:
        labelled = (
            utterance_of_name(path)
            or non_speech_of_name(path, _folders(path, root))
            or _utterance_of_emotion_folder(path, root)
        )
    except CorpusError as error:
        return Skipped(path.as_posix(), "unlabelled", str(error))
    return labelled or Skipped(
        path.as_posix(),
        "unlabelled",
        "no emotion in its name or folder: not a name of CREMA-D, RAVDESS, SAVEE or TESS. Put "
        f"it into a folder named after its emotion, or list it in a {MANIFEST}",
    )


def _folders(path: Path, root: Path) -> set[str]:
    """Return the names of the folders from a root, itself included, to a recording below it."""
    return {_slug(root.absolute().name), *map(_slug, path.relative_to(root).parts[:-1])}


def _song(path: Path) -> Utterance | Skipped:
    """Return the labels of a RAVDESS song where songs are asked for: in a folder of their name."""
    if SONGS in map(_slug, path.absolute().parent.parts) and (song := song_of_name(path)):
        return song
    return Skipped(
        path.as_posix(),
        "sung",
        "RAVDESS song: sung, not spoken. A folder RAVDESS_song is a corpus of songs",
    )


def _utterance_of_emotion_folder(path: Path, root: Path) -> Utterance | None:
    """Read the labels in `<corpus>/<emotion>/[<speaker>/]clip.wav`, innermost emotion first."""
    folders = path.relative_to(root).parts[:-1]
    for depth in reversed(range(len(folders))):
        if emotion := emotion_named(folders[depth]):
            corpus = _own_corpus(root.joinpath(*folders[:depth]))
            speaker = normalize("NFC", "_".join(folders[depth + 1 :]))
            return _own_utterance(path, corpus, {"emotion": emotion, "speaker": speaker})
    return None


def _entries_of_manifest_folder(
    folder: Path, manifest: Path, report: Callable[[OSError], None]
) -> Iterator[Utterance | Skipped]:
    entries = list(_entries_of_manifest(manifest))
    yield from entries
    listed = {entry.path for entry in entries}
    for _, _, files in listing.folders(folder, report):
        for path in files:
            if path.as_posix() not in listed and is_recording(path):
                reason = f"not listed in the {MANIFEST} above it"
                yield Skipped(path.as_posix(), "unlabelled", reason)


def _entries_of_manifest(manifest: Path) -> Iterator[Utterance | Skipped]:
    own_corpus = _own_corpus(manifest.parent)
    seen: set[str] = set()
    names: dict[Path, dict[str, str]] = {}
    for line, row in manifests.rows(manifest):
        path = manifests.file_named(manifest.parent, row["path"], names)
        where = f"line {line} of {manifest.as_posix()}"
        if path.as_posix() in seen:
            yield Skipped(path.as_posix(), "duplicate", f"listed again in {where}")
            continue
        seen.add(path.as_posix())
        if not is_file(path):
            yield Skipped(path.as_posix(), "unreadable", f"no such file, listed in {where}")
            continue
        try:
            yield _own_utterance(path, _corpus_named(row.get("corpus", "")) or own_corpus, row)
        except CorpusError as error:
            yield Skipped(path.as_posix(), "unlabelled", f"{where}: {error}")


def _own_utterance(path: Path, corpus: str, labels: dict[str, str]) -> Utterance:
    if corpus == SONGS and (song := song_of_name(path)):
        # The name tells who sings, whatever the manifest calls the actor.
        given = {name: label for name, label in labels.items() if label}
        labels = song._asdict() | given | {"speaker": song.speaker}
    sex = labels.get("sex", "").lower()
    emotion = emotion_of(labels["emotion"])
    unnamed = path.stem if emotion == NO_SPEECH else "unknown"
    unspoken = NO_LANGUAGE if emotion == NO_SPEECH else ""
    return Utterance(
        path=path.as_posix(),
        corpus=corpus,
        speaker=speaker_named(corpus, labels.get("speaker") or unnamed),
        sex=_SEXES.get(sex, sex),
        emotion=emotion,
        intensity=labels.get("intensity", ""),
        sentence=labels.get("sentence", ""),
        take=labels.get("take", ""),
        language=language_of(labels.get("language", "")) or unspoken or LANGUAGES.get(corpus, ""),
    )


def _own_corpus(folder: Path) -> str:
    """Return the name of the corpus in a folder; never one that is known by names of files."""
    name = _slug(folder.absolute().name) or "own"
    return f"{name}_own" if name in FOLDERS or name in NON_SPEECH else name


def _corpus_named(name: str) -> str:
    """Return the key of a published corpus with a manifest, or the name as it is."""
    slug = _slug(name)
    return slug if slug in TITLES and slug not in FOLDERS else name


def _slug(name: str) -> str:
    return "_".join(re.findall(r"[^\W_]+", same_name(name)))


def _nothing_found(root: Path, skipped: list[Skipped]) -> str:
    if not skipped:
        return (
            f"{root}: no recordings below it. Give the folder that holds the corpora, or a "
            "manifest .csv with the columns path,emotion,speaker,sex."
        )
    first = skipped[0]
    return (
        f"{root}: none of its {len(skipped)} recordings has a label, "
        f"e.g. {first.path}: {first.reason}."
    )
