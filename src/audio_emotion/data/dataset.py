"""Building of the dataset: the catalogue of the utterances and their acoustic features."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import joblib
import numpy as np
import pandas as pd

from audio_emotion import extras
from audio_emotion.data import audio, isolation
from audio_emotion.data.catalogue import PathLike, Skipped, catalogue
from audio_emotion.data.extraction_cache import Extraction, ExtractionCache, by_content
from audio_emotion.data.official_recordings import FOLDERS, quirks_among, recording_of_name
from audio_emotion.data.recording_paths import relative_to
from audio_emotion.engine import features
from audio_emotion.errors import AudioError, CorpusError, InputError
from audio_emotion.files import folder, locked, replacing
from audio_emotion.progress import Progress, no_progress

CATALOGUE: Final = "audio_dataframe.csv"
FEATURES: Final = "extracted_acoustic_features.csv"
SKIPPED: Final = "skipped_files.csv"
CACHE: Final = ".extraction_journal"

DIGEST: Final = "digest"  # column of partitions: the same for recordings of the same audio

# Starting a worker process takes as long as extracting about this many utterances.
UTTERANCES_WORTH_A_PROCESS: Final = 100


@dataclass(frozen=True)
class Dataset:
    """Tables and files that `build` made."""

    table: pd.DataFrame
    """One row per utterance: the columns of the catalogue, then the features (float32)."""
    skipped: list[Skipped]
    """Every recording that is not in the table, with the reason."""
    n_resumed: int
    """Utterances extracted by an earlier run that was interrupted."""
    files: list[Path]
    """Paths that were written."""
    warnings: list[str] = field(default_factory=list)
    """Sentences about recordings in the table that were read, but not quite as they say."""
    quirks: list[str] = field(default_factory=list)
    """Known faults of published corpora among the recordings, and what was done with each."""


def build(
    roots: PathLike | Sequence[PathLike],
    out: PathLike = "generated_dataset",
    *,
    parquet: bool = False,
    absolute: bool = False,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> Dataset:
    """Catalogue the recordings below one or more roots and extract their acoustic features.

    Writes `audio_dataframe.csv`, `extracted_acoustic_features.csv` (the same rows, with the
    features) and `skipped_files.csv`, each whole or not at all. A run that was killed is resumed:
    only recordings that are new or changed are extracted again. Recordings of the same audio are
    kept once, as copies in training and test data would make the scores too high.

    Parameters
    ----------
    roots : path, or sequence of paths
        Folders of corpora, or manifests; see `audio_emotion.data.catalogue`.
    out : path
        Folder to write to, made if missing.
    parquet : bool
        Also write the features as `.parquet`; needs pyarrow.
    absolute : bool
        Write absolute paths of recordings; else they are relative to `out`.
    jobs : int, optional
        Processes at work, by default one per core.
    progress : Progress
        Of the recordings.

    Raises
    ------
    CorpusError
        No such root, one without labelled recordings, or none that can be used.
    InputError
        `out` cannot be a folder, another process writes to it, or `jobs` is below 1.
    ToolError
        pyarrow is missing.
    """
    jobs = _number_of_jobs(jobs)
    if parquet:
        extras.require("parquet", "Parquet", "pyarrow")
    found = catalogue(roots)
    out = folder(Path(out), "--out")
    with _cache(out) as cache:
        paths, width = found.utterances["path"].tolist(), len(features.names())
        known = {path: cache.find(path) for path in paths}
        extracted = {path: of for path, of in known.items() if of and len(of.features) == width}
        n_resumed = len(extracted)
        progress(n_resumed, len(paths))
        failed: list[Skipped] = []
        rest = [path for path in paths if path not in extracted]
        for path, outcome in _extract_all(rest, jobs):
            if isinstance(outcome, Skipped):
                failed.append(outcome)
            else:
                extracted[path] = outcome
                cache.add(path, outcome)
            progress(len(extracted) + len(failed), len(paths))
        table, copies = _tabulate(found.utterances, extracted)
        skipped = sorted([*found.skipped, *failed, *copies])
        files = _write(out, _moved(table, out, absolute), skipped, parquet=parquet)
        cache.remove()
    warnings = sorted(sentence for path in table["path"] for sentence in extracted[path].warnings)
    return Dataset(table, skipped, n_resumed, files, warnings, _quirks(table, skipped))


@contextmanager
def _cache(out: Path) -> Iterator[ExtractionCache]:
    """Open the cache of an interrupted run, and hold the folder."""
    with (
        locked(out),
        closing(ExtractionCache(out / CACHE, features.values_hash(), by_content)) as cache,
    ):
        yield cache


def _number_of_jobs(jobs: int | None) -> int:
    if jobs is None:
        return int(joblib.cpu_count())
    if jobs < 1:
        raise InputError(f"{jobs} jobs are too few: needs at least 1. Omit it for one per core.")
    return jobs


def _extract_all(paths: list[str], jobs: int) -> Iterator[tuple[str, Extraction | Skipped]]:
    """Extract recordings on several cores; yield them as they are done."""
    waiting = dict.fromkeys(paths)
    n_workers = min(jobs, 1 + len(paths) // UTTERANCES_WORTH_A_PROCESS)
    while waiting:
        at = [*waiting]
        if n_workers > 1:
            # The timeout ends workers whose main process was killed.
            workers = joblib.Parallel(
                n_jobs=n_workers,
                return_as="generator_unordered",
                batch_size=isolation.BATCH,
                idle_worker_timeout=5,
            )
            calls = [joblib.delayed(_extracted)(path) for path in at]
            try:
                for path, outcome in workers(calls):
                    del waiting[path]
                    yield path, outcome
                return
            except BrokenProcessPool:
                at = isolation.suspects([*waiting], n_workers)
        for path in at:
            del waiting[path]
            yield path, extract_recording(path, blocks=isolation.blocks)


def _extracted(path: str) -> tuple[str, Extraction | Skipped]:
    try:
        return path, extract_recording(path)
    except MemoryError:
        return path, Skipped(path, "unreadable", "it needs more memory than there is")


def extract_recording(
    path: str,
    source: audio.Source | None = None,
    blocks: isolation.Blocks = audio.blocks,
) -> Extraction | Skipped:
    """Extract the features of one recording, in memory that does not depend on its length.

    Parameters
    ----------
    path : str
        Name of the recording.
    source : binary file, optional
        The recording itself, if it cannot be read from `path`.
    blocks : callable
        Reads it.
    """
    source = path if source is None else source
    extractor = features.Extractor()
    digest = hashlib.blake2b(digest_size=16)
    warnings: list[str] = []
    try:
        for samples in blocks(source, warnings.append, allow_silence=False):
            extractor.process(samples)
            digest.update(samples.tobytes())
        return Extraction(digest.hexdigest(), extractor.finish(), tuple(warnings))
    except AudioError as error:
        return Skipped(path, "unreadable", str(error).removeprefix(f"{audio.name_of(source)}: "))
    except InputError as error:
        return Skipped(path, "short", str(error))


def _tabulate(
    utterances: pd.DataFrame, extracted: Mapping[str, Extraction]
) -> tuple[pd.DataFrame, list[Skipped]]:
    """Join features and labels; of recordings with the same audio keep the first."""
    first: dict[str, tuple[str, str]] = {}
    copies = []
    for path, emotion in zip(utterances["path"], utterances["emotion"], strict=True):
        if path not in extracted:
            continue
        original, label = first.setdefault(extracted[path].digest, (path, emotion))
        if original != path:
            but = "" if label == emotion else f", where it is labelled {label}, not {emotion}"
            copies.append(Skipped(path, "duplicate", f"same audio as {original}{but}"))
    kept = [path for path, _ in first.values()]
    labels = utterances.set_index("path", drop=False).loc[kept].reset_index(drop=True)
    values = np.array([extracted[path].features for path in kept], dtype=np.float32)
    names = list(features.names())
    descriptors = pd.DataFrame(values.reshape(len(kept), len(names)), columns=names)
    return pd.concat([labels, descriptors], axis="columns"), copies


def _quirks(table: pd.DataFrame, skipped: list[Skipped]) -> list[str]:
    """Return what was done with recordings that are known to be odd as published."""
    reasons = {
        Path(one.path).stem: one.reason.rstrip(".")
        for one in skipped
        if recording_of_name(one.path)
    }
    kept = {Path(path).stem for path in table["path"][table["corpus"].isin(list(FOLDERS))]}
    return [
        quirk.treatment({name: why for name, why in reasons.items() if name not in kept})
        for corpus in FOLDERS
        for quirk in quirks_among(corpus, kept | {*reasons})
    ]


def _moved(table: pd.DataFrame, out: Path, absolute: bool) -> pd.DataFrame:
    """Return a table with the paths that its file in `out` is to have."""
    if absolute:
        paths = [Path(path).absolute().as_posix() for path in table["path"]]
    else:
        paths = [relative_to(out, path) for path in table["path"]]
    return table.assign(path=paths)


def _write(out: Path, table: pd.DataFrame, skipped: list[Skipped], *, parquet: bool) -> list[Path]:
    report = pd.DataFrame(skipped, columns=list(Skipped._fields))
    files = [_write_csv(report, out / SKIPPED)]
    if table.empty:
        raise CorpusError(
            f"none of the {len(skipped)} recordings can be used, e.g. {skipped[0].path}: "
            f"{skipped[0].reason.rstrip('.')}. All are listed in {files[0]}."
        )
    labels = table.drop(columns=list(features.names()))
    files += [_write_csv(labels, out / CATALOGUE), _write_csv(table, out / FEATURES)]
    if parquet:
        files.append((out / FEATURES).with_suffix(".parquet"))
        with replacing(files[-1]) as temporary:
            table.to_parquet(temporary, index=False)
    return files


def _write_csv(table: pd.DataFrame, path: Path) -> Path:
    with replacing(path) as temporary:
        # 9 digits give every float32 back exactly.
        table.to_csv(temporary, index=False, float_format="%.9g", lineterminator="\n")
    return path
