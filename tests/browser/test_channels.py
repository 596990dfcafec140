"""Channels in the page are mixed by the rule of Python, and what is left out is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from audio_emotion.data import audio, channels
from audio_emotion.engine.features import SAMPLE_RATE
from recordings import several

MIX = """async (each) => {
    const { mixed, quantized } = await import("/js/samples.js");
    const { signal, warning } = mixed(each.map((channel) => Float32Array.from(channel)));
    return [Array.from(quantized(signal)), warning];
}"""

_RANDOM = np.random.default_rng(0)
A, B = (0.3 * _RANDOM.standard_normal((2, 3000))).astype(np.float32)
NOTHING = np.zeros_like(A)


@pytest.mark.parametrize(
    "each",
    [
        [A],
        [A, B],
        [A, -0.9 * A],
        [0.9 * A, -A],
        [A + 0.5, -A + 0.5],
        [A, 1e-3 * B - A],
        [A, B, -A, -B],
        [NOTHING, A],
        [A, 1e-3 * A],
        [NOTHING, NOTHING],
        [NOTHING, NOTHING, A, NOTHING, NOTHING, NOTHING],
    ],
    ids=lambda each: f"{len(each)} channels",
)
def test_the_page_mixes_as_python_does(page: Page, each: list[np.ndarray]) -> None:
    block = np.stack(each, axis=1).astype(np.float32)
    said = [""]
    mixed = np.concatenate([*channels.mono(lambda: iter([block]), len(each), said.append)])
    samples, warning = page.evaluate(MIX, block.T.tolist())
    assert warning == said[-1]
    np.testing.assert_array_equal(samples, audio.quantized(mixed))


def test_a_recording_in_opposite_phase_is_read_and_said(page: Page, upload, tmp_path: Path) -> None:
    samples = several()
    path = tmp_path / "opposite.wav"
    soundfile.write(path, np.stack([samples, -(samples // 2)], axis=1), SAMPLE_RATE)
    upload(path)
    sentence = "opposite.wav: the channels cancel each other, so channel 1 alone was read."
    expect(page.locator("#message")).to_have_text(sentence)
