"""The features of the original system, computed by the librosa calls that it makes.

Source: `processing.py` of prasenjit52282/embedded-audio-emotion, which reads every recording
at its own rate and leaves frame, hop and window at librosa's defaults. Several values are
not what their name says in the field: see docs/features.md for ours.
"""

import librosa
import numpy as np

from recordings import Recording


def features(recording: Recording) -> dict[str, float | np.ndarray]:
    y, sr = librosa.load(recording.path, sr=None)
    mfcc = librosa.feature.mfcc(y=y, sr=sr, n_mfcc=13)
    harmonic, _ = librosa.effects.hpss(y)
    return {
        "mfcc": mfcc.mean(axis=1),
        "chroma": librosa.feature.chroma_stft(y=y, sr=sr).mean(axis=1),
        "energy": librosa.feature.rms(y=y).mean(),
        "zcr": librosa.feature.zero_crossing_rate(y).mean(),
        "contrast": librosa.feature.spectral_contrast(y=y, sr=sr).mean(axis=1),
        "f0": mean_pitch(y, sr),
        "f2": mean_pitch(harmonic, sr),
        "jitter": mean_step(librosa.util.normalize(mfcc[0])),
        "shimmer": mean_step(y),
        "band_energy_ratio": librosa.feature.spectral_bandwidth(y=y, sr=sr).mean(),
        "pause_rate": pause_rate(y),
        "centroid": librosa.feature.spectral_centroid(y=y, sr=sr).mean(),
        "bandwidth": librosa.feature.spectral_bandwidth(y=y, sr=sr).mean(),
        "rolloff": librosa.feature.spectral_rolloff(y=y, sr=sr, roll_percent=0.85).mean(),
        "flux": librosa.onset.onset_strength(y=y, sr=sr).mean(),
        "flatness": librosa.feature.spectral_flatness(y=y).mean(),
    }


def mean_pitch(y: np.ndarray, sr: float) -> float:
    """Mean frequency of all spectral peaks that piptrack finds."""
    pitches, _ = librosa.piptrack(y=y, sr=sr)
    return float(pitches[pitches > 0].mean())


def mean_step(values: np.ndarray) -> float:
    return float(np.abs(np.diff(values)).mean())


def pause_rate(y: np.ndarray) -> float:
    """As in the original, rms runs across the frames: over sample i of each, not within one."""
    frames = librosa.util.frame(y, frame_length=2048, hop_length=512)
    quiet = librosa.feature.rms(y=frames).mean(axis=1) < 0.01
    return float(quiet.sum() / frames.shape[1])


METHODS = {f"original method, librosa {librosa.__version__}": features}
