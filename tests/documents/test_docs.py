"""The documents: their snippets run, their links lead somewhere, their lists are complete.

Commands that cannot run here are in `test_docs_commands.py`.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pytest

from audio_emotion.engine import features
from audio_emotion.recognition.predict import Result
from conftest import REPOSITORY
from native import FLAGS
from tolerances import CLIPS, FRAMES, LIBROSA_TOLERANCE
from tools.guides import GUIDES

ROOT = REPOSITORY
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("*/*.md")])
DOCUMENTS = [path for path in DOCUMENTS if not path.parent.name.startswith(".")]
FEATURES = (ROOT / "docs" / "features.md").read_text()

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
WRITTEN_WITH_THE_SITE = [ROOT / "docs" / name for name in ("c.md", "commands.md")]
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
FOLDERS = "benchmarks|boards|core|docs|examples|models|sample|src|tests|tools|web"
PATH = re.compile(rf"`((?:{FOLDERS})/[\w*][\w./*-]*[\w*])`|python ([\w./-]+\.py)")
SKETCH = """#include <Arduino.h>
#include "emotion.h"
enum { LOW, HIGH };
void delay(unsigned long ms);
"""
TABLE_FROM = re.compile(r"<!-- from (\S+) -->\n\n((?:\|.*\n)+)")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


class Snippet(NamedTuple):
    place: str
    language: str
    code: str


SNIPPETS = [
    Snippet(
        f"{name_of(path)}:{path.read_text()[: match.start()].count(chr(10)) + 1}", *match.groups()
    )
    for path in DOCUMENTS
    for match in FENCED.finditer(path.read_text())
]
each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)


def run(command: list[str], folder: Path) -> str:
    """What a command prints, run where the repository's folders can be read but not spoilt."""
    for name in ("core", "models", "sample", "everyday"):
        shutil.copytree(ROOT / name, folder / name)
    search = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PATH": search, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.place)
def test_snippet(snippet: Snippet, tmp_path: Path) -> None:
    """Python runs, C and C++ compile without a warning, commands print what stands below them."""
    if snippet.language == "python":
        run([sys.executable, "-W", "error", "-c", snippet.code], tmp_path)
    elif snippet.language == "c":
        (tmp_path / "snippet.c").write_text(snippet.code)
        flags = [flag for flag in FLAGS if flag != "-Wmissing-prototypes"]  # as in a main.c
        run(["cc", *flags, "-Icore", "-c", "snippet.c", "-o", "snippet.o"], tmp_path)
    elif snippet.language == "cpp":  # a part of a sketch, for which there is no board here
        (tmp_path / "snippet.cpp").write_text(SKETCH + snippet.code)
        flags = ["-Icore", f"-I{ROOT / 'tests' / 'board_interfaces'}", "-Wno-unused-function"]
        run(["c++", "-Wall", "-Werror", *flags, "-c", "snippet.cpp"], tmp_path)
    elif snippet.language == "json":  # of a recording, or of an event that has these keys and more
        shown = json.loads(snippet.code).keys() - {
            *("event", "model", "schema", "start_s", "end_s", "cut", "warnings")
        }
        assert shown <= Result.__annotations__.keys()
    elif snippet.language == "console":
        lines = snippet.code.splitlines()
        commands = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        expected = [line for line in lines if not line.startswith("$ ")]
        assert run(["sh", "-ec", "\n".join(commands)], tmp_path).splitlines() == expected


# Those of `tools.guides` are run by test_guides.py, which compares what they print.
PAGES = sorted({path for path in DOCUMENTS if "```sh\n" in path.read_text()} - set(GUIDES))


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_shell_blocks_of_a_page_run_one_after_the_other(path: Path, tmp_path: Path) -> None:
    blocks = [code for language, code in FENCED.findall(path.read_text()) if language == "sh"]
    run(["sh", "-ec", "".join(blocks)], tmp_path)


def test_the_demo_says_what_the_readme_shows(tmp_path: Path) -> None:
    shown = re.search(r"^ +recording .*\n((?:      .*\n)+)", (ROOT / "README.md").read_text(), re.M)
    assert shown
    said = [
        line.split()
        for line in run(["audio-emotion", "predict", "sample", "everyday"], tmp_path).splitlines()
    ]
    assert all(line.split() in said for line in shown[1].splitlines())


def test_what_is_said_of_accuracy_is_what_was_measured() -> None:
    """Of all utterances of speakers that the networks of the folds have not heard."""
    measured = json.loads((ROOT / "benchmarks/results/evaluation_network.json").read_text())
    unseen = next(one for one in measured["protocols"] if one["protocol"] == "unseen speakers")
    words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    said = re.search(r"right about (\w+)\s+times\s+in\s+ten", (ROOT / "README.md").read_text())
    assert said
    assert words.index(said[1]) == round(10 * unseen["all"]["accuracy"]["value"])


def anchors(markdown: str) -> set[str]:
    """Of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+)$", FENCED.sub("", markdown), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_document
def test_links_lead_somewhere(path: Path) -> None:
    for target, anchor in LINK.findall(FENCED.sub("", path.read_text())):
        linked = path.parent / target if target else path
        assert linked.exists() or linked in WRITTEN_WITH_THE_SITE, target
        if anchor:
            assert anchor in anchors(linked.read_text()), f"{target}#{anchor}"


@each_document
def test_files_that_are_named_exist(path: Path) -> None:
    for match in PATH.finditer(path.read_text()):
        named = match[1] or match[2]
        below = (ROOT, path.parent)  # a document may speak of its neighbors
        assert any(list(folder.glob(named)) for folder in below), named


def entries(section: str) -> list[str]:
    """The headings of the entries of a section of features.md, each with a text below it."""
    body = re.search(rf"^## {section}\n(.*?)(?=^## )", FEATURES, re.M | re.S)
    assert body, section
    found = re.findall(r"^### (\w+)\n\n(.+)", body[1], re.M)
    assert len(found) == body[1].count("\n### "), section
    return [name for name, _ in found]


def rows(table: str) -> list[list[str]]:
    """Cells of a markdown table, its first row the header."""
    lines = [line.strip().strip("|").split("|") for line in table.splitlines()]
    return [[cell.strip() for cell in line] for line in lines if not set(line[0]) <= set("-: ")]


def group(descriptor: str) -> str:
    """mfcc for mfcc_03; a name that ends in a number of its own stays: rolloff_85."""
    return re.sub(r"^(mfcc|chroma|contrast)_\d+$", r"\1", descriptor)


def members(row: str) -> list[str]:
    """All descriptors of a row: mfcc_01 ... for mfcc."""
    return [name for name in features.descriptor_names() if group(name) == row] or [row]


def test_every_descriptor_has_its_entry() -> None:
    assert entries("Descriptors") == [
        name for name, _ in groupby(features.descriptor_names(), group)
    ]


def test_every_descriptor_names_its_source_and_test() -> None:
    section = FEATURES.split("\n## Descriptors\n")[1].split("\n## ")[0]
    for entry in section.split("\n### ")[1:]:
        assert re.search(r"`core/\w+\.c`", entry), entry
        assert re.search(r"`tests/core/test_\w+\.py`", entry), entry


def test_the_table_of_functionals_gives_all_features_in_order() -> None:
    table = re.search(
        r"^## Which functionals of which\n.*?((?:^\|[^\n]*\n)+)", FEATURES, re.M | re.S
    )
    assert table
    listed = [
        f"{descriptor}_{functional}"
        for name, _, functionals in rows(table[1])[1:]
        for descriptor in members(name)
        for functional in functionals.split()
    ]
    assert (*listed, *entries("Values of an utterance")) == features.names()
    used = {functional for row in rows(table[1])[1:] for functional in row[2].split()}
    assert set(entries("Functionals")) == used


def test_the_table_of_functionals_names_the_frames() -> None:
    table = re.search(r"^\| descriptor \| frames \|.*\n((?:^\|.*\n)+)", FEATURES, re.M)
    assert table
    voice = features.descriptor_names()[features.descriptor_names().index("f0") :]
    for name, frames, _ in rows(table[1]):
        where = "voiced" if name in voice or name.endswith("_voiced") else "active"
        assert frames == ("contour" if name.startswith("f0") else where)


def truth(source: str) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of a table that a document may quote."""
    tables = {"LIBROSA_TOLERANCE": LIBROSA_TOLERANCE, "FRAMES": FRAMES, "CLIPS": CLIPS}
    if source not in tables:
        header, *body = csv.reader((ROOT / source).read_text().splitlines())
        return header, body
    if source == "LIBROSA_TOLERANCE":
        body = [[name, *map(str, bounds)] for name, bounds in LIBROSA_TOLERANCE.items()]
        return ["descriptor", "median", "99 %", "clip"], body
    body = [
        [name, line.theirs, str(line.spearman), str(line.difference or "")]
        for name, line in tables[source].items()
    ]
    return [
        "feature" if source == "CLIPS" else "descriptor",
        "eGeMAPS",
        "Spearman",
        "difference",
    ], body


@each_document
def test_quoted_tables_are_what_their_source_says(path: Path) -> None:
    """Rows in their order; some, and some columns, may be left out."""
    for source, table in TABLE_FROM.findall(path.read_text()):
        quoted, *body = rows(table)
        header, lines = truth(source)
        places = [header.index(column) for column in quoted]
        left = iter([line[place] for place in places] for line in lines)
        assert all(row in left for row in body), source
