"""Comparison of a folder with the published corpora: what is missing, doubled, damaged."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import joblib

from audio_emotion.data import audio, containers, isolation
from audio_emotion.data.catalogue import catalogue
from audio_emotion.data.corpora import TITLES
from audio_emotion.data.official_recordings import (
    FOLDERS,
    QUIRKS,
    OfficialRecording,
    quirks_among,
    recording_of_name,
    recordings,
)
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import AudioError, reason_of
from audio_emotion.progress import Progress, no_progress

# What stands in place of a recording where Git Large File Storage was not installed.
LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"


class DamagedFile(NamedTuple):
    """A file that is there but holds no recording that can be used."""

    path: str
    reason: str


class Count(NamedTuple):
    """Number of recordings found, and of official ones."""

    found: int
    official: int


@dataclass(frozen=True)
class CompletenessReport:
    """Comparison of the files of one corpus with its official recordings."""

    corpus: str
    count: Count
    """Different recordings; a doubled one counts once, a damaged one counts as found."""
    emotions: dict[str, Count]
    missing: list[str]
    """Where the collection keeps what is missing: `Savee/DC_a01.wav`."""
    doubled: list[list[str]]
    """Files that are copies of one recording, by their names."""
    damaged: list[DamagedFile]
    quirks: list[str]
    """Known oddities of the corpus among the files found."""

    @property
    def title(self) -> str:
        """Return the name that its publishers write."""
        return TITLES[self.corpus]

    @property
    def complete(self) -> bool:
        """Return whether every official recording is there, once and without known damage."""
        return not (self.missing or self.doubled or self.damaged)


def check(
    root: str | os.PathLike[str],
    *,
    decode: bool = False,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> list[CompletenessReport]:
    """Compare the recordings below a folder with the official ones.

    Parameters
    ----------
    root : path
        Folder of the collection, of one corpus, or of any mixture, in any audio format.
    decode : bool
        Also decode every file to find damage; without it only empty files and Git LFS pointers
        are noticed.
    jobs : int, optional
        Recordings that are decoded at once, by default one per core.
    progress : Progress
        Of the files that are decoded.

    Returns
    -------
    list of CompletenessReport
        One for each of the four corpora, in alphabetical order.

    Raises
    ------
    CorpusError
        No such folder, or no labelled recording in it.
    """
    found = catalogue(root)
    of_corpora = found.utterances["corpus"].isin(list(FOLDERS))
    paths = found.utterances.loc[of_corpora, "path"].tolist()
    paths += [one.path for one in found.skipped if one.kind == "duplicate"]
    damaged = visible_damage(paths)
    if decode:
        seen = {broken.path for broken in damaged}
        rest = [path for path in paths if path not in seen]
        damaged += _decoding_damage(rest, jobs, progress)
    return [examine(corpus, paths, damaged) for corpus in FOLDERS]


def examine(
    corpus: str, paths: Iterable[str], damaged: Iterable[DamagedFile] = ()
) -> CompletenessReport:
    """Compare files by their names with what a corpus consists of; other corpora's are ignored."""
    official = recordings(corpus)
    files: dict[OfficialRecording, list[str]] = {}
    for path in paths:
        recording = recording_of_name(path)
        if recording in official:
            files.setdefault(recording, []).append(path)
    of_corpus = {path for copies in files.values() for path in copies}
    stems = {Path(path).stem for path in of_corpus}
    as_published = {name for quirk in QUIRKS if quirk.unusable for name in quirk.names}
    wanted, found = (Counter(each.emotion for each in group) for group in (official, files))
    return CompletenessReport(
        corpus,
        Count(len(files), len(official)),
        {name: Count(found[name], wanted[name]) for name in EMOTIONS if wanted[name]},
        missing=[path for recording, path in official.items() if recording not in files],
        doubled=[sorted(copies) for copies in files.values() if len(copies) > 1],
        damaged=sorted(
            broken
            for broken in damaged
            if broken.path in of_corpus and not _is_published_so(broken, as_published)
        ),
        quirks=[quirk.description for quirk in quirks_among(corpus, stems)],
    )


def describe_missing(report: CompletenessReport, shown: int = 5) -> list[str]:
    """Return lines about what is missing: whole speakers, then single recordings, a few named."""
    official = recordings(report.corpus)
    speakers = {path: recording.speaker for recording, path in official.items()}
    missing = Counter(speakers[path] for path in report.missing)
    of_each = Counter(speakers.values())
    gone = [name for name in missing if missing[name] == of_each[name]]
    lines = []
    if gone:
        lines.append(
            f"all recordings of {_listed([name.partition('_')[2] for name in gone], 12)} "
            f"({sum(missing[name] for name in gone):,})"
        )
    single = [path for path in report.missing if speakers[path] not in gone]
    if single:
        kind = "single recording" if len(single) == 1 else "single recordings"
        lines.append(f"{len(single):,} {kind}: {_listed(single, shown)}")
    return lines


def _listed(names: Sequence[str], shown: int) -> str:
    if len(names) <= shown:
        return ", ".join(names)
    return f"{', '.join(names[:shown])} and {len(names) - shown:,} more"


def visible_damage(paths: Iterable[str]) -> list[DamagedFile]:
    """Find the damage that shows without decoding: empty files and pointers of Git LFS."""
    return [broken for path in paths if (broken := _visible_damage(path))]


def _visible_damage(path: str) -> DamagedFile | None:
    try:
        if Path(path).stat().st_size == 0:
            return DamagedFile(path, "empty, 0 bytes")
        with Path(path).open("rb") as file:
            if file.read(len(LFS_POINTER)) == LFS_POINTER:
                reason = "a pointer of Git LFS, not the recording; see: git lfs pull"
                return DamagedFile(path, reason)
    except OSError as error:
        return DamagedFile(path, f"cannot be read ({reason_of(error)})")
    return None


def _decoding_damage(paths: list[str], jobs: int | None, progress: Progress) -> list[DamagedFile]:
    damaged = []
    progress(0, len(paths))
    threads = joblib.Parallel(jobs or -1, prefer="threads", return_as="generator_unordered")
    work = threads(joblib.delayed(_decoded)(path) for path in paths)
    for done, broken in enumerate(work, start=1):
        if broken:
            damaged.append(broken)
        progress(done, len(paths))
    return damaged


def _decoded(path: str) -> DamagedFile | None:
    try:
        isolation.read(path, audio.ignore, allow_silence=False)
        with Path(path).open("rb") as file:
            wrong = containers.layout(file, containers.kind_of(file)).warnings
    except AudioError as error:
        return DamagedFile(path, str(error).removeprefix(f"{path}: "))
    return DamagedFile(path, wrong[0]) if wrong else None


def _is_published_so(broken: DamagedFile, names: set[str]) -> bool:
    """Return whether a file was published without a voice; an empty file never was."""
    return Path(broken.path).stem in names and not broken.reason.startswith(("empty", "a pointer"))
