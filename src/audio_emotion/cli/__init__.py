"""The command `audio-emotion`: arguments in, tables and files out, one clear line on error."""

from __future__ import annotations

import errno
import sys

from audio_emotion.cli.shell import app, print_error
from audio_emotion.errors import AudioEmotionError

# Importing a command adds it to the application; --help lists them in this order.
# isort: off
from audio_emotion.cli import corpora  # noqa: F401
from audio_emotion.cli import dataset  # noqa: F401
from audio_emotion.cli import analyse  # noqa: F401
from audio_emotion.cli import train  # noqa: F401
from audio_emotion.cli import train_net  # noqa: F401
from audio_emotion.cli import evaluate  # noqa: F401
from audio_emotion.cli import predict  # noqa: F401
from audio_emotion.cli import listen  # noqa: F401
from audio_emotion.cli import serve  # noqa: F401
from audio_emotion.cli import export  # noqa: F401
from audio_emotion.cli import profile  # noqa: F401
from audio_emotion.cli import power  # noqa: F401
# isort: on

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main() -> None:
    """Run the command line: exit code 0, 1 after an error we name, 2 after wrong usage."""
    try:
        app()
    except AudioEmotionError as error:
        print_error(str(error))
        sys.exit(1)
    except OSError as error:
        # Of the standard output or a temporary file; results have a sentence of their own.
        if error.errno not in _NO_ROOM:
            raise
        print_error(f"no room to write ({error.strerror}). Free some, and run it again.")
        sys.exit(1)
