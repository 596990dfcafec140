"""The recordings that are timed: speech of the repository's sample, as WAV at any sample rate."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
import soxr

from audio_emotion.data import audio

SAMPLE = Path(__file__).parents[1] / "sample" / "Ravdess"

# What an actor's recording typically lasts, and what the published figures are for: 4.4 s.
SHORTEST_S, LONGEST_S = 4.3, 4.5


class Recording(NamedTuple):
    """One WAV file, and what `audio_emotion.data.audio.read` makes of it."""

    path: Path
    sr: int
    duration_s: float
    samples: np.ndarray  # int16, 16 kHz


def write(folder: Path, sr: int) -> list[Recording]:
    """Write the sample's recordings of about 4.4 s into a folder, resampled to `sr`."""
    recordings = []
    for source in sorted(SAMPLE.rglob("*")):
        if not source.is_file():
            continue
        signal, source_sr = soundfile.read(source)
        duration_s = len(signal) / source_sr
        if SHORTEST_S <= duration_s <= LONGEST_S:
            path = folder / f"{source.stem}_{sr}.wav"
            soundfile.write(path, soxr.resample(signal, source_sr, sr), sr, subtype="PCM_16")
            recordings.append(Recording(path, sr, duration_s, audio.read(path)))
    return recordings
