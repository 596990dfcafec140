"""The command `audio-emotion`: arguments in, tables and files out, one clear line on error."""

from __future__ import annotations

import codecs
import errno
import io
import os
import signal
import sys
import warnings
from contextlib import suppress
from typing import Any, Final

# Importing a command adds it to the application; `help.SECTIONS` orders them.
from audio_emotion.cli import (  # noqa: F401
    analyse,
    board,
    corpora,
    dataset,
    evaluate,
    export,
    listen,
    power,
    predict,
    profile,
    report,
    serve,
    train,
    train_net,
)
from audio_emotion.cli.shell import app, print_error, print_warning
from audio_emotion.errors import AudioEmotionError, AudioWarning, ModelWarning, reason_of

_ASCII: Final = {"█": "#", "░": ".", "→": ">", "✓": "*", "±": "~"}
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main() -> None:
    """Run the command line: exit code 0, 1 after an error we name, 2 after wrong usage."""
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")
    _show_warnings()
    # As Ctrl-C, so that workers are ended and temporary files removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        try:
            app()
        finally:
            # Here and not when Python ends, so that a full disk or a closed pipe is handled below.
            if sys.stdout is not None:
                sys.stdout.flush()
    except AudioEmotionError as error:
        print_error(str(error))
        sys.exit(1)
    except OSError as error:
        # Of the standard output or a temporary file; results have a sentence of their own.
        if error.errno == errno.EPIPE:  # the reader is gone, as in `| head -1`
            _drop_output()
        elif error.errno in _NO_ROOM:
            print_error(f"no room to write ({reason_of(error)}). Free some, and run it again.")
            _drop_output()
        elif error.filename is not None:  # of a path that was not checked before
            print_error(f"{os.fsdecode(error.filename)}: {reason_of(error)}. Check the path.")
        else:
            raise
        sys.exit(1)


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Replace what an encoding lacks: bars and marks by ASCII, anything else by its number.

    Names of files need not be text, and not every encoding has a bar or a check mark.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    text = "".join(
        _ASCII.get(one) or one.encode("ascii", "backslashreplace").decode() for one in lacking
    )
    return text, error.end


def _show_warnings() -> None:
    """Print warnings about recordings and models as lines of ours, each once."""
    show = warnings.showwarning

    def one_line(message: Warning | str, category: type[Warning], *where: Any) -> None:
        if issubclass(category, AudioWarning | ModelWarning):
            print_warning(str(message))
        else:
            show(message, category, *where)

    warnings.showwarning = one_line  # type: ignore[assignment]


def _drop_output() -> None:
    """Discard what is left to write, so that Python ends without another error."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
