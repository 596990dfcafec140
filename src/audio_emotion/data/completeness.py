"""Compare a folder with the corpora as they were published: what is missing, doubled, damaged."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import joblib

from audio_emotion.data import audio
from audio_emotion.data.catalogue import catalogue
from audio_emotion.data.official_recordings import QUIRKS, TITLES, Identity, identity, recordings
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import AudioError
from audio_emotion.progress import Progress, no_progress

# What stands in place of a recording where Git Large File Storage was not installed.
LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"


class Damaged(NamedTuple):
    """A file that is there but holds no recording that can be used."""

    path: str
    reason: str


class Count(NamedTuple):
    """How many recordings were found, of how many."""

    found: int
    official: int


@dataclass(frozen=True)
class Report:
    """How far one corpus below a folder is complete."""

    corpus: str
    count: Count
    """Different recordings; a doubled one counts once, a damaged one counts as found."""
    emotions: dict[str, Count]
    missing: list[str]
    """Where the collection keeps what is missing: `Savee/DC_a01.wav`."""
    doubled: list[list[str]]
    """Files that are copies of one recording, by their names."""
    damaged: list[Damaged]
    quirks: list[str]
    """What is odd in the corpus itself, of what was found."""

    @property
    def title(self) -> str:
        """Name as its publishers write it."""
        return TITLES[self.corpus]

    @property
    def complete(self) -> bool:
        """Whether every official recording is there, once and undamaged as far as was looked."""
        return not (self.missing or self.doubled or self.damaged)


def check(
    root: str | os.PathLike[str],
    *,
    decode: bool = False,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> list[Report]:
    """Compare the recordings below a folder with the official ones.

    Parameters
    ----------
    root : path
        Folder of the collection, of one corpus, or of any mixture, in any audio format.
    decode : bool
        Also decode every file to find damage; without it only empty files and Git LFS pointers
        are noticed.
    jobs : int, optional
        Processes that decode, by default one per core.
    progress : callable, optional
        Told how many files are decoded, and of how many.

    Returns
    -------
    list of Report
        One for each of the four corpora, in alphabetical order.

    Raises
    ------
    CorpusError
        No such folder, or no labelled recording in it.
    """
    table = catalogue(root).utterances
    paths = table.loc[table["corpus"].isin(list(TITLES)), "path"].tolist()
    damaged = damage_seen(paths)
    if decode:
        seen = {broken.path for broken in damaged}
        rest = [path for path in paths if path not in seen]
        damaged += _damage_heard(rest, jobs, progress)
    return [examine(corpus, paths, damaged) for corpus in TITLES]


def examine(corpus: str, paths: Iterable[str], damaged: Iterable[Damaged] = ()) -> Report:
    """Compare files by their names with what a corpus consists of; other corpora's are ignored."""
    official = recordings(corpus)
    files: dict[Identity, list[str]] = {}
    for path in paths:
        recording = identity(path)
        if recording in official:
            files.setdefault(recording, []).append(path)
    of_corpus = {path for copies in files.values() for path in copies}
    stems = {Path(path).stem for path in of_corpus}
    as_published = {name for quirk in QUIRKS if quirk.unusable for name in quirk.names}
    wanted, found = (Counter(each.emotion for each in group) for group in (official, files))
    return Report(
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
        quirks=[
            quirk.says for quirk in QUIRKS if quirk.corpus == corpus and set(quirk.names) <= stems
        ],
    )


def missing_in_words(report: Report, shown: int = 5) -> list[str]:
    """Say what is missing: whole speakers by their names, then single recordings, a few named."""
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


def damage_seen(paths: Iterable[str]) -> list[Damaged]:
    """Find the damage that shows without decoding: empty files and pointers of Git LFS."""
    return [broken for path in paths if (broken := _damage_seen(path))]


def _damage_seen(path: str) -> Damaged | None:
    try:
        if Path(path).stat().st_size == 0:
            return Damaged(path, "empty, 0 bytes")
        with Path(path).open("rb") as file:
            if file.read(len(LFS_POINTER)) == LFS_POINTER:
                return Damaged(path, "a pointer of Git LFS, not the recording; see: git lfs pull")
    except OSError as error:
        return Damaged(path, f"cannot be read ({error.strerror})")
    return None


def _damage_heard(paths: list[str], jobs: int | None, progress: Progress) -> list[Damaged]:
    damaged = []
    progress(0, len(paths))
    workers = joblib.Parallel(
        n_jobs=jobs or joblib.cpu_count(), return_as="generator_unordered", idle_worker_timeout=5
    )
    work = workers(joblib.delayed(_decoded)(path) for path in paths)
    for done, broken in enumerate(work, start=1):
        if broken:
            damaged.append(broken)
        progress(done, len(paths))
    return damaged


def _decoded(path: str) -> Damaged | None:
    try:
        for _ in audio.blocks(path):
            pass
    except AudioError as error:
        return Damaged(path, str(error).removeprefix(f"{path}: "))
    return None


def _is_published_so(broken: Damaged, names: set[str]) -> bool:
    """Whether a file without a voice is so in the corpus itself; an empty file never is."""
    return Path(broken.path).stem in names and not broken.reason.startswith(("empty", "a pointer"))
