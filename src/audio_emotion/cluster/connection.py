"""The Dask cluster that a command was told to use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from audio_emotion.errors import ToolError

if TYPE_CHECKING:
    from distributed import Client

_CONNECT_S: Final = 10
_WORKERS_S: Final = 60


def working_on(address: str | None) -> AbstractContextManager[object]:
    """Have joblib's work done on a cluster, or here if there is no address.

    Raises
    ------
    ToolError
        As `connected`.
    """
    return nullcontext() if address is None else connected(address)


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """Use a scheduler until the block ends; joblib works there, too.

    Parameters
    ----------
    address : str
        Such as ``tcp://scheduler:8786``.

    Raises
    ------
    ToolError
        Dask is not installed, there is no scheduler, or it has no workers.
    """
    if find_spec("distributed") is None:
        raise ToolError(
            "Dask is not installed, so no cluster can be used. "
            "Install it with: pip install 'embedded-audio-emotion[dask]'."
        )
    import joblib  # noqa: PLC0415
    from distributed import Client  # noqa: PLC0415  (an optional extra)

    try:
        client = Client(address, timeout=_CONNECT_S)
    except (OSError, TimeoutError, ValueError) as error:
        raise ToolError(
            f"{address}: no Dask scheduler answers there. Start one with: dask scheduler, and "
            "workers with: dask worker tcp://SCHEDULER:8786."
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_WORKERS_S)
        except TimeoutError as error:
            raise ToolError(
                f"{address}: the scheduler has had no worker for {_WORKERS_S} s. "
                f"Start one with: dask worker {address}."
            ) from error
        with joblib.parallel_config(backend="dask"):
            yield client
