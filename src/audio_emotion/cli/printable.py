"""Text of users, such as names of files, as a terminal may show it."""

from __future__ import annotations

import re

# Control characters, and bytes in the name of a file that are no text.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def visible(text: str) -> str:
    r"""Spell out control characters, except tabs and ends of lines.

    Examples
    --------
    >>> visible("\x1b[2Jgone.wav")
    '\\x1b[2Jgone.wav'
    """
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
