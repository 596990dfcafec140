"""Resampling in the worker is band-limited, and the same in pieces of any size."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page

RESAMPLE = """async ([samples, from, piece]) => {
    const { Resampler } = await import("/js/resample.js");
    const resampler = new Resampler(from, 16000);
    const found = [];
    for (let at = 0; at < samples.length; at += piece)
        found.push(...resampler.process(Float32Array.from(samples.slice(at, at + piece))));
    return found;
}"""


def resampled(page: Page, hz: float, rate: int, piece: int = 4096) -> np.ndarray:
    tone = np.sin(2 * np.pi * hz * np.arange(rate // 4) / rate)
    return np.array(page.evaluate(RESAMPLE, [tone.tolist(), rate, piece]))


def level_db(signal: np.ndarray) -> float:
    """Of the middle, re a tone of full scale."""
    middle = signal[len(signal) // 4 : -len(signal) // 4]
    return 20 * float(np.log10(np.sqrt(2 * np.mean(middle**2)) + 1e-12))


@pytest.mark.parametrize("rate", [44100, 48000])
def test_speech_passes_and_what_would_be_folded_does_not(page: Page, rate: int) -> None:
    for hz in (100, 1000, 4000, 7300):
        assert level_db(resampled(page, hz, rate)) == pytest.approx(0, abs=0.05)
    for hz in (8050, 9000, 12000, 20000):
        assert level_db(resampled(page, hz, rate)) < -78


@pytest.mark.parametrize("rate", [44100, 48000])
def test_a_tone_keeps_its_frequency_and_pieces_change_nothing(page: Page, rate: int) -> None:
    signal = resampled(page, 1000, rate)
    spectrum = np.abs(np.fft.rfft(signal[500:3500] * np.hanning(3000)))
    assert 16000 * spectrum.argmax() / 3000 == pytest.approx(1000, abs=6)
    for piece in (1, 128, 1000):
        np.testing.assert_array_equal(resampled(page, 1000, rate, piece), signal)
