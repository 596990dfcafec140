"""The site is built without a warning, and the notebook runs from its first cell to its last."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
import typer
from nbclient import NotebookClient

from audio_emotion.cli import app

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


def test_headings_go_down_step_by_step_and_pictures_have_words(site: Path) -> None:
    for page in sorted(site.glob("*.html")):
        if page.stem == "404":
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


def test_the_notebook_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    programs = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    path = ROOT / "examples" / "whole_way.ipynb"
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)  # they are not committed
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=where).execute()
    said = [
        output.get("text", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]
    assert not [text for text in said if "audio-emotion: error" in text]
    assert any("bit for bit" in text for text in said)
