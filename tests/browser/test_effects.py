"""What a board hears: each effect does what it says, and changes the answer that is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from audio_emotion.engine.features import SAMPLE_RATE
from audio_emotion.recognition.model import EmotionModel
from documents import in_python
from recordings import several, write_wav

APPLY = """async ([samples, effects]) => {
    const { applied } = await import("/js/effects.js");
    return Array.from(applied(Int16Array.from(samples), effects));
}"""

TIME = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE


def applied(page: Page, samples: np.ndarray, *effects: str) -> np.ndarray:
    rounded = np.rint(samples).astype(int)
    return np.array(page.evaluate(APPLY, [rounded.tolist(), list(effects)]), float)


def level_db(samples: np.ndarray) -> float:
    middle = samples[len(samples) // 4 :]
    return 10 * float(np.log10(np.mean(middle**2)))


def test_a_telephone_passes_its_band(page: Page) -> None:
    def gain(hz: float) -> float:
        tone = 8000 * np.sin(2 * np.pi * hz * TIME)
        return level_db(applied(page, tone, "telephone")) - level_db(tone)

    assert gain(1000) == pytest.approx(0, abs=0.5)
    for edge in (300, 3400):
        assert gain(edge) == pytest.approx(-6, abs=0.5)  # two filters of -3 dB
    assert gain(100) < -35
    assert gain(6500) < -35


def test_noise_quiet_offset_and_bits(page: Page) -> None:
    tone = 8000 * np.sin(2 * np.pi * 440 * TIME)
    noise = applied(page, tone, "noise") - np.rint(tone)
    assert level_db(noise) - level_db(tone) == pytest.approx(-10, abs=0.3)
    assert abs(np.corrcoef(noise[1:], noise[:-1])[0, 1]) < 0.05
    quiet = applied(page, tone, "quiet")
    assert level_db(quiet) - level_db(tone) == pytest.approx(-30, abs=0.1)
    assert np.mean(applied(page, tone, "offset")) == pytest.approx(0.05 * 32768, abs=1)
    coarse = applied(page, tone, "eightBits")
    assert set(coarse % 256) == {0}
    assert np.abs(coarse - np.rint(tone)).max() <= 128


def test_the_answer_is_shown_with_and_without(
    page: Page, upload: Callable[[Path], None], tmp_path: Path, model: EmotionModel
) -> None:
    """What is heard with an effect is what Python hears in the samples that it makes."""
    plain, altered = tmp_path / "plain.wav", tmp_path / "altered.wav"
    samples = several()
    write_wav(plain, samples)
    write_wav(altered, applied(page, samples, "telephone", "eightBits"))
    upload(plain)
    page.check("#effects [value=telephone]")
    page.check("#effects [value=eightBits]")
    answers = [in_python(path, model)[0] for path in (plain, altered)]
    words = [
        f"{answer['emotion'] if answer['confident'] else 'not confident'}, "
        f"{round(100 * max(answer['probabilities'].values()))} %"
        for answer in answers
    ]
    expect(page.locator("#altered")).to_have_text(
        f"As recorded: {words[0]}. As the board hears it: {words[1]}."
    )
    page.uncheck("#effects [value=telephone]")
    page.uncheck("#effects [value=eightBits]")
    expect(page.locator("#altered")).to_have_text("")
