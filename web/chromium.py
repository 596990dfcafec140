"""Run the page in Chromium, with a recording at the microphone: for tests and pictures."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, Playwright

from audio_emotion.errors import ToolError

ROOT: Final = Path(__file__).parent.parent
DIST: Final = ROOT / "web" / "dist"
PHONE: Final = (390, 844)
DESKTOP: Final = (1280, 800)
# The machine may be busy.
TIMEOUT_MS: Final = 60_000

_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)


@contextmanager
def chromium(playwright: Playwright, microphone: Path | None = None) -> Iterator[Browser]:
    """Run Chromium.

    Parameters
    ----------
    playwright : Playwright
    microphone : Path, optional
        A WAV file to play once into the microphone when it is opened. Without one the browser
        refuses the microphone.

    Raises
    ------
    ToolError
        There is no Chromium.
    """
    program = shutil.which("chromium")
    if program is None:
        raise ToolError("chromium is not installed. Install it with: make tools.")
    browser = playwright.chromium.launch(
        executable_path=program, args=[*_ARGUMENTS, *_microphone(microphone)]
    )
    try:
        yield browser
    finally:
        browser.close()


def _microphone(recording: Path | None) -> Sequence[str]:
    device = "--use-fake-device-for-media-stream"
    if recording is None:
        return (device,)
    return (
        device,
        "--use-fake-ui-for-media-stream",  # which allows it
        f"--use-file-for-fake-audio-capture={recording}%noloop",
    )


@contextmanager
def served(model: Path) -> Iterator[str]:
    """Run `audio-emotion serve` on a free port and yield its address.

    Raises
    ------
    ToolError
        The page is not built.
    """
    if not (DIST / "index.html").is_file():
        raise ToolError("the page is not built. Build it with: make web.")
    command = [str(Path(sys.executable).parent / "audio-emotion"), "serve", "--port", "0"]
    command += ["--jobs", "1", "--model", str(model)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().split()[0]
        finally:
            server.terminate()


def opened(page: Page, address: str) -> Page:
    """Open the page and wait until it is ready."""
    page.set_default_timeout(TIMEOUT_MS)
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    return page
