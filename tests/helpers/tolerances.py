"""How near the features of speech are to those of other programs, with a reason on each line."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

DB_PER_NEPER = 20 / np.log(10)

# On speech, relative to librosa's value: the median of the errors, the error of 99 % of
# the frames, and that of a clip's mean. Band 7 reaches into what Opus left out, whose
# weakest bin lies 90 dB below the strongest of the frame, where 16-bit input has noise.
LIBROSA_TOLERANCE = {
    "rms": (1e-6, 1e-6, 1e-6),
    "zcr": (1e-6, 1e-6, 1e-6),
    "chroma": (2e-4, 0.01, 0.003),
    "contrast_1": (2e-4, 0.01, 0.002),
    "contrast_2": (2e-4, 0.01, 0.002),
    "contrast_3": (2e-4, 0.01, 0.002),
    "contrast_4": (2e-4, 0.01, 0.002),
    "contrast_5": (2e-4, 0.01, 0.002),
    "contrast_6": (2e-4, 0.04, 0.01),
    "contrast_7": (1e-3, 0.3, 0.12),
    "centroid": (2e-5, 1e-3, 1e-4),
    "bandwidth": (2e-5, 1e-3, 1e-4),
    "rolloff_85": (0, 1e-6, 1e-4),
    "flatness": (1e-4, 0.02, 1e-3),
}


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
    # One clip creaks: 86 Hz as Praat has it, 206 Hz in openSMILE. Without it 0.98.
    "f0_semitone_p80": Clips("F0semitoneFrom27.5Hz_sma3nz_percentile80.0", 0.95, 0.4),
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
    # Active frames from the first voice on for all frames; see above for the rest.
    "mfcc_02_mean": Clips("mfcc1_sma3_amean", 0.75),
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
