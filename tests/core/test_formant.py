"""Formants: against vowels of known formants, a twin in float64, and Praat."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import lfilter

import native
from conftest import REPOSITORY
from core_formants import FRAME_LENGTH, SR, ffi, formants, frames_of, lib
from reference import formants as reference

PRAAT = np.load(REPOSITORY / "tests" / "golden" / "praat_formants.npz")

# F1, F2, F3 in Hz.
VOWELS = {
    "a": (730, 1090, 2440),
    "e": (530, 1840, 2480),
    "i": (310, 2020, 2960),
    "o": (570, 840, 2410),
    "u": (440, 1020, 2240),
    "schwa": (500, 1500, 2500),
}

# Largest differences from each reference, in Hz, for F1, F2, F3.
TWIN_MEDIAN_HZ = (0.5, 0.5, 2)  # integers instead of float64
TWIN_95_PERCENT_HZ = (3, 6, 10)  # two formants close together magnify rounding
PRAAT_FRAME_MEDIAN_HZ = (10, 20, 30)  # Praat's window is Gaussian, and its frames up to 5 ms off
PRAAT_CLIP_MEDIAN_HZ = (40, 100, 150)  # the median of a short clip can jump between two vowels


def twin_formants(frames: NDArray[np.int16]) -> NDArray[np.float64]:
    return np.array([reference.formants(frame.astype(np.float64))[:3] for frame in frames])


def vowel(name: str, peak: float = 16000, duration_s: float = 1.0) -> NDArray[np.int16]:
    """A glottal pulse train that glides from 100 to 250 Hz through five resonances.

    It glides because a steady harmonic near a formant draws it towards itself.
    """
    phase = np.cumsum(np.linspace(100, 250, int(duration_s * SR)) / SR)
    signal = np.diff(np.floor(phase), prepend=0.0)
    signal = lfilter([1, -1], np.convolve([1, -0.98], [1, -0.98]), signal)
    for hz, bandwidth_hz in zip((*VOWELS[name], 3500, 4500), (60, 80, 110, 160, 220), strict=True):
        radius = np.exp(-np.pi * bandwidth_hz / SR)
        pole = [1, -2 * radius * np.cos(2 * np.pi * hz / SR), radius**2]
        signal = lfilter([sum(pole)], pole, signal)
    return np.rint(signal / np.abs(signal).max() * peak).astype(np.int16)


def read_sample(sample: Path, name: str) -> NDArray[np.int16]:
    pcm, rate = soundfile.read(sample / name, dtype="int16")
    assert rate == SR
    return pcm


@pytest.mark.parametrize("name", VOWELS)
def test_synthetic_vowels_are_within_5_percent(name: str) -> None:
    measured = np.mean(formants(frames_of(vowel(name))), axis=0)
    np.testing.assert_allclose(measured, VOWELS[name], rtol=0.05)


@pytest.mark.parametrize("name", VOWELS)
def test_quiet_vowels_are_as_exact_as_their_samples(name: str) -> None:
    """At -60 dB full scale the 16-bit samples have 6 bits left, for the twin as well."""
    frames = frames_of(vowel(name, peak=32))[::2]
    difference = np.abs(formants(frames) - twin_formants(frames))
    assert np.all(np.median(difference, axis=0) <= TWIN_MEDIAN_HZ)


def test_spectral_way_agrees_with_burg_in_the_time_domain(sample: Path) -> None:
    differences = []
    for name in PRAAT.files[::4]:
        voiced = frames_of(read_sample(sample, name))[PRAAT[name][::5, 0]]
        differences.append(np.abs(formants(voiced) - twin_formants(voiced)))
    together = np.concatenate(differences)
    assert np.all(np.median(together, axis=0) <= TWIN_MEDIAN_HZ)
    assert np.all(np.percentile(together, 95, axis=0) <= TWIN_95_PERCENT_HZ)


def test_agrees_with_praat_on_recordings(sample: Path) -> None:
    frame_differences, clip_differences = [], []
    for name in PRAAT.files:
        frame, praat_hz = PRAAT[name][:, 0], PRAAT[name][:, 1:].astype(np.float64)
        measured = formants(frames_of(read_sample(sample, name))[frame])
        frame_differences.append(np.abs(measured - praat_hz))
        clip_differences.append(np.abs(np.median(measured, axis=0) - np.median(praat_hz, axis=0)))
    per_frame = np.median(np.concatenate(frame_differences), axis=0)
    assert np.all(per_frame <= PRAAT_FRAME_MEDIAN_HZ)
    assert np.all(np.array(clip_differences) <= PRAAT_CLIP_MEDIAN_HZ)


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    peak=st.sampled_from([1, 30, 1000, 32767]),
    smooth=st.sampled_from([0.0, 0.9, 0.999]),
    tone_hz=st.floats(0, 8000),
)
def test_any_signal_gives_rising_formants_in_range(
    seed: int, peak: int, smooth: float, tone_hz: float
) -> None:
    time = np.arange(4 * FRAME_LENGTH)
    noise = lfilter([1], [1, -smooth], np.random.default_rng(seed).standard_normal(len(time)))
    signal = 0.2 * noise / np.abs(noise).max() + np.cos(2 * np.pi * tone_hz * time / SR)
    pcm = np.clip(np.rint(signal * peak), -(2**15), 2**15 - 1).astype(np.int16)
    check_plausible(formants(frames_of(pcm)))


@pytest.mark.parametrize("value", [1, -1, 100, 32767, -32768])
def test_constant_and_square_waves_are_survived(value: int) -> None:
    pcm = np.full(4 * FRAME_LENGTH, value, np.int16)
    check_plausible(formants(frames_of(pcm)))
    pcm[np.arange(len(pcm)) // 20 % 2 == 0] = 0
    check_plausible(formants(frames_of(pcm)))


def check_plausible(hz: NDArray[np.float64]) -> None:
    for frame in hz:
        found = frame[~np.isnan(frame)]
        assert np.all((found > 49) & (found < 5451))
        assert np.all(np.diff(found) >= 0)


def test_silence_has_no_formants() -> None:
    assert np.isnan(formants(np.zeros((3, FRAME_LENGTH), np.int16))).all()


def test_impulse_is_survived() -> None:
    frame = np.zeros((1, FRAME_LENGTH), np.int16)
    frame[0, FRAME_LENGTH // 2] = 32767
    check_plausible(formants(frame))


@settings(max_examples=300, deadline=None)
@given(
    angles=st.lists(st.floats(0.05, 3.09), min_size=5, max_size=5),
    radii=st.lists(st.floats(0.3, 0.995), min_size=5, max_size=5),
)
def test_roots_multiply_to_the_polynomial(angles: list[float], radii: list[float]) -> None:
    poles = np.multiply(radii, np.exp(1j * np.array(angles)))
    a = np.real(np.poly(np.concatenate([poles, poles.conj()]))).astype(np.float32)
    pairs = ffi.new("struct ae_root_pair[5]")
    if not lib.ae_roots(native.pointer(ffi, "float *", a), 10, pairs):
        return  # may happen where several roots coincide; in speech it did not
    product = np.ones(1)
    for pair in pairs:
        assert abs(pair.product) <= 2**14
        product = np.convolve(product, [1, -pair.sum / 2**14, pair.product / 2**14])
    # Quadratics are rounded to Q14, which weighs most where several roots lie close together.
    np.testing.assert_allclose(product, a, atol=1e-2 * np.abs(a).sum())
