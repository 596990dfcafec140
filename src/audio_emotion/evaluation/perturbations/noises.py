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

from audio_emotion.data import audio, isolation
from audio_emotion.data.listing import recordings_below
from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.errors import AudioError, InputError
from audio_emotion.evaluation.perturbations import levels
from audio_emotion.evaluation.perturbations.levels import Signal

BACKGROUND: Final = "background"
LOUDEST: Final = 32767.0

_LOWEST_HZ: Final = 20.0  # below, pink noise is flat
_CLIPS_PER_SPEAKER: Final = 3  # that babble is drawn from


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
    """Noise from a random place in one of several recordings, repeated to the length needed."""

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
    """Babble of several other speakers at equal levels."""

    clips: tuple[tuple[str, str], ...]
    """Speaker and path of the clips to draw from."""
    level: float
    n_speakers: int = 4
    speaker: str = ""
    """Speaker that is excluded."""
    name: str = "babble"
    group: str = "noise"
    unit: str = "dB SNR"

    def without(self, speaker: str) -> Babble:
        """Return the babble that excludes a speaker."""
        return replace(self, speaker=speaker)

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:
        """Add clips drawn by `rng`."""
        return add(samples, self.draw(len(samples), rng), self.level)

    def draw(self, n_samples: int, rng: np.random.Generator) -> Signal:
        """Draw `n_speakers` speakers, some again if there are too few."""
        others = sorted({speaker for speaker, _ in self.clips if speaker != self.speaker})
        if not others:
            raise InputError(
                f"babble needs another speaker than {self.speaker!r}. Give recordings of at least "
                "two speakers."
            )
        order = np.resize(rng.permutation(len(others)), self.n_speakers)
        babble = np.zeros(n_samples)
        for place in order:
            clip = self._draw_clip(others[place], rng)
            babble += np.resize(np.roll(clip, -int(rng.integers(len(clip)))), n_samples)
        return babble

    def _draw_clip(self, speaker: str, rng: np.random.Generator) -> Signal:
        """Draw a clip that can be read, scaled to power 1.

        Raises
        ------
        AudioError
            None of the speaker's clips can be read.
        """
        paths = [path for name, path in self.clips if name == speaker]
        first = int(rng.integers(len(paths)))
        for path in paths[first:] + paths[:first]:
            try:
                clip = _decoded_speech(path).astype(np.float64)
            except AudioError as error:
                unreadable = error
            else:
                normalized: Signal = clip / np.sqrt(np.mean(np.square(clip)))
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
    found = recordings_below(folder)
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


def babble_clips(catalogue: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """Choose some clips of every speaker, spread over the catalogue, for `Babble`."""
    chosen: list[tuple[str, str]] = []
    for speaker, utterances in catalogue.groupby("speaker"):
        paths = utterances["path"].tolist()
        places = np.unique(np.linspace(0, len(paths) - 1, _CLIPS_PER_SPEAKER).round().astype(int))
        chosen += [(str(speaker), paths[place]) for place in places]
    return tuple(chosen)


def _class_name(folder: str) -> str:
    name = re.sub(r"^[\d\W_]+|[_\W]+$", "", folder) or folder
    return re.sub(r"[_\s]+", " ", name).lower()


@lru_cache(maxsize=512)
def _decoded(path: str) -> Samples:
    """Read and cache a noise: 160 KB for five seconds."""
    return isolation.read(path, audio.ignore, allow_silence=False)


@lru_cache(maxsize=512)
def _decoded_speech(path: str) -> Samples:
    """Read and cache the speech of a recording."""
    samples = isolation.read(path, audio.ignore, allow_silence=False)
    begin, end = levels.span(samples)
    return samples[begin:end]
