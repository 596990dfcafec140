"""Processor time of reading a recording, beside the decoder and the resampler alone.

    python benchmarks/reading.py

writes recordings of three seconds, reads each in turns, and writes `reading.csv`. What `audio.read`
does besides (the parts of a file, what their headers declare, channels that cancel each other,
level) is what its ratio has beyond 1.
"""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import soundfile
import soxr

from audio_emotion.data import audio
from audio_emotion.engine.features import SAMPLE_RATE

LENGTH_S: Final = 3
ROUNDS: Final = 40
OUT: Final = Path(__file__).parent / "results" / "reading.csv"


class Form(NamedTuple):
    """Format of a recording."""

    format: str
    subtype: str
    rate_hz: int
    channels: int


FORMS: Final = (
    Form("WAV", "PCM_16", 16_000, 1),
    Form("WAV", "PCM_16", 48_000, 2),
    Form("FLAC", "PCM_16", 16_000, 1),
    Form("FLAC", "PCM_16", 44_100, 2),
    Form("OGG", "VORBIS", 16_000, 1),
    Form("OGG", "OPUS", 48_000, 1),
    Form("MP3", "MPEG_LAYER_III", 44_100, 1),
)


def decode(path: Path) -> np.ndarray:
    """Decode, mix, resample and quantize as one would without any check."""
    signal, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mixed = signal.mean(axis=1)
    if rate != SAMPLE_RATE:
        mixed = soxr.resample(mixed, rate, SAMPLE_RATE, "HQ")
    return np.clip(np.rint(mixed * 32768), -32768, 32767).astype(np.int16)


def write(path: Path, form: Form) -> None:
    at = np.arange(LENGTH_S * form.rate_hz) / form.rate_hz
    hiss = 0.01 * np.random.default_rng(0).standard_normal((len(at), form.channels))
    voice = sum(np.sin(2 * np.pi * 140 * n * at) / n for n in range(1, 12))
    signal = 0.1 * (1 + np.sin(3 * at)) * voice
    soundfile.write(path, signal[:, None] + hiss, form.rate_hz, form.subtype, format=form.format)


def times_ms(path: Path) -> tuple[float, float]:
    """Return the least time of reading, and of decoding, over the rounds."""
    functions: tuple[Callable[[Path], object], ...] = (audio.read, decode)
    least = [np.inf, np.inf]
    for _ in range(ROUNDS):
        for number, function in enumerate(functions):
            began = time.process_time()
            function(path)
            least[number] = min(least[number], 1e3 * (time.process_time() - began))
    return least[0], least[1]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, OUT.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*Form._fields, "read_ms", "decode_ms", "ratio"])
        for number, form in enumerate(FORMS):
            write(path := Path(folder) / str(number), form)
            read_ms, decode_ms = times_ms(path)
            figures = f"{read_ms:.2f}", f"{decode_ms:.2f}", f"{read_ms / decode_ms:.2f}"
            writer.writerow([*form, *figures])
    print(OUT.read_text(), end="")


if __name__ == "__main__":
    main()
