# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "praat-parselmouth==0.4.7", "soundfile"]
# ///
"""Praat's voice analysis of the recordings in sample/: writes praat_voice.npz.

    python tests/golden/make_praat_voice.py

For every clip, `<clip>` holds f0 in Hz (0 where unvoiced) and the harmonics-to-noise
ratio in dB (-200 where silent) at the time of each frame of the core, shape (n_frames, 2),
and `<clip>#` jitter (local), shimmer (local) and the mean harmonics-to-noise ratio. All
with Praat's standard settings for 75 to 600 Hz: "To Pitch", "To Harmonicity (cc)", "To
PointProcess (cc)", "Get jitter (local)", "Get shimmer (local)".
"""

from pathlib import Path

import numpy as np
import parselmouth
import soundfile
from parselmouth.praat import call

SR, FRAME_LENGTH, HOP_LENGTH, HISTORY = 16000, 400, 160, 320


def praat_voice(pcm):
    """f0 and ratio at the time of each frame; jitter, shimmer and mean ratio."""
    sound = parselmouth.Sound(pcm.astype(np.float64) / 2**15, sampling_frequency=SR)
    pitch = sound.to_pitch(time_step=0.01, pitch_floor=75, pitch_ceiling=600)
    harmonicity = sound.to_harmonicity_cc(0.01, 75, 0.1, 1.0)
    pulses = call([sound, pitch], "To PointProcess (cc)")
    n_frames = 1 + (len(pcm) - FRAME_LENGTH) // HOP_LENGTH
    seconds = (np.arange(n_frames) * HOP_LENGTH + FRAME_LENGTH - HISTORY) / SR
    f0_hz = [pitch.get_value_at_time(second) for second in seconds]
    nearest = np.rint((seconds - harmonicity.x1) / harmonicity.dx).astype(int)
    hnr_db = harmonicity.values[0][np.clip(nearest, 0, harmonicity.nx - 1)]
    periods = 0, 0, 0.0001, 0.02, 1.3
    utterance = [
        call(pulses, "Get jitter (local)", *periods),
        call([sound, pulses], "Get shimmer (local)", *periods, 1.6),
        call(harmonicity, "Get mean", 0, 0),
    ]
    return np.stack([np.nan_to_num(f0_hz), hnr_db], axis=1), np.array(utterance)


def main():
    sample = Path(__file__).parents[2] / "sample"
    golden = {}
    for path in sorted([*sample.rglob("*.ogg"), *sample.rglob("*.flac"), *sample.rglob("*.wav")]):
        pcm, rate = soundfile.read(path, dtype="int16")
        assert rate == SR, path
        name = path.relative_to(sample).as_posix()
        frames, golden[name + "#"] = praat_voice(pcm)
        golden[name] = frames.astype(np.float32)
    np.savez_compressed(Path(__file__).with_name("praat_voice.npz"), **golden)


if __name__ == "__main__":
    main()
