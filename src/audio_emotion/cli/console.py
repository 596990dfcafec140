"""Consoles that print to the terminal; importing rich takes longer than printing the version."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from audio_emotion.cli.printable import visible


class PlainConsole(Console):
    """Console that prints texts as they are: most are paths, names and labels of users.

    `[brackets]` are no markup and `:colons:` no emoji, also in tables, and control characters (an
    escape sequence in the name of a file) are spelled out.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False)

    def render_str(self, text: str, **how: Any) -> Text:
        """Return a string as printable text."""
        return super().render_str(visible(text), **how)

    def print_lines(self, *lines: str) -> None:
        """Print lines without wrapping them, so that a path can be copied."""
        self.print(*lines, sep="\n", soft_wrap=True)


OUT = PlainConsole()
ERR = PlainConsole(stderr=True)
