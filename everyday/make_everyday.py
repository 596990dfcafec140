"""Make these recordings: `python everyday/make_everyday.py READ_SPEECH`, a folder with VCTK's p227.

Needs soundfile and NumPy; a second run gives the same samples.
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import soundfile

HERE = Path(__file__).parent
RATE = 16_000
READ = "VCTK_p227_p227_011.ogg"
ACTED = "Ravdess/audio_speech_actors_01-24/Actor_20/03-01-05-02-02-01-20.flac"
QUIETER_DB = 30


def fan() -> np.ndarray:
    """Three seconds of a fan at -40 dBFS: noise that falls by 3 dB an octave, and its blades."""
    random = np.random.default_rng(0)
    spectrum = np.fft.rfft(random.normal(size=3 * RATE))
    spectrum /= np.sqrt(np.maximum(1, np.arange(len(spectrum))))
    noise = np.fft.irfft(spectrum)
    time = np.arange(len(noise)) / RATE
    blades = sum(np.sin(2 * np.pi * 92 * n * time) / n for n in range(1, 5))
    sound = noise / noise.std() + 0.4 * blades
    return np.rint(sound / sound.std() * 327.68).astype(np.int16)


def main(read_speech: Path) -> None:
    """Write the recordings next to this file."""
    shutil.copy(read_speech / READ, HERE / "read_aloud.ogg")
    soundfile.write(HERE / "fan.flac", fan(), RATE)
    acted, rate = soundfile.read(HERE.parent / "sample" / ACTED, dtype="int16")
    quiet = np.rint(acted * 10 ** (-QUIETER_DB / 20)).astype(np.int16)
    soundfile.write(HERE / "very_quiet.flac", quiet, rate)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
