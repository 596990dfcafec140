"""The site is built without a warning, and the notebook runs from its first cell to its last."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
import typer

from audio_emotion.cli import app
from tools import notebook

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return out


def test_every_page_is_there(site: Path) -> None:
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert {*pages, "commands", "c", "model-card"} <= {path.stem for path in site.glob("*.html")}


def test_the_model_has_a_page_to_send_on(site: Path) -> None:
    assert 'href="model.html"' in (site / "model-card.html").read_text()
    assert "default at a glance" in (site / "model.html").read_text()


def test_every_command_has_its_section(site: Path) -> None:
    page = (site / "commands.html").read_text()
    for name, command in typer.main.get_command(app).commands.items():
        assert re.search(rf"<h2 id=[^>]*>{name}\b", page), name
        for parameter in getattr(command, "params", []):
            assert all(option in page for option in parameter.opts if option.startswith("--"))


def test_every_public_header_is_shown_and_compiles(site: Path, tmp_path: Path) -> None:
    page = (site / "c.html").read_text()
    headers = re.findall(r"<h2 id=[^>]*>([a-z_]+\.h)\b", page)
    assert len(headers) > 5
    (tmp_path / "all.c").write_text("".join(f'#include "{name}"\n' for name in headers))
    subprocess.run(["cc", "-std=c99", "-I", ROOT / "core", "-c", "all.c"], cwd=tmp_path, check=True)


def test_every_function_of_the_core_has_its_entry(site: Path) -> None:
    page = (site / "c.html").read_text()
    entries = dict(re.findall(r"<h3 id=\"?([\w-]+)\"?>(.*?)(?=<h[23] id|</article>)", page, re.S))
    declared = re.findall(r"^(?:int|bool|void|size_t) (ae_\w+)\(", header_text(), re.M)
    assert len(declared) > 25
    assert set(declared) <= entries.keys()
    assert "Take samples until something happens" in entries["ae_net_stream_process"]
    assert "silence that ends one" in entries["struct-ae_endpointer_config"]


def header_text() -> str:
    names = ("net_stream", "net_utterance", "net", "adapt", "endpointer", "microphone", "listener")
    return "".join((ROOT / "core" / f"{name}.h").read_text() for name in names)


@pytest.mark.parametrize(
    ("word", "page"),
    [
        ("latency", "results.html"),
        ("dataframe", "python.html"),
        ("threshold", "results.html"),
        ("endpointer", "c.html"),
        ("predict", "python.html"),
        ("certificate", "server.html"),
    ],
)
def test_the_search_finds(site: Path, word: str, page: str) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text())
    separator = re.compile(index["config"]["separator"])
    found = {
        entry["location"].partition("#")[0]
        for entry in index["docs"]
        if word in separator.split(f"{entry['title']} {entry['text']}".lower())
    }
    assert page in found


def test_headings_go_down_step_by_step_and_pictures_have_words(site: Path) -> None:
    for page in sorted(site.glob("*.html")):
        if page.stem in ("404", "model"):  # no pages of the theme
            continue
        content = page.read_text().split("<article")[1].split("</article>")[0]
        levels = [int(level) for level in re.findall(r"<h([1-6])", content)]
        assert levels.count(1) == 1, page.stem
        assert all(below <= above + 1 for above, below in pairwise(levels)), page.stem
        for picture in re.findall(r"<img[^>]*>", content):
            assert re.search(r'alt="?[^" >]', picture), (page.stem, picture)


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for page in site.glob("*.html"):
        loaded = re.findall(
            r"<(?:script|img|link)[^>]*(?:src|href)=\"?(https?:[^\" >]*)", page.read_text()
        )
        assert [url for url in loaded if "canonical" not in url] == []


def test_the_notebook_runs_and_shows_what_is_stored() -> None:
    """Numbers may move with a retrained network; everything else is as stored."""
    stored = nbformat.read(notebook.PATH, as_version=4)
    again = notebook.executed()
    said = notebook.texts(again)
    assert not [text for text in said if "audio-emotion: error" in text]
    assert any("bit for bit" in text for text in said)
    assert notebook.n_pictures(stored) == notebook.n_pictures(again) >= 2
    for before, now in zip(notebook.texts(stored), said, strict=True):
        assert bool(before) == bool(now)
        assert str(ROOT) not in before
