"""What goes wrong on a cluster: one sentence, nothing half-written, and done when it runs again."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from distributed import Client

import deadly_recordings
from audio_emotion.data import isolation
from audio_emotion.data.cluster import connection, locations, partitions
from audio_emotion.data.cluster.connection import Scheduler, connected
from audio_emotion.data.cluster.locations import listing, reading, writing
from audio_emotion.errors import AudioEmotionError, CorpusError, InputError, OutputError, ToolError
from conftest import Cluster

CREMA = Path(__file__).parents[2] / "sample" / "Crema"


@pytest.fixture(scope="module")
def client(cluster: Cluster) -> Iterator[Client]:
    with connected(Scheduler(cluster.address)) as client:
        yield client


def test_a_server_that_is_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the connection and never says a word."""
    monkeypatch.setattr(connection, "_CONNECT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with (
            pytest.raises(ToolError, match="no Dask scheduler answers"),
            connected(Scheduler(address)),
        ):
            pass


def test_a_scheme_without_its_certificates() -> None:
    with (
        pytest.raises(InputError, match="TLS needs an address tls://HOST:PORT and the files"),
        connected(Scheduler("tls://127.0.0.1:1")),
    ):
        pass


def test_what_failed_is_tried_again(client: Client, tmp_path: Path) -> None:
    """Although neither size nor time of the recording has changed: its folder may be open now."""
    corpus, out = tmp_path / "corpus", str(tmp_path / "out")
    shutil.copytree(CREMA, corpus / "Crema")
    recording = next((corpus / "Crema").iterdir())
    content, status = recording.read_bytes(), recording.stat()
    recording.write_bytes(bytes(len(content)))
    os.utime(recording, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert partitions.build(str(corpus), out, client).n_skipped == 1
    again = partitions.build(str(corpus), out, client)
    assert (again.n_resumed, again.n_skipped) == (1, 1)
    recording.write_bytes(content)
    os.utime(recording, ns=(status.st_atime_ns, status.st_mtime_ns))
    mended = partitions.build(str(corpus), out, client)
    assert (mended.n_resumed, mended.n_utterances, mended.n_skipped) == (0, 10, 0)


def test_parts_that_are_damaged_or_left_over(client: Client, tmp_path: Path) -> None:
    out = tmp_path / "out [1]"
    table = out / partitions.TABLE
    partitions.build(str(CREMA), str(out), client, size=5)
    good = (table / "part-000000.parquet").read_bytes()
    (table / "part-000000.parquet").write_bytes(good[:1000])
    (table / "part-000007.parquet").write_bytes(good)
    (table / f".part-000001.parquet.{'0' * 32}.part").write_bytes(good[:9])
    (table / "part-of-mine.parquet").write_bytes(b"mine")
    assert partitions.build(str(CREMA), str(out), client, size=5).n_resumed == 1
    assert (table / "part-000000.parquet").read_bytes() == good
    kept = ["part-000000.parquet", "part-000001.parquet", "part-of-mine.parquet"]
    assert sorted(path.name for path in table.iterdir()) == kept


def test_a_report_is_replaced_when_everything_is_done(client: Client, tmp_path: Path) -> None:
    out = tmp_path / "out"
    partitions.build(str(CREMA), str(out), client, size=5)
    old = (out / "skipped_files.csv").read_bytes()

    def stop(_done: int, _found: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        partitions.build(str(CREMA), str(out), client, size=5, progress=stop)
    assert (out / "skipped_files.csv").read_bytes() == old


def test_two_who_write_the_same_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "table" / "part.parquet"
    with writing(str(path)) as one, writing(str(path)) as other:
        one.write(b"one")
        other.write(b"the other")
    assert path.read_bytes() == b"one"
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_what_a_store_says_becomes_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores have errors of their own, which are neither OSError nor ValueError."""

    class NoCredentialsError(Exception):
        pass

    class Store:
        def isdir(self, *_: str) -> bool:
            raise NoCredentialsError("Unable to locate credentials\nmore of it")

        put_file = isdir

    def far_away(*_: object, **__: object) -> tuple[Store, str]:
        return Store(), "bucket"

    monkeypatch.setattr(locations, "url_to_fs", far_away)
    monkeypatch.setattr(locations.fsspec, "open", lambda *_: Store().isdir(""))
    with pytest.raises(CorpusError, match=r"cannot be listed \(Unable to locate credentials\)"):
        list(listing("s3://bucket"))
    with (
        pytest.raises(OutputError, match=r"s3://bucket/x: cannot be written \(Unable"),
        writing("s3://bucket/x"),
    ):
        pass
    with (
        pytest.raises(OSError, match=r"cannot be fetched \(Unable to locate credentials\)"),
        reading("s3://bucket/a::b.wav"),
    ):
        pass
    monkeypatch.undo()
    with pytest.raises(OutputError, match="Protocol not known: foo"), writing("foo://x"):
        pass


def test_a_folder_that_cannot_be_written(client: Client, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(AudioEmotionError, match="cannot be written"):
        partitions.build(str(CREMA), str(tmp_path / "file"), client)
    assert (tmp_path / "file").read_text() == "mine"


def test_recordings_that_kill_who_reads_them_are_named(client: Client, tmp_path: Path) -> None:
    """They killed workers, three times each, and the run ended without their names."""
    for word in ("a", "deadly", "huge"):
        shutil.copytree(CREMA, tmp_path / "corpus" / word / "Crema")

    def starts_readers_with(changes: dict[str, str]) -> None:
        os.environ["PYTHONPATH"] = changes["PYTHONPATH"]
        isolation.end_idle()

    client.run(starts_readers_with, deadly_recordings.environment())
    summary = partitions.build(str(tmp_path / "corpus"), str(tmp_path / "out"), client)
    client.run(starts_readers_with, {"PYTHONPATH": ""})
    assert (summary.n_utterances, summary.n_skipped) == (10, 20)
    skipped = pd.read_csv(tmp_path / "out" / "skipped_files.csv")
    reasons = [
        deadly_recordings.REASONS["deadly" if "/deadly/" in path else "huge"]
        for path in skipped["path"]
    ]
    assert skipped["reason"].str.rstrip(".").tolist() == reasons


def test_every_worker_is_killed_and_then_the_scheduler(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one: nothing is left of the cluster."""
    monkeypatch.setattr(connection, "_WORKERS_S", 1)
    monkeypatch.setattr(partitions, "_LOOK_S", 1)
    for number in range(10):
        shutil.copytree(CREMA, tmp_path / "corpus" / f"{number}" / "Crema")
    out = str(tmp_path / "out")

    def build(until: Callable[[], None]) -> None:
        with connected(Scheduler(cluster.address)) as client:
            partitions.build(
                *(str(tmp_path / "corpus"), out, client),
                size=5,
                progress=lambda *_: until(),
            )

    def kill_all_workers() -> None:
        while cluster.workers:
            cluster.kill_a_worker()

    with pytest.raises(ToolError, match=r"has had no worker for 1 s\..*what is done is kept"):
        build(until=kill_all_workers)
    cluster.add_a_worker()
    with pytest.raises(ToolError, match="the cluster failed"):
        build(until=cluster.kill_the_scheduler)
    n_parts = len(list(Path(out, partitions.TABLE).glob("part-*.parquet")))
    assert 2 <= n_parts < 20
    for part in Path(out, partitions.TABLE).glob("part-*.parquet"):
        assert len(pd.read_parquet(part)) == 5
