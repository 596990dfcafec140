"""Reports hold everything they show, and come out the same each time."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure

from audio_emotion.report.figures import save_figure
from audio_emotion.report.page import LONGEST_OPEN, NOT_DEFINED, Report


def curve() -> Figure:
    figure = Figure(figsize=(3, 2))
    figure.add_subplot().plot([1, 2, 3], label="rising")
    return figure


def made() -> Report:
    report = Report("Of <speakers> & voices", "One lead.", footer="made by a test")
    report.section("First", "Of men & women.")
    table = pd.DataFrame({"corpus": ["ravdess", "tess"], "n": [1320, 2], "uar": [0.5, np.nan]})
    report.table(table, "recall")
    report.section("Second")
    report.figure(curve(), "a curve", "it rises")
    report.figure(curve(), "the same again", "it rises again")
    return report


def test_it_refers_to_nothing_outside() -> None:
    outside = re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?(https?:[^\"')\s>]*)", made().html())
    assert outside == []


def test_text_is_escaped_and_tables_are_whole() -> None:
    page = made().html()
    assert "<title>Of &lt;speakers&gt; &amp; voices</title>" in page
    assert "<td class=words>ravdess</td><td>1,320</td><td>0.500</td>" in page
    assert f"<td>2</td><td>{NOT_DEFINED}</td>" in page


def test_a_long_table_and_one_beside_a_figure_are_folded() -> None:
    short, long = (pd.DataFrame({"n": range(n)}) for n in (LONGEST_OPEN, LONGEST_OPEN + 1))
    report = Report("Title", "Lead.")
    report.section("Short")
    report.table(short, "all of it")
    report.section("Long")
    report.table(long, "much of it.")
    report.section("Drawn")
    report.table(short, "as drawn")
    report.figure(curve(), "a curve", "it rises")
    page = report.html()
    assert re.findall("<caption>(.*?)</caption>", page) == ["all of it"]
    folded = [
        f"Table: much of it ({LONGEST_OPEN + 1} rows)",
        f"Table: as drawn ({LONGEST_OPEN} rows)",
    ]
    assert re.findall("<details><summary>(.*?)</summary>", page) == folded
    drawn = page[page.index("<h2>Drawn") :]
    assert drawn.index("<figure") < drawn.index("<details")


def test_key_figures_and_contents_stand_before_the_sections() -> None:
    report = Report("Title", "Lead.")
    report.tile("0.52", "recall & more", "of 3 speakers")
    report.section("First")
    report.folded("Lesser facts", [])
    report.folded("Where it is not defined", ["here < there"])
    page = report.html()
    assert "<li><strong>0.52</strong><span>recall &amp; more</span><small>of 3 speakers" in page
    assert page.index("class=tiles") < page.index('href="#s1"') < page.index("<section")
    assert "Lesser facts" not in page
    assert "<summary>Where it is not defined</summary><ul><li>here &lt; there</li></ul>" in page


def test_names_inside_figures_are_used_once() -> None:
    names = re.findall(r'<[^>]*\sid="?([^"\s>]+)', made().html())
    assert len(names) == len(set(names)) > 10


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = made().write(tmp_path / "a.html"), made().write(tmp_path / "b.html")
    assert first.read_bytes() == second.read_bytes()


def test_figures_are_saved_without_a_date(tmp_path: Path) -> None:
    first = [path.read_bytes() for path in save_figure(curve(), tmp_path / "a")]
    second = [path.read_bytes() for path in save_figure(curve(), tmp_path / "b")]
    assert first == second
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "a.png", "b.pdf", "b.png"]
