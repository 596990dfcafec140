"""core/mel.c: the log-mel bands."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from conftest import REPOSITORY
from front_end import FrontEnd
from reference import mel as reference
from signals import FRAMES, Frame, constant, noise, tone

front_end = FrontEnd()
golden = np.load(REPOSITORY / "tests" / "golden" / "mel.npz")

# How far a band may be from that of the same spectrum in double precision, in octaves.
TOLERANCE = {
    "weights rounded by at most 0.2 %": 0.0029,
    "Q9": 0.5 / 512,
    "logarithm, as core/maths.h says": 9e-5,
}


def check_against_reference(frame: Frame) -> None:
    truth = reference.log2_mel(front_end.without_mean(frame))
    error = np.abs(front_end.log_mel(frame) / 512 - truth)
    assert error.max() <= sum(TOLERANCE.values())


@pytest.mark.parametrize("name", FRAMES)
def test_agrees_with_double_precision(name: str) -> None:
    check_against_reference(FRAMES[name])


@given(arrays(np.int16, 400, elements=st.integers(-32768, 32767)))
def test_agrees_with_double_precision_on_any_samples(frame: Frame) -> None:
    check_against_reference(frame)


@given(st.floats(-90, 0), st.integers(0, 2**32 - 1))
def test_agrees_with_double_precision_at_any_level(dbfs: float, seed: int) -> None:
    check_against_reference(noise(dbfs, seed))


@pytest.mark.parametrize("name", golden["names"])
def test_agrees_with_librosa(name: str) -> None:
    """20 synthetic and 184 real frames; bands within 50 dB of the strongest, as the target says."""
    for frame, energy in zip(golden[f"{name}/frames"], golden[f"{name}/mel"], strict=True):
        truth = np.log(np.maximum(energy, 1))
        error_nat = front_end.log_mel(frame) * np.log(2) / 512 - truth
        counts = (energy > energy.max() * 1e-5) & (energy > 1)
        assert np.abs(error_nat[counts]).max(initial=0) < 0.02


def test_reference_filters_are_librosa_s() -> None:
    assert reference.filters() == pytest.approx(golden["filters"], abs=1e-9)


@pytest.mark.parametrize("band", [0, 5, 13, 20, 30, 39])
def test_tone_is_strongest_in_its_band(band: int) -> None:
    peak_hz = reference.filters()[band].argmax() * 31.25
    assert front_end.log_mel(tone(peak_hz)).argmax() == band


def test_silence_is_zero() -> None:
    assert not front_end.log_mel(constant(0)).any()


def test_energy_below_one_is_zero() -> None:
    """A constant 1 leaks into the upper bands with a millionth of a unit of energy."""
    assert not front_end.log_mel(constant(1))[2:].any()


@given(arrays(np.int16, 400, elements=st.integers(-16384, 16383)))
def test_twice_the_samples_are_two_octaves_more(frame: Frame) -> None:
    once, twice = front_end.log_mel(frame), front_end.log_mel(2 * frame)
    above_the_floor = once > 0
    assert np.array_equal(twice[above_the_floor], once[above_the_floor] + 1024)
