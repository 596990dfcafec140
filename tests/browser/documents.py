"""What the page exports, and what Python makes of the same recording."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from audio_emotion.data import audio
from audio_emotion.recognition.model import EmotionModel
from audio_emotion.recognition.predict import predict
from audio_emotion.recognition.stream import stream

FIELDS = ("start_s", "end_s", "cut", "emotion", "confident", "speech", "probabilities")


def exported(page: Page, kind: str) -> str:
    with page.expect_download() as waiting:
        page.click(f"#{kind}")
    assert waiting.value.suggested_filename == f"emotions.{kind}"
    return Path(waiting.value.path()).read_text(encoding="utf-8")


def in_python(path: Path, model: EmotionModel) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The result of the recording, named as the page names it, and its utterances."""
    result = dict(predict([path], model)["results"][0]) | {"path": path.name}
    utterances = [
        {name: event[name] for name in FIELDS}
        for event in stream(audio.blocks(path), model, adapt=False)
        if event["event"] == "ended"
    ]
    return result, utterances
