# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "praat-parselmouth==0.4.7", "soundfile"]
# ///
"""Praat's formants of the recordings in sample/: writes praat_formants.npz.

    python tests/golden/make_praat_formants.py

For every clip, `<clip>` holds a row (frame, F1, F2, F3) for each frame of the core
(400 samples every 160, named by its number) that Praat calls voiced at its centre: "To
Formant (burg)" and "To Pitch" with Praat's defaults, every 10 ms, in Hz.
"""

from pathlib import Path

import numpy as np
import parselmouth
import soundfile

SR, FRAME_LENGTH, HOP_LENGTH = 16000, 400, 160


def praat_formants(pcm):
    sound = parselmouth.Sound(pcm.astype(np.float64) / 2**15, sampling_frequency=SR)
    pitch = sound.to_pitch(time_step=0.01)
    formants = sound.to_formant_burg(
        time_step=0.01,
        max_number_of_formants=5,
        maximum_formant=5500,
        window_length=0.025,
        pre_emphasis_from=50,
    )
    rows = []
    for frame in range(1 + (len(pcm) - FRAME_LENGTH) // HOP_LENGTH):
        center = (frame * HOP_LENGTH + FRAME_LENGTH / 2) / SR
        hz = [formants.get_value_at_time(number, center) for number in (1, 2, 3)]
        if pitch.get_value_at_time(center) > 0 and np.isfinite(hz).all():
            rows.append([frame, *np.rint(hz)])
    return np.array(rows, np.uint16)


def main():
    sample = Path(__file__).parents[2] / "sample"
    golden = {}
    for path in sorted([*sample.rglob("*.ogg"), *sample.rglob("*.flac"), *sample.rglob("*.wav")]):
        pcm, rate = soundfile.read(path, dtype="int16")
        assert rate == SR, path
        golden[path.relative_to(sample).as_posix()] = praat_formants(pcm)
    np.savez_compressed(Path(__file__).with_name("praat_formants.npz"), **golden)


if __name__ == "__main__":
    main()
