"""Errors that this package raises on purpose.

A message gives the value, the rule and a way out. Only the command line catches them; any other
exception is a bug and keeps its traceback.
"""


class AudioEmotionError(Exception):
    """Base of every error that is explained to the user in one line."""


class InputError(AudioEmotionError, ValueError):
    """An argument breaks a rule of the function it was passed to."""


class AudioError(AudioEmotionError):
    """A recording cannot be read. The message begins with its name."""


class AudioWarning(UserWarning):
    """A recording is read, but not quite as it says. The message begins with its name."""


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


def first_line(error: BaseException) -> str:
    """Return the first line of an error of another package."""
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0]
