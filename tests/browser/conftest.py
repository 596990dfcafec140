"""The page in a browser, served as people serve it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from audio_emotion.data import audio
from audio_emotion.recognition.model import EmotionModel, default_model_path, load_model
from audio_emotion.recognition.stream import stream
from chromium import DESKTOP, TIMEOUT_MS, chromium, opened, served
from recordings import SAMPLE, write_wav

expect.set_options(timeout=TIMEOUT_MS)  # nothing here is about speed

BLOCKED = "Service Worker registration blocked by Playwright"
# What is played goes on until it is stopped, however long a busy machine takes to look at it.
ENDLESS = """
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...when) {
    this.loop = true;
    start.apply(this, when);
};
"""


@pytest.fixture(scope="session")
def model() -> EmotionModel:
    """The network that the page was built of."""
    return load_model(default_model_path())


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with served(default_model_path()) as found:
        yield found


@pytest.fixture(scope="session")
def spoken(model: EmotionModel) -> np.ndarray:
    """The sample's clip of the highest confidence, in silence: few bits cannot change its label."""

    def confidence(samples: np.ndarray) -> float:
        events = [event for event in stream(iter([samples]), model) if event["probabilities"]]
        return max(events[0]["probabilities"].values()) if len(events) == 1 else 0.0

    clips = [
        np.concatenate([np.zeros(8000, np.int16), audio.read(path), np.zeros(32000, np.int16)])
        for path in sorted(SAMPLE.rglob("*.ogg"))
    ]
    return max(clips, key=confidence)


@pytest.fixture(scope="session")
def microphone(spoken: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("microphone") / "spoken.wav"
    write_wav(path, spoken)
    return path


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def browser(playwright: Playwright, microphone: Path) -> Iterator[Browser]:
    """Chromium with a recording at the microphone."""
    with chromium(playwright, microphone) as found:
        yield found


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(
        viewport=dict(zip(("width", "height"), DESKTOP, strict=True)),
        service_workers="block",  # what it keeps would hide what a test changes
    ) as found:
        found.add_init_script(ENDLESS)
        yield found


@pytest.fixture
def page(context: BrowserContext, address: str) -> Iterator[Page]:
    """The page, which must not write to the console nor send requests to other servers."""
    messages: list[str] = []
    requests: list[str] = []
    found = context.new_page()
    found.on("console", lambda message: messages.append(message.text))
    found.on("pageerror", lambda error: messages.append(str(error)))
    found.on("request", lambda request: requests.append(request.url))
    yield opened(found, address)
    assert [text for text in messages if text != BLOCKED] == []
    assert [url for url in requests if not url.startswith((address, "blob:"))] == []


@pytest.fixture
def upload(page: Page) -> Callable[[Path], None]:
    """Open a recording and wait until it is processed."""

    def open_file(path: Path) -> None:
        page.set_input_files("#file", path)
        page.wait_for_function(
            "name => document.getElementById('source').textContent === name "
            "&& document.getElementById('state').textContent.includes('recording')",
            arg=path.name,
        )

    return open_file
