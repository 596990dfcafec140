"""The microphone, at which a real recording is played."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from audio_emotion.recognition.model import EmotionModel
from audio_emotion.recognition.stream import stream
from chromium import chromium, opened

# As if the browser could not resample a microphone, as some cannot.
NO_RESAMPLING = """
const create = AudioContext.prototype.createMediaStreamSource;
AudioContext.prototype.createMediaStreamSource = function (stream) {
    if (this.sampleRate === 16000) throw new DOMException("rates differ", "NotSupportedError");
    return create.call(this, stream);
};
"""

COUNT_STREAMS = """() => {
window.streams = [];
const get = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await get(constraints);
    streams.push(stream);
    return stream;
};
}"""


@pytest.fixture
def label(spoken: np.ndarray, model: EmotionModel) -> str:
    """The label in Python."""
    (event,) = (one for one in stream(iter([spoken]), model) if one["event"] == "ended")
    return str(event["emotion"]).capitalize() if event["confident"] else "Not confident"


def record_one(page: Page) -> None:
    page.click("#listen")
    expect(page.locator("#listen")).to_have_text("Stop")
    page.wait_for_selector("#utterances li")


def test_the_live_label_is_the_one_of_python(page: Page, label: str) -> None:
    record_one(page)
    expect(page.locator("#label")).to_have_text(label)
    expect(page.locator("#announcement")).to_contain_text(label)
    page.click("#listen")
    expect(page.locator("#listen")).to_have_text("Listen")
    expect(page.locator("#state")).to_have_text("the last utterance")


def test_so_it_is_if_the_worker_has_to_resample(
    context: BrowserContext, page: Page, address: str, label: str
) -> None:
    context.add_init_script(NO_RESAMPLING)
    record_one(opened(page, address))
    expect(page.locator("#label")).to_have_text(label)


def test_the_adaptation_is_kept_in_the_browser_and_removed(page: Page, address: str) -> None:
    expect(page.locator("#forget")).to_be_disabled()
    record_one(page)
    expect(page.locator("#adapted")).to_have_text("Adapted to one utterance of yours.")
    opened(page, address)
    expect(page.locator("#adapted")).to_have_text("Adapted to one utterance of yours.")
    kept = json.loads(page.evaluate("localStorage.getItem('audio-emotion speaker')"))
    assert set(kept) == {"network", "words"}
    page.click("#forget")
    expect(page.locator("#adapted")).to_have_text("Not adapted to your voice yet.")
    assert page.evaluate("localStorage.length") == 0


def test_nothing_is_kept_if_it_shall_not_adapt(page: Page) -> None:
    page.uncheck("#adapts")
    record_one(page)
    expect(page.locator("#adapted")).to_have_text("Not adapted to your voice yet.")
    assert page.evaluate("localStorage.length") == 0


def test_a_lesson_begins_anew_and_counts(page: Page) -> None:
    page.click("#calibrate")
    expect(page.locator("#adapted")).to_contain_text("ordinary sentences, with a short pause")
    expect(page.locator("#calibration")).to_be_visible()
    page.wait_for_selector("#utterances li")
    expect(page.locator("#calibration")).to_have_js_property("value", 1)
    expect(page.locator("#adapted")).to_contain_text("Say 4 ordinary sentences")


def test_a_voice_is_saved_and_loaded(page: Page, tmp_path: Path) -> None:
    record_one(page)
    page.click("#listen")
    expect(page.locator("#listen")).to_have_text("Listen")
    kept = json.loads(page.evaluate("localStorage.getItem('audio-emotion speaker')"))
    with page.expect_download() as waiting:
        page.click("#save-voice")
    voice = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert json.loads(voice) == kept
    page.click("#forget")
    expect(page.locator("#adapted")).to_have_text("Not adapted to your voice yet.")
    for text, why in (
        ("Dear Sir or Madam", "not a voice that this page saved"),
        (json.dumps(kept | {"network": 1}), "of another network"),
    ):
        (tmp_path / "wrong.json").write_text(text)
        page.set_input_files("#load-voice", tmp_path / "wrong.json")
        expect(page.locator("#message")).to_contain_text(f"wrong.json: {why}")
        assert page.evaluate("localStorage.length") == 0
    (tmp_path / "voice.json").write_text(voice)
    page.set_input_files("#load-voice", tmp_path / "voice.json")
    expect(page.locator("#adapted")).to_have_text("Adapted to one utterance of yours.")
    assert json.loads(page.evaluate("localStorage.getItem('audio-emotion speaker')")) == kept


def test_a_refused_microphone_is_explained(playwright: Playwright, address: str) -> None:
    with chromium(playwright) as browser, browser.new_context() as context:
        page = opened(context.new_page(), address)
        page.click("#listen")
        expect(page.locator("#message")).to_contain_text("did not allow the microphone")
        expect(page.locator("#listen")).to_have_text("Listen")
        page.get_by_role("button", name="Acted anger").click()
        expect(page.locator("#message")).to_be_hidden()
        page.click("#calibrate")
        expect(page.locator("#message")).to_contain_text("did not allow the microphone")
        expect(page.locator("#calibration")).to_be_hidden()
        expect(page.locator("#adapted")).to_have_text("Not adapted to your voice yet.")


def test_one_microphone_is_opened_however_often_listen_is_pressed(page: Page) -> None:
    """And none stays open after another input was chosen in the meantime."""
    page.evaluate(COUNT_STREAMS)
    page.evaluate("for (const i of [1, 2, 3]) document.getElementById('listen').click()")
    expect(page.locator("#listen")).to_have_text("Stop")
    page.wait_for_function("streams.filter(({active}) => active).length === 1")
    page.click("#listen")
    page.wait_for_function("!streams.some(({active}) => active)")
    page.evaluate("document.getElementById('listen').click()")
    page.get_by_role("button", name="Acted anger").click()
    expect(page.locator("#source")).to_contain_text("acted anger")
    page.wait_for_function("streams.length === 4 && !streams.some(({active}) => active)")


def test_a_microphone_that_is_unplugged_is_explained(page: Page) -> None:
    page.evaluate(COUNT_STREAMS)
    record_one(page)
    page.evaluate("streams[0].getAudioTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.locator("#message")).to_contain_text("The microphone was disconnected")
    expect(page.locator("#listen")).to_have_text("Listen")
    expect(page.locator("#level")).to_have_attribute("aria-valuenow", "-60")


def test_devices_can_be_chosen(page: Page) -> None:
    record_one(page)
    names = page.locator("#device option").all_text_contents()
    assert names
    assert all(names)
