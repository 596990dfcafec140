"""Features of any number of recordings: partitions of a Parquet table, extracted by a cluster.

A partition is one task: extract the features of a thousand recordings that a worker can read, and
write their rows as one file. Its key depends on the recordings and on the version of the features,
so a partition that is there already is not extracted again after an interruption. Memory is that
of some partitions, however many recordings there are.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain, islice
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final, Self

import fsspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.core import url_to_fs

from audio_emotion.data import isolation
from audio_emotion.data.catalogue import Skipped, each_root
from audio_emotion.data.cluster import PARTITION
from audio_emotion.data.cluster.connection import expect_workers, n_threads
from audio_emotion.data.cluster.locations import Listed, listing, reading, shared, writing
from audio_emotion.data.corpora import COLUMNS, Utterance
from audio_emotion.data.dataset import DIGEST, FEATURES, SKIPPED, extract_recording
from audio_emotion.data.extraction_cache import Extraction
from audio_emotion.engine import features
from audio_emotion.errors import AudioEmotionError, CorpusError, OutputError, ToolError, reason_of
from audio_emotion.progress import Progress, no_progress

if TYPE_CHECKING:
    from distributed import Client, Future

TABLE: Final = FEATURES.replace(".csv", ".parquet")
WARNINGS: Final = "warnings.csv"

_AHEAD: Final = 3  # partitions per worker that are under way or wait
_LOOK_S: Final = 10  # after so long without any result, look whether there are workers
_KEY: Final = b"audio_emotion.key"
_FAILED: Final = b"audio_emotion.skipped"
_WARNINGS: Final = b"audio_emotion.warnings"
_PART: Final = re.compile(r"part-(\d{6,})\.parquet")
_UNFINISHED: Final = re.compile(r"\.part-\d{6,}\.parquet\.[0-9a-f]{32}\.part")


@dataclass(frozen=True)
class Partition:
    """Recordings that are extracted together."""

    number: int
    utterances: list[Utterance]
    key: str
    """Changes when a recording does, or the features."""

    @property
    def filename(self) -> str:
        """Return the name of its part of the table."""
        return f"part-{self.number:06d}.parquet"

    def pack(self) -> bytes:
        """Return the partition as a task's argument.

        Dask's scheduler unpacks what a task is given, and keeps the last thousand tasks of every
        worker: as objects they would be 300 KB each, and an object of another version of this
        package ends the connection to the worker. It leaves bytes alone.
        """
        content = [_package(), self.number, self.utterances, self.key]
        return zlib.compress(json.dumps(content).encode())

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """Read what `pack` made.

        Raises
        ------
        ToolError
            It was made by another version, whose features may differ.
        """
        package, *content = json.loads(zlib.decompress(packed))
        if package != _package():
            raise ToolError(
                f"a worker has {_package()}, but {package} is asking it. Install the same version "
                "for the scheduler and all workers, and start them again."
            )
        number, utterances, key = content
        return cls(number, [Utterance(*row) for row in utterances], key)


def _package() -> str:
    values = features.values_hash()
    return f"embedded-audio-emotion {version('embedded-audio-emotion')} (features {values:08x})"


@dataclass(frozen=True)
class PartitionResult:
    """Result of a task."""

    n_extracted: int
    failed: list[Skipped]
    warnings: list[str]
    """Of recordings that were read all the same."""
    resumed: bool
    """The partition is of an earlier run."""


@dataclass(frozen=True)
class Summary:
    """Numbers and files of `build`."""

    n_partitions: int
    n_resumed: int
    """Partitions of an earlier run."""
    n_utterances: int
    n_skipped: int
    n_warnings: int
    files: list[str]
    """The table's folder, and the lists of what was skipped and of what was read with a warning."""


def build(
    roots: str | Sequence[str],
    out: str,
    client: Client,
    *,
    size: int = PARTITION,
    progress: Progress = no_progress,
) -> Summary:
    """Extract the features of all recordings below one or more roots, on a cluster.

    Writes ``out/extracted_acoustic_features.parquet/part-*.parquet``, columns as in the CSV and
    `DIGEST`, ``out/skipped_files.csv`` and ``out/warnings.csv``. Recordings of the same audio are
    all in it: readers keep the first of each digest.

    Parameters
    ----------
    roots : str, or sequence of str
    out : str
        Folders or URLs that this process and all workers reach.
    client : distributed.Client
    size : int
        Recordings in a partition.
    progress : Progress
        Of the recordings found so far.

    Raises
    ------
    CorpusError
        No recordings with a label.
    OutputError
        `out` cannot be written.
    ToolError
        The cluster cannot do it.
    """
    roots = [str(root) for root in each_root(roots)]
    table, *reports = (f"{shared(out)}/{name}" for name in (TABLE, SKIPPED, WARNINGS))
    counted = {"found": 0, "extracted": 0, "failed": 0, "resumed": 0, "partitions": 0}
    with _List(Skipped._fields) as skipped, _List(("warning",)) as warnings:
        partitions = _partitions(_listing(roots), size, skipped.add)
        for done in _run(client, partitions, table, counted):
            skipped.add(*done.failed)
            warnings.add(*((sentence,) for sentence in done.warnings))
            counted["extracted"] += done.n_extracted
            counted["failed"] += len(done.failed)
            counted["resumed"] += done.resumed
            progress(counted["extracted"] + counted["failed"], counted["found"])
        if not counted["partitions"]:
            raise CorpusError(
                f"{', '.join(roots)}: no recording below it has a label, {skipped.n} "
                "have none. Give the folder that holds the corpora."
            )
        _remove_from(table, counted["partitions"])
        for rows, report in zip((skipped, warnings), reports, strict=True):
            with writing(report) as target:
                rows.copy(target)
    return Summary(
        n_partitions=counted["partitions"],
        n_resumed=counted["resumed"],
        n_utterances=counted["extracted"],
        n_skipped=skipped.n,
        n_warnings=warnings.n,
        files=[table, *reports],
    )


def _listing(roots: Sequence[str]) -> Iterator[Listed]:
    """List one root after another; one that cannot be listed is refused before the first is."""
    listings = [listing(shared(root)) for root in roots]
    begun = [list(islice(listed, 1)) for listed in listings]
    return chain.from_iterable(map(chain, begun, listings))


def extract_partition(packed: bytes, table: str) -> PartitionResult:
    """Extract the recordings of a partition and write their rows, unless that was done; a task.

    Raises
    ------
    OutputError
        The part cannot be written.
    ToolError
        It comes from another version of this package.
    """
    partition = Partition.unpack(packed)
    location = f"{table}/{partition.filename}"
    known = _finished_part(location, partition.key)
    if known is not None:
        return known
    rows: list[tuple[Any, ...]] = []
    failed: list[Skipped] = []
    warnings: list[str] = []
    for utterance in partition.utterances:
        outcome = _extract(utterance.path)
        if isinstance(outcome, Skipped):
            failed.append(outcome)
        else:
            rows.append((*utterance, outcome.digest, *outcome.features))
            warnings += outcome.warnings
    columns = pa.Table.from_pylist(
        [dict(zip(_schema().names, row, strict=True)) for row in rows], schema=_schema()
    )
    notes = {
        _KEY: partition.key.encode(),
        _FAILED: json.dumps(failed).encode(),
        _WARNINGS: json.dumps(warnings).encode(),
    }
    with writing(location) as file:
        pq.write_table(columns.replace_schema_metadata(notes), file)
    return PartitionResult(len(rows), failed, warnings, resumed=False)


def _extract(path: str) -> Extraction | Skipped:
    try:
        with reading(path) as source:
            return extract_recording(path, source, isolation.blocks)
    except OSError as error:  # of a store that is far away
        return Skipped(path, "unreadable", str(error))


class _List:
    """Table on disk that grows, however long it becomes."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = list(columns)
        self._file = TemporaryFile(prefix="audio_emotion_")  # noqa: SIM115  (a context itself)
        self.n = 0
        self._file.write((",".join(columns) + "\n").encode())

    def __enter__(self) -> Self:
        """Return the list."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove it."""
        self._file.close()

    def add(self, *rows: tuple[str, ...]) -> None:
        """Add rows."""
        self.n += len(rows)
        table = pd.DataFrame(rows, columns=self._columns)
        self._file.write(table.to_csv(index=False, header=False, lineterminator="\n").encode())

    def copy(self, target: IO[bytes]) -> None:
        """Write the table to a file."""
        self._file.seek(0)
        shutil.copyfileobj(self._file, target)


def _partitions(
    listed: Iterable[Listed], size: int, skip: Callable[[Skipped], None]
) -> Iterator[Partition]:
    """Group utterances as they come; what is no utterance is passed on."""

    def utterances() -> Iterator[tuple[Utterance, str]]:
        for entry, stamp in listed:
            if isinstance(entry, Skipped):
                skip(entry)
            else:
                yield entry, stamp

    remaining = utterances()
    number = 0
    while group := list(islice(remaining, size)):
        digest = hashlib.blake2b(str(features.values_hash()).encode(), digest_size=16)
        for utterance, stamp in group:
            digest.update(json.dumps([*utterance, stamp]).encode())
        yield Partition(number, [utterance for utterance, _ in group], digest.hexdigest())
        number += 1


def _run(
    client: Client, partitions: Iterator[Partition], table: str, counted: dict[str, int]
) -> Iterator[PartitionResult]:
    """Submit partitions, a few for each worker at a time, and yield results as they come."""
    from distributed import wait  # noqa: PLC0415  (an optional extra)

    under_way: set[Future[PartitionResult]] = set()
    while True:
        room = _AHEAD * n_threads(client) - len(under_way)  # workers come and go
        for partition in islice(partitions, max(0, room)):
            counted["partitions"] += 1
            counted["found"] += len(partition.utterances)
            # A task that ran before has left a file, not a result that may be given again.
            under_way.add(client.submit(extract_partition, partition.pack(), table, pure=False))
        if not under_way:
            return
        try:
            done, under_way = wait(under_way, timeout=_LOOK_S, return_when="FIRST_COMPLETED")
        except TimeoutError:
            expect_workers(client)
            continue
        for future in done:
            yield _result(client, future)


def _result(client: Client, future: Future[PartitionResult]) -> PartitionResult:
    while True:
        try:
            outcome: PartitionResult = future.result(timeout=_LOOK_S)
        except AudioEmotionError:
            raise
        except Exception as error:  # of a worker
            if isinstance(error, TimeoutError) and future.status != "error":
                # Without its scheduler, a future that is done may never give its result.
                expect_workers(client)
                continue
            raise ToolError(
                f"the cluster gave up a partition ({type(error).__name__}: {reason_of(error)}). "
                "The scheduler and its workers need this package, version and all, and workers "
                f"memory for the rows of {PARTITION} recordings. Run it again: what is done is "
                "kept."
            ) from error
        future.release()
        return outcome


def _finished_part(location: str, key: str) -> PartitionResult | None:
    """Return the result of an earlier run over the same recordings, if there is one.

    A partition whose failed recordings can be read now is extracted again: a folder could not be
    entered, or a store not be reached.
    """
    try:
        with fsspec.open(location, "rb") as file:
            part = pq.ParquetFile(file)
            notes = part.schema_arrow.metadata or {}
            if notes.get(_KEY) != key.encode():
                return None
            failed = [Skipped(*one) for one in json.loads(notes[_FAILED])]
            warnings = json.loads(notes[_WARNINGS])
            known = PartitionResult(part.metadata.num_rows, failed, warnings, resumed=True)
    except Exception:  # none there, or not one of ours; writing will say what is wrong
        return None
    if any(isinstance(_extract(one.path), Extraction) for one in failed):
        return None
    return known


def _remove_from(table: str, number: int) -> None:
    """Remove parts of an earlier run over more recordings, and unfinished ones."""
    try:
        filesystem, path = url_to_fs(table)
        for name in filesystem.ls(path, detail=False):
            file = PurePosixPath(name).name
            if _UNFINISHED.fullmatch(file) or (
                (part := _PART.fullmatch(file)) and int(part[1]) >= number
            ):
                filesystem.rm_file(name)
    except Exception as error:  # each kind of store has its own
        raise OutputError(
            f"{table}: parts of an earlier run cannot be removed ({reason_of(error)}). Check your "
            "access, or give another folder with --out."
        ) from error


def _schema() -> pa.Schema:
    names = [*COLUMNS, DIGEST]
    kinds = [(name, pa.string()) for name in names]
    return pa.schema([*kinds, *((name, pa.float32()) for name in features.names())])
