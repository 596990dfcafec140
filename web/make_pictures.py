"""Write docs/pictures/: the page on a phone and a desktop, for the README.

make web && python web/make_pictures.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, sync_playwright

from audio_emotion.recognition.model import default_model_path
from chromium import DESKTOP, PHONE, ROOT, chromium, opened, served

PICTURES: Final = ROOT / "docs" / "pictures"

Scheme = Literal["light", "dark"]


def main() -> None:
    """Write all pictures."""
    PICTURES.mkdir(exist_ok=True)
    with (
        served(default_model_path()) as address,
        sync_playwright() as playwright,
        chromium(playwright) as browser,
    ):
        take(browser, address, DESKTOP, "light", PICTURES / "page-desktop.png")
        take(browser, address, DESKTOP, "dark", PICTURES / "page-desktop-dark.png")
        take(browser, address, PHONE, "light", PICTURES / "page-phone.png")
        take(browser, address, PHONE, "dark", PICTURES / "page-phone-dark.png")


def take(browser: Browser, address: str, size: tuple[int, int], scheme: Scheme, path: Path) -> None:
    """Write a picture of the page with all clips processed and one utterance selected."""
    viewport = {"width": size[0], "height": size[1]}
    with browser.new_context(
        viewport=viewport,  # type: ignore[arg-type]
        color_scheme=scheme,
        reduced_motion="reduce",
    ) as context:
        page = opened(context.new_page(), address)
        page.get_by_role("button", name="All of them").click()
        page.locator("#utterances button").nth(1).click()
        page.keyboard.press("Escape")
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement.blur(), scrollTo(0, 0)")
        page.wait_for_timeout(500)
        page.screenshot(path=path)
    print(f"wrote {path.name}, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
