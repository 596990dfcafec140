"""Reading of recordings by other processes, which a recording may kill.

A decoder is a large C program, and a process that is out of memory is killed without a word. So who
reads many recordings has each decoded by another process, whose memory and processor time are
limited. If that process ends, the recording is refused by its name, and another one is started.
"""

from __future__ import annotations

import atexit
import io
import math
import os
import pickle
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import numpy as np

from audio_emotion.data import audio
from audio_emotion.engine.features import Samples
from audio_emotion.errors import AudioEmotionError, AudioError

try:
    import resource
except ImportError:  # Windows: no limits
    resource = None  # type: ignore[assignment]

BATCH: Final = 8  # recordings that a worker of a pool is given at once
_SUSPECTS: Final = 4 * BATCH  # for each worker of a pool: what it may have been at, or had next

_MEMORY_BYTES: Final = 2 << 30  # beyond what Python and its packages take
_LONGEST_S: Final = 600  # of processor time
_NO_MEMORY: Final = 77  # exit code

# What another process runs; it is given the folders that this one imports from.
_PROGRAM: Final = (
    "import sys; sys.path[:] = sys.argv[1:]; "
    "from audio_emotion.data.isolation import serve; serve()"
)
_PROCESS_MEMORY: Final = Path("/proc/self/statm")  # Linux only


class Blocks(Protocol):
    """What reads a recording piece by piece, as `audio.blocks`."""

    def __call__(
        self, source: audio.Source, on_warning: audio.Warn = ..., *, allow_silence: bool = True
    ) -> Iterator[Samples]:
        """Yield the samples."""


def blocks_of(n_recordings: int) -> Blocks:
    """Return what reads so many recordings: `blocks`, or for one alone `audio.blocks`."""
    return blocks if n_recordings > 1 else audio.blocks


def read(
    source: audio.Source, on_warning: audio.Warn = audio.warn, *, allow_silence: bool = True
) -> Samples:
    """Read a whole recording as `audio.read`, by another process."""
    return np.concatenate(list(blocks(source, on_warning, allow_silence=allow_silence)))


def blocks(
    source: audio.Source, on_warning: audio.Warn = audio.warn, *, allow_silence: bool = True
) -> Iterator[Samples]:
    """Read a recording piece by piece as `audio.blocks`, by another process.

    A process that waited from an earlier recording, and ends before the first samples of this one,
    is replaced once.

    Parameters
    ----------
    source, on_warning, allow_silence
        As for `audio.read`; an open file is sent whole.

    Raises
    ------
    AudioError
        As `audio.blocks`, or the recording ends the process that reads it.
    """
    name = audio.name_of(source)
    content = None if isinstance(source, str | os.PathLike) else source.read()
    return _answered(_Request(name, content, allow_silence, _folder()), on_warning)


def check(source: str, on_warning: audio.Warn = audio.warn, *, decode: bool = False) -> None:
    """Look at the headers of a recording, or decode it, by another process.

    Raises
    ------
    AudioError
        It cannot be read, or ends the process that reads it.
    """
    request = _Request(source, None, False, _folder(), headers_only=not decode)
    for _ in _answered(request, on_warning):
        pass


def _answered(request: _Request, on_warning: audio.Warn) -> Iterator[Samples]:
    """Yield the samples that a process reads; one that waited is replaced if it gives none."""
    name = request.name
    for reader in (_idle(), None):
        current, n_blocks = reader or _Reader(), 0
        try:
            for message in current.messages(request):
                if isinstance(message, str):
                    on_warning(message)
                else:
                    n_blocks += 1
                    yield message
        except _EndedError as ended:
            if n_blocks or reader is None:
                raise AudioError(f"{name}: {ended}.") from None
        else:
            return


def suspects(waiting: list[str], n_workers: int) -> list[str]:
    """Return what a pool that was given `waiting` in this order may have been at."""
    return waiting[: n_workers * _SUSPECTS]


class _EndedError(Exception):
    """A process ended while it read a recording."""


class _Request(NamedTuple):
    """What a process is to read."""

    name: str
    content: bytes | None
    """None of a file."""
    allow_silence: bool
    folder: str
    """That the name may be relative to."""
    headers_only: bool = False


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109  (a path would be made for each recording)
    except OSError:  # it was removed
        return os.sep


class _Reader:
    """A process that reads one recording after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._responses = self._process.stdin, self._process.stdout

    def messages(self, request: _Request) -> Iterator[Any]:
        """Yield samples and warnings (str) of a recording; raise what its reading raises."""
        is_idle = False
        try:
            pickle.dump(tuple(request), self._requests)
            self._requests.flush()
            while not isinstance(message := pickle.load(self._responses), Exception | None):
                yield message
            is_idle = True
            if message is not None:
                raise message
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise _EndedError(self._reason()) from error
        finally:
            if is_idle:
                _idle_readers.setdefault(os.getpid(), []).append(self)
            else:
                self.end()

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """End the process, whatever it is at."""
        self._process.kill()
        with suppress(OSError):  # of a request that was not read
            self._requests.close()
        self._responses.close()
        self._process.wait()

    def _reason(self) -> str:
        status = self._process.wait()
        if status == _NO_MEMORY:
            return f"it needs more than {_MEMORY_BYTES >> 20} MB of memory"
        if resource is not None and status == -signal.SIGXCPU:
            return f"reading it takes more than {_LONGEST_S} s of processor time"
        return "it kills the process that reads it"


# By the process that started them: a fork must not use its parent's.
_idle_readers: dict[int, list[_Reader]] = {}


def _idle() -> _Reader | None:
    idle = _idle_readers.get(os.getpid(), [])
    with suppress(IndexError):  # another thread takes one, too
        while idle:
            if (reader := idle.pop()).is_running:
                return reader
            reader.end()
    return None


@atexit.register
def end_idle() -> None:
    """End the processes that wait for a recording."""
    for reader in _idle_readers.pop(os.getpid(), []):
        reader.end()


def serve() -> None:
    """Read the recordings that standard input names, until it ends; see `_Reader.messages`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks handles Ctrl-C
    responses = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a decoder that prints does not disturb
    confine(_MEMORY_BYTES)

    def send(message: object) -> None:
        pickle.dump(message, responses)
        responses.flush()

    with suppress(EOFError, BrokenPipeError):
        while True:
            request = _Request(*pickle.load(sys.stdin.buffer))
            allow_time(_LONGEST_S)
            send(_send_all(request, send))


def _send_all(request: _Request, send: Callable[[object], None]) -> Exception | None:
    """Send samples and warnings; return what went wrong."""
    source: audio.Source = request.name
    if request.content is not None:
        source = io.BytesIO(request.content)
        source.name = request.name
    with suppress(OSError):
        os.chdir(request.folder)
    try:
        if request.headers_only:
            audio.declared_s(source, send)
            return None
        for samples in audio.blocks(source, send, allow_silence=request.allow_silence):
            send(samples)
    except AudioEmotionError as error:
        return error
    except MemoryError:
        os._exit(_NO_MEMORY)
    except BrokenPipeError:
        raise
    except Exception:
        return RuntimeError(traceback.format_exc())
    return None


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


def allow_time(seconds: float) -> None:
    """Limit the processor time of this process to so many more seconds."""
    if resource is None:
        return
    until = allowed(resource.RLIMIT_CPU, math.ceil(time.process_time() + seconds) + 1)
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def allowed(kind: int, most: int) -> int:
    """Return a limit, at most the hard limit that is set already."""
    hard = resource.getrlimit(kind)[1]
    return most if hard == resource.RLIM_INFINITY else min(most, hard)
