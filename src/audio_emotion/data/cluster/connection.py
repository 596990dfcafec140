"""Connection to a Dask cluster."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from audio_emotion import extras
from audio_emotion.errors import InputError, ToolError, reason_of

if TYPE_CHECKING:
    from distributed import Client
    from distributed.security import Security

_CONNECT_S: Final = 10
_WORKERS_S: Final = 60


class Scheduler(NamedTuple):
    """Address of a scheduler, such as ``tcp://scheduler:8786``, and files of TLS in PEM, if any.

    Who reaches a scheduler over plain TCP can run programs on it and its workers; with TLS only who
    has a certificate of the same authority.
    """

    address: str
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    def security(self) -> Security | None:
        """Return what Dask encrypts and authenticates with; None for plain TCP.

        Raises
        ------
        InputError
            Some of the three files are given, not all; a file is missing; or the address is not
            one of TLS.
        """
        files = {"--tls-ca": self.ca, "--tls-cert": self.cert, "--tls-key": self.key}
        encrypted = self.address.startswith("tls://")
        if not encrypted and not any(files.values()):
            return None
        lacking = [option for option, path in files.items() if path is None or not path.is_file()]
        if not encrypted or lacking:
            raise InputError(
                f"{self.address} with {', '.join(lacking) or 'certificates'}"
                f"{' missing' if lacking else ''}: TLS needs an address tls://HOST:PORT and the "
                "files --tls-ca, --tls-cert and --tls-key. Give all of them, or none."
            )
        from distributed.security import Security  # noqa: PLC0415

        return Security(
            tls_ca_file=str(self.ca),
            tls_client_cert=str(self.cert),
            tls_client_key=str(self.key),
            require_encryption=True,
        )


def working_on(scheduler: Scheduler | None) -> AbstractContextManager[object]:
    """Run joblib's work on a cluster, or here if there is none.

    Raises
    ------
    ToolError
        As `connected`.
    """
    return nullcontext() if scheduler is None else connected(scheduler)


@contextmanager
def connected(scheduler: Scheduler) -> Iterator[Client]:
    """Connect to a scheduler for a `with` block; joblib uses it, too.

    Parameters
    ----------
    scheduler : Scheduler

    Raises
    ------
    InputError
        Something of TLS is missing.
    ToolError
        Dask is not installed, there is no scheduler, it has no workers, or it fails.
    """
    extras.require("dask", "a cluster", "distributed")
    import joblib  # noqa: PLC0415
    from distributed import CancelledError, Client, KilledWorker  # noqa: PLC0415
    from distributed.comm.core import CommClosedError  # noqa: PLC0415

    _silence_logs()
    address, security = scheduler.address, scheduler.security()
    try:
        asyncio.run(_handshake(address, security))
        client = Client(address, timeout=_CONNECT_S, security=security)
    except (OSError, ValueError, TypeError, ImportError) as error:
        raise ToolError(
            f"{address}: no Dask scheduler answers there ({reason_of(error)}). Start one with: "
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
        f"the cluster failed ({reason_of(error).rstrip(':')}). Look at what its scheduler and "
        "workers say, and run it again: what is done is kept."
    )


def _silence_logs() -> None:
    """Keep Dask from printing the errors that it raises."""
    for name in list(logging.Logger.manager.loggerDict):
        if name.split(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)


async def _handshake(address: str, security: Security | None) -> None:
    """Check that a scheduler responds; a client would wait forever for another protocol."""
    from distributed.comm.core import connect  # noqa: PLC0415
    from distributed.security import Security  # noqa: PLC0415

    options = (security or Security()).get_connection_args("client")
    async with asyncio.timeout(_CONNECT_S):
        comm = await connect(address, timeout=_CONNECT_S, **options)
    await comm.close()
