"""Firefox: the page loads, and a file gets the labels of Chromium and Python."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from audio_emotion.recognition.model import EmotionModel
from chromium import TIMEOUT_MS
from documents import in_python
from recordings import several, write_wav

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # mozinfo calls what distro deprecates
    from marionette_driver import Wait
    from marionette_driver.marionette import Marionette

# The driver leaves its sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def firefox(address: str) -> Iterator[Marionette]:
    program = shutil.which("firefox-esr")
    assert program is not None, "firefox-esr is not installed. Install it with: make tools."
    found = Marionette(bin=program, port=0, headless=True)
    found.start_session()
    try:
        found.navigate(address)
        until(found, "document.documentElement.dataset.ready")
        yield found
    finally:
        found.quit()


def until(firefox: Marionette, condition: str) -> object:
    wait = Wait(firefox, timeout=2 * TIMEOUT_MS / 1000)
    return wait.until(lambda driver: driver.execute_script(f"return {condition}"))


def text(element: str) -> str:
    return f"document.getElementById('{element}').textContent"


def test_a_file_gets_the_labels_of_python(
    firefox: Marionette, tmp_path: Path, model: EmotionModel
) -> None:
    path = tmp_path / "several.wav"
    write_wav(path, several())
    firefox.find_element("id", "file").send_keys(str(path))
    until(firefox, f"{text('state')} === 'the whole recording'")
    result, utterances = in_python(path, model)
    label = result["emotion"] if result["confident"] else "not confident"
    assert firefox.execute_script(f"return {text('label')}") == label.capitalize()
    names = "return Array.from(document.querySelectorAll('#utterances .name'), n => n.textContent)"
    assert firefox.execute_script(names) == [
        (one["emotion"] if one["confident"] else "not confident").capitalize() for one in utterances
    ]
