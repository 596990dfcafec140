"""The features of recordings, beside those of openSMILE's eGeMAPS (Eyben et al. 2016).

Where a definition is the same, values are compared; where it differs, only their order
is, and the line says what differs. Formants have a test of their own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr

from audio_emotion.data import audio
from audio_emotion.engine import features
from conftest import REPOSITORY
from tolerances import CLIPS, FRAMES, PITCH

GOLDEN = np.load(REPOSITORY / "tests" / "golden" / "opensmile.npz")
PRAAT = np.load(REPOSITORY / "tests" / "golden" / "praat_formants.npz")
DESCRIPTORS = features.descriptor_names()

Values = NDArray[np.float64]


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
