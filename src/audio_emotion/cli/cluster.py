"""Options of a Dask cluster, of the commands that can work on one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from audio_emotion.data.cluster.connection import Scheduler

Dask = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Work on a Dask cluster: its scheduler, such as tcp://host:8786.",
        show_default=False,
    ),
]
TlsCa = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Certificate of the cluster's authority, PEM.", show_default=False
    ),
]
TlsCert = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Own certificate for the cluster, PEM.", show_default=False),
]
TlsKey = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Key of the own certificate, PEM.", show_default=False),
]


def scheduler(
    dask: str | None, ca: Path | None, cert: Path | None, key: Path | None
) -> Scheduler | None:
    """Return the scheduler that the options name, if any."""
    if dask is None:
        if any((ca, cert, key)):
            raise typer.BadParameter(
                "--tls-ca, --tls-cert and --tls-key are for --dask. Omit them."
            )
        return None
    from audio_emotion.data.cluster.connection import Scheduler

    return Scheduler(dask, ca, cert, key)
