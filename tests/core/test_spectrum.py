"""core/spectrum.c and core/fft.c: the power spectrum of a frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from front_end import FrontEnd
from reference import spectrum as reference
from signals import FRAMES, Frame, constant, impulse, noise, tone

front_end = FrontEnd()

# How far an amplitude |X_k| may be from the double-precision one, besides the rounding of
# its power to a unit.
TOLERANCE = {
    # of the spectrum's norm: twiddle factors are rounded to 15 bits
    "twiddle": 8e-6,
    # of the frame's norm: the window is rounded to 16 bits, which counts where it is small
    "window": 1 / 65536,
    # of the mean: what it leaves in the low bins is known to 16 bits in either part
    "mean": 2**0.5 / 2 / 65536,
}

frames = arrays(np.int16, 400, elements=st.integers(-32768, 32767))


def power(frame: Frame) -> np.ndarray:
    mantissas, exponent = front_end.spectrum(frame)
    return mantissas * 2.0**exponent


def check_against_reference(frame: Frame) -> None:
    _, exponent = front_end.spectrum(frame)
    norm = np.linalg.norm(np.sqrt(reference.power(frame)))
    tolerance = TOLERANCE["twiddle"] * norm + TOLERANCE["window"] * np.linalg.norm(frame)
    of_mean = TOLERANCE["mean"] * np.sqrt(reference.power(frame)[0])
    for found, expected, error in (
        (power(frame), reference.power(frame), tolerance),
        (
            front_end.without_mean(frame),
            reference.power_without_mean(frame),
            tolerance + of_mean,
        ),
    ):
        truth = np.sqrt(expected)
        # Half a unit of power is that over 2 |X| of amplitude, and all of it near zero.
        unit = 2.0**exponent
        rounding = np.minimum(np.sqrt(unit), unit / 2 / np.maximum(truth, 1e-9))
        assert np.all(np.abs(np.sqrt(found) - truth) <= error + rounding)


@pytest.mark.parametrize("name", FRAMES)
def test_agrees_with_double_precision(name: str) -> None:
    check_against_reference(FRAMES[name])


@given(frames)
def test_agrees_with_double_precision_on_any_samples(frame: Frame) -> None:
    check_against_reference(frame)


@given(st.floats(-90, 0), st.integers(0, 2**32 - 1))
def test_agrees_with_double_precision_at_any_level(dbfs: float, seed: int) -> None:
    check_against_reference(noise(dbfs, seed))


@pytest.mark.parametrize("k", [2, 3, 31, 64, 127, 128, 129, 200, 253, 254])
def test_tone_peaks_in_its_bin(k: int) -> None:
    amplitude = 10000
    # Half the tone's amplitude times 200, the sum of the window.
    peak = power(tone(k * 31.25, amplitude))
    assert peak.argmax() == k
    assert peak[k] == pytest.approx((amplitude * 100) ** 2, rel=0.03)


def test_constant_is_in_the_first_bin() -> None:
    spectrum = power(constant(1000))
    assert spectrum[0] == pytest.approx((1000 * 200) ** 2, rel=1e-4)
    assert spectrum[3:].max() < 1e-3 * spectrum[0]


@pytest.mark.parametrize("offset", [-32768, -300, 1, 300, 32767])
def test_constant_is_nothing_for_the_mel_bands(offset: int) -> None:
    """60 dB below what it is in bin 0."""
    without_mean = front_end.without_mean(constant(offset))
    assert np.sqrt(without_mean[2:]).max() < 1e-3 * 200 * abs(offset)


@pytest.mark.parametrize("offset", [-3000, -300, 17, 300, 3000])
def test_offset_does_not_reach_the_mel_bands(offset: int) -> None:
    speech = tone(200, 1000) + noise(-50, 1)
    moved = np.abs(
        front_end.log_mel((speech + offset).astype(np.int16)) - front_end.log_mel(speech)
    )
    assert moved.max() <= max(1, abs(offset) / 10)  # Q9


def test_impulse_is_flat() -> None:
    assert power(impulse(200, 5000)) == pytest.approx(5000**2, rel=3e-4)


def test_silence_is_zero() -> None:
    mantissas, exponent = front_end.spectrum(constant(0))
    assert not mantissas.any()
    assert exponent == 0


def test_window_hides_the_first_sample() -> None:
    mantissas, exponent = front_end.spectrum(impulse(0))
    assert not mantissas.any()
    assert exponent == 0


@given(frames)
def test_the_strongest_bin_uses_the_word(frame: Frame) -> None:
    mantissas, _ = front_end.spectrum(frame)
    assert mantissas.max() >= 0.33 * 2**32 or not mantissas.any()


@given(arrays(np.int16, 400, elements=st.integers(-16384, 16383)))
def test_twice_the_samples_are_the_same_bits_two_octaves_up(frame: Frame) -> None:
    mantissas, exponent = front_end.spectrum(frame)
    doubled, doubled_exponent = front_end.spectrum(2 * frame)
    assert np.array_equal(doubled, mantissas)
    assert doubled_exponent == exponent + 2 or not mantissas.any()
