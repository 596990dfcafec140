"""13 MFCC and nothing else, for orientation: the least that speech classifiers compute."""

import librosa
import numpy as np

from recordings import Recording


def mfcc(recording: Recording) -> np.ndarray:
    y, sr = librosa.load(recording.path, sr=None)
    return librosa.feature.mfcc(y=y, sr=sr, n_mfcc=13).mean(axis=1)


METHODS = {f"13 MFCC, librosa {librosa.__version__}": mfcc}
