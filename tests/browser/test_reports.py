"""Reports at the widths of a desktop and a phone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from accessibility import violations
from matplotlib.figure import Figure
from playwright.sync_api import Browser

from audio_emotion.report.page import Report
from chromium import DESKTOP, PHONE

SMALLEST_TEXT_PX = 7.5

# Widths of the page, of its tallest section, and of the smallest text in a figure.
MEASURE = """() => ({
    page: document.documentElement.scrollWidth,
    section: Math.max(...[...document.querySelectorAll('section')].map(one => one.offsetHeight)),
    text: Math.min(...[...document.querySelectorAll('figure text')].map(
        one => parseFloat(getComputedStyle(one).fontSize)
            * one.getScreenCTM().a)),
})"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = Report("A title", "A lead of a few words.", "audio-emotion evaluate " + "x" * 200)
    for number in range(6):
        page.tile(f"0.{number}", "of something that takes a few words", "and a note")
    for number, width in enumerate((5.4, 11)):
        page.section(f"A question, number {number}?", "An answer. " * 30)
        figure = Figure(figsize=(width, 4), layout="constrained")
        axes = figure.add_subplot()
        axes.set_xlabel("a label of ten points")
        page.figure(figure, "a caption " * 10, "an alternative")
        page.table(pd.DataFrame({f"column {k}": range(60) for k in range(14)}), "many numbers")
    page.section("A table?")
    page.table(pd.DataFrame({"": ["rows", "with"], "figures": [1, 2]}), "names of rows")
    page.table(pd.DataFrame({f"a long column {k}": range(10) for k in range(14)}), "more numbers")
    return page.write(tmp_path_factory.mktemp("report") / "report.html")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_overflows_and_every_question_has_its_screen(
    browser: Browser, report: Path, size: tuple[int, int]
) -> None:
    with browser.new_context(viewport={"width": size[0], "height": size[1]}) as context:
        page = context.new_page()
        page.goto(report.as_uri())
        found = page.evaluate(MEASURE)
        assert found["page"] <= size[0]
        assert found["text"] >= SMALLEST_TEXT_PX
        if size == DESKTOP:
            assert found["section"] <= size[1]
        assert violations(page) == []
        page.locator("summary").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
