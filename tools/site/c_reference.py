"""Reference of the C headers: an entry for each declaration, with the comment above it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_OPENING: Final = re.compile(r"/\* (.*?)\*/\n", re.S)
_PREPROCESSOR: Final = re.compile(
    r"^#(?:ifndef|define) \w+_H$\n|"
    r'^#ifdef __cplusplus\n(?:extern "C" \{|\})\n#endif\n|^#endif\n\Z|^#include .*\n',
    re.M,
)
_COMMENT: Final = re.compile(r"\A/\* (.*?)\*/\n(?=\S)", re.S)
_NAME: Final = re.compile(
    r"^(struct|enum|union) (\w+) \{|^#define (\w+)|\b(ae_\w+)\(|^extern .*?\b(ae_\w+)(?:\[|;)", re.M
)


@dataclass(frozen=True)
class Entry:
    """One or several declarations that stand together."""

    name: str
    text: str
    """The comment above them."""
    code: str

    @property
    def anchor(self) -> str:
        """Place in the page."""
        return self.name.replace(" ", "-")


@dataclass(frozen=True)
class Header:
    """A header: what it is for, and its declarations."""

    name: str
    purpose: str
    entries: tuple[Entry, ...]


def header(name: str, source: str) -> Header:
    """Parse a header.

    Raises
    ------
    ValueError
        It does not begin with a comment that says what it is for.
    """
    opening = _OPENING.match(source)
    if opening is None:
        raise ValueError(f"{name} does not begin with a comment that says what it is for")
    code = _PREPROCESSOR.sub("", source[opening.end() :]).strip()
    return Header(name, _words(opening[1]), tuple(map(_entry, _blocks(code))))


def _blocks(code: str) -> Iterator[str]:
    """Yield what stands between empty lines outside of braces."""
    block: list[str] = []
    for line in [*code.splitlines(), ""]:
        text = "\n".join(block)
        if not line.strip() and text.count("{") == text.count("}"):
            if text:
                yield text
            block = []
        else:
            block.append(line)


def _entry(block: str) -> Entry:
    comment = _COMMENT.match(block)
    code = block[comment.end() :] if comment else block
    found = _NAME.search(code)
    name = next(filter(None, found.groups()[1:]), "") if found else ""
    kind = found[1] if found else None
    text = _words(comment[1]) if comment else ""
    return Entry(f"{kind} {name}" if kind else name, text, code)


def _words(comment: str) -> str:
    """Return a comment as Markdown: brackets are brackets, except in indented examples."""
    lines = re.sub(r"^ \* ?", "", comment, flags=re.M).strip().splitlines()
    return "\n".join(
        line if line.startswith("    ") else line.replace("[", "\\[").replace("<", "&lt;")
        for line in lines
    )
