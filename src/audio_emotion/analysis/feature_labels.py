"""Labels of features in plain English, and the wording of lists and signed numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_DESCRIPTORS: Final = {
    "f0": "pitch in Hz",
    "f0_semitone": "pitch in semitones",
    "f1": "first formant",
    "f2": "second formant",
    "f3": "third formant",
    "rms": "energy (RMS)",
    "rms_db": "level in dB",
    "zcr": "zero crossing rate",
    "centroid": "spectral centroid",
    "bandwidth": "spectral bandwidth",
    "rolloff_85": "spectral rolloff",
    "flatness": "spectral flatness",
    "flux": "spectral flux",
    "band_energy_ratio": "alpha ratio",
    "band_energy_ratio_voiced": "alpha ratio of voiced frames",
    "hammarberg_voiced": "Hammarberg index",
    "slope_0_500_voiced": "spectral slope 0-500 Hz",
    "slope_500_1500_voiced": "spectral slope 500-1500 Hz",
    "hnr": "harmonics-to-noise ratio",
    "voiced_length": "length of voiced stretches",
    "unvoiced_length": "length of unvoiced stretches",
    "pause_length": "length of pauses",
}
_PITCH_CLASSES: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")

# Labels of functionals; longer suffixes first.
_FUNCTIONALS: Final = {
    "delta_mean": "drift of {}",
    "delta_std": "variation of the change of {}",
    "delta_abs": "mean change of {}",
    "mean": "mean {}",
    "std": "variation of {}",
    "skewness": "skewness of {}",
    "range": "range of {}",
    "p20": "20th percentile of {}",
    "p50": "median {}",
    "p80": "80th percentile of {}",
    "spread": "spread of {}",
}
_WHOLE: Final = {
    "voiced_fraction": "voiced share of frames",
    "voiced_rate": "voiced stretches per second",
    "active_fraction": "share of frames with speech",
    "pause_rate": "pauses per second",
    "rms_peak_rate": "syllable-like peaks per second",
    "jitter_local": "jitter",
    "shimmer_local": "shimmer",
}

# By the beginning of the name; the first match counts.
_FAMILIES: Final = {
    "rms_peak": "timing",
    "rms": "level",
    "f0": "pitch",
    "mfcc": "MFCC",
    "chroma": "chroma",
    "jitter": "voice quality",
    "shimmer": "voice quality",
    "hnr": "voice quality",
    "f": "formants",
    "voiced": "timing",
    "unvoiced": "timing",
    "active": "timing",
    "pause": "timing",
}
MINUS: Final = "\N{MINUS SIGN}"
SPECTRUM: Final = "spectrum"
FAMILIES: Final = (*dict.fromkeys([*_FAMILIES.values(), SPECTRUM]),)


def feature_label(feature: str) -> str:
    """Return the plain-English label of a feature.

    Examples
    --------
    >>> feature_label("mfcc_03_delta_std")
    'variation of the change of MFCC 3'
    >>> feature_label("shimmer_local")
    'shimmer'
    """
    if feature in _WHOLE:
        return _WHOLE[feature]
    for functional, phrase in _FUNCTIONALS.items():
        if feature.endswith(f"_{functional}"):
            return phrase.format(_descriptor(feature.removesuffix(f"_{functional}")))
    return feature.replace("_", " ")


def feature_family(feature: str) -> str:
    """Return the family of a feature, one of `FAMILIES`.

    Examples
    --------
    >>> [feature_family(name) for name in ("f0_std", "f2_mean", "flux_mean", "pause_rate")]
    ['pitch', 'formants', 'spectrum', 'timing']
    """
    for begins, name in _FAMILIES.items():
        if re.match(rf"{begins}(_|\d)", feature):
            return name
    return SPECTRUM


def join_words(words: Iterable[str]) -> str:
    """Return words joined by commas and "and".

    Examples
    --------
    >>> join_words(["anger", "fear", "surprise"])
    'anger, fear and surprise'
    """
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def signed(value: float, digits: int = 2) -> str:
    """Format a number with its sign, the minus as wide as the plus.

    Examples
    --------
    >>> signed(0.5), len(signed(-0.5))
    ('+0.50', 5)
    """
    return f"{value:+.{digits}f}".replace("-", MINUS)


def cluster_label(feature: str, n: int) -> str:
    """Return the label of a cluster of n features that is named by one of them.

    Examples
    --------
    >>> cluster_label("f0_mean", 1)
    'mean pitch in Hz'
    """
    return feature_label(feature) + (f" \N{MULTIPLICATION SIGN}{n}" if n > 1 else "")


def _descriptor(name: str) -> str:
    if name in _DESCRIPTORS:
        return _DESCRIPTORS[name]
    group, _, number = name.rpartition("_")
    if group == "chroma":
        return f"chroma {_PITCH_CLASSES[int(number) - 1]}"
    if group == "contrast":
        return f"spectral contrast {number}"
    if group == "mfcc":
        return f"MFCC {int(number)}"
    return name.replace("_", " ")
