"""Functionals, timing and the names of the features."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core_features import GROUPS, feature_names, lib, summarise
from reference.functionals import contour, functionals

N_DESCRIPTORS = lib.probe_n_descriptors
FRAMES_PER_S = 100
NAME = re.compile(
    r"(?P<descriptor>.+?)(_(?P<domain>voiced|active))?"
    r"_(?P<functional>mean|std|skewness|range|p20|p50|p80|spread|delta_(mean|std|abs))"
)
TIMING = [
    *("voiced_fraction", "voiced_rate", "voiced_length_mean", "voiced_length_std"),
    *("unvoiced_length_mean", "unvoiced_length_std", "active_fraction"),
    *("pause_rate", "pause_length_mean", "rms_peak_rate"),
]
VOICE = ["jitter_local", "shimmer_local", "hnr_mean", "hnr_std"]

# Relative to the deviation of the column and, for the first, to its mean.
TOLERANCE = {
    "mean": 1e-5,  # Welford's running mean in float32
    "std": 1e-4,
    "skewness": 1e-3,
    "range": 1e-6,
    "p20": 0.1,  # a bin of the histogram
    "p50": 0.1,
    "p80": 0.1,
    "spread": 0.2,
    "delta_mean": 1e-4,
    "delta_std": 1e-4,
    "delta_abs": 1e-4,
}


def place(descriptor: str) -> int:
    """Column of a descriptor such as mfcc_03 or f0."""
    if descriptor in GROUPS:
        return int(GROUPS[descriptor].start)
    group, number = descriptor.rsplit("_", 1)
    return int(GROUPS[group].start) + int(number) - 1


def parts(feature: str) -> tuple[int, str, str]:
    """Column, domain and functional of a feature."""
    match = NAME.fullmatch(feature)
    assert match, feature
    natural = "voiced" if place(match["descriptor"]) >= GROUPS["f0"].start else "active"
    return place(match["descriptor"]), match["domain"] or natural, match["functional"]


def columns(n: int, seed: int = 0) -> NDArray[np.float32]:
    """Plausible values: every column with its own mean and deviation, f0 and level in range."""
    rng = np.random.default_rng(seed)
    values = rng.normal(rng.normal(0, 50, N_DESCRIPTORS), 10, (n, N_DESCRIPTORS))
    set_f0(values, 180 * 2 ** ((1 + rng.normal(0, 0.04, n).cumsum()) % 2 - 1))
    values[:, place("rms_db")] = -20 - rng.gamma(9, 2, n)
    return values.astype(np.float32)


def set_f0(values: NDArray[np.float32 | np.float64], hz: object) -> None:
    values[:, place("f0")] = hz
    values[:, place("f0_semitone")] = 12 * np.log2(np.asarray(hz) / 27.5)


@pytest.mark.parametrize("n", [1, 4, 5, 6, 30, 400])
def test_functionals_equal_their_twins(n: int) -> None:
    rng = np.random.default_rng(n)
    values = columns(n, seed=n)
    inside = {"voiced": rng.random(n) < 0.9, "active": rng.random(n) < 0.8}
    features = summarise(values, inside["voiced"], inside["active"])
    for feature in feature_names()[: -len(TIMING) - len(VOICE)]:
        column, domain, functional = parts(feature)
        if feature.startswith("f0"):
            continue
        x = values[:, column].astype(np.float64)
        truth = functionals(x, inside[domain])
        scale = truth["std"] + (abs(truth["mean"]) if functional in {"mean", "std"} else 0)
        if functional.startswith("p") or functional == "spread":
            scale = 12 if n >= 400 else np.inf  # an empirical percentile needs many values
        if functional == "skewness":
            scale = 1
        error = abs(features[feature] - truth[functional])
        assert error <= TOLERANCE[functional] * max(scale, 1e-3), feature


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 30, 400, 3000])
def test_contour_equals_its_twin(n: int) -> None:
    """Bins of half a semitone keep their means: only what varies within them is lost."""
    values, voiced = columns(n, seed=n), np.random.default_rng(n).random(n) < (0.95 if n > 6 else 1)
    features = summarise(values, voiced, voiced)
    hz, semitone = contour(values[:, place("f0")].astype(np.float64), voiced)
    assert (hz["mean"] > 0) == (n >= 3)
    assert (hz["delta_std"] > 0) == (n >= 6)
    for name, truth, bin_width in (("f0", hz, 0.03 * hz["mean"]), ("f0_semitone", semitone, 0.5)):
        for functional in ("mean", "std", "range", "p20", "p50", "p80", "spread"):
            if (feature := f"{name}_{functional}") in features:
                error = bin_width * (2 if functional in {"range", "spread"} else 1)
                assert features[feature] == pytest.approx(truth[functional], abs=error)
        assert features[f"{name}_mean"] == pytest.approx(truth["mean"], rel=3e-3)
        assert features[f"{name}_delta_std"] == pytest.approx(truth["delta_std"], abs=1e-3)
    assert features["f0_semitone_delta_abs"] == pytest.approx(semitone["delta_abs"], abs=1e-4)
    assert features["f0_delta_mean"] == pytest.approx(hz["delta_mean"], abs=1e-3)
    if n >= 400:
        assert features["f0_semitone_std"] == pytest.approx(semitone["std"], rel=0.02)
        assert features["f0_semitone_skewness"] == pytest.approx(semitone["skewness"], abs=0.05)


def test_wrong_frames_do_not_decide_the_contour() -> None:
    """A voice of 200 Hz that rises and falls by two semitones; a tenth of it is taken wrong."""
    n = 300
    truth = 200 * 2 ** (np.sin(2 * np.pi * np.arange(n) / 100) / 6)
    found = truth.copy()
    found[50:60] /= 2  # an octave too low
    found[120:124] = 560  # noise
    found[200] = 90  # a stray frame
    voiced = np.ones(n, bool)
    voiced[[119, 124]] = False
    for hz in (truth, found):
        values = np.zeros((n, N_DESCRIPTORS), np.float32)
        set_f0(values, hz)
        features = summarise(values, voiced, voiced)
        assert features["f0_mean"] == pytest.approx(truth.mean(), rel=0.01)
        assert features["f0_std"] == pytest.approx(truth.std(), rel=0.03)
        assert features["f0_range"] == pytest.approx(np.ptp(truth), rel=0.05)
        assert features["f0_semitone_delta_std"] == pytest.approx(0.089, rel=0.05)


def test_an_utterance_begins_anew_with_a_voice_that_makes_all_before_it_silent() -> None:
    values, inside = columns(300), np.random.default_rng(0).random((2, 300)) < 0.9
    whole = summarise(values, *inside, onset=100)
    assert whole == summarise(values[100:], *inside[:, 100:])
    assert whole != summarise(values, *inside)


def test_an_hour_is_summed_up_as_well_as_a_second() -> None:
    """Running sums in float32 over 360,000 frames, with a mean ten times the deviation."""
    n = 360_000
    rng = np.random.default_rng(0)
    values = np.zeros((n, N_DESCRIPTORS), np.float32)
    drift = np.linspace(-1, 1, n)
    x = values[:, place("centroid")] = 2000 + 200 * drift + rng.normal(0, 100, n)
    features = summarise(values, np.ones(n, bool), np.ones(n, bool))
    assert features["centroid_mean"] == pytest.approx(x.mean(dtype=np.float64), rel=1e-3)
    assert features["centroid_std"] == pytest.approx(x.std(dtype=np.float64), rel=1e-3)


def test_no_frame_in_the_domain_gives_zero() -> None:
    features = summarise(columns(50), np.zeros(50, bool), np.zeros(50, bool))
    for feature in feature_names()[: -len(TIMING) - len(VOICE)]:
        assert features[feature] == 0, feature


def test_constant_values_have_no_spread() -> None:
    values = np.tile(columns(1), (100, 1))
    features = summarise(values, np.ones(100, bool), np.ones(100, bool))
    for feature in feature_names()[: -len(TIMING) - len(VOICE)]:
        _, _, functional = parts(feature)
        if functional in {"std", "skewness", "range", "delta_mean", "delta_std", "delta_abs"}:
            assert features[feature] == 0, feature


def test_percentiles_of_a_known_distribution() -> None:
    values = np.zeros((10000, N_DESCRIPTORS), np.float32)
    semitone = 30 + 7.5 * np.sin(2 * np.pi * np.arange(10000) / 1000)
    set_f0(values, 27.5 * 2 ** (semitone / 12))
    values[:, place("rms_db")] = np.random.default_rng(0).uniform(-60, -20, 10000)
    features = summarise(values, np.ones(10000, bool), np.ones(10000, bool))
    reach = 7.5 * np.sin(0.3 * np.pi)
    for name, p20, p50, p80 in (
        ("f0_semitone", 30 - reach, 30, 30 + reach),
        ("rms_db", -52, -40, -28),
    ):
        assert features[f"{name}_p20"] == pytest.approx(p20, abs=0.5)
        assert features[f"{name}_p50"] == pytest.approx(p50, abs=0.5)
        assert features[f"{name}_p80"] == pytest.approx(p80, abs=0.5)
        assert features[f"{name}_spread"] == pytest.approx(p80 - p20, abs=0.8)


def timing(rms_db: NDArray[np.float64], voiced: object, active: object) -> dict[str, float]:
    values = np.zeros((len(rms_db), N_DESCRIPTORS), np.float32)
    values[:, place("rms_db")] = rms_db
    features = summarise(values, np.asarray(voiced, bool), np.asarray(active, bool))
    return {name: features[name] for name in TIMING}


def stretches(*lengths: int) -> NDArray[np.bool_]:
    """False for the first length, True for the second, and so on."""
    return np.concatenate([np.full(n, i % 2 == 1) for i, n in enumerate(lengths)])


def test_timing_of_stretches() -> None:
    voiced = stretches(20, 10, 5, 30, 15, 20)
    active = stretches(10, 30, 14, 6, 20, 10, 10)
    found = timing(np.zeros(100), voiced, active)
    expected = {  # over the 80 frames from the first active one to the last
        "voiced_fraction": 0.75,
        "voiced_rate": 3.75,
        "voiced_length_mean": 0.2,
        "voiced_length_std": np.std([0.1, 0.3, 0.2]),
        "unvoiced_length_mean": 0.1,
        "unvoiced_length_std": 0.05,
        "active_fraction": 0.575,
        "pause_rate": 1.25,  # 14 frames are too short, and nobody speaks after the last 10
        "pause_length_mean": 0.2,
        "rms_peak_rate": 0,
    }
    assert found == pytest.approx(expected, abs=1e-6)


def test_peaks_of_the_level_are_counted_once() -> None:
    t = np.arange(300) / FRAMES_PER_S
    syllables = -30 + 10 * np.sin(2 * np.pi * 4 * t) + np.sin(2 * np.pi * 33 * t)
    assert timing(syllables, np.ones(300), np.ones(300))["rms_peak_rate"] == pytest.approx(4)
    assert timing(syllables, np.zeros(300), np.zeros(300))["rms_peak_rate"] == 0
    ripples = -30 + 1.4 * np.sin(2 * np.pi * 4 * t)
    assert timing(ripples, np.ones(300), np.ones(300))["rms_peak_rate"] == 0


@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 40),
    st.sampled_from([1e-30, 1e-6, 1.0, 1e4]),
    st.integers(0, 2**32 - 1),
)
def test_any_descriptors_give_finite_features(n: int, size: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = (rng.normal(0, size, (n, N_DESCRIPTORS)) * (rng.random((n, 1)) < 0.7)).astype("f4")
    features = summarise(values, rng.random(n) < 0.5, rng.random(n) < 0.5)
    assert np.all(np.isfinite(list(features.values())))


def test_names() -> None:
    names = feature_names()
    assert len(set(names)) == len(names) == lib.probe_n_features
    assert max(map(len, names)) < lib.probe_name_length
    assert names[-len(TIMING) - len(VOICE) :] == [*TIMING, *VOICE]
    wanted = "f0_mean f0_std f0_range f0_delta_std rms_range rms_delta_std mfcc_13_delta_std"
    wanted += " mfcc_01_mean chroma_12_std contrast_7_mean rolloff_85_mean hnr_mean"
    wanted += " band_energy_ratio_voiced_mean"
    assert set(wanted.split()) <= set(names)


def test_voice_is_passed_on() -> None:
    features = summarise(columns(3), np.ones(3, bool), np.ones(3, bool))
    assert [features[name] for name in VOICE] == [0.25, 0.5, 0.75, 1.0]


def test_schema_hash_is_that_of_the_names() -> None:
    computed = lib.ae_schema_hash()
    assert lib.probe_schema_hash == computed, f"set AE_SCHEMA_HASH to 0x{computed:08X}u"
    by_hand = 2166136261
    for byte in b"\x02" + b"".join(name.encode() + b"\0" for name in feature_names()):
        by_hand = (by_hand ^ byte) * 16777619 % 2**32
    assert computed == by_hand


def test_state_is_small() -> None:
    assert lib.probe_functionals_bytes <= 8192
