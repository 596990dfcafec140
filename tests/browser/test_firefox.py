"""Firefox: the page loads, a file gets the labels of Python, the microphone is heard."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from audio_emotion.recognition.model import EmotionModel
from audio_emotion.recognition.stream import stream
from chromium import TIMEOUT_MS
from documents import in_python
from recordings import several, write_wav
from sound_server import Room, sound_server, wait_for

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # mozinfo calls what distro deprecates
    from marionette_driver import Wait
    from marionette_driver.marionette import Marionette

ALLOWED = {"media.navigator.permission.disabled": True}  # the microphone, without a question

# The driver leaves its sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """The microphone of Firefox."""
    with sound_server(tmp_path_factory.mktemp("sound") / "home") as found:
        yield found


@pytest.fixture(scope="module")
def firefox(address: str, room: Room) -> Iterator[Marionette]:
    program = shutil.which("firefox-esr")
    assert program is not None, "firefox-esr is not installed. Install it with: make tools."
    with pytest.MonkeyPatch.context() as patch:  # it starts at once
        patch.setenv("PULSE_SERVER", room.environment["PULSE_SERVER"])
        found = Marionette(bin=program, port=0, headless=True, prefs=ALLOWED)
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


def test_what_is_said_at_the_microphone_has_the_label_of_python(
    firefox: Marionette, room: Room, spoken: np.ndarray, microphone: Path, model: EmotionModel
) -> None:
    (event,) = (one for one in stream(iter([spoken]), model) if one["event"] == "ended")
    listen = firefox.find_element("id", "listen")
    listen.click()
    until(firefox, f"{text('listen')} === 'Stop'")
    wait_for(room.is_listened_to)
    room.play(microphone)
    until(firefox, "document.querySelectorAll('#utterances li').length === 1")
    label = event["emotion"] if event["confident"] else "not confident"
    assert firefox.execute_script(f"return {text('label')}") == str(label).capitalize()
    listen.click()
    until(firefox, f"{text('listen')} === 'Listen'")
