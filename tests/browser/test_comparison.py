"""Two utterances side by side, and what heights in the pictures mean."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from audio_emotion.engine.features import SAMPLE_RATE
from documents import exported
from recordings import several, write_wav

MINUS = "\N{MINUS SIGN}"
# The row of the spectrogram with the strongest band in the middle of the recording, as a share of
# the height from below, and where the axis writes 1 kHz.
ONE_KHZ = """async () => {
    const { melTicks } = await import("/js/view/axes.js");
    const canvas = document.getElementById("scope");
    const top = Math.round(0.34 * canvas.height);
    const height = canvas.height - top;
    const { data } = canvas.getContext("2d").getImageData(canvas.width / 2, top, 1, height);
    const dark = Array.from({ length: height }, (_, y) => data[4 * y] + data[4 * y + 2]);
    const least = Math.min(...dark);
    const rows = dark.flatMap((value, y) => (value === least ? [y] : []));
    const middle = (rows[0] + rows.at(-1) + 1) / 2;
    return [1 - middle / height, melTicks(40).find(({ text }) => text === "1k").share];
}"""


def test_a_tone_is_where_the_axis_says(
    page: Page, upload: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "tone.wav"
    write_wav(path, 300 * np.sin(2 * np.pi * 1000 * np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE))
    upload(path)
    page.emulate_media(color_scheme="light")
    page.wait_for_timeout(500)
    drawn, written = page.evaluate(ONE_KHZ)
    assert drawn == pytest.approx(written, abs=0.6 / 40)


def test_two_utterances_of_two_recordings_are_compared(
    page: Page, upload: Callable[[Path], None], tmp_path: Path
) -> None:
    means = []
    for name in ("first.wav", "second.wav"):
        path = tmp_path / name
        write_wav(path, several() if name == "first.wav" else several()[::-1])
        upload(path)
        utterance = json.loads(exported(page, "json"))["utterances"][0]
        means.append((utterance["features"]["f0_mean"], utterance["features"]["rms_db_mean"]))
        page.locator(".compare").first.click()
        expect(page.locator(f"#about-{len(means) - 1}")).to_contain_text(name)
    expect(page.locator("#compare-hint")).to_be_hidden()
    captions = page.locator("#contours figcaption").all_inner_texts()
    assert [re.sub(r"\s+mean:.*", "", one, flags=re.S) for one in captions] == [
        "Pitch (f0), Hz",
        "Intensity, dBFS",
        "Formants (F1, F2, F3), Hz",
    ]
    for caption, expected in zip(captions[:2], zip(*means, strict=True), strict=True):
        numbers = re.findall(r"[AB] (-?\d+)", caption.replace(MINUS, "-"))
        found = [float(number) for number in numbers]
        assert found == pytest.approx(expected, abs=0.51)
    page.click("#end-comparison")
    expect(page.locator("#comparison")).to_be_hidden()
