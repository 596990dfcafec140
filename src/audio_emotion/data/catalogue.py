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

import csv
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple

import pandas as pd

from audio_emotion.data.corpora import (
    AUDIO_SUFFIXES,
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
    song_of_name,
    speaker_named,
    utterance_of_name,
)
from audio_emotion.data.non_speech import NON_SPEECH, non_speech_of_name
from audio_emotion.data.official_recordings import FOLDERS, recording_of_name
from audio_emotion.data.recording_paths import is_file
from audio_emotion.engine.emotions import NO_SPEECH
from audio_emotion.errors import CorpusError

MANIFEST: Final = "manifest.csv"

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

    Files without an audio extension are ignored. The order of the roots does not matter. A file
    below two of them is one recording; of a recording of a published corpus that two of them have,
    perhaps in different formats, the first by path is taken.

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
    return Catalogue(pd.DataFrame(utterances, columns=list(COLUMNS), dtype=str), sorted(skipped))


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
    if len({number for _, number in found}) < 2:
        return sorted(utterance for utterance, _ in found), skipped
    files: dict[str, int] = {}
    recordings: dict[object, tuple[str, int]] = {}
    kept = []
    for utterance, number in sorted(found):
        if files.setdefault(os.path.realpath(utterance.path), number) != number:
            continue
        identity = _identity(utterance)
        first, root = recordings.setdefault(identity, (utterance.path, number))
        if root == number:
            kept.append(utterance)
        else:
            reason = f"the same recording as {first}, below another of the folders given"
            skipped.append(Skipped(utterance.path, "duplicate", reason))
    # What has no label below one root may have one below another.
    skipped = [
        one for one in skipped if one.kind == "duplicate" or os.path.realpath(one.path) not in files
    ]
    return kept, list(set(skipped))


def _identity(utterance: Utterance) -> object:
    """Return what is equal for copies of a recording of a published corpus, in any format."""
    if utterance.corpus not in TITLES:
        return utterance.path
    named = recording_of_name(utterance.path) if utterance.corpus in FOLDERS else None
    return named or utterance._replace(path=Path(utterance.path).stem)


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
    visited: set[str] = set()
    unreadable: list[Skipped] = []

    def report(error: OSError) -> None:
        folder = Path(error.filename).as_posix()
        unreadable.append(Skipped(folder, "unreadable", f"folder: {error.strerror}"))

    for folder, subfolders, files in os.walk(root, onerror=report, followlinks=True):
        # Links are followed because collections are often linked together; loops end here.
        if (real := os.path.realpath(folder)) in visited:
            subfolders.clear()
            continue
        visited.add(real)
        # `.Crema.part` is a download that is not complete.
        subfolders[:] = [name for name in subfolders if not re.fullmatch(r"\..+\.part", name)]
        if MANIFEST in files:
            subfolders.clear()
            yield from _entries_of_manifest_folder(Path(folder))
            continue
        subfolders.sort()
        for name in sorted(files):
            if Path(name).suffix.lower() in AUDIO_SUFFIXES:
                yield entry_of_file(Path(folder, name), root)
    yield from unreadable


def _in_text(entry: Utterance | Skipped) -> Utterance | Skipped:
    """Skip files whose name is not UTF-8, which tables cannot hold."""
    name = os.fsencode(entry.path)
    try:
        name.decode()
    except UnicodeDecodeError:
        return Skipped(name.decode(errors="replace"), "unreadable", "its name is not in UTF-8")
    return entry


def entry_of_file(path: Path, root: Path) -> Utterance | Skipped:
    """Return the labels in the path of a recording below a root; nothing is opened."""
    if path.name.startswith("._"):
        return Skipped(path.as_posix(), "unlabelled", "resource fork of macOS, not a recording")
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
            speaker = "_".join(folders[depth + 1 :])
            return _own_utterance(path, corpus, {"emotion": emotion, "speaker": speaker})
    return None


def _entries_of_manifest_folder(folder: Path) -> Iterator[Utterance | Skipped]:
    entries = list(_entries_of_manifest(folder / MANIFEST))
    yield from entries
    listed = {entry.path for entry in entries}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in AUDIO_SUFFIXES and path.as_posix() not in listed:
            yield Skipped(path.as_posix(), "unlabelled", f"not listed in the {MANIFEST} above it")


def _entries_of_manifest(manifest: Path) -> Iterator[Utterance | Skipped]:
    own_corpus = _own_corpus(manifest.parent)
    seen: set[str] = set()
    for line, row in _manifest_rows(manifest):
        path = _manifest_path(manifest.parent, row["path"])
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


def _manifest_rows(manifest: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and columns of each row; names in lower case, comma or semicolon."""
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            delimiter = ";" if header.count(";") > header.count(",") else ","
            names = [name.strip(' "\r\n').lower() for name in header.split(delimiter)]
            if not {"path", "emotion"} <= set(names):
                raise CorpusError(
                    f"{manifest}: needs the columns path and emotion, has {', '.join(names)}. "
                    "Its first line should be, for example: path,emotion,speaker,sex"
                )
            rows = csv.reader(file, delimiter=delimiter)
            for row in rows:
                values = dict(zip(names, (value.strip() for value in row), strict=False))
                if any(values.values()):
                    yield 1 + rows.line_num, {"path": "", "emotion": "", **values}
    except (UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(
            f"{manifest}: not a CSV in UTF-8 ({error}). Save it again as 'CSV UTF-8'."
        ) from error


def _manifest_path(folder: Path, text: str) -> Path:
    """Return a path of a manifest: relative to the manifest's folder, else to the current one."""
    path = Path(text.replace("\\", "/"))
    return path if is_file(path) and not is_file(folder / path) else folder / path


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
    return "_".join(re.findall(r"[^\W_]+", name.lower()))


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
