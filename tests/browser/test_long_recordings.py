"""A recording of minutes: progress, an overview to zoom in, a summary instead of one emotion."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from audio_emotion.data import audio
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.recognition.model import EmotionModel
from audio_emotion.recognition.stream import StreamEvent, stream
from documents import exported, in_python
from recordings import conversation, write_wav

SECONDS = 100


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "conversation.wav"
    write_wav(path, conversation(SECONDS))
    return path


@pytest.fixture(scope="module")
def utterances(recording: Path, model: EmotionModel) -> list[StreamEvent]:
    events = stream(audio.blocks(recording), model, adapt=False)
    return [event for event in events if event["event"] == "ended"]


def seen(page: Page) -> tuple[float, float]:
    """The visible part, as a screen reader has it once what was asked for is drawn."""
    page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")
    words = page.locator("#overview").get_attribute("aria-valuetext") or ""
    found = re.findall(r"(\d+):([\d.]+)", words)
    start, end, _ = (60 * int(minutes) + float(seconds) for minutes, seconds in found)
    return start, end


def test_it_has_a_summary_and_no_verdict(
    page: Page,
    upload: Callable[[Path], None],
    recording: Path,
    utterances: list[StreamEvent],
) -> None:
    upload(recording)
    speech = [one for one in utterances if one["emotion"] is not None]
    expect(page.locator("#label")).to_have_text(f"{len(speech)} utterances")
    seconds = sum(one["end_s"] - one["start_s"] for one in speech)
    for emotion, shown in zip(
        EMOTIONS, page.locator("#bars .value").all_inner_texts(), strict=True
    ):
        own = [one for one in speech if one["confident"] and one["emotion"] == emotion]
        share = sum(one["end_s"] - one["start_s"] for one in own) / seconds
        assert float(shown.split()[0]) == pytest.approx(100 * share, abs=0.51)
    assert page.locator(".chart output").all_inner_texts() == ["\N{EN DASH}"] * 4


def test_its_utterances_are_listed_in_their_order(
    page: Page,
    upload: Callable[[Path], None],
    recording: Path,
    utterances: list[StreamEvent],
) -> None:
    upload(recording)
    expect(page.locator("#utterances li")).to_have_count(len(utterances))
    starts = page.locator("#utterances .when").all_inner_texts()
    tenths = [int(10 * one["start_s"] + 0.5) for one in utterances]
    assert starts == [f"{n // 600}:{n % 600 / 10:04.1f}" for n in tenths]


def test_its_file_is_that_of_python(
    page: Page, upload: Callable[[Path], None], recording: Path, model: EmotionModel
) -> None:
    upload(recording)
    document = json.loads(exported(page, "json"))
    result, found = in_python(recording, model)
    assert document["results"] == [result]
    for utterance in document["utterances"]:
        del utterance["features"]
    assert document["utterances"] == found


def test_keys_buttons_and_the_wheel_zoom(
    page: Page, upload: Callable[[Path], None], recording: Path
) -> None:
    upload(recording)
    assert seen(page) == (0, 30)
    page.focus("#overview")
    page.keyboard.press("+")
    start, end = seen(page)
    assert end - start == pytest.approx(30 / 1.3, abs=0.11)
    page.keyboard.press("End")
    assert seen(page)[1] == pytest.approx(SECONDS, abs=0.11)
    page.keyboard.press("ArrowLeft")
    assert seen(page)[1] < SECONDS
    page.keyboard.press("Home")
    assert seen(page)[0] == 0
    scope = page.locator("#scope")
    box = scope.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    before = seen(page)
    page.mouse.wheel(0, -100)
    page.wait_for_timeout(300)
    after = seen(page)
    assert sum(after) / 2 == pytest.approx(sum(before) / 2, abs=0.11)  # about the pointer
    assert after[1] - after[0] < before[1] - before[0]
    page.click("#zoom-all")
    expect(page.locator("#overview-part")).to_be_hidden()
    expect(page.locator("#timeline button:visible").last).to_be_visible()
    page.click("#zoom-in")
    expect(page.locator("#overview-part")).to_be_visible()


def test_two_fingers_zoom(page: Page, upload: Callable[[Path], None], recording: Path) -> None:
    upload(recording)
    before = seen(page)
    page.evaluate("""() => {
        const scope = document.getElementById("scope");
        const { left, width } = scope.getBoundingClientRect();
        const touch = (type, pointerId, share) => scope.dispatchEvent(
            new PointerEvent(type, { pointerId, clientX: left + share * width, bubbles: true }));
        touch("pointerdown", 1, 0.4);
        touch("pointerdown", 2, 0.6);
        touch("pointermove", 2, 0.8);
        touch("pointerup", 1, 0.4);
        touch("pointerup", 2, 0.8);
    }""")
    page.wait_for_timeout(300)
    after = seen(page)
    assert after[1] - after[0] == pytest.approx((before[1] - before[0]) / 2, abs=0.11)


def test_an_utterance_out_of_sight_is_reached_by_keys(
    page: Page,
    upload: Callable[[Path], None],
    recording: Path,
    utterances: list[StreamEvent],
) -> None:
    upload(recording)
    page.locator("#timeline button").first.focus()
    page.keyboard.press("End")
    expect(page.locator("#timeline button").last).to_be_focused()
    start, end = seen(page)
    assert start <= utterances[-1]["start_s"] <= end


def test_it_shows_progress_and_can_be_cancelled(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "ten minutes.wav"
    write_wav(path, conversation(600))
    page.set_input_files("#file", path)
    expect(page.locator("#state")).to_contain_text("of 10:00.0")
    page.wait_for_function("() => document.getElementById('progress').value > 0")
    page.click("#cancel")
    expect(page.locator("#progress")).to_be_hidden()
    expect(page.locator("#label")).to_have_text("No utterance yet")
    page.wait_for_timeout(500)  # in which the next piece would be shown
    expect(page.locator("#utterances li")).to_have_count(0)
