"""The features of pitch, beside the same functionals of Praat's pitch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from audio_emotion.data import audio
from audio_emotion.engine import features
from conftest import REPOSITORY
from reference.functionals import contour

PRAAT = np.load(REPOSITORY / "tests" / "golden" / "praat_voice.npz")
CLIPS = [name for name in PRAAT.files if not name.endswith("#")]

# Spearman's correlation over the clips at least; the median ratio is within 5 %.
AGREEMENT = {
    "f0_mean": 0.99,
    "f0_std": 0.98,
    "f0_range": 0.94,
    "f0_delta_std": 0.97,
    "f0_semitone_mean": 0.99,
    "f0_semitone_std": 0.97,
    "f0_semitone_p20": 0.99,
    "f0_semitone_p50": 0.99,
    "f0_semitone_p80": 0.99,
    "f0_semitone_spread": 0.97,
    "f0_semitone_delta_std": 0.93,
    "f0_semitone_delta_abs": 0.95,
}


def test_agrees_with_praat_on_recordings(sample: Path) -> None:
    """Ten of the 44 clips are of CREMA-D, in whose noise it is hardest."""
    rows = [features.extract(audio.read(sample / clip)) for clip in CLIPS]
    ours = dict(zip(features.names(), np.array(rows, np.float64).T, strict=True))
    theirs = [contour(f0_hz, f0_hz > 0) for f0_hz in (PRAAT[c][:, 0].astype(float) for c in CLIPS)]
    for feature, correlation in AGREEMENT.items():
        in_semitones = feature.startswith("f0_semitone")
        functional = feature.removeprefix("f0_semitone_" if in_semitones else "f0_")
        truth = np.array([both[in_semitones][functional] for both in theirs])
        assert spearmanr(ours[feature], truth).statistic >= correlation, feature
        assert abs(np.median(ours[feature] / truth) - 1) < 0.05, feature
