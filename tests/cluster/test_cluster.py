"""Features and training on a real Dask cluster: what one machine gives, whoever is killed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import boto3
import pandas as pd
import pytest
import soundfile
from distributed import Client
from moto.server import ThreadedMotoServer

from audio_emotion.data.cluster import partitions
from audio_emotion.data.cluster.connection import Scheduler, connected
from audio_emotion.data.corpora import COLUMNS
from audio_emotion.data.dataset import CATALOGUE, DIGEST, FEATURES, build
from audio_emotion.data.feature_table import read_features
from audio_emotion.errors import CorpusError, ToolError
from conftest import Cluster

COMMAND = [sys.executable, "-c", "from audio_emotion.cli import main; main()"]
KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
}
SAMPLE = Path(__file__).parents[2] / "sample"
MODEL = Path(__file__).parents[2] / "models" / "default.aem"


def read(out: Path | str) -> pd.DataFrame:
    parts = sorted(Path(out, partitions.TABLE).iterdir())
    return pd.concat([pd.read_parquet(part) for part in parts], ignore_index=True)


@pytest.fixture(scope="module")
def client(cluster: Cluster) -> Iterator[Client]:
    with connected(Scheduler(cluster.address)) as client:
        yield client


def test_the_features_are_those_of_one_machine(client: Client, tmp_path: Path) -> None:
    summary = partitions.build(str(SAMPLE), str(tmp_path / "many"), client, size=10)
    assert (summary.n_partitions, summary.n_utterances, summary.n_skipped) == (5, 44, 0)
    alone = build(SAMPLE, tmp_path / "one", jobs=1).table
    together = read(tmp_path / "many").drop(columns=DIGEST)
    together["path"] = [str(Path(path).relative_to(SAMPLE)) for path in together["path"]]
    alone["path"] = [str(Path(path).relative_to(SAMPLE)) for path in alone["path"]]
    order = ["path"]
    pd.testing.assert_frame_equal(
        together.sort_values(order, ignore_index=True),
        alone.sort_values(order, ignore_index=True),
        check_dtype=False,
    )


def test_several_roots_are_listed_one_after_another(client: Client, tmp_path: Path) -> None:
    roots = [str(SAMPLE / "Ravdess"), str(SAMPLE / "Crema")]
    summary = partitions.build(roots, str(tmp_path / "many"), client, size=20)
    assert (summary.n_partitions, summary.n_utterances, summary.n_skipped) == (3, 44, 0)
    alone = build(roots, tmp_path / "one", jobs=1).table
    table = read_features(tmp_path / "many" / partitions.TABLE)
    pd.testing.assert_frame_equal(table.catalogue, alone[list(COLUMNS)], check_dtype=False)
    with pytest.raises(CorpusError, match="nowhere: neither a folder"):
        partitions.build([*roots, str(tmp_path / "nowhere")], str(tmp_path / "none"), client)
    assert not (tmp_path / "none").exists()


def test_what_is_made_is_not_made_again(client: Client, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    shutil.copytree(SAMPLE, corpus)
    out = str(tmp_path / "out")
    partitions.build(str(corpus), out, client, size=10)
    removed = sorted(Path(out, partitions.TABLE).iterdir())[1]
    removed.unlink()
    assert partitions.build(str(corpus), out, client, size=10).n_resumed == 4
    assert removed.exists()
    changed = next(corpus.rglob("*.flac"))
    samples, sr = soundfile.read(changed, dtype="int16")
    soundfile.write(changed, samples[: len(samples) // 2], sr)
    assert partitions.build(str(corpus), out, client, size=10).n_resumed == 4
    shutil.rmtree(corpus / "Ravdess")
    assert partitions.build(str(corpus), out, client, size=10).n_partitions == 1
    assert len(read(out)) == 10  # nothing is left of the larger run


def test_failed_files_are_listed_and_the_others_done(client: Client, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    shutil.copytree(SAMPLE, corpus)
    (corpus / "Crema" / "1038_TIE_SAD_XX.ogg").write_bytes(b"not audio")
    (corpus / "Crema" / "notes.wav").write_bytes(b"no emotion in its name")
    summary = partitions.build(str(corpus), str(tmp_path / "out"), client)
    assert (summary.n_utterances, summary.n_skipped) == (43, 2)
    skipped = pd.read_csv(summary.files[1])
    assert sorted(skipped["kind"]) == ["unlabelled", "unreadable"]
    again = partitions.build(str(corpus), str(tmp_path / "out"), client)
    assert (again.n_resumed, again.n_skipped) == (1, 2)


def test_a_worker_killed_in_the_middle_loses_nothing(
    cluster: Cluster, client: Client, tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    for number in range(10):
        shutil.copytree(SAMPLE / "Crema", corpus / f"{number}" / "Crema")
    killed = threading.Event()

    def kill_at_the_first_tenth(done: int, _found: int) -> None:
        if done >= 10 and not killed.is_set():
            killed.set()
            cluster.kill_a_worker()

    summary = partitions.build(
        str(corpus), str(tmp_path / "out"), client, size=5, progress=kill_at_the_first_tenth
    )
    cluster.add_a_worker()
    assert killed.is_set()
    assert (summary.n_partitions, summary.n_utterances, summary.n_skipped) == (20, 100, 0)
    assert sorted(read(tmp_path / "out")["path"]) == sorted(map(str, corpus.rglob("*.ogg")))


@pytest.fixture(scope="module")
def store(cluster: Cluster) -> Iterator[str]:
    """A bucket of a local S3 server, with a few recordings, that this process and workers reach."""
    patch = pytest.MonkeyPatch()
    server = ThreadedMotoServer(port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        settings = KEYS | {"AWS_ENDPOINT_URL": f"http://{host}:{port}"}
        for name, value in settings.items():
            patch.setenv(name, value)
        with Client(cluster.address) as client:
            client.run(lambda: os.environ.update(settings))
        remote = boto3.client("s3")
        where = {"LocationConstraint": KEYS["AWS_DEFAULT_REGION"]}
        remote.create_bucket(Bucket="voices", CreateBucketConfiguration=where)
        for path in sorted(SAMPLE.rglob("Crema/*.ogg")):
            remote.upload_file(str(path), "voices", f"corpora/Crema/{path.name}")
        remote.put_object(Bucket="voices", Key="corpora/mine/angry/a.wav", Body=b"no audio")
        yield "s3://voices"
    finally:
        server.stop()
        patch.undo()


def test_recordings_and_results_in_an_object_store(
    client: Client, store: str, tmp_path: Path
) -> None:
    summary = partitions.build(f"{store}/corpora", f"{store}/out", client, size=4)
    assert (summary.n_utterances, summary.n_skipped) == (10, 1)
    part = pd.read_parquet(f"{store}/out/{partitions.TABLE}/part-000000.parquet")
    local = build(SAMPLE / "Crema", tmp_path, jobs=1).table
    assert part["digest"].nunique() == len(part) == 4
    value = local.set_index(local["path"].str.split("/").str[-1])["f0_mean"]
    for path, f0 in zip(part["path"], part["f0_mean"], strict=True):
        assert value[path.split("/")[-1]] == f0
    assert partitions.build(f"{store}/corpora", f"{store}/out", client, size=4).n_resumed == 3


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_command_and_training_from_its_partitions(cluster: Cluster, tmp_path: Path) -> None:
    run = partial(command, tmp_path)
    first = run("dataset", str(SAMPLE), "--out", "out", "--dask", cluster.address)
    assert first.returncode == 0, first.stderr
    assert "44 utterances in 1 partitions" in first.stdout
    trained = run(
        *("train", f"out/{partitions.TABLE}", "--only", "LDA", "--json", "--dask", cluster.address)
    )
    assert trained.returncode == 0, trained.stderr
    build(SAMPLE, tmp_path / "alone", jobs=1)
    alone = run("train", f"alone/{FEATURES}", "--only", "LDA", "--json", "--models", "models-alone")
    assert trained.stdout == alone.stdout


def test_evaluation(cluster: Cluster, tmp_path: Path) -> None:
    build(SAMPLE, tmp_path, jobs=1)
    where = (str(MODEL), str(tmp_path / CATALOGUE), "--no-robustness", "--json")
    alone = command(tmp_path, "evaluate", *where)
    assert alone.returncode == 0, alone.stderr
    together = command(tmp_path, "evaluate", *where, "--dask", cluster.address)
    assert together.returncode == 0, together.stderr
    found, expected = json.loads(together.stdout), json.loads(alone.stdout)
    assert found.pop("made")["model"] == expected.pop("made")["model"]  # it has the time it took
    assert found == expected


def test_no_scheduler_no_worker_no_recordings(client: Client, tmp_path: Path) -> None:
    with (
        pytest.raises(ToolError, match="no Dask scheduler answers"),
        connected(Scheduler("tcp://127.0.0.1:1")),
    ):
        pass
    done = command(tmp_path, "dataset", str(tmp_path), "--dask", client.scheduler.address)
    assert done.returncode == 1
    assert done.stderr.startswith("audio-emotion: error: ")
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.rglob("*.csv"))
