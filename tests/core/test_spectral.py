"""The descriptors of a frame: against known answers, numpy twins and librosa."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import native
import signals
from conftest import REPOSITORY
from core_features import FRAME_LENGTH, GROUPS, HOP_LENGTH, activity, describe
from reference import descriptors as twin
from reference import mel, spectrum
from tolerances import LIBROSA_TOLERANCE

GOLDEN = REPOSITORY / "tests" / "golden" / "librosa.npz"
FULL_SCALE_DB = 20 * np.log10(32768)
BIN_HZ = 16000 / 512

# Largest difference from the twin over a second of noise, and where it comes from.
TWIN_TOLERANCE = {
    "rms": 1e-7,  # rounding of a float32
    "rms_db": 1e-5,  # ae_log2f
    "zcr": 1e-7,
    "mfcc": 0.02,  # sums of those and of weights rounded to Q14
    "chroma": 5e-4,  # four pitch classes a bin
    "contrast": 0.1,  # of the weakest bin, 80 dB below the strongest
    "centroid": 0.05,  # Hz; magnitudes are rounded to integers
    "bandwidth": 0.05,  # Hz
    "rolloff_85": BIN_HZ,  # may fall to the next bin
    "flatness": 1e-4,  # table logarithms
    "flux": 1e-4,
    "band_energy_ratio": 1e-3,  # dB
    "hammarberg": 2e-3,  # dB
    "slope_0_500": 1e-4,  # dB / Hz
    "slope_500_1500": 1e-4,
}

GOLDEN_ORDER = ("rms", "zcr", "mfcc", "chroma", "contrast", "centroid", "bandwidth", "rolloff_85")
GOLDEN_ORDER += ("flatness",)


def frames_of(pcm: NDArray[np.int16]) -> NDArray[np.int16]:
    return np.lib.stride_tricks.sliding_window_view(pcm, FRAME_LENGTH)[::HOP_LENGTH]


def one(frame: NDArray[np.int16], name: str) -> float:
    return float(describe(frame)[0, GROUPS[name]][0])


def noise(n: int, seed: int = 0, rms: float = 3000) -> NDArray[np.int16]:
    return np.random.default_rng(seed).normal(0, rms, n).astype(np.int16)


def reference(pcm: NDArray[np.int16]) -> dict[str, NDArray[np.float64]]:
    frames = frames_of(pcm).astype(np.float64)
    power = spectrum.power(frames)
    log_mel = mel.log2_mel(spectrum.power_without_mean(frames)) * 10 * np.log10(2) - FULL_SCALE_DB
    negative = frames < 0
    return {
        "rms": np.sqrt((frames**2).mean(axis=1)) / 32768,
        "rms_db": twin.db((frames**2).mean(axis=1)) - FULL_SCALE_DB,
        "zcr": (negative[:, 1:] != negative[:, :-1]).sum(axis=1) / FRAME_LENGTH,
        "mfcc": twin.mfcc(log_mel),
        "chroma": twin.chroma(power),
        "contrast": twin.contrast(power),
        "centroid": twin.centroid(power),
        "bandwidth": twin.bandwidth(power),
        "rolloff_85": twin.rolloff_85(power),
        "flatness": twin.flatness(power),
        "flux": twin.flux(power),
        "band_energy_ratio": twin.band_energy_ratio(power),
        "hammarberg": twin.hammarberg(power),
        "slope_0_500": twin.slope(power, 0, 500),
        "slope_500_1500": twin.slope(power, 500, 1500),
    }


@pytest.mark.parametrize("rms", [30, 300, 8000])
def test_descriptors_equal_their_twins_on_noise(rms: float) -> None:
    pcm = noise(16000, rms=rms)
    values = describe(pcm)
    for name, truth in reference(pcm).items():
        got = values[:, GROUPS[name]]
        error = np.abs(got - truth.reshape(got.shape))
        assert np.max(error) <= TWIN_TOLERANCE[name], name


@pytest.fixture(scope="module")
def speech() -> dict[str, NDArray[np.float64]]:
    """By column: clip, value of the core, value of librosa, shape (3, n_frames)."""
    golden = np.load(GOLDEN)
    got = np.concatenate([describe(frame) for frame in golden["frames"]])
    columns = [(name, place) for name in GOLDEN_ORDER for place in range(500)[GROUPS[name]]]
    return {
        f"{name}_{place - GROUPS[name].start + 1}": np.array((golden["clip"], got[:, place], truth))
        for (name, place), truth in zip(columns, golden["values"].T, strict=True)
    }


@pytest.mark.parametrize("name", LIBROSA_TOLERANCE)
def test_speech_gives_what_librosa_gives(name: str, speech: dict[str, NDArray[np.float64]]) -> None:
    typical, of_most, of_clip = LIBROSA_TOLERANCE[name]
    for column in (column for column in speech if f"{column}_".startswith(f"{name}_")):
        clip, got, truth = speech[column]
        error = np.abs(got - truth) / np.maximum(np.abs(truth), 1e-9)
        assert np.median(error) <= typical, column
        assert np.quantile(error, 0.99) <= of_most, column
        sums = np.bincount(clip.astype(int), got), np.bincount(clip.astype(int), truth)
        assert np.max(np.abs(sums[0] / sums[1] - 1)) <= of_clip, column


def test_mfcc_of_speech_are_those_of_librosa(speech: dict[str, NDArray[np.float64]]) -> None:
    for i in range(1, 14):
        _, got, truth = speech[f"mfcc_{i}"]
        assert np.max(np.abs(got - truth)) < 0.05  # dB; 0.5 % of how the last one varies


@pytest.mark.parametrize("hz", [150, 440, 1000, 3000, 6500])
def test_tone(hz: float) -> None:
    frame = signals.tone(hz, amplitude=16000)
    assert one(frame, "centroid") == pytest.approx(hz, abs=BIN_HZ)
    assert one(frame, "rolloff_85") == pytest.approx(hz, abs=2 * BIN_HZ)
    assert one(frame, "bandwidth") < 3 * BIN_HZ
    assert one(frame, "flatness") < 0.001
    assert one(frame, "zcr") == pytest.approx(2 * hz / 16000, abs=0.0026)
    assert one(frame, "rms_db") == pytest.approx(20 * np.log10(16000 / 32768) - 3.01, abs=0.2)


@pytest.mark.parametrize(("hz", "pitch_class"), [(440, 9), (523.25, 0), (987.77, 11), (1108.73, 1)])
def test_strongest_chroma_is_the_note(hz: float, pitch_class: int) -> None:
    chroma = describe(signals.tone(hz))[0, GROUPS["chroma"]]
    assert np.argmax(chroma) == pitch_class
    assert chroma[pitch_class] == 1


def test_white_noise() -> None:
    mean = describe(noise(160000)).mean(axis=0, dtype=np.float64)
    expected = {
        "centroid": (4000, 20),
        "bandwidth": (8000 / np.sqrt(12), 20),
        "rolloff_85": (0.85 * 8000, 50),
        "flatness": (np.exp(-np.euler_gamma), 0.02),  # of exponentially distributed powers
        "zcr": (0.5, 0.01),
        "band_energy_ratio": (10 * np.log10(4000 / 969), 0.4),
        "slope_0_500": (0, 2e-3),
        "slope_500_1500": (0, 1e-3),
    }
    for name, (value, tolerance) in expected.items():
        assert mean[GROUPS[name]][0] == pytest.approx(value, abs=tolerance), name


def test_impulse_has_a_flat_spectrum() -> None:
    frame = signals.impulse(200)
    assert one(frame, "flatness") == pytest.approx(1, abs=1e-3)
    assert one(frame, "hammarberg") == pytest.approx(0, abs=0.01)
    assert one(frame, "slope_0_500") == pytest.approx(0, abs=1e-5)
    assert np.max(describe(frame)[0, GROUPS["contrast"]]) < 0.01


def test_balance_of_two_tones() -> None:
    """Both in the middle of a bin, one with a tenth of the amplitude of the other."""
    frame = signals.tone(312.5, 20000) + signals.tone(3125, 2000)
    assert one(frame, "hammarberg") == pytest.approx(20, abs=0.02)
    assert one(frame, "band_energy_ratio") == pytest.approx(-20, abs=0.02)


def test_flux_of_equal_and_of_disjoint_spectra() -> None:
    steady = signals.tone(1000, 8000)
    other = signals.tone(4000, 100)
    repeated = np.tile(np.tile(steady, 2)[:160], 8)  # 1000 Hz has 10 periods in a hop
    assert np.all(describe(repeated)[:, GROUPS["flux"]] < 1e-3)
    apart = describe(np.concatenate((steady, np.zeros(80, np.int16), other)))[:, GROUPS["flux"]]
    assert apart[0] == 0
    assert describe(np.concatenate((steady[:160], other)))[1, GROUPS["flux"]] > 0.5


@pytest.mark.parametrize("shift", [1, 3, 5])
def test_the_level_changes_only_the_level(shift: int) -> None:
    quiet = noise(1600, rms=200)
    before, after = describe(quiet), describe(quiet << shift)
    difference_db = 20 * np.log10(2) * shift
    for name in ("zcr", "chroma", "contrast", "centroid", "bandwidth", "rolloff_85", "flatness"):
        assert np.array_equal(before[:, GROUPS[name]], after[:, GROUPS[name]]), name
    louder = after[:, GROUPS["rms_db"]] - before[:, GROUPS["rms_db"]]
    assert louder == pytest.approx(difference_db, abs=0.01)
    louder = after[:, GROUPS["mfcc"]] - before[:, GROUPS["mfcc"]]
    assert louder[:, 0] == pytest.approx(difference_db * np.sqrt(40), abs=0.01)
    assert louder[:, 1:] == pytest.approx(0, abs=0.01)


def test_silence() -> None:
    values = describe(np.zeros(560, np.int16))
    assert np.all(values[:, GROUPS["flatness"]] == 1)
    assert values[:, GROUPS["rms_db"]] == pytest.approx(-FULL_SCALE_DB)
    assert values[:, GROUPS["mfcc"].start] == pytest.approx(-FULL_SCALE_DB * np.sqrt(40))
    for name in ("rms", "zcr", "chroma", "contrast", "centroid", "bandwidth", "rolloff_85", "flux"):
        assert np.all(values[:, GROUPS[name]] == 0), name


EXTREMES = {
    "direct current": np.full(FRAME_LENGTH, 1000),
    "most negative": np.full(FRAME_LENGTH, -32768),
    "full scale square": np.where(np.arange(FRAME_LENGTH) % 16 < 8, 32767, -32768),
    "alternating": np.where(np.arange(FRAME_LENGTH) % 2, 32767, -32768),
    "one step": np.arange(FRAME_LENGTH) == 200,
}


def assert_sane(values: NDArray[np.float32]) -> None:
    assert np.all(np.isfinite(values))
    within = {"chroma": (0, 1), "flatness": (0, 1.001), "flux": (0, 1.4143), "zcr": (0, 1)}
    within |= {"centroid": (0, 8000), "bandwidth": (0, 4000), "rolloff_85": (0, 8000)}
    within |= {"contrast": (0, 50), "rms": (0, 1), "rms_db": (-90.4, 0)}
    for name, (low, high) in within.items():
        column = values[:, GROUPS[name]]
        assert np.all((column >= low) & (column <= high)), name


@pytest.mark.parametrize("name", EXTREMES)
def test_extreme_frames_give_finite_values(name: str) -> None:
    assert_sane(describe(np.tile(EXTREMES[name], 2).astype(np.int16)))


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 2, 30, 1000, 32768]),
    st.floats(0, 1),
)
def test_any_samples_give_sane_values(seed: int, peak: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    pcm = rng.integers(-peak, peak, 1040) * (rng.random(1040) < density)
    assert_sane(describe(pcm.astype(np.int16)))


def test_the_unoptimized_checked_build_gives_the_same_bits() -> None:
    """Undefined behaviour or a fused multiply-add would show here."""
    cdef = "void probe_describe(const int16_t *pcm, int n_frames, float *values);"
    sources = sorted(path.name for path in native.CORE.glob("*.c"))
    probe = str(REPOSITORY / "tests" / "helpers" / "probe.c")
    pcm = noise(8000)
    expected = describe(pcm)
    extra = (f"-I{native.CORE}", "-O0", "-fsanitize=undefined", "-fno-sanitize-recover=all")
    ffi, lib = native.load(cdef, *sources, probe, extra=extra)
    got = np.zeros_like(expected)
    lib.probe_describe(
        native.pointer(ffi, "int16_t *", pcm), len(got), native.pointer(ffi, "float *", got)
    )
    assert np.array_equal(got, expected)


def test_activity_finds_the_speech_between_pauses() -> None:
    rms_db = np.full(300, -70.0)
    rms_db[50:120] = rms_db[160:250] = -25
    truth = rms_db > -50
    assert np.array_equal(activity(rms_db, np.zeros(300, bool)), truth)


def test_activity_in_loud_noise() -> None:
    rms_db = -30 + np.random.default_rng(0).normal(0, 0.8, 300)
    rms_db[50:120] = rms_db[160:250] = -14
    truth = rms_db > -20
    assert np.mean(activity(rms_db, np.zeros(300, bool)) == truth) == 1


def test_steady_noise_is_no_activity_but_a_steady_voice_is() -> None:
    rms_db = -30 + np.random.default_rng(0).normal(0, 0.8, 300)
    assert not activity(rms_db, np.zeros(300, bool)).any()
    assert activity(rms_db, np.ones(300, bool)).all()
