"""From a converter's words to 16 bits: gain, constant part, limits, level, and what is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from microphone import Microphone

words = arrays(np.int32, st.integers(0, 700), elements=st.integers(-(2**31), 2**31 - 1))
SINE = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)


def converted(words: npt.NDArray[np.int32], gain_db: int, left_shift: int) -> list[int]:
    """Compute what ae_microphone_convert writes, in Python's integers."""
    gain, offset, samples = round(65536 * 10 ** (gain_db / 20)), 0, []
    for word in (words.view(np.uint32) << np.uint32(left_shift)).view(np.int32).tolist():
        half = divided(word, 2)
        offset += divided(half - offset, 1024)
        samples.append(min(max((half - offset) * gain >> 31, -32768), 32767))
    return samples


def divided(value: int, by: int) -> int:
    """Divide as C does, towards zero."""
    return abs(value) // by * (1 if value > 0 else -1)


@given(words, st.sampled_from([-60, 0, 24, 60]), st.sampled_from([0, 1, 8]))
def test_converts_as_its_twin_in_python(
    words: npt.NDArray[np.int32], gain_db: int, left_shift: int
) -> None:
    expected = converted(words, gain_db, left_shift)
    found = Microphone(gain_db, left_shift).convert(words)
    assert np.max(np.abs(found - expected), initial=0) <= (gain_db == 60)  # of the factor's bits


@given(words, st.integers(0, 700))
def test_pieces_do_not_matter(words: npt.NDArray[np.int32], cut: int) -> None:
    whole, pieces = Microphone(24), Microphone(24)
    samples = whole.convert(words)
    assert np.array_equal(
        samples, np.concatenate([pieces.convert(words[:cut]), pieces.convert(words[cut:])])
    )
    assert (whole.dbfs(), whole.fault()) == (pieces.dbfs(), pieces.fault())


def test_one_of_two_channels() -> None:
    left = (1e8 * SINE).astype(np.int32)
    both = np.stack([left, np.full_like(left, 2**31 - 1)], axis=1).ravel()
    assert np.array_equal(Microphone(0).convert(both, stride=2), Microphone(0).convert(left))


@pytest.mark.parametrize("gain_db", [-60, -6, 0, 12, 24, 60])
def test_gain_is_in_decibels(gain_db: int) -> None:
    amplitude = 2.0**30 / max(1, 10 ** (gain_db / 20))
    samples = Microphone(gain_db).convert((amplitude * SINE).astype(np.int32))
    expected = amplitude * 10 ** (gain_db / 20) / 65536
    assert np.max(np.abs(samples[8000:])) == pytest.approx(expected, rel=2e-3, abs=1.5)


def test_a_constant_part_goes_before_the_gain() -> None:
    """Of a hundred times the speech, as some microphones have it."""
    speech = 2.0**31 * 1e-3 * SINE
    samples = Microphone(24).convert((speech + 2.0**31 * 0.1).astype(np.int32))
    alone = Microphone(24).convert(speech.astype(np.int32))
    assert np.max(np.abs(samples[12_000:].astype(int) - alone[12_000:])) <= 6
    assert abs(float(np.mean(samples[12_000:]))) < 3


def test_the_level_of_a_sine() -> None:
    for dbfs in (-90, -60, -45, -20, -4):
        microphone = Microphone(0)
        peak = 2.0**31 * np.sqrt(2) * 10 ** (dbfs / 20)
        microphone.convert(np.round(peak * SINE).astype(np.int32))
        assert abs(microphone.dbfs() - dbfs) <= 1
    silent = Microphone(0)
    silent.convert(np.zeros(320, np.int32))
    assert silent.dbfs() == -96


def noise(rms: float, mean: float = 0.0) -> npt.NDArray[np.int32]:
    values = np.random.default_rng(7).normal(mean, rms, 16_000) * 2**31
    return np.clip(values, -(2**31), 2**31 - 1).astype(np.int32)


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (noise(0.1), ""),
        (np.zeros(1600, np.int32), "no signal: look at the wires of data and L/R"),
        (np.full(1600, -1, np.int32), "no signal: look at the wires of data and L/R"),
        (noise(0.01, 0.5), "offset: look at the microphone's format, left_shift"),
        (noise(1.0), "clipped: lower AE_GAIN"),
        (noise(0.001), "too quiet: raise AE_GAIN if somebody spoke"),
    ],
)
def test_what_is_wrong_is_said_in_words(words: npt.NDArray[np.int32], advice: str) -> None:
    microphone = Microphone(0)
    microphone.convert(words)
    assert microphone.advice() == advice
    microphone.restart()
    microphone.convert(noise(0.1))
    microphone.convert(noise(0.1))
    microphone.restart()
    microphone.convert(noise(0.1))
    assert microphone.advice() == ""


def test_samples_in_place_are_as_words() -> None:
    pcm = (3000 * SINE).astype(np.int16)
    expected = Microphone(12).convert(pcm.astype(np.int32) << 16)
    assert np.array_equal(Microphone(12).amplify(pcm), expected)


@pytest.mark.parametrize("gain_db", [-1000, 1000])
def test_limits_of_the_gain(gain_db: int) -> None:
    nearest = Microphone(60 if gain_db > 0 else -60)
    word = np.full(160, 2**20, np.int32)
    assert np.array_equal(Microphone(gain_db).convert(word), nearest.convert(word))


def test_no_undefined_behaviour(capfd: pytest.CaptureFixture[str]) -> None:
    sanitized: Any = {"compiler": "gcc", "extra": ("-O1", "-fsanitize=undefined")}
    extremes = np.array([2**31 - 1, -(2**31)] * 2000, np.int32)
    for gain_db, left_shift in ((60, 0), (-60, 16), (24, 8)):
        microphone = Microphone(gain_db, left_shift, **sanitized)
        microphone.convert(extremes)
        microphone.convert(np.full(100_000, -(2**31), np.int32))
        microphone.convert(np.full(100_000, 2**31 - 1, np.int32))
        microphone.dbfs()
    assert capfd.readouterr().err == ""
