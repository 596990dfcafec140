# /// script
# requires-python = ">=3.11"
# dependencies = ["librosa==0.11.0", "numpy", "soundfile"]
# ///
"""librosa's descriptors of the recordings in sample/: writes librosa.npz.

    python tests/golden/make_librosa.py

librosa sees the frames that the core sees: 400 samples every 160, a periodic Hann
window, zero-padded at the end to 512 points, no padding of the recording. For every
`<corpus>/<clip>` the file holds `<clip>/frames`, shape (n_frames / STEP, 38),
one row for every STEP-th frame, and `<clip>/mean`, shape (38,), over all frames.
"""

from pathlib import Path

import librosa
import numpy as np
import soundfile

SR, FRAME_LENGTH, HOP_LENGTH, N_FFT = 16000, 400, 160, 512
STEP = 10


def contrast(magnitude):
    """Frame by frame, for librosa clips what is 80 dB below the strongest frame it is given."""
    columns = np.split(magnitude, magnitude.shape[1], axis=1)
    return np.hstack([librosa.feature.spectral_contrast(S=column, sr=SR) for column in columns])


def descriptors(y):
    """Shape (n_frames, 38): rms, zcr, 13 mfcc, 12 chroma, 7 contrast and the four below."""
    frames = librosa.util.frame(y, frame_length=FRAME_LENGTH, hop_length=HOP_LENGTH)
    window = librosa.filters.get_window("hann", FRAME_LENGTH, fftbins=True)
    magnitude = np.abs(np.fft.rfft(frames * window[:, None], N_FFT, axis=0))
    power = magnitude**2
    mel = librosa.filters.mel(
        sr=SR, n_fft=N_FFT, n_mels=40, fmin=60, fmax=7600, htk=False, norm=None, dtype=np.float64
    )
    # The floor of the core is the energy of one quantization step, 2**-30.
    log_mel = librosa.power_to_db(mel @ power, amin=2.0**-30, top_db=None)
    given = {"sr": SR, "S": magnitude}
    return np.concatenate(
        (
            librosa.feature.rms(
                y=y, frame_length=FRAME_LENGTH, hop_length=HOP_LENGTH, center=False
            ),
            librosa.feature.zero_crossing_rate(
                y, frame_length=FRAME_LENGTH, hop_length=HOP_LENGTH, center=False
            ),
            librosa.feature.mfcc(S=log_mel, n_mfcc=13, norm="ortho"),
            librosa.feature.chroma_stft(sr=SR, S=power, tuning=0, norm=np.inf),
            contrast(magnitude),
            librosa.feature.spectral_centroid(**given),
            librosa.feature.spectral_bandwidth(**given),
            librosa.feature.spectral_rolloff(**given, roll_percent=0.85),
            librosa.feature.spectral_flatness(S=magnitude, amin=2.0**-60),
        )
    ).T


def main():
    here = Path(__file__).parent
    sample = here.parent.parent / "sample"
    golden = {}
    for path in sorted(p for p in sample.rglob("*") if p.suffix in {".flac", ".ogg"}):
        y, sr = soundfile.read(path, dtype="int16")
        assert sr == SR, path
        values = descriptors(y.astype(np.float64) / 32768)
        clip = path.relative_to(sample).as_posix()
        golden[f"{clip}/frames"] = values[::STEP].astype(np.float32)
        golden[f"{clip}/mean"] = values.mean(axis=0).astype(np.float32)
    np.savez_compressed(here / "librosa.npz", **golden)


if __name__ == "__main__":
    main()
