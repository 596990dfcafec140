"""Variants of a recording as other voices, rooms, devices, codecs and microphones give it.

Made in the waveform, before training: what batches vary is in `augment`. A corpus comes with one
kind of room, of microphone and of codec; none of them may tell its emotions.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soundfile
import soxr
from scipy.signal import fftconvolve

from audio_emotion.data import audio, isolation
from audio_emotion.data.listing import recordings_below
from audio_emotion.engine.features import SAMPLE_RATE, Floats, Samples
from audio_emotion.errors import InputError

# Of each variant. A faster recording has a higher voice and a shorter vocal tract: more speakers.
_SPEEDS: Final = (1.0, 1.0, 0.84, 0.89, 0.945, 1.06, 1.12, 1.19)
N_VARIANTS: Final = len(_SPEEDS)  # the first is the recording as it is

_ROOM, _CODEC, _HUM = 0.35, 0.5, 0.1  # shares of the variants
_LONGEST_IMPULSE: Final = SAMPLE_RATE  # samples; what comes later is too weak
_PEAK: Final = 0.7  # of full scale: no variant clips

# Container, encoding and sample rate (Hz).
_CODECS: Final = (
    ("OGG", "OPUS", 16000),
    ("OGG", "OPUS", 8000),
    ("OGG", "VORBIS", 16000),
    ("MP3", "MPEG_LAYER_III", 16000),
    ("WAV", "ULAW", 8000),
    ("WAV", "GSM610", 8000),
    ("WAV", "IMA_ADPCM", 16000),
)

Impulses = Sequence[npt.NDArray[np.float32]]


def read_impulses(folder: Path | None) -> list[npt.NDArray[np.float32]]:
    """Read the impulse responses below a folder, each from its direct sound on.

    Parameters
    ----------
    folder : Path, optional
        Of rooms and devices; without one, no variant has a room.

    Raises
    ------
    InputError
        There is none.
    """
    if folder is None:
        return []
    paths = recordings_below(folder)
    if not paths:
        raise InputError(f"{folder}: no recording. Give a folder of impulse responses.")
    return [
        _from_direct_sound(isolation.read(path, audio.ignore, allow_silence=False))
        for path in paths
    ]


def variant(name: str, samples: Samples, number: int, impulses: Impulses) -> Samples:
    """Return a variant of a recording, the same each time.

    Parameters
    ----------
    name : str
        Of the recording; seeds the random numbers.
    samples : int16 array of shape (n_samples,)
    number : int
        0 for the recording as it is, up to `N_VARIANTS` - 1.
    impulses : sequence of float arrays
        As `read_impulses` gives.
    """
    if number == 0:
        return samples
    seed = hashlib.sha256(f"{name}|{number}".encode()).digest()[:8]
    random = np.random.default_rng(int.from_bytes(seed, "little"))
    signal: Floats = samples.astype(np.float32) / np.float32(32768)
    signal = _at_speed(signal, _SPEEDS[number])
    if impulses and random.random() < _ROOM:
        impulse = impulses[int(random.integers(len(impulses)))]
        signal = fftconvolve(signal, impulse)[: len(signal)]
    signal = signal * np.float32(_PEAK / max(1e-4, float(np.abs(signal).max(initial=0))))
    if random.random() < _HUM:
        signal = signal + _hum(len(signal), random)
    if random.random() < _CODEC:
        signal = _coded(signal, random)
    return np.clip(np.rint(signal * 32768), -32768, 32767).astype(np.int16)


def _from_direct_sound(samples: Samples) -> npt.NDArray[np.float32]:
    begin = int(np.abs(samples.astype(np.int32)).argmax())
    impulse = samples[begin : begin + _LONGEST_IMPULSE].astype(np.float32)
    normalized: npt.NDArray[np.float32] = impulse / np.sqrt(np.square(impulse).sum())
    return normalized


def _at_speed(signal: Floats, speed: float) -> Floats:
    if speed == 1.0:
        return signal
    resampled: Floats = soxr.resample(signal, SAMPLE_RATE * speed, SAMPLE_RATE)
    return resampled


def _hum(n: int, random: np.random.Generator) -> Floats:
    """Return mains hum with overtones, 20 to 50 dB below the loudest sample."""
    time = np.arange(n, dtype=np.float32) / SAMPLE_RATE
    mains = 50 if random.random() < 0.5 else 60
    overtones = 2 * np.pi * mains * np.arange(1, 6)[:, None] * time
    strengths = random.random(5) / np.arange(1, 6)
    loudness = _PEAK * 10 ** (-random.uniform(20, 50) / 20)
    hum: Floats = (loudness * strengths @ np.sin(overtones)).astype(np.float32)
    return hum


def _coded(signal: Floats, random: np.random.Generator) -> Floats:
    """Encode and decode, at any bit rate that the codec has."""
    container, encoding, rate = _CODECS[random.integers(len(_CODECS))]
    level = random.uniform(0.3, 1.0) if container in {"OGG", "MP3"} else None
    if rate != SAMPLE_RATE:
        signal = soxr.resample(signal, SAMPLE_RATE, rate)
    file = io.BytesIO()
    soundfile.write(file, signal, rate, format=container, subtype=encoding, compression_level=level)
    file.seek(0)
    decoded, decoded_rate = soundfile.read(file, dtype="float32")
    coded: Floats = decoded[: len(signal)]
    if decoded_rate != SAMPLE_RATE:
        coded = soxr.resample(coded, decoded_rate, SAMPLE_RATE)
    return coded
