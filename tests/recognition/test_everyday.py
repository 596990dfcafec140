"""What the networks that ship say of sounds, of quiet speech and of people who just read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import audio_emotion as ae
from audio_emotion.data import audio
from conftest import REPOSITORY

EVERYDAY = REPOSITORY / "everyday"
LOUD = "sample/Ravdess/audio_speech_actors_01-24/Actor_20/03-01-05-02-02-01-20.flac"
RATE = 16_000
TIME = np.arange(RATE) / RATE

Random = np.random.Generator
SOUNDS: dict[str, Callable[[Random], np.ndarray]] = {
    "rounding": lambda random: random.integers(-1, 2, RATE),
    "noise": lambda random: random.normal(0, 1000, RATE),
    "quiet noise": lambda random: random.normal(0, 30, RATE),
    "click": lambda _: 20_000 * ((TIME > 0.1) & (TIME < 0.102))[: RATE // 5],
    "fan": lambda _: audio.read(EVERYDAY / "fan.flac"),
}
TONES = {"tone": (8000, 440), "hum": (3000, 50), "whistle": (8000, 1500)}
"""Amplitude, and frequency in Hz: of all sounds without a voice the most like one."""


@pytest.fixture(params=["default", "small"])
def model(request: pytest.FixtureRequest) -> ae.EmotionModel:
    return ae.load_model(request.param)


@pytest.mark.parametrize("name", TONES)
def test_a_tone_is_no_confident_emotion(name: str, model: ae.EmotionModel) -> None:
    amplitude, frequency = TONES[name]
    samples = np.int16(amplitude * np.sin(2 * np.pi * frequency * TIME))
    prediction = ae.predict(samples, RATE, model=model)
    assert prediction.emotion is None or not prediction.confident, prediction


@pytest.mark.filterwarnings("ignore:.*very quiet")
@pytest.mark.parametrize("name", SOUNDS)
def test_a_sound_is_no_speech(name: str, model: ae.EmotionModel) -> None:
    samples = np.asarray(SOUNDS[name](np.random.default_rng(0)), np.int16)
    prediction = ae.predict(samples, RATE, model=model)
    assert prediction.emotion is None, prediction


def test_thirty_decibels_change_nothing(model: ae.EmotionModel) -> None:
    loud = ae.predict(REPOSITORY / LOUD, model=model)
    quiet = ae.predict(EVERYDAY / "very_quiet.flac", model=model)
    assert quiet.emotion == loud.emotion == "anger"
    assert quiet.probability == pytest.approx(loud.probability, abs=0.05)


@pytest.mark.parametrize("db", [-1, -22])  # at 0 dB the offset would clip it
@pytest.mark.parametrize("offset", [-300, 300])
def test_a_microphones_offset_changes_nothing(
    offset: int, db: float, model: ae.EmotionModel
) -> None:
    speech = audio.read(REPOSITORY / LOUD) * 10 ** (db / 20)
    plain, moved = (
        ae.predict(np.rint(speech + constant).astype(np.int16), RATE, model=model)
        for constant in (0, offset)
    )
    assert moved.emotion == plain.emotion
    # A shift by less than one step moves it by up to 0.033.
    assert moved.probability == pytest.approx(plain.probability, abs=0.035)


def test_reading_aloud_is_speech_and_no_confident_emotion(model: ae.EmotionModel) -> None:
    prediction = ae.predict(EVERYDAY / "read_aloud.ogg", model=model)
    assert prediction.emotion is not None
    assert prediction.emotion == "neutral" or not prediction.confident
