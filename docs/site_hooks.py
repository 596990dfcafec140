"""What the site has besides the files of this folder: the commands and the C interface.

Both are written from their sources when the site is built, so they cannot fall behind.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any, Final

import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from audio_emotion.cli import app

ROOT: Final = Path(__file__).parent.parent

# What a firmware includes, in the order in which one needs it.
HEADERS: Final = (
    "audio_emotion.h",
    "status.h",
    "emotion.h",
    "classifier.h",
    "listener.h",
    "net_file.h",
    "recognizer.h",
    "adapt.h",
    "net_listener.h",
)

_OUTSIDE: Final = re.compile(r"\[([^\]]*)\]\(\.\./([^)\s]*)\)")
_OPENING: Final = re.compile(r"/\* (.*?)\*/\n", re.S)
_GUARDS: Final = re.compile(
    r"^#(?:ifndef|define) AE_?\w*_H$\n|^#ifndef \w+_H$\n|^#define \w+_H$\n|"
    r'^#ifdef __cplusplus\n(?:extern "C" \{|\})\n#endif\n|^#endif\n\Z',
    re.M,
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are written from sources."""
    for name, content in (("commands.md", commands()), ("c.md", c_interface())):
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Name a file of the repository that is not part of the site, instead of linking to it."""
    return _OUTSIDE.sub(r"\1 (`\2`)", markdown)


def commands() -> str:
    """One section per command: what it does, an example, its arguments and options."""
    group = typer.main.get_command(app)
    parts = [
        "# Commands",
        "`audio-emotion --help` and `audio-emotion COMMAND --help` say the same.",
    ]
    for name, command in _flattened("", group):
        context = typer.Context(command, info_name=f"audio-emotion {name}")
        parts.append(f"## {name}")
        parts.append(inspect.cleandoc(command.help or ""))
        parts.append(f"    {command.get_usage(context).removeprefix('Usage: ')}")
        rows = [row for parameter in command.params for row in [_row(parameter, context)] if row]
        parts.append("\n".join(["| | | default |", "|---|---|---|", *rows]))
        if command.epilog:
            parts.append(f"    {command.epilog.removeprefix('Example: ')}")
    return "\n\n".join(parts) + "\n"


def c_interface() -> str:
    """Each public header: what it says first as text, and its declarations."""
    parts = [
        "# C",
        "The headers that a firmware includes, as they are in `core/`. `audio-emotion export` "
        "brings them along with a model and an example.",
    ]
    for name in HEADERS:
        source = (ROOT / "core" / name).read_text()
        opening = _OPENING.match(source)
        if opening is None:
            raise ValueError(f"{name} does not begin with a comment that says what it is for")
        words = re.sub(r"^ \* ?", "", opening[1], flags=re.M).strip()
        code = _GUARDS.sub("", source[opening.end() :]).strip()
        code = re.sub(r"\n{3,}", "\n\n", code)
        parts += [f"## {name}", words, f"```c\n{code}\n```"]
    return "\n\n".join(parts) + "\n"


def _flattened(prefix: str, group: Any) -> list[tuple[str, Any]]:
    found = []
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found += _flattened(f"{prefix}{name} ", command)
        else:
            found.append((prefix + name, command))
    return found


def _row(parameter: Any, context: Any) -> str | None:
    record = parameter.get_help_record(context)
    if record is None:
        return None
    name, text = (" ".join(words.split()) for words in record)
    details = re.search(r"\[([^\]]*)\]$", text)
    default = re.search(r"default: \(?([^;)]*)", details[1]) if details else None
    text = text[: details.start()].strip() if details else text
    cells = (f"`{name}`", text, default[1] if default else "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
