"""Connection to a Dask cluster."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from audio_emotion.errors import ToolError, first_line

if TYPE_CHECKING:
    from distributed import Client

_CONNECT_S: Final = 10
_WORKERS_S: Final = 60


def working_on(address: str | None) -> AbstractContextManager[object]:
    """Run joblib's work on a cluster, or here if there is no address.

    Raises
    ------
    ToolError
        As `connected`.
    """
    return nullcontext() if address is None else connected(address)


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """Connect to a scheduler for a `with` block; joblib uses it, too.

    Parameters
    ----------
    address : str
        Such as ``tcp://scheduler:8786``.

    Raises
    ------
    ToolError
        Dask is not installed, there is no scheduler, it has no workers, or it fails.
    """
    if find_spec("distributed") is None:
        raise ToolError(
            "Dask is not installed, so no cluster can be used. "
            "Install it with: pip install 'embedded-audio-emotion[dask]'."
        )
    import joblib  # noqa: PLC0415
    from distributed import CancelledError, Client, KilledWorker  # noqa: PLC0415
    from distributed.comm.core import CommClosedError  # noqa: PLC0415

    _silence_logs()
    try:
        asyncio.run(_handshake(address))
        client = Client(address, timeout=_CONNECT_S)
    except (OSError, ValueError, TypeError, ImportError) as error:
        raise ToolError(
            f"{address}: no Dask scheduler answers there ({first_line(error)}). Start one with: "
            "dask scheduler, and workers with: dask worker tcp://SCHEDULER:8786."
        ) from error
    with client:
        expect_workers(client)
        try:
            with joblib.parallel_config(backend="dask"):
                yield client
        except (CancelledError, CommClosedError, KilledWorker) as error:
            raise _failure(error) from error


def n_threads(client: Client) -> int:
    """Return how many tasks the workers run at once; at least 1.

    Raises
    ------
    ToolError
        The scheduler is gone.
    """
    try:
        threads: dict[str, int] = client.nthreads()
    except OSError as error:
        raise _failure(error) from error
    return max(1, sum(threads.values()))


def expect_workers(client: Client) -> None:
    """Wait for a worker, at most `_WORKERS_S`.

    Raises
    ------
    ToolError
        None has come, or the scheduler is gone.
    """
    try:
        client.wait_for_workers(1, timeout=_WORKERS_S)
    except TimeoutError as error:
        raise ToolError(
            f"the scheduler has had no worker for {_WORKERS_S} s. Start one with: dask worker "
            "tcp://SCHEDULER:8786, and run it again: what is done is kept."
        ) from error
    except OSError as error:
        raise _failure(error) from error


def _failure(error: Exception) -> ToolError:
    return ToolError(
        f"the cluster failed ({first_line(error).rstrip(':')}). Look at what its scheduler and "
        "workers say, and run it again: what is done is kept."
    )


def _silence_logs() -> None:
    """Keep Dask from printing the errors that it raises."""
    for name in list(logging.Logger.manager.loggerDict):
        if name.split(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)


async def _handshake(address: str) -> None:
    """Check that a scheduler responds; a client would wait forever for another protocol."""
    from distributed import Security  # noqa: PLC0415
    from distributed.comm.core import connect  # noqa: PLC0415

    options = Security().get_connection_args("client")
    async with asyncio.timeout(_CONNECT_S):
        comm = await connect(address, timeout=_CONNECT_S, **options)
    await comm.close()
