"""Options of a Dask cluster, as one parameter of the commands that can work on one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer

if TYPE_CHECKING:
    from audio_emotion.data.cluster.connection import Scheduler

Cluster: TypeAlias = "Scheduler | None"


def _file(meaning: str) -> object:
    return Annotated[Path | None, typer.Option(metavar="FILE", help=meaning, show_default=False)]


_ADDRESS: Final = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Work on a Dask cluster: its scheduler, such as tcp://host:8786.",
        show_default=False,
    ),
]
_OPTIONS: Final = {
    "dask": _ADDRESS,
    "tls_ca": _file("Certificate of the cluster's authority, PEM."),
    "tls_cert": _file("Own certificate for the cluster, PEM."),
    "tls_key": _file("Key of the own certificate, PEM."),
}


def clustered(command: Callable[..., None]) -> Callable[..., None]:
    """Turn the parameter `cluster` of a command into the options that name a scheduler."""
    own = inspect.signature(command, eval_str=True)
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in _OPTIONS.items()
    ]
    others = [
        one.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, one in own.parameters.items()
        if name != "cluster"
    ]
    place = list(own.parameters).index("cluster")
    parameters = [*others[:place], *options, *others[place:]]

    @wraps(command)
    def run(**given: Any) -> None:
        chosen = [given.pop(name) for name in _OPTIONS]
        command(cluster=_scheduler(*chosen), **given)

    run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def _scheduler(
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
