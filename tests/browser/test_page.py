"""The page for everybody: by keyboard, by screen reader, on a phone, without a network."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from accessibility import violations
from playwright.sync_api import Browser, Page, expect

from chromium import DESKTOP, DIST, PHONE, ROOT, opened
from recordings import several, write_wav

BUDGET_BYTES = 260_000  # 188,010 of them are weights

SCHEMES = ("light", "dark")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "several.wav"
    write_wav(path, several())
    return path


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_axe_finds_nothing(
    page: Page,
    upload: Callable[[Path], None],
    recording: Path,
    size: tuple[int, int],
    scheme: Any,
) -> None:
    """Empty, after an error, while it listens, and with results, one of them chosen."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    assert violations(page) == []
    letter = recording.with_name("letter.wav")
    letter.write_text("Dear Sir or Madam")
    page.set_input_files("#file", letter)
    expect(page.locator("#message")).to_be_visible()
    assert violations(page) == []
    page.click("#calibrate")
    expect(page.locator("#listen")).to_have_text("Stop")
    page.wait_for_selector("#utterances li")
    assert violations(page) == []
    page.click("#listen")
    upload(recording)
    page.locator("#utterances button").first.click()
    assert violations(page) == []


def test_everything_can_be_done_by_keyboard(
    page: Page, upload: Callable[[Path], None], recording: Path
) -> None:
    def focus(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        pytest.fail(f"{selector} is out of the keyboard's reach")

    focus("#listen")
    focus("#file")
    focus("#try-all")
    focus("#clips li:last-child button")
    page.keyboard.press("Enter")
    expect(page.locator("#label")).to_have_text("No speech")
    upload(recording)
    focus("#timeline button")
    page.keyboard.press("ArrowRight")
    second = "#timeline button:nth-of-type(2):focus"
    expect(page.locator(second)).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(f"{second}.selected")).to_be_visible()
    expect(page.locator("#state")).to_contain_text("playing")
    focus("#json")
    focus("#utterances li button")
    focus("#adapts")


def test_color_is_never_the_only_sign(page: Page) -> None:
    for row in page.locator("#bars li").all():
        assert row.locator("svg use").count() == 1
        assert row.locator(".name").text_content()


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_nothing_is_cut_off_at_the_side(
    browser: Browser, address: str, recording: Path, size: tuple[int, int]
) -> None:
    with browser.new_context(viewport={"width": size[0], "height": size[1]}) as context:
        page = opened(context.new_page(), address)
        page.set_input_files("#file", recording)
        page.wait_for_selector("#utterances li")
        assert page.evaluate("document.documentElement.scrollWidth") == size[0]


def test_what_a_visitor_loads_is_small() -> None:
    files = [path for path in DIST.rglob("*") if path.is_file() and "clips" not in path.parts]
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in files}
    assert sum(sizes.values()) <= BUDGET_BYTES, sizes


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "pictures").glob("page-*.png"))
    assert len(pictures) == 10
    assert max(path.stat().st_size for path in pictures) < 200_000


def test_it_shows_the_cost_on_a_board_and_here(
    page: Page, upload: Callable[[Path], None], recording: Path
) -> None:
    upload(recording)
    rows = dict(row.split("\n", 1) for row in page.locator("#boards tr").all_inner_texts())
    assert {"RP2040", "nRF52840"} < rows.keys()
    assert all("KB" in rows[board] and "ms" in rows[board] for board in ("RP2040", "nRF52840"))
    expect(page.locator("#boards tr").first).to_contain_text("µs")
