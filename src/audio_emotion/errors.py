"""Errors that this package raises on purpose.

A message gives the value, the rule and a way out. Only the command line catches them; any other
exception is a bug and keeps its traceback.
"""

from __future__ import annotations

import json
import zipfile
from typing import Final


class AudioEmotionError(Exception):
    """Base of every error that is explained to the user in one line."""


class InputError(AudioEmotionError, ValueError):
    """An argument breaks a rule of the function it was passed to."""


class AudioError(AudioEmotionError):
    """A recording cannot be read. The message begins with its name."""


class AudioWarning(UserWarning):
    """A recording is read, but not quite as it says. The message begins with its name."""


class ModelWarning(UserWarning):
    """A model is used, but not by what made it. The message begins with its name."""


class CorpusError(AudioEmotionError):
    """A corpus, a manifest or an emotion label cannot be understood."""


class ModelError(AudioEmotionError):
    """A model cannot be loaded, or does not fit the features it is given."""


class ExportError(AudioEmotionError):
    """A model cannot be turned into C."""


class OutputError(AudioEmotionError, OSError):
    """A result cannot be written: no room, no permission, or a disk that fails."""


class ToolError(AudioEmotionError):
    """A program or an optional package that a command needs is missing or failed."""


def reason_of(error: BaseException) -> str:
    """Return why something failed, in one line of plain words.

    Of an error of Python or of another package; what Python says to programmers, such as
    "[Errno 21]" or "'utf-8' codec can't decode byte", is said in the words of people.

    Examples
    --------
    >>> reason_of(IsADirectoryError(21, "Is a directory", "folder"))
    'is a directory'
    >>> reason_of(KeyError("scores"))
    "'scores' is missing"
    """
    if isinstance(error, json.JSONDecodeError):
        return f"is not JSON, at line {error.lineno}, column {error.colno}"
    if isinstance(error, KeyError):
        return f"{error} is missing"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:1].lower() + error.strerror[1:]
    plain = next((words for kind, words in _PLAIN.items() if isinstance(error, kind)), None)
    lines = str(error).strip().splitlines()
    return plain or (lines[0] if lines else "no reason is given")


_PLAIN: Final[dict[type[BaseException], str]] = {
    UnicodeError: "is not text in UTF-8",
    zipfile.BadZipFile: "is no zip archive, or damaged",
    RecursionError: "is nested too deeply",
    AttributeError: "has another form",
    TypeError: "has another form",
    TimeoutError: "no answer in time",
    EOFError: "ends too early",
    MemoryError: "no memory is left",
}
