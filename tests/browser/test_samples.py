"""What each sample is, what is heard, and the score of all."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from audio_emotion.recognition.model import EmotionModel
from audio_emotion.recognition.predict import predict
from chromium import DIST


def labels(model: EmotionModel) -> dict[str, str]:
    """What Python hears in each sample of the page."""
    paths = sorted((DIST / "clips").iterdir())
    return {
        f"clips/{path.name}": "no speech"
        if result["emotion"] is None
        else result["emotion"]
        if result["confident"]
        else "not confident"
        for path, result in zip(paths, predict(paths, model)["results"], strict=True)
    }


def expected(clip: dict[str, object], heard: str) -> tuple[str, str]:
    right = heard in clip["right"]  # type: ignore[operator]
    verdict = "right" if right else "not confident" if heard == "not confident" else "wrong"
    return verdict, f"heard {heard} " + {"right": "✓", "wrong": "✗", "not confident": "?"}[verdict]


def test_what_is_heard_stands_beside_what_was_acted(page: Page, model: EmotionModel) -> None:
    heard = labels(model)
    clips = json.loads((DIST / "clips.json").read_text(encoding="utf-8"))
    assert {clip["file"] for clip in clips} == heard.keys()
    page.click("#try-all")
    expect(page.locator("#score")).to_contain_text(f"of all {len(clips)}")
    found = [expected(clip, heard[clip["file"]]) for clip in clips]
    assert page.locator("#clips .heard").all_inner_texts() == [words for _, words in found]
    verdicts = [verdict for verdict, _ in found]
    expect(page.locator("#score")).to_have_text(
        f"{verdicts.count('right')} right, {verdicts.count('wrong')} wrong, "
        f"{verdicts.count('not confident')} not confident, of all {len(clips)}"
    )


def test_an_open_sample_says_both_beside_the_answer(page: Page, model: EmotionModel) -> None:
    clips = json.loads((DIST / "clips.json").read_text(encoding="utf-8"))
    clip = next(clip for clip in clips if clip["what"] == "acted anger")
    words = expected(clip, labels(model)[clip["file"]])[1]
    page.get_by_role("button", name="Acted anger").click()
    expect(page.locator("#truth")).to_have_text(f"acted anger · {words}")
    expect(page.locator("#score")).to_contain_text("of 1 heard so far")
    page.get_by_role("button", name="A fan").click()
    expect(page.locator("#truth")).to_have_text("a fan · heard no speech ✓")
    expect(page.locator("#score")).to_contain_text("of 2 heard so far")
