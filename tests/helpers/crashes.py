"""Commands that are killed at a chosen moment, or find no room to write.

Run as a program it imports everything once and forks a process for each command, so that dozens
of them take seconds. A moment is counted, not waited for: the n-th time that the command opens a
file to write, renames, makes or removes something below a folder (Python audits these), or the
n-th byte of a file. `Crashes` is what tests talk to.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

_CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate")


class Outcome(NamedTuple):
    """How a command ended."""

    status: int  # negative: killed by that signal
    errors: str  # what it said on standard error
    n_changes: int  # how often it changed something; -1 if it was killed


class Crashes:
    """The program below, running."""

    def __init__(self) -> None:
        self._program = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ
            | {
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
                "MPLBACKEND": "agg",
                "COLUMNS": "200",
            },
        )

    def run(self, *command: object, below: Path, **how: int | bool | str) -> Outcome:
        """Run a command of audio-emotion.

        Parameters
        ----------
        command
            Its arguments.
        below
            Changes in this folder are counted.
        how
            `kill_at`: the change before which it is killed. `largest_file`: bytes beyond which
            no file grows; what tries gets an error, or with `killed=True` a signal, just there.
            `program`: a module whose `main` is run instead of `audio_emotion.cli`'s.
        """
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        order = {"command": list(map(str, command)), "below": str(below), **how}
        print(json.dumps(order), file=self._program.stdin, flush=True)
        return Outcome(*json.loads(self._program.stdout.readline()))

    def close(self) -> None:
        """End the program."""
        self._program.communicate()


def main() -> None:
    """Fork a process for each line of standard input.

    What a command imports is imported here when it has ended well, so that the next one need not.
    """
    for line in sys.stdin:
        order = json.loads(line)
        program = importlib.import_module(order.get("program", "audio_emotion.cli"))
        reading, writing = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(reading)
            _run(program, order, writing)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            said = pipe.read()
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        errors, n_changes, modules = said.split("\0") if "\0" in said else (said, "-1", "")
        print(json.dumps(Outcome(status, errors, int(n_changes))), flush=True)
        for name in modules.split():
            with suppress(ImportError):
                importlib.import_module(name)


def _run(program: Any, order: dict[str, Any], pipe: int) -> None:
    """Be the command; never return."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.dup2(pipe, 2)
    sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115  the one that was there can seek
    changes = [0]
    status = 0
    sys.addaudithook(lambda event, arguments: _count(event, arguments, order, changes))
    _limit(order)
    sys.argv = ["audio-emotion", *order["command"]]
    try:
        program.main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 70
    sys.stderr.flush()
    modules = [name for name in sys.modules if not name.startswith("__")]
    with os.fdopen(pipe, "w") as end:
        end.write(f"\0{changes[0]}\0{' '.join(modules if status == 0 else [])}")
    os._exit(status)


def _count(
    event: str, arguments: tuple[Any, ...], order: dict[str, Any], changes: list[int]
) -> None:
    import signal

    if event == "open":
        path, mode, flags = arguments
        writes = flags & (os.O_WRONLY | os.O_RDWR) if isinstance(flags, int) else mode != "r"
        if not writes:
            return
    elif event in _CHANGES:
        path = arguments[0]
    else:
        return
    if not isinstance(path, str | os.PathLike):  # an open file
        return
    if not str(Path(path).absolute()).startswith(order["below"]):
        return
    changes[0] += 1
    if changes[0] == order.get("kill_at"):
        os.kill(os.getpid(), signal.SIGKILL)


def _limit(order: dict[str, Any]) -> None:
    import resource
    import signal

    if largest := order.get("largest_file"):
        # Python ignores the signal and gets an error instead; by default it kills.
        if order.get("killed"):
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
