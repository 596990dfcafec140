"""A cluster that only those with a certificate of its authority reach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed.security import Security
from typer.testing import CliRunner

from audio_emotion import cli
from audio_emotion.data.cluster.connection import Scheduler, connected
from audio_emotion.errors import InputError, ToolError
from conftest import Cluster

CLIPS = Path(__file__).parents[2] / "sample" / "Crema"


def certificates(folder: Path) -> dict[str, Path]:
    """An authority's certificate, and one that it has signed: the same, with its key."""
    made = Security.temporary()
    files = {"ca-file": made.tls_ca_file, "cert": made.tls_client_cert, "key": made.tls_client_key}
    for name, content in files.items():
        (folder / f"{name}.pem").write_text(content)
    return {name: folder / f"{name}.pem" for name in files}


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory, tls: dict[str, Path]) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("secured"), tls)
    try:
        yield cluster
    finally:
        cluster.close()


def test_the_command_works_on_it(secured: Cluster, tls: dict[str, Path], tmp_path: Path) -> None:
    files = ["--tls-ca", tls["ca-file"], "--tls-cert", tls["cert"], "--tls-key", tls["key"]]
    arguments = ["dataset", CLIPS, "--out", tmp_path, "--dask", secured.address, *files]
    assert secured.address.startswith("tls://")
    result = CliRunner().invoke(cli.app, [*map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    assert " utterances in 1 partitions" in result.stdout


def test_strangers_do_not_reach_it(secured: Cluster, tmp_path: Path) -> None:
    """Neither without a certificate nor with one of another authority."""
    other = certificates(tmp_path)
    strangers = [
        Scheduler(secured.address.replace("tls://", "tcp://")),
        Scheduler(secured.address, other["ca-file"], other["cert"], other["key"]),
    ]
    for stranger in strangers:
        with pytest.raises(ToolError, match="no Dask scheduler answers there"), connected(stranger):
            pass


def test_what_is_missing_is_named(tls: dict[str, Path]) -> None:
    for scheduler, named in (
        (Scheduler("tls://a:1"), "--tls-ca, --tls-cert, --tls-key missing"),
        (Scheduler("tls://a:1", tls["ca-file"], tls["cert"], Path("no")), "--tls-key missing"),
        (Scheduler("tcp://a:1", tls["ca-file"], tls["cert"], tls["key"]), "tcp://a:1 with cert"),
    ):
        with pytest.raises(InputError, match=named):
            scheduler.security()
