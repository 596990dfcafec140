"""Change of tempo at the same pitch (WSOLA), and of pitch at the same tempo.

WSOLA: Verhelst & Roelands, "An overlap-add technique based on waveform similarity", ICASSP 1993.
Pieces of the recording are overlapped and added at another spacing; each is shifted so that it
correlates best with the continuation of the one before. Formants and pitch stay. A change of pitch
is a change of tempo and then a resampling, which moves the formants, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import soxr

from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.evaluation.perturbations.codecs import fitted
from audio_emotion.evaluation.perturbations.levels import Signal, saturated

_HOP: Final = 240  # samples, 15 ms; a piece is two of them
_SEARCH: Final = 160  # samples to each side: any period down to 50 Hz has its place
_N_FFT: Final = 1024  # at least 2 * (_HOP + _SEARCH): no shift that is looked at wraps round
_WINDOW: Final = np.hanning(2 * _HOP + 1)[:-1]  # two of them, a hop apart, add up to 1


@dataclass(frozen=True)
class Tempo:
    """Change of tempo, to so many times as fast."""

    level: float
    name: str = "tempo"
    group: str = "voice"
    unit: str = "times as fast"

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:  # noqa: ARG002
        """Stretch, or shorten; recordings below 50 ms stay as they are."""
        return saturated(stretched(samples.astype(np.float64), 1 / self.level))


@dataclass(frozen=True)
class Pitch:
    """Change of pitch, by so many semitones."""

    level: float
    name: str = "pitch"
    group: str = "voice"
    unit: str = "semitones"

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:  # noqa: ARG002
        """Shift the pitch; recordings below 50 ms stay as they are."""
        ratio = 2.0 ** (self.level / 12)
        slower = stretched(samples.astype(np.float64), ratio)
        if len(slower) == len(samples):
            return samples
        shifted = soxr.resample(slower, SAMPLE_RATE * ratio, SAMPLE_RATE)
        return saturated(fitted(shifted, len(samples)))


def stretched(signal: Signal, factor: float) -> Signal:
    """Make a signal `factor` times as long at the same pitch.

    Parameters
    ----------
    signal : float array of shape (n,)
    factor : float

    Returns
    -------
    float array of shape (round(n * factor),)
        The same signal if it is too short to be cut into pieces.
    """
    if len(signal) < 2 * _HOP + 2 * _SEARCH:
        return signal
    n_out = round(len(signal) * factor)
    n_pieces = n_out // _HOP + 2
    source = np.pad(signal, (_HOP + _SEARCH, 3 * _HOP + 2 * _SEARCH))
    result = np.zeros((n_pieces + 1) * _HOP)
    last = len(source) - 2 * _HOP - _SEARCH
    begin = _SEARCH
    for piece in range(n_pieces):
        result[piece * _HOP : (piece + 2) * _HOP] += _WINDOW * source[begin : begin + 2 * _HOP]
        wanted = min(_SEARCH + round((piece + 1) * _HOP / factor), last)
        begin = wanted + _best(source, min(begin + _HOP, last), wanted)
    return result[_HOP : _HOP + n_out]


def _best(source: Signal, natural: int, wanted: int) -> int:
    """Return the shift of the piece near `wanted` that correlates best with the natural one."""
    template = np.fft.rfft(source[natural : natural + 2 * _HOP], _N_FFT)
    near = source[wanted - _SEARCH : wanted + _SEARCH + 2 * _HOP]
    likeness = np.fft.irfft(np.fft.rfft(near, _N_FFT) * template.conj(), _N_FFT)[: 2 * _SEARCH + 1]
    energy = np.concatenate([[0.0], np.cumsum(np.square(near))])
    norm = np.sqrt(np.maximum(energy[2 * _HOP :] - energy[: -2 * _HOP], 1.0))
    return int(np.argmax(likeness / norm)) - _SEARCH
