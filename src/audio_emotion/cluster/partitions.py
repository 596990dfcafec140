"""Features of any number of recordings: partitions of a Parquet table, made by a cluster.

A partition is one task: measure a thousand recordings where a worker can read them, and write
their rows as one file. The file says of which recordings it is, as they were, and by which version
of the features; so one that is there already is not made again, whoever was killed in between.
Memory is that of some partitions, however many recordings there are.
"""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Self

import fsspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.core import url_to_fs

from audio_emotion import features
from audio_emotion.catalogue import Skipped
from audio_emotion.cluster.locations import Listed, listing, reading, shared, writing
from audio_emotion.corpora import COLUMNS, Utterance
from audio_emotion.dataset import DIGEST, FEATURES, SKIPPED, measure
from audio_emotion.errors import AudioEmotionError, CorpusError, ToolError
from audio_emotion.journal import Measurement

if TYPE_CHECKING:
    from distributed import Client

PARTITION: Final = 1000  # recordings
TABLE: Final = FEATURES.replace(".csv", ".parquet")

_AHEAD: Final = 3  # partitions per worker that are under way or wait
_KEY: Final = b"audio_emotion.key"
_FAILED: Final = b"audio_emotion.skipped"


@dataclass(frozen=True)
class Partition:
    """Recordings that are measured together."""

    number: int
    n_utterances: int
    packed: bytes
    """The utterances. Dask's scheduler unpacks what a task is given, and keeps the last thousand
    tasks of every worker: as objects they would be 300 KB each."""
    key: str
    """Changes when a recording does, or the features."""

    @classmethod
    def of(cls, number: int, utterances: Sequence[Utterance], key: str) -> Self:
        """Pack utterances."""
        return cls(number, len(utterances), zlib.compress(json.dumps(utterances).encode()), key)

    @property
    def utterances(self) -> list[Utterance]:
        """One per recording, in their order."""
        return [Utterance(*row) for row in json.loads(zlib.decompress(self.packed))]

    @property
    def filename(self) -> str:
        """Of its part of the table."""
        return f"part-{self.number:06d}.parquet"


@dataclass(frozen=True)
class Outcome:
    """What became of a partition."""

    n_measured: int
    failed: list[Skipped]
    resumed: bool
    """It had been made by an earlier run."""


@dataclass(frozen=True)
class Summary:
    """What `build` did."""

    n_partitions: int
    n_resumed: int
    """Partitions that an earlier run had made."""
    n_utterances: int
    n_skipped: int
    files: list[str]
    """What was written: the table's folder, and the list of what was skipped."""


def build(
    root: str,
    out: str,
    client: Client,
    *,
    size: int = PARTITION,
    progress: Callable[[int, int], None] = lambda _done, _found: None,
) -> Summary:
    """Extract the features of all recordings below a root, on a cluster.

    Writes ``out/extracted_acoustic_features.parquet/part-*.parquet``, columns as in the CSV and
    `DIGEST`, and ``out/skipped_files.csv``. Recordings of the same audio are all in it: whoever
    reads it keeps the first of each digest.

    Parameters
    ----------
    root, out : str
        Folders or URLs that this process and all workers reach.
    client : distributed.Client
    size : int
        Recordings in a partition.
    progress : callable, optional
        Told how many recordings are measured, and of how many found so far.

    Raises
    ------
    CorpusError
        No recordings with a label.
    InputError
        `out` cannot be written.
    ToolError
        The cluster cannot do it.
    """
    table, report = f"{shared(out)}/{TABLE}", f"{shared(out)}/{SKIPPED}"
    counted = {"found": 0, "measured": 0, "failed": 0, "resumed": 0, "partitions": 0}
    with writing(report) as file:
        skipped = _Report(file)
        partitions = _partitions(listing(shared(root)), size, skipped.add)
        for done in _run(client, partitions, table, counted):
            skipped.add(*done.failed)
            counted["measured"] += done.n_measured
            counted["failed"] += len(done.failed)
            counted["resumed"] += done.resumed
            progress(counted["measured"] + counted["failed"], counted["found"])
        if not counted["partitions"]:
            raise CorpusError(
                f"{root}: no recording below it has a label, {skipped.n} have none. Give the "
                "folder that holds the corpora."
            )
    _remove_from(table, counted["partitions"])
    return Summary(
        n_partitions=counted["partitions"],
        n_resumed=counted["resumed"],
        n_utterances=counted["measured"],
        n_skipped=skipped.n,
        files=[table, report],
    )


def make(partition: Partition, table: str) -> Outcome:
    """Measure the recordings of a partition and write their rows, unless that was done; a task.

    Raises
    ------
    InputError
        The part cannot be written.
    """
    location = f"{table}/{partition.filename}"
    known = _made(location, partition.key)
    if known is not None:
        return known
    rows: list[tuple[Any, ...]] = []
    failed = []
    for utterance in partition.utterances:
        outcome = _measure(utterance.path)
        if isinstance(outcome, Skipped):
            failed.append(outcome)
        else:
            rows.append((*utterance, outcome.digest, *outcome.features))
    columns = pa.Table.from_pylist(
        [dict(zip(_schema().names, row, strict=True)) for row in rows], schema=_schema()
    )
    notes = {_KEY: partition.key.encode(), _FAILED: json.dumps(failed).encode()}
    content = io.BytesIO()
    pq.write_table(columns.replace_schema_metadata(notes), content)
    with writing(location) as file:
        file.write(content.getbuffer())
    return Outcome(len(rows), failed, resumed=False)


def _measure(path: str) -> Measurement | Skipped:
    try:
        with reading(path) as source:
            return measure(path, source)
    except OSError as error:  # of a store that is far away
        return Skipped(path, "unreadable", f"cannot be fetched ({error.strerror or error})")


class _Report:
    """The list of what is skipped, written as it grows."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.n = 0
        file.write((",".join(Skipped._fields) + "\n").encode())

    def add(self, *skipped: Skipped) -> None:
        """Add recordings."""
        self.n += len(skipped)
        rows = pd.DataFrame(skipped, columns=list(Skipped._fields))
        self._file.write(rows.to_csv(index=False, header=False, lineterminator="\n").encode())


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
        digest = hashlib.blake2b(str(features.schema_hash()).encode(), digest_size=16)
        for utterance, stamp in group:
            digest.update(json.dumps([*utterance, stamp]).encode())
        yield Partition.of(number, [utterance for utterance, _ in group], digest.hexdigest())
        number += 1


def _run(
    client: Client, partitions: Iterator[Partition], table: str, counted: dict[str, int]
) -> Iterator[Outcome]:
    """Have partitions made, a few for each worker at a time, and yield what gets done."""
    from distributed import as_completed  # noqa: PLC0415  (an optional extra)

    def submit(n: int) -> list[Any]:
        chosen = list(islice(partitions, n))
        counted["partitions"] += len(chosen)
        counted["found"] += sum(partition.n_utterances for partition in chosen)
        # A task that ran before has left a file, not a result that may be given again.
        return [client.submit(make, one, table, pure=False) for one in chosen]

    n_threads = max(1, sum(client.nthreads().values()))
    under_way = as_completed(submit(_AHEAD * n_threads))
    for future in under_way:
        try:
            yield future.result()
        except AudioEmotionError:
            raise
        except Exception as error:  # whatever went wrong on a worker is raised here
            raise ToolError(
                f"the cluster gave up a partition ({type(error).__name__}: {error}). Its workers "
                f"need this package, version and all, and memory for {PARTITION} recordings' rows."
            ) from error
        future.release()
        for more in submit(1):
            under_way.add(more)


def _made(location: str, key: str) -> Outcome | None:
    """Find what an earlier run left, if it was of the same recordings."""
    try:
        with fsspec.open(location, "rb") as file:
            part = pq.ParquetFile(file)
            notes = part.schema_arrow.metadata or {}
            if notes.get(_KEY) != key.encode():
                return None
            failed = [Skipped(*one) for one in json.loads(notes[_FAILED])]
            return Outcome(part.metadata.num_rows, failed, resumed=True)
    except (OSError, ValueError, KeyError):  # none there, or not one of ours
        return None


def _remove_from(table: str, number: int) -> None:
    """Remove what a run over more recordings has left."""
    filesystem, path = url_to_fs(table)
    for name in filesystem.glob(f"{path}/part-*.parquet"):
        if int(name.rsplit("part-", 1)[1].removesuffix(".parquet")) >= number:
            filesystem.rm_file(name)


def _schema() -> pa.Schema:
    names = [*COLUMNS, DIGEST]
    kinds = [(name, pa.string()) for name in names]
    return pa.schema([*kinds, *((name, pa.float32()) for name in features.names())])
