"""The features of recordings, beside those of openSMILE's eGeMAPS (Eyben et al. 2016).

Where a definition is the same, values are compared; where it differs, only their order
is, and the line says what differs. Formants have a test of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr

from audio_emotion.data import audio
from audio_emotion.engine import features
from conftest import REPOSITORY

GOLDEN = np.load(REPOSITORY / "tests" / "golden" / "opensmile.npz")
PRAAT = np.load(REPOSITORY / "tests" / "golden" / "praat_formants.npz")
DESCRIPTORS = features.descriptor_names()
DB_PER_NEPER = 20 / np.log(10)

Values = NDArray[np.float64]


class Frames(NamedTuple):
    """How near a descriptor is to openSMILE's in the frames that both call voiced."""

    theirs: str
    shifts: tuple[int, ...]  # frames of ours whose mean is compared, relative to theirs
    spearman: float  # at least
    difference: float | None  # median of the magnitudes, at most; None: other units


# Their 60 ms frames of the pitch start where ours do, so that their middle is 25 ms later
# than that of our pitch: half-way between the second and the third frame.
PITCH = (2, 3)
# The spectra of their 20 ms frames are averaged over three of them ("sma3").
SPECTRUM = (-1, 0, 1)

FRAMES = {
    # Semitones. Subharmonic sums and a path that looks ahead; an octave apart in 3 % of them.
    "f0_semitone": Frames("F0semitoneFrom27.5Hz_sma3nz", PITCH, 0.95, 0.08),
    # The correlation of a window that is not divided by the window's: about 4 dB less.
    "hnr": Frames("HNRdBACF_sma3nz", PITCH, 0.72, None),
    # dB. A Hamming window of 20 ms for our Hann window of 25 ms.
    "band_energy_ratio": Frames("alphaRatio_sma3", SPECTRUM, 0.985, 0.6),
    "hammarberg": Frames("hammarbergIndex_sma3", SPECTRUM, 0.98, 0.8),
    # Theirs are 1.2 and 1.4 times the least squares of their own window's bins, plus an offset.
    "slope_0_500": Frames("slope0-500_sma3", SPECTRUM, 0.92, None),
    "slope_500_1500": Frames("slope500-1500_sma3", SPECTRUM, 0.86, None),
    # Ours are librosa's: 40 bands, coefficient 0 is the first; theirs HTK's: 26 bands, liftered.
    "mfcc_02": Frames("mfcc1_sma3", SPECTRUM, 0.96, None),
    "mfcc_03": Frames("mfcc2_sma3", SPECTRUM, 0.95, None),
    "mfcc_04": Frames("mfcc3_sma3", SPECTRUM, 0.93, None),
    "mfcc_05": Frames("mfcc4_sma3", SPECTRUM, 0.92, None),
    # Loudness is a sum of bands weighted and compressed as in hearing.
    "rms_db": Frames("Loudness_sma3", SPECTRUM, 0.93, None),
    # Ours does not depend on the level, theirs does.
    "flux": Frames("spectralFlux_sma3", SPECTRUM, 0.4, None),
}


class Clips(NamedTuple):
    """How near a feature is to a functional of openSMILE over the clips."""

    theirs: str
    spearman: float  # at least
    difference: float | None = None  # median of the magnitudes, at most; None: other units
    unit: float = 1.0  # of ours in theirs


CLIPS = {
    # Semitones. Some clips are voiced in a few frames only, and not in the same ones.
    "f0_semitone_mean": Clips("F0semitoneFrom27.5Hz_sma3nz_amean", 0.97, 0.8),
    "f0_semitone_p20": Clips("F0semitoneFrom27.5Hz_sma3nz_percentile20.0", 0.85, 0.8),
    "f0_semitone_p50": Clips("F0semitoneFrom27.5Hz_sma3nz_percentile50.0", 0.95, 0.5),
    "f0_semitone_p80": Clips("F0semitoneFrom27.5Hz_sma3nz_percentile80.0", 0.97, 0.4),
    "f0_semitone_spread": Clips("F0semitoneFrom27.5Hz_sma3nz_pctlrange0-2", 0.65, 0.8),
    # Means over frames of periods sought in each frame anew, smoothed; ours are Praat's.
    "jitter_local": Clips("jitterLocal_sma3nz_amean", 0.3, 0.01),
    "shimmer_local": Clips("shimmerLocaldB_sma3nz_amean", 0.6, 0.2, unit=DB_PER_NEPER),
    "hnr_mean": Clips("HNRdBACF_sma3nz_amean", 0.65),
    # dB. "Voiced" is not the same frames.
    "band_energy_ratio_voiced_mean": Clips("alphaRatioV_sma3nz_amean", 0.92, 1.8),
    "hammarberg_voiced_mean": Clips("hammarbergIndexV_sma3nz_amean", 0.9, 2.4),
    "slope_0_500_voiced_mean": Clips("slopeV0-500_sma3nz_amean", 0.9),
    "slope_500_1500_voiced_mean": Clips("slopeV500-1500_sma3nz_amean", 0.75),
    # Active frames for all frames; see above for the rest.
    "mfcc_02_mean": Clips("mfcc1_sma3_amean", 0.84),
    "mfcc_03_mean": Clips("mfcc2_sma3_amean", 0.88),
    "mfcc_04_mean": Clips("mfcc3_sma3_amean", 0.68),
    "mfcc_05_mean": Clips("mfcc4_sma3_amean", 0.86),
    "rms_mean": Clips("loudness_sma3_amean", 0.95),
    "flux_mean": Clips("spectralFlux_sma3_amean", 0.6),
    # Per second from the first active frame to the last; theirs, of the whole recording.
    "voiced_rate": Clips("VoicedSegmentsPerSec", 0.35),
    # s. Their 60 ms frames bridge short gaps and reach over the ends.
    "voiced_length_mean": Clips("MeanVoicedSegmentLengthSec", 0.65, 0.06),
}


@pytest.fixture(scope="module")
def recordings(sample: Path) -> list[NDArray[np.int16]]:
    return [audio.read(sample / clip) for clip in GOLDEN["clips"]]


@pytest.fixture(scope="module")
def framewise(recordings: list[NDArray[np.int16]]) -> list[Values]:
    return [features.frames(pcm).astype(np.float64) for pcm in recordings]


@pytest.fixture(scope="module")
def whole(recordings: list[NDArray[np.int16]]) -> dict[str, Values]:
    rows = np.array([features.extract(pcm) for pcm in recordings], np.float64)
    return dict(zip(features.names(), rows.T, strict=True))


def theirs(kind: str, name: str) -> Values:
    """A column of the golden "descriptors" or "functionals"."""
    names = GOLDEN[f"{kind[:-1]}_names"].tolist()
    return GOLDEN[kind][:, names.index(name)].astype(np.float64)


def ours(framewise: list[Values], name: str, shift: int) -> Values:
    """A descriptor in each of their frames, `shift` frames later; NaN beyond the recording."""
    column = DESCRIPTORS.index(name)
    padded = [np.pad(v[:, column], (8, 40), constant_values=np.nan) for v in framewise]
    places = zip(GOLDEN["clip"], GOLDEN["frame"].astype(int) + shift + 8, strict=True)
    return np.array([padded[clip][frame] for clip, frame in places])


def voiced(framewise: list[Values]) -> NDArray[np.bool_]:
    """Of their voiced frames, those that are voiced here."""
    return np.all([ours(framewise, "f0", shift) > 0 for shift in PITCH], axis=0)


@pytest.mark.parametrize("name", FRAMES)
def test_frames(name: str, framewise: list[Values]) -> None:
    wanted = FRAMES[name]
    got = np.mean([ours(framewise, name, shift) for shift in wanted.shifts], axis=0)
    truth = theirs("descriptors", wanted.theirs)
    both = voiced(framewise) & np.isfinite(got)
    assert spearmanr(got[both], truth[both]).statistic >= wanted.spearman
    if wanted.difference is not None:
        assert np.median(np.abs(got - truth)[both]) <= wanted.difference


def test_pitch(framewise: list[Values]) -> None:
    """Nine of ten of their voiced frames are voiced, one of 15 of these 20 % off."""
    both = voiced(framewise)
    semitones = np.mean([ours(framewise, "f0_semitone", shift) for shift in PITCH], axis=0)
    difference = np.abs(semitones - theirs("descriptors", "F0semitoneFrom27.5Hz_sma3nz"))[both]
    assert np.mean(both) >= 0.9
    assert np.mean(difference > 12 * np.log2(1.2)) <= 0.065


@pytest.mark.parametrize("name", CLIPS)
def test_clips(name: str, whole: dict[str, Values]) -> None:
    wanted = CLIPS[name]
    got, truth = whole[name] * wanted.unit, theirs("functionals", wanted.theirs)
    assert spearmanr(got, truth).statistic >= wanted.spearman
    if wanted.difference is not None:
        assert np.median(np.abs(got - truth)) <= wanted.difference


@pytest.mark.parametrize("number", [1, 2, 3])
def test_formants_side_with_praat(number: int, framewise: list[Values]) -> None:
    """openSMILE's formants at 16 kHz are unlike Praat's, so they are no reference for ours."""
    praat = {
        (clip, row[0]): row[number]
        for clip, path in enumerate(GOLDEN["clips"])
        for row in PRAAT[path].astype(int)
    }
    places = zip(GOLDEN["clip"].tolist(), GOLDEN["frame"].tolist(), strict=True)
    truth = np.array([praat.get(place, np.nan) for place in places])
    got = ours(framewise, f"f{number}", 0)
    other = theirs("descriptors", f"F{number}frequency_sma3nz")
    known = np.isfinite(truth) & (ours(framewise, "f0", 0) > 0) & (other > 0)
    assert spearmanr(got[known], truth[known]).statistic > 0.85
    assert spearmanr(other[known], truth[known]).statistic < 0.3
