"""Recordings that kill the process that reads them: found, named, and left out.

A decoder is a large C program, and a process that is out of memory is killed without a word. What a
pool of workers was at then is called again, each alone in a process with limited memory and time.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

try:
    import resource
except ImportError:  # Windows: no limits
    resource = None  # type: ignore[assignment]

T = TypeVar("T")

BATCH: Final = 8  # calls that a worker of a pool is given at once
_SUSPECTS: Final = 4 * BATCH  # for each worker of a pool: what it may have been at, or had next
_MEMORY_BYTES: Final = 2 << 30  # beyond what Python and its packages take
_LONGEST_S: Final = 600

_PROCESS_MEMORY: Final = Path("/proc/self/statm")  # Linux only


class Killed(NamedTuple):
    """The outcome of a call that ended its process."""

    reason: str


def suspects(waiting: Sequence[str], n_workers: int) -> Sequence[str]:
    """Return what a pool that was given `waiting` in this order may have been at."""
    return waiting[: n_workers * _SUSPECTS]


def each_alone(
    function: Callable[[str], T], paths: Sequence[str]
) -> Iterator[tuple[str, T | Killed]]:
    """Call a function for one path after the other, in a process that may be killed by it."""
    waiting = list(paths)
    while waiting:
        # Not forked: a thread of this process may hold a lock.
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(1, context, confine, (_MEMORY_BYTES,))
        try:
            while waiting:
                outcome = pool.submit(function, waiting[0]).result(_LONGEST_S)
                yield waiting.pop(0), outcome
        except BrokenProcessPool:
            yield waiting.pop(0), Killed("it kills the process that reads it")
        except MemoryError:
            yield waiting.pop(0), Killed(f"it needs more than {_MEMORY_BYTES >> 20} MB of memory")
        except TimeoutError:
            yield waiting.pop(0), Killed(f"reading it takes more than {_LONGEST_S} s")
        finally:
            _end(pool)


def _end(pool: ProcessPoolExecutor) -> None:
    """End a pool, whatever its worker is at."""
    workers = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for worker in workers:
        worker.kill()


def confine(memory_bytes: int) -> None:
    """Limit the growth of this process's memory, and forbid it to write files and to dump core.

    Limits that the system does not have are left out: memory is limited on Linux only.
    """
    if resource is None:
        return
    limits = {resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0}
    if _PROCESS_MEMORY.exists():
        in_use = int(_PROCESS_MEMORY.read_text().split()[0]) * resource.getpagesize()
        limits[resource.RLIMIT_AS] = in_use + memory_bytes
    for kind, most in limits.items():
        resource.setrlimit(kind, (allowed(kind, most),) * 2)


def allowed(kind: int, most: int) -> int:
    """Return a limit, at most the hard limit that is set already."""
    hard = resource.getrlimit(kind)[1]
    return most if hard == resource.RLIM_INFINITY else min(most, hard)
