"""What the site has besides the files of this folder: commands, C interface and model card.

They are written from their sources when the site is built, so they cannot fall behind.
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

ROOT: Final = Path(__file__).parents[2]

# What a firmware includes, in the order in which one needs it.
HEADERS: Final = (
    "audio_emotion.h",
    "status.h",
    "emotion.h",
    "classifier.h",
    "listener.h",
    "descriptors.h",
    "net_file.h",
    "net.h",
    "recognizer.h",
    "adapt.h",
    "net_listener.h",
    "segmenter.h",
)

CARD: Final = "model-card.md"

_OUTSIDE: Final = re.compile(r"\[([^\]]*)\]\(\.\./([^)\s]*)\)")
_OPENING: Final = re.compile(r"/\* (.*?)\*/\n", re.S)
_GUARDS: Final = re.compile(
    r"^#(?:ifndef|define) AE_?\w*_H$\n|^#ifndef \w+_H$\n|^#define \w+_H$\n|"
    r'^#ifdef __cplusplus\n(?:extern "C" \{|\})\n#endif\n|^#endif\n\Z',
    re.M,
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are written from sources."""
    written = {"commands.md": commands(), "c.md": c_interface(), CARD: model_card()}
    for name, content in written.items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Name a file of the repository that is not part of the site, instead of linking to it."""
    markdown = markdown.replace("](../MODEL_CARD.md", f"]({CARD}")
    return _OUTSIDE.sub(r"\1 (`\2`)", markdown)


def on_post_page(output: str, **_: Any) -> str:
    """Give the search a name, which the theme leaves out and screen readers need."""
    return output.replace('class="md-search"', 'class="md-search" aria-label="Search"')


def commands() -> str:
    """One section per command: what it does, an example, its arguments and options."""
    group = typer.main.get_command(app)
    parts = [
        "# Commands",
        "`audio-emotion --help` and `audio-emotion COMMAND --help` say the same; "
        "`audio-emotion --version` says which version this is. Exit code 0 is success, 1 an error "
        "that is told in a sentence, 2 wrong usage.",
    ]
    for name, command in _flattened("", group):
        context = typer.Context(command, info_name=f"audio-emotion {name}")
        parts.append(f"## {name}")
        parts.append(inspect.cleandoc(command.help or ""))
        parts.append(f"    {_usage(command, context)}")
        rows = [row for parameter in command.params for row in [_row(parameter, context)] if row]
        parts.append(
            "\n".join(["| argument or option | what it says | default |", "|---|---|---|", *rows])
        )
        if command.epilog:
            parts.append(f"    {command.epilog.removeprefix('Example: ')}")
    return "\n\n".join(parts) + "\n"


def c_interface() -> str:
    """Each public header: what it says first as text, and its declarations."""
    parts = [
        "# C interface",
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


def model_card() -> str:
    """Take the card of the model that ships from the root of the repository."""
    card = (ROOT / "MODEL_CARD.md").read_text()
    return card.replace("](docs/", "](").replace("](models/", "](../models/")


def _flattened(prefix: str, group: Any) -> list[tuple[str, Any]]:
    found = []
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found += _flattened(f"{prefix}{name} ", command)
        else:
            found.append((prefix + name, command))
    return found


def _usage(command: Any, context: Any) -> str:
    """`audio-emotion export [OPTIONS] [MODEL] OUT`; braces mean nothing to who reads it."""
    usage = re.sub(
        r"\{(.*?)\}(\.\.\.)?",
        lambda found: found[1] if " " in found[1] else f"{found[1].rstrip('.')}{found[2] or ''}",
        command.get_usage(context),
    )
    return str(usage).removeprefix("Usage: ")


def _row(parameter: Any, context: Any) -> str | None:
    record = parameter.get_help_record(context)
    if record is None:
        return None
    name, text = (" ".join(words.split()) for words in record)
    name = re.sub(r"<(?:list\[)?(\w+)(?:\]| range)?>", lambda kind: f"<{kind[1].lower()}>", name)
    details = re.search(r"\[((?:default|required|env var|[\w.]+<?=?x|x[<>]).*)\]$", text)
    facts = details[1].split("; ") if details else []
    text = text[: details.start()].strip() if details else text
    default = "*required*" if "required" in facts else ""
    for fact in facts:
        if fact.startswith("default: "):
            default = fact.removeprefix("default: ").strip("()")
        elif fact != "required":
            text += f" ({_in_words(fact)})"
    return (
        "| " + " | ".join(cell.replace("|", "\\|") for cell in (f"`{name}`", text, default)) + " |"
    )


def _in_words(fact: str) -> str:
    """Say what a range is."""
    fact = re.sub(r"^(\S+)<=x<=(\S+)$", r"\1 to \2", fact)
    return re.sub(r"^x>=(\S+)$", r"at least \1", fact)
