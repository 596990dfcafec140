"""Additive noise of four kinds: recordings, babble of other speakers, white and pink noise.

The signal-to-noise ratio is that of the mean power of the active speech (`levels.active`) to the
mean power of the noise over the whole recording.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd

from audio_emotion.data import audio
from audio_emotion.data.corpora import AUDIO_SUFFIXES
from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.errors import AudioError, InputError
from audio_emotion.evaluation.perturbations import levels
from audio_emotion.evaluation.perturbations.levels import Signal

BACKGROUND: Final = "background"
LOUDEST: Final = 32767.0

_LOWEST_HZ: Final = 20.0  # below, pink noise is flat
_PER_VOICE: Final = 3  # utterances of each speaker that babble is made of


def add(samples: Samples, noise: Signal, snr_db: float) -> Samples:
    """Add noise to speech; both are attenuated together where the sum would clip.

    So the ratio is exact, however loud the recording and however sudden the noise.

    Parameters
    ----------
    samples : int16 array of shape (n,)
    noise : float array of shape (n,)
        Of any level.
    snr_db : float

    Returns
    -------
    int16 array of shape (n,)
        The same samples if either is silent.
    """
    speech, loudness = levels.speech_power(samples), float(np.mean(np.square(noise)))
    if not speech or not loudness:
        return samples
    mixed = samples + np.sqrt(speech / loudness / 10 ** (snr_db / 10)) * noise
    return levels.saturated(mixed * min(1.0, LOUDEST / float(np.abs(mixed).max())))


@dataclass(frozen=True)
class RecordedNoise:
    """Noise of one of several recordings, from anywhere in it, repeated to the length needed."""

    paths: tuple[str, ...]
    level: float
    name: str = BACKGROUND
    group: str = "noise"
    unit: str = "dB SNR"

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:
        """Add a noise drawn by `rng`."""
        return add(samples, self.draw(len(samples), rng), self.level)

    def draw(self, n_samples: int, rng: np.random.Generator) -> Signal:
        """Draw a piece that is at least as loud as the mean of its recording."""
        noise = _decoded(self.paths[rng.integers(len(self.paths))]).astype(np.float64)
        whole = np.resize(noise, len(noise) + n_samples)
        energy = np.concatenate([[0.0], np.cumsum(np.square(whole))])
        of_piece = energy[n_samples : n_samples + len(noise)] - energy[: len(noise)]
        loud = np.flatnonzero(of_piece >= of_piece.mean() * (1 - 1e-9))
        begin = int(loud[rng.integers(len(loud))])
        return whole[begin : begin + n_samples]


@dataclass(frozen=True)
class Babble:
    """Several other speakers talking at once, each as loud as the others."""

    voices: tuple[tuple[str, str], ...]
    """Speaker and path of the utterances to draw from."""
    level: float
    n_voices: int = 4
    speaker: str = ""
    """Speaker who is never drawn."""
    name: str = "babble"
    group: str = "noise"
    unit: str = "dB SNR"

    def without(self, speaker: str) -> Babble:
        """Return the same babble without a speaker."""
        return replace(self, speaker=speaker)

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:
        """Add voices drawn by `rng`."""
        return add(samples, self.draw(len(samples), rng), self.level)

    def draw(self, n_samples: int, rng: np.random.Generator) -> Signal:
        """Draw `n_voices` speakers, some again if there are too few."""
        others = sorted({who for who, _ in self.voices if who != self.speaker})
        if not others:
            raise InputError(
                f"babble needs another speaker than {self.speaker!r}. Give recordings of at least "
                "two speakers."
            )
        order = np.resize(rng.permutation(len(others)), self.n_voices)
        babble = np.zeros(n_samples)
        for who in order:
            voice = self._voice(others[who], rng)
            babble += np.resize(np.roll(voice, -int(rng.integers(len(voice)))), n_samples)
        return babble

    def _voice(self, speaker: str, rng: np.random.Generator) -> Signal:
        """Draw an utterance that can be read, at power 1.

        Raises
        ------
        AudioError
            None of the speaker's utterances can.
        """
        paths = [path for who, path in self.voices if who == speaker]
        first = int(rng.integers(len(paths)))
        for path in paths[first:] + paths[:first]:
            try:
                voice = _decoded_speech(path).astype(np.float64)
            except AudioError as error:
                unreadable = error
            else:
                normalized: Signal = voice / np.sqrt(np.mean(np.square(voice)))
                return normalized
        raise unreadable


@dataclass(frozen=True)
class ColoredNoise:
    """White noise, or pink noise: as much power in each octave."""

    name: Literal["white", "pink"]
    level: float
    group: str = "noise"
    unit: str = "dB SNR"

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:
        """Add noise drawn by `rng`."""
        return add(samples, self.draw(len(samples), rng), self.level)

    def draw(self, n_samples: int, rng: np.random.Generator) -> Signal:
        """Draw noise of mean power near 1."""
        if self.name == "white":
            return rng.standard_normal(n_samples)
        n_fft = 2 ** max(1, n_samples - 1).bit_length()  # other lengths take longer
        spectrum = np.fft.rfft(rng.standard_normal(n_fft))
        frequency = np.fft.rfftfreq(n_fft, 1 / SAMPLE_RATE)
        spectrum[0] = 0
        pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(frequency, _LOWEST_HZ)), n_fft)
        piece: Signal = pink[:n_samples] / np.sqrt(np.mean(np.square(pink)))
        return piece


def find_recordings(folder: Path) -> dict[str, tuple[str, ...]]:
    """Find recordings of noise below a folder, by the name of the folder that each lies in.

    Each is decoded, so that an unreadable one is an error before the work and not after.

    Raises
    ------
    InputError
        No folder, or no recording in it.
    AudioError
        A recording cannot be read.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in AUDIO_SUFFIXES)
    if not found:
        raise InputError(
            f"{folder}: no recording in this folder. Give one with recordings of background noise, "
            "such as ESC-10, with --noise."
        )
    classes: dict[str, tuple[str, ...]] = {}
    for path in found:
        _decoded(str(path))
        name = BACKGROUND if path.parent == folder else _class_name(path.parent.name)
        classes[name] = (*classes.get(name, ()), str(path))
    return classes


def voices(catalogue: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """Choose some utterances of every speaker, spread over the catalogue, for `Babble`."""
    chosen: list[tuple[str, str]] = []
    for speaker, utterances in catalogue.groupby("speaker"):
        paths = utterances["path"].tolist()
        places = np.unique(np.linspace(0, len(paths) - 1, _PER_VOICE).round().astype(int))
        chosen += [(str(speaker), paths[place]) for place in places]
    return tuple(chosen)


def _class_name(folder: str) -> str:
    name = re.sub(r"^[\d\W_]+|[_\W]+$", "", folder) or folder
    return re.sub(r"[_\s]+", " ", name).lower()


@lru_cache(maxsize=512)
def _decoded(path: str) -> Samples:
    """Read and cache a noise: 160 KB for five seconds."""
    return audio.read(path)


@lru_cache(maxsize=512)
def _decoded_speech(path: str) -> Samples:
    """Read and cache a recording from its first word to its last."""
    samples = audio.read(path)
    begin, end = levels.span(samples)
    return samples[begin:end]
