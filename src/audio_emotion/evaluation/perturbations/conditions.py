"""Perturbations of level, microphone and silence, clipping, and inaudible changes.

Together with `noises`, `codecs`, `rooms` and `tempo` they are measured by `robustness`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import pandas as pd

from audio_emotion.engine.emotions import NO_SPEECH
from audio_emotion.engine.features import FRAME_LENGTH, SAMPLE_RATE, Samples
from audio_emotion.evaluation.perturbations import levels
from audio_emotion.evaluation.perturbations.codecs import Coded, Telephone
from audio_emotion.evaluation.perturbations.levels import saturated
from audio_emotion.evaluation.perturbations.noises import (
    Babble,
    ColoredNoise,
    RecordedNoise,
    add,
    babble_clips,
)
from audio_emotion.evaluation.perturbations.rooms import RECORDED_S, ROOMS, RecordedRoom
from audio_emotion.evaluation.perturbations.tempo import Pitch, Tempo

SNRS_DB: Final = (20.0, 10.0, 5.0, 0.0)
CLASSES_SNR_DB: Final = 10.0  # at which single kinds of noise are measured

_TILT_BAND_HZ: Final = (100.0, 8000.0)
_MAINS_HZ: Final = 50.0
_MAINS_HARMONICS: Final = {1: 1.0, 2: 0.5, 3: 0.5, 5: 0.25}  # amplitudes, as of a ground loop
_SILENCE_S: Final = 1.0
_ROOM_TONE_DB: Final = -40.0  # below the speech


class Condition(Protocol):
    """Alters a recording; the same generator gives the same samples."""

    @property
    def group(self) -> str:
        """Its group in a report."""

    @property
    def name(self) -> str:
        """Its name within its group."""

    @property
    def level(self) -> float:
        """Its strength, in `unit`."""

    @property
    def unit(self) -> str:
        """Unit of the level."""

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:
        """Alter samples, int16 of shape (n,); values beyond the range saturate.

        The length stays, except with a tempo, a leading silence and a trim.
        """


@dataclass(frozen=True)
class Gain:
    """Change of level, by as many dB."""

    level: float
    name: str = "gain"
    group: str = "level"
    unit: str = "dB"

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:  # noqa: ARG002
        """Scale the samples."""
        return saturated(samples.astype(np.float64) * 10 ** (self.level / 20))


@dataclass(frozen=True)
class Clipping:
    """Hard clipping, so many dB below the recording's peak."""

    level: float
    name: str = "clipping"
    group: str = "level"
    unit: str = "dB below peak"

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:  # noqa: ARG002
        """Clip the samples."""
        peak = float(np.abs(samples.astype(np.float64)).max(initial=0.0))
        limit = peak * 10 ** (-self.level / 20)
        return saturated(np.clip(samples.astype(np.float64), -limit, limit))


@dataclass(frozen=True)
class Tilt:
    """A microphone that favors high frequencies (or low ones), by so many dB per octave.

    From 100 Hz to 8 kHz, flat below; without delay, and as loud as before.
    """

    level: float
    name: str = "tilt"
    group: str = "microphone"
    unit: str = "dB/octave"

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:  # noqa: ARG002
        """Filter, by the spectrum of the whole recording, padded so that nothing wraps round."""
        if not samples.any():
            return samples
        signal = samples.astype(np.float64)
        n_fft = 2 ** (2 * len(signal)).bit_length()
        frequency = np.clip(np.fft.rfftfreq(n_fft, 1 / SAMPLE_RATE), *_TILT_BAND_HZ)
        gain = 10 ** (self.level * np.log2(frequency / _TILT_BAND_HZ[0]) / 20)
        tilted = np.fft.irfft(np.fft.rfft(signal, n_fft) * gain, n_fft)[: len(signal)]
        loudness = np.sqrt(np.mean(np.square(signal)) / np.mean(np.square(tilted)))
        return saturated(tilted * loudness)


@dataclass(frozen=True)
class Offset:
    """A direct current, of so many steps of 16 bits."""

    level: float
    name: str = "DC offset"
    group: str = "microphone"
    unit: str = "steps"

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:  # noqa: ARG002
        """Add it to each sample."""
        return saturated(samples.astype(np.float64) + self.level)


@dataclass(frozen=True)
class Hum:
    """Hum of the mains: 50 Hz with harmonics, at a signal-to-noise ratio."""

    level: float
    name: str = "mains hum"
    group: str = "microphone"
    unit: str = "dB SNR"

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:
        """Add hum drawn by `rng`."""
        return add(samples, self.draw(len(samples), rng), self.level)

    def draw(self, n_samples: int, rng: np.random.Generator) -> levels.Signal:
        """Draw hum that begins anywhere in its period."""
        phase = 2 * np.pi * (_MAINS_HZ * np.arange(n_samples) / SAMPLE_RATE + rng.random())
        harmonics, amplitudes = zip(*_MAINS_HARMONICS.items(), strict=True)
        hum: levels.Signal = np.array(amplitudes) @ np.sin(np.outer(harmonics, phase))
        return hum


@dataclass(frozen=True)
class LeadingSilence:
    """Seconds of zeros, or of noise 40 dB below the speech, before the recording."""

    level: float
    name: str
    is_noisy: bool
    group: str = "silence"
    unit: str = "s before"

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:
        """Prepend the silence."""
        before = np.zeros(round(self.level * SAMPLE_RATE))
        if self.is_noisy:
            power = levels.speech_power(samples) * 10 ** (_ROOM_TONE_DB / 10)
            before = rng.standard_normal(len(before)) * np.sqrt(power)
        return np.concatenate([saturated(before), samples])


@dataclass(frozen=True)
class Shift:
    """Delay by one sample."""

    level: float = 1.0
    name: str = "shift"
    group: str = "tiny"
    unit: str = "sample"

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:  # noqa: ARG002
        """Repeat the first sample and drop the last."""
        n = round(self.level)
        return np.concatenate([samples[:n], samples])[: len(samples)]


@dataclass(frozen=True)
class Dither:
    """Dither of one step of 16 bits."""

    level: float = 1.0
    name: str = "dither"
    group: str = "tiny"
    unit: str = "step"

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:
        """Add -1, 0 or 1 to each sample, each as often."""
        n = round(self.level)
        return saturated(samples + rng.integers(-n, n, len(samples), endpoint=True).astype(float))


@dataclass(frozen=True)
class Trim:
    """Removal of the first milliseconds, as long as a frame is left."""

    level: float = 10.0
    name: str = "trim"
    group: str = "tiny"
    unit: str = "ms"

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:  # noqa: ARG002
        """Cut the beginning."""
        n = round(self.level * SAMPLE_RATE / 1000)
        return samples[min(n, max(0, len(samples) - FRAME_LENGTH)) :]


def standard(
    noise: dict[str, tuple[str, ...]] | None,
    catalogue: pd.DataFrame,
    responses: tuple[str, ...] = (),
) -> tuple[Condition, ...]:
    """Return the conditions of a report.

    Parameters
    ----------
    noise : dict or None
        Recordings of background noise by kind, as `noises.find_recordings` returns them;
        without them there is no condition of background noise.
    catalogue : DataFrame
        Babble is made of its speakers; there is none of a single one.
    responses : tuple of str, optional
        Impulse responses of rooms, as `rooms.find_responses` returns them.
    """
    colored: tuple[Condition, ...] = tuple(
        ColoredNoise(color, snr) for color in ("white", "pink") for snr in SNRS_DB
    )
    babble: tuple[Condition, ...] = ()
    speech = catalogue[catalogue["emotion"] != NO_SPEECH]
    if speech["speaker"].nunique() > 1:
        babble = tuple(Babble(babble_clips(speech), snr) for snr in SNRS_DB)
    return (
        *_background(noise or {}),
        *babble,
        *colored,
        Telephone("mu-law"),
        Telephone("A-law"),
        *(Coded("Opus", kbit_s) for kbit_s in (24.0, 12.0, 6.0)),
        *(Coded("MP3", kbit_s) for kbit_s in (32.0, 16.0)),
        *ROOMS,
        *((RecordedRoom(responses, RECORDED_S),) if responses else ()),
        *(Gain(db) for db in (-30.0, -20.0, -10.0, 6.0)),
        *(Clipping(db) for db in (6.0, 12.0, 20.0)),
        *(Tilt(db) for db in (-6.0, -3.0, 3.0, 6.0)),
        *(Offset(steps) for steps in (300.0, 1000.0)),
        *(Hum(snr) for snr in (20.0, 10.0)),
        LeadingSilence(_SILENCE_S, "digital silence", is_noisy=False),
        LeadingSilence(_SILENCE_S, "quiet noise", is_noisy=True),
        Pitch(-2.0),
        Pitch(2.0),
        Tempo(0.8),
        Tempo(1.25),
        Shift(),
        Dither(),
        Gain(-0.1, group="tiny"),
        Trim(),
    )


def _background(noise: dict[str, tuple[str, ...]]) -> tuple[Condition, ...]:
    """Return all recordings together at every ratio, then each kind at one."""
    if not noise:
        return ()
    everything = tuple(path for paths in noise.values() for path in paths)
    together = tuple(RecordedNoise(everything, snr) for snr in SNRS_DB)
    if len(noise) == 1:
        return together
    kinds = tuple(
        RecordedNoise(paths, CLASSES_SNR_DB, name=name, group="kind of noise")
        for name, paths in noise.items()
    )
    return together + kinds
