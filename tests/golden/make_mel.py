# /// script
# requires-python = ">=3.11"
# dependencies = ["librosa==0.11.0", "numpy", "soundfile"]
# ///
"""librosa's mel energies of synthetic frames and of the recordings in sample/: writes mel.npz.

    python tests/golden/make_mel.py

For every name in `names`, `<name>/frames` holds the frames, int16 of shape (n, 400), and
`<name>/mel` their energies, shape (n, 40): the power spectrum under a periodic Hann
window, zero-padded at the end to 512 points, without what the mean of the frame leaves in
its low bins, through `filters`, triangles of peak 1.
"""

from pathlib import Path

import librosa
import numpy as np
import soundfile

SR, FRAME_LENGTH, HOP_LENGTH, N_FFT = 16000, 400, 160, 512
FRAMES_PER_CLIP = 8
LOW = slice(2, 9)  # bins that the mean reaches, but for what is 60 dB below it

FILTERS = librosa.filters.mel(
    sr=SR, n_fft=N_FFT, n_mels=40, fmin=60, fmax=7600, htk=False, norm=None, dtype=np.float64
)


def powers(padded):
    spectra = [
        librosa.stft(row, n_fft=N_FFT, hop_length=N_FFT, window="boxcar", center=False)[:, 0]
        for row in padded
    ]
    return np.abs(np.array(spectra)) ** 2


def mel(frames):
    window = librosa.filters.get_window("hann", FRAME_LENGTH, fftbins=True)
    padded = np.zeros((len(frames), N_FFT))
    padded[:, :FRAME_LENGTH] = frames * window
    power = powers(padded)
    mean = (frames @ window / window.sum())[:, None]
    padded[:, :FRAME_LENGTH] -= mean * window
    power[:, LOW] = powers(padded)[:, LOW]
    return np.array(
        [
            librosa.feature.melspectrogram(
                S=row[:, None],
                sr=SR,
                n_fft=N_FFT,
                n_mels=40,
                fmin=60,
                fmax=7600,
                htk=False,
                norm=None,
            )[:, 0]
            for row in power
        ]
    )


def synthetic():
    rng = np.random.default_rng(20)
    n = np.arange(FRAME_LENGTH)
    voices = [
        sum(np.cos(2 * np.pi * f0 * h * n / SR + h) / h for h in range(1, 20))
        for f0 in (90.0, 140.0, 220.0, 350.0)
    ]
    levels = [30.0, 300.0, 3000.0, 12000.0]
    noises = [rng.normal(0, level, FRAME_LENGTH) for level in levels]
    frames = [voice * level / 3 for voice in voices for level in levels] + noises
    return np.clip(np.rint(frames), -32768, 32767).astype(np.int16)


def clip(path):
    y, sr = soundfile.read(path, dtype="int16")
    assert sr == SR
    frames = librosa.util.frame(y, frame_length=FRAME_LENGTH, hop_length=HOP_LENGTH, axis=0)
    return frames[np.linspace(0, len(frames) - 1, FRAMES_PER_CLIP).astype(int)]


def main():
    here = Path(__file__).parent
    recordings = sorted((here.parents[1] / "sample").rglob("*.flac"))
    recordings += sorted((here.parents[1] / "sample").rglob("*.ogg"))[::2]
    frames = {"synthetic": synthetic()} | {path.stem: clip(path) for path in recordings}
    arrays = {"names": np.array(list(frames)), "filters": FILTERS}
    for name, block in frames.items():
        arrays[f"{name}/frames"] = block
        arrays[f"{name}/mel"] = mel(block)
    np.savez_compressed(here / "mel.npz", **arrays)


if __name__ == "__main__":
    main()
