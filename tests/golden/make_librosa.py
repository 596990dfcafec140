# /// script
# requires-python = ">=3.11"
# dependencies = ["librosa==0.11.0", "numpy", "soundfile"]
# ///
"""librosa's descriptors of the recordings in sample/: writes librosa.npz.

    python tests/golden/make_librosa.py

The file holds the samples of every STEP-th frame of every clip, so that no decoder
comes between: `frames`, shape (n, 400), int16; `clip`, shape (n,), the number of the
clip; and `values`, shape (n, 38), what librosa makes of each frame alone: under a
periodic Hann window, zero-padded at its end to 512 points.
"""

from pathlib import Path

import librosa
import numpy as np
import soundfile

SR, FRAME_LENGTH, HOP_LENGTH, N_FFT = 16000, 400, 160, 512
STEP = 30
LOW = slice(2, 9)  # bins that the mean reaches, but for what is 60 dB below it


def descriptors(frames):
    """Shape (n, 38): rms, zcr, 13 mfcc, 12 chroma, 7 contrast and the four below.

    Every frame, of shape (n, 400), is a channel of its own.
    """
    window = librosa.filters.get_window("hann", FRAME_LENGTH, fftbins=True)
    magnitude = np.abs(np.fft.rfft(frames * window, N_FFT))[..., None]
    power = magnitude**2
    mel = librosa.filters.mel(
        sr=SR, n_fft=N_FFT, n_mels=40, fmin=60, fmax=7600, htk=False, norm=None, dtype=np.float64
    )
    # The mean of a frame does not reach the core's mel bands.
    centered = frames - (frames @ window / window.sum())[:, None]
    low = np.abs(np.fft.rfft(centered * window, N_FFT))[:, LOW, None] ** 2
    without_mean = np.concatenate([power[:, : LOW.start], low, power[:, LOW.stop :]], axis=1)
    # The floor of the core is the energy of one quantization step, 2**-30.
    log_mel = librosa.power_to_db(mel @ without_mean, amin=2.0**-30, top_db=None)
    given = {"sr": SR, "S": magnitude}
    framing = {"frame_length": FRAME_LENGTH, "hop_length": HOP_LENGTH, "center": False}
    columns = (
        librosa.feature.rms(y=frames, **framing),
        librosa.feature.zero_crossing_rate(frames, **framing),
        librosa.feature.mfcc(S=log_mel, n_mfcc=13, norm="ortho"),
        librosa.feature.chroma_stft(sr=SR, S=power, tuning=0, norm=np.inf),
        librosa.feature.spectral_contrast(**given),
        librosa.feature.spectral_centroid(**given),
        librosa.feature.spectral_bandwidth(**given),
        librosa.feature.spectral_rolloff(**given, roll_percent=0.85),
        librosa.feature.spectral_flatness(S=magnitude, amin=2.0**-60),
    )
    return np.concatenate(columns, axis=1)[..., 0]


def main():
    here = Path(__file__).parent
    sample = here.parent.parent / "sample"
    paths = sorted(path for path in sample.rglob("*") if path.suffix in {".flac", ".ogg"})
    frames, clips = [], []
    for clip, path in enumerate(paths):
        y, sr = soundfile.read(path, dtype="int16")
        assert sr == SR, path
        # Digital silence is left out: librosa puts a value of 1e-10 in its place.
        of_clip = librosa.util.frame(y, frame_length=FRAME_LENGTH, hop_length=HOP_LENGTH).T[::STEP]
        of_clip = of_clip[of_clip.any(axis=1)]
        frames.append(of_clip)
        clips += [clip] * len(of_clip)
    frames = np.concatenate(frames)
    values = descriptors(frames / 32768).astype(np.float32)
    np.savez_compressed(here / "librosa.npz", frames=frames, clip=clips, values=values)


if __name__ == "__main__":
    main()
