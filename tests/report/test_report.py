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
from audio_emotion.report.page import NOT_DEFINED, Report


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
