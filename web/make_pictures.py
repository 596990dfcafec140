"""Write docs/pictures/: the page on a phone and a desktop, for the README.

make web && python web/make_pictures.py
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

import numpy as np
import soundfile
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from audio_emotion.engine.features import SAMPLE_RATE
from audio_emotion.recognition.model import default_model_path
from chromium import DESKTOP, DIST, PHONE, ROOT, chromium, opened, served

PICTURES: Final = ROOT / "docs" / "pictures"
LONG_S: Final = 300

Scheme = Literal["light", "dark"]


def main() -> None:
    """Write all pictures."""
    PICTURES.mkdir(exist_ok=True)
    with (
        served(default_model_path()) as address,
        sync_playwright() as playwright,
        chromium(playwright) as browser,
    ):
        for name, view in VIEWS.items():
            for device, size in (("desktop", DESKTOP), ("phone", PHONE)):
                take(browser, address, (size, "light"), view, PICTURES / f"page-{device}{name}.png")
        take(browser, address, (DESKTOP, "dark"), samples, PICTURES / "page-desktop-dark.png")
        take(browser, address, (PHONE, "dark"), samples, PICTURES / "page-phone-dark.png")


def samples(page: Page) -> None:
    """Try all samples, and open one."""
    page.click("#try-all")
    page.wait_for_selector("#clips li:last-child .heard:is(.right, .wrong, .unsure)")
    page.get_by_role("button", name="Acted surprise").click()
    page.wait_for_selector("#utterances li")


def silence(page: Page) -> None:
    """Open the sample without speech."""
    page.get_by_role("button", name="A fan").click()
    page.wait_for_selector("#prediction[data-label='no speech']")


def long(page: Page) -> None:
    """Open five minutes: the acted samples over and over, with pauses."""
    pause = np.zeros(SAMPLE_RATE, np.int16)
    clips = [soundfile.read(path, dtype="int16")[0] for path in sorted((DIST / "clips").iterdir())]
    pieces = np.concatenate([piece for clip in clips for piece in (clip, pause)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "five minutes.wav"
        soundfile.write(path, np.resize(pieces, LONG_S * SAMPLE_RATE), SAMPLE_RATE)
        page.set_input_files("#file", path)
        page.wait_for_selector("#prediction[data-label='summary']")


def comparison(page: Page) -> None:
    """Compare two speakers."""
    for emotion in ("neutral", "surprise"):
        page.get_by_role("button", name=f"Acted {emotion}").click()
        page.wait_for_selector(f"#clips button[aria-pressed=true]:has-text('{emotion}')")
        page.locator(".compare").first.click()
        page.wait_for_selector(f"#comparison:has-text('acted {emotion}')")


VIEWS: Final[dict[str, Callable[[Page], None]]] = {
    "": samples,
    "-silence": silence,
    "-long": long,
    "-comparison": comparison,
}


def take(
    browser: Browser,
    address: str,
    device: tuple[tuple[int, int], Scheme],
    view: Callable[[Page], None],
    path: Path,
) -> None:
    """Write a picture of a view of the page."""
    size, scheme = device
    with browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        reduced_motion="reduce",
        service_workers="block",
    ) as context:
        page = opened(context.new_page(), address)
        view(page)
        page.keyboard.press("Escape")
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement.blur()")
        if view is comparison:
            page.locator("#comparison").scroll_into_view_if_needed()
        else:
            page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(500)
        page.screenshot(path=path)
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(256).save(path, optimize=True)
    print(f"wrote {path.name}, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
