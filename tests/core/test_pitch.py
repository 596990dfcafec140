"""Pitch and harmonicity: against known signals, a twin in float64, and Praat."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import spearmanr

from conftest import REPOSITORY
from core_voice_quality import SR, Voice, history_at, voice
from reference import pitch as reference
from voice_signals import harmonics, pulse_train

PRAAT = np.load(REPOSITORY / "tests" / "golden" / "praat_voice.npz")
CLIPS = [name for name in PRAAT.files if not name.endswith("#")]

GROSS_CENTS = 1200 * np.log2(1.2)


def cents(hz: NDArray[np.float32], of_hz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.abs(1200 * np.log2(hz / of_hz))


def steady(found: Voice) -> NDArray[np.void]:
    """The frames whose window has no beginning or end in it."""
    return found.frames[4:-1]


@pytest.mark.parametrize("f0_hz", [76, 90, 120, 150, 201, 260, 333, 420, 500, 590])
@pytest.mark.parametrize("make", [harmonics, lambda hz: pulse_train(hz).pcm[SR // 5 : -SR // 10]])
def test_steady_voices_are_within_5_cents(f0_hz: float, make) -> None:
    found = steady(voice(make(f0_hz)))
    assert found["voiced"].all()
    assert np.all(cents(found["f0_hz"], f0_hz) < 5)


@pytest.mark.parametrize("weights", [(0, 0, 1, 1, 1), (0.1, 1, 0.2, 0.5), (1,), (0.3, 0, 1, 0, 1)])
def test_octaves_are_not_mistaken(weights: tuple[float, ...]) -> None:
    """Without a fundamental, with a strong second harmonic, a pure tone, odd harmonics only."""
    assert np.all(cents(steady(voice(harmonics(180, weights)))["f0_hz"], 180) < 5)


def test_a_glide_is_followed() -> None:
    f0_hz = np.geomspace(90, 450, 2 * SR)
    phase = 2 * np.pi * np.cumsum(f0_hz) / SR
    signal = np.cos(phase) + 0.6 * np.cos(2 * phase) + 0.4 * np.cos(3 * phase)
    found = steady(voice(np.rint(9000 * signal).astype(np.int16)))
    center = 80 + 160 * np.arange(4, 4 + len(found))
    assert np.all(cents(found["f0_hz"], f0_hz[center]) < 10)


@pytest.mark.parametrize("snr_db", [0, 5, 10, 20, 30])
def test_hnr_is_the_ratio_of_harmonics_to_noise(snr_db: float) -> None:
    found = steady(voice(harmonics(150, snr_db=snr_db, duration_s=3)))
    assert np.mean(found["hnr_db"]) == pytest.approx(snr_db, abs=1)


def test_level_changes_only_what_rounding_must() -> None:
    loud = harmonics(140, snr_db=20)
    quiet = np.rint(loud / 625).astype(np.int16)  # -60 dB full scale: 32 steps
    for scaled in (quiet, np.clip(loud.astype(int) * 3, -32768, 32767).astype(np.int16)):
        found = steady(voice(scaled))
        assert found["voiced"].all()
        assert np.all(cents(found["f0_hz"], 140) < 10)


def test_an_offset_changes_nothing() -> None:
    pcm = harmonics(140, snr_db=20) // 4
    np.testing.assert_allclose(
        steady(voice(pcm + np.int16(20000)))["f0_hz"], steady(voice(pcm))["f0_hz"], rtol=1e-3
    )


def test_noise_and_silence_are_unvoiced() -> None:
    noise = np.rint(3000 * np.random.default_rng(0).standard_normal(5 * SR)).astype(np.int16)
    assert np.mean(voice(noise).frames["voiced"]) < 0.01
    silence = voice(np.zeros(SR, np.int16))
    assert not silence.frames["voiced"].any()
    assert silence.hnr_db == silence.hnr_std_db == 0


def test_a_hum_before_speech_is_unvoiced() -> None:
    hum = harmonics(100, snr_db=3) // 400
    found = voice(np.concatenate([hum, harmonics(200)]))
    assert np.mean(found.frames["voiced"][:95]) < 0.05
    assert np.mean(found.frames["voiced"][105:]) > 0.95


def test_integers_at_lower_rates_agree_with_the_twin(sample: Path) -> None:
    """The twin looks near the period that the core chose, at the full rate in float64."""
    pitch_cents, strengths, ratios = [], [], []
    for name in CLIPS[::3]:
        pcm, _ = soundfile.read(sample / name, dtype="int16")
        frames = voice(pcm).frames
        for index in np.flatnonzero(frames["voiced"])[::10]:
            x = history_at(pcm, index)[-reference.WINDOW :].astype(np.float64)
            period = SR / frames["f0_hz"][index]
            lag, r = reference.top_near(reference.autocorrelation(x), period)
            pitch_cents.append(abs(1200 * np.log2(lag / period)))
            strengths.append(abs(r - frames["strength"][index]))
            _, r = reference.top_near(reference.cross_correlation(x), period)
            ratio = reference.hnr_db(np.clip(r, 0.0909, 0.9999))
            ratios.append(abs(ratio - frames["hnr_db"][index]))
    assert np.median(pitch_cents) < 2  # the parabola through every second lag
    assert np.percentile(pitch_cents, 95) < 30  # a formant's ripple may outvote the period's top
    assert np.median(strengths) < 0.005
    assert np.percentile(strengths, 95) < 0.05  # half the products weigh noise differently
    assert np.median(ratios) < 0.02  # 11-bit samples
    assert np.percentile(ratios, 90) < 0.3


def test_agrees_with_praat_on_recordings(sample: Path) -> None:
    ours, theirs, ratios = [], [], []
    for name in CLIPS:
        pcm, _ = soundfile.read(sample / name, dtype="int16")
        found = voice(pcm)
        ours.append(found.f0_hz)
        theirs.append(PRAAT[name][:, 0])
        ratios.append((found.hnr_db, PRAAT[name + "#"][2]))
    core, praat = np.concatenate(ours), np.concatenate(theirs)
    both = (core > 0) & (praat > 0)
    difference = cents(core[both], praat[both])
    assert np.median(difference) < 5
    assert np.mean(difference > GROSS_CENTS) < 0.03
    assert np.mean((core > 0) == (praat > 0)) > 0.95
    assert spearmanr(*np.transpose(ratios)).statistic > 0.92


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(400, 4000),
    peak=st.sampled_from([1, 2, 40, 1000, 32767, 200000]),
    hold=st.integers(1, 300),
)
def test_any_signal_gives_values_in_range(seed: int, n: int, peak: int, hold: int) -> None:
    """Noise in steps of `hold` samples, from one bit to a clipped square wave."""
    levels = np.random.default_rng(seed).uniform(-peak, peak, n // hold + 1)
    pcm = np.clip(np.repeat(levels, hold)[:n], -32768, 32767).astype(np.int16)
    frames = voice(pcm).frames
    hz = frames["f0_hz"]
    assert np.all((hz == 0) | ((hz >= 75) & (hz <= 600)))
    assert np.all((frames["strength"] >= 0) & (frames["strength"] <= 1))
    assert np.all((frames["hnr_db"] >= -10) & (frames["hnr_db"] <= 40))
    assert np.array_equal(frames["voiced"], hz > 0)
