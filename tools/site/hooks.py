"""Hooks of MkDocs: the pages on commands, C interface and model card, made from their sources.

They are written when the site is built, so they cannot fall behind.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import jinja2
import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from audio_emotion.cli.help import row, usage
from audio_emotion.cli.shell import app
from audio_emotion.evaluation.document import read_document
from audio_emotion.evaluation.measures.cost import read_profile
from audio_emotion.evaluation.report.dashboard import dashboard
from audio_emotion.recognition.model import find_model, load_model

ROOT: Final = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # MkDocs runs this file by its path

from tools.measurements import FOLDS, RESULTS, SHIPPED  # noqa: E402
from tools.site.c_reference import header  # noqa: E402

# What a firmware includes, in the order in which one needs it.
HEADERS: Final = (
    "audio_emotion.h",
    "status.h",
    "emotion.h",
    "net_stream.h",
    "net_utterance.h",
    "adapt.h",
    "endpointer.h",
    "microphone.h",
    "net_file.h",
    "net.h",
    "acoustic_features.h",
    "classifier.h",
    "listener.h",
    "descriptors.h",
)

CARD: Final = "model-card.md"
DASHBOARD: Final = "model.html"

_OUTSIDE: Final = re.compile(r"\[([^\]]*)\]\(\.\./([^)\s]*)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are written from sources."""
    written = {"commands.md": commands(), "c.md": c_interface(), CARD: model_card()}
    for name, content in (written | {DASHBOARD: dashboard_page()}).items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace a link to a file outside the site by its name."""
    markdown = markdown.replace("](../MODEL_CARD.md", f"]({CARD}")
    return _OUTSIDE.sub(r"\1 (`\2`)", markdown)


def on_post_page(output: str, **_: Any) -> str:
    """Give the search a name, which the theme leaves out and screen readers need."""
    return output.replace('class="md-search"', 'class="md-search" aria-label="Search"')


def commands() -> str:
    """Return one section per command: what it does, an example, its arguments and options."""
    return _render("commands.md.in", commands=_described(typer.main.get_command(app)))


def c_interface() -> str:
    """Return each public header: its opening comment as text, and an entry per declaration."""
    headers = [header(name, (ROOT / "core" / name).read_text()) for name in HEADERS]
    return _render("c.md.in", headers=headers)


def model_card() -> str:
    """Return the card of the model that ships, with links as from `docs/`."""
    card = (ROOT / "MODEL_CARD.md").read_text()
    card = card.replace("](docs/", "](").replace("](models/", "](../models/")
    return f"{card}\n[All of it on one page]({DASHBOARD}), to send on.\n"


def dashboard_page() -> str:
    """Return the page of `audio-emotion report` on the model that ships."""
    documents = [read_document(RESULTS / f"evaluation_{name}.json") for name in (FOLDS, SHIPPED)]
    path = find_model(SHIPPED)
    costs = read_profile(RESULTS / "profile.csv")
    return dashboard(load_model(path), path, documents, costs).html()


def _render(template: str, **values: Any) -> str:
    templates = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    environment = jinja2.Environment(
        loader=templates,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(values)


def _described(group: Any, prefix: str = "") -> Iterator[dict[str, Any]]:
    """Yield what stands on the page of each command, those of groups one by one."""
    for word in group.list_commands(None):
        name, command = prefix + word, group.commands[word]
        if hasattr(command, "commands"):
            yield from _described(command, f"{name} ")
            continue
        context = typer.Context(command, info_name=f"audio-emotion {name}")
        rows = [row(one) for one in command.params if not one.hidden]
        yield {
            "name": name,
            "help": inspect.cleandoc(command.help or ""),
            "usage": f"audio-emotion {name} {usage(command, context)}",
            "parameters": [
                [
                    cell.replace("|", "\\|")
                    for cell in (f"`{shown.name}`", shown.meaning, shown.default)
                ]
                for shown in rows
            ],
            "examples": (command.epilog or "").splitlines(),
        }
