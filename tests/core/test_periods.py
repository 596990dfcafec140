"""Jitter and shimmer: against trains of known pulses, a twin in float64, and Praat."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from conftest import REPOSITORY
from core_voice_quality import SR, voice
from reference import periods as reference
from voice_signals import harmonics, pulse_train

PRAAT = np.load(REPOSITORY / "tests" / "golden" / "praat_voice.npz")
CLIPS = [name for name in PRAAT.files if not name.endswith("#")]


@pytest.mark.parametrize("f0_hz", [80, 110, 160, 220, 300])
@pytest.mark.parametrize(("jitter", "shimmer"), [(0.01, 0), (0, 0.05), (0.005, 0.02), (0.02, 0.1)])
def test_known_pulses_are_within_5_percent(f0_hz: float, jitter: float, shimmer: float) -> None:
    train = pulse_train(f0_hz, jitter, shimmer)
    found = voice(train.pcm)
    assert found.jitter == pytest.approx(train.jitter, rel=0.05, abs=0.0005)
    assert found.shimmer == pytest.approx(train.shimmer, rel=0.05, abs=0.003)


def test_a_steady_voice_has_neither() -> None:
    found = voice(harmonics(123.4))
    assert found.jitter < 0.0003
    assert found.shimmer < 0.002


def test_level_does_not_matter() -> None:
    train = pulse_train(120, 0.02, 0.1)
    loud, quiet = voice(train.pcm), voice(np.rint(train.pcm / 100).astype(np.int16))
    assert quiet.jitter == pytest.approx(loud.jitter, rel=0.05)
    assert quiet.shimmer == pytest.approx(loud.shimmer, rel=0.05)


@pytest.mark.parametrize("peak", [1500, 32000])
@pytest.mark.parametrize("f0_hz", [76, 80])
def test_a_low_voice_that_is_loud_all_the_time_fits(f0_hz: int, peak: int) -> None:
    """A square wave whose amplitude alternates by 10 %: nothing has more power."""
    sample = np.arange(SR)
    period = SR // f0_hz
    amplitude = peak * np.where(sample // period % 2, 0.9, 1.0)
    up = sample % period < period // 2
    found = voice(np.where(up, amplitude, -amplitude).astype(np.int16))
    assert found.shimmer == pytest.approx(0.1 / 0.95, rel=0.01)


def test_neighbours_too_different_are_left_out() -> None:
    """A pause of half a second between two steady voices is no period."""
    pause = np.zeros(SR // 2, np.int16)
    found = voice(np.concatenate([pulse_train(100).pcm, pause, pulse_train(200).pcm]))
    assert found.jitter < 0.001
    assert found.shimmer < 0.005


def test_too_few_periods_give_zero() -> None:
    for pcm in (np.zeros(SR, np.int16), pulse_train(100).pcm[:600]):
        found = voice(pcm)
        assert found.jitter == found.shimmer == 0


def test_agrees_with_the_twin(sample: Path) -> None:
    """On the core's own f0, so that only the pulses and the measures differ."""
    ratios = []
    for name in CLIPS[::3]:
        pcm, _ = soundfile.read(sample / name, dtype="int16")
        found, x = voice(pcm), pcm.astype(np.float64)
        f0_hz = found.f0_hz.astype(np.float64)
        f0_hz[: max(np.flatnonzero(found.frames["onset"]), default=0)] = 0  # forgotten
        pulses = reference.chains(x, f0_hz, center=80)
        twin = reference.jitter_and_shimmer(x, pulses)
        ratios.append((found.jitter / twin[0], found.shimmer / twin[1]))
    jitter, shimmer = np.abs(np.log(ratios)).T
    assert (
        np.median(jitter) < 0.06
    )  # the twin's search at the full rate finds other maxima in noise
    assert np.median(shimmer) < 0.02
    assert shimmer.max() < 0.1


def test_ranks_recordings_like_praat(sample: Path) -> None:
    """44 clips say less than the 1,320 of benchmarks/voice_against_praat.py."""
    ours, theirs = [], []
    for name in CLIPS:
        found = voice(soundfile.read(sample / name, dtype="int16")[0])
        ours.append((found.jitter, found.shimmer))
        theirs.append(PRAAT[name + "#"][:2])
    jitter, shimmer = (
        spearmanr(a, b).statistic
        for a, b in zip(np.transpose(ours), np.transpose(theirs), strict=True)
    )
    assert jitter > 0.75
    assert shimmer > 0.9


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    f0_hz=st.floats(60, 700),
    roughness=st.sampled_from([0.0, 0.05, 0.3]),
    gain=st.sampled_from([0.0001, 0.01, 1.0, 30.0]),
)
def test_any_voice_gives_fractions(seed: int, f0_hz: float, roughness: float, gain: float) -> None:
    train = pulse_train(f0_hz, roughness, roughness, seed, duration_s=0.3)
    found = voice(np.clip(train.pcm * gain, -32768, 32767).astype(np.int16))
    assert 0 <= found.jitter < 0.3
    assert 0 <= found.shimmer < 0.6
