"""Reverberation of shoebox rooms by image sources (Allen & Berkley 1979), and of recorded rooms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soxr
from scipy.signal import butter, fftconvolve, sosfilt

from audio_emotion.data import audio, isolation
from audio_emotion.data.listing import recordings_below
from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.errors import InputError
from audio_emotion.evaluation.perturbations.levels import Signal, saturated

Point = tuple[float, float, float]  # in m, from a corner

RECORDED_S: Final = 0.7  # reverberation time of the recorded rooms
_RECORDED_RANGE_S: Final = 0.1

_SOUND_M_S: Final = 343.0
_OVERSAMPLING: Final = 4  # arrival times are rounded to 16 us
_LOWEST_HZ: Final = 100.0  # high pass of Allen & Berkley: image sources add up at DC
_FIT_DB: Final = (-5.0, -35.0)  # ISO 3382: T30


@dataclass(frozen=True)
class Room:
    """A shoebox room with equal walls and a fixed speaker position.

    Parameters
    ----------
    name : str
    level : float
        Reverberation time in s: the sound has decayed by 60 dB. The walls' reflection is chosen so
        that this is what comes out.
    size : tuple of float
        Length, width and height in m.
    speaker, microphone : tuple of float
        Positions, in m from a corner.
    """

    name: str
    level: float
    size: Point
    speaker: Point
    microphone: Point
    group: str = "room"
    unit: str = "s RT60"

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:  # noqa: ARG002
        """Convolve with the impulse response, which has unit energy and no delay."""
        if not len(samples):
            return samples
        reverberant = fftconvolve(samples.astype(np.float64), response(self))[: len(samples)]
        return saturated(reverberant)


@dataclass(frozen=True)
class RecordedRoom:
    """One of several rooms, by recordings of their impulse responses."""

    paths: tuple[str, ...]
    """One of them is drawn for each recording."""
    level: float
    name: str = "recorded"
    group: str = "room"
    unit: str = "s RT60"

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:
        """Convolve with a response from its direct sound on, which has unit energy."""
        if not len(samples):
            return samples
        chosen = recorded_response(self.paths[rng.integers(len(self.paths))])
        reverberant = fftconvolve(samples.astype(np.float64), chosen)[: len(samples)]
        return saturated(reverberant)


ROOMS: Final = (
    Room("living room", 0.4, (5.0, 4.0, 2.5), (1.5, 1.2, 1.5), (2.5, 1.7, 0.9)),
    Room("meeting room", 0.7, (8.0, 6.0, 3.0), (2.1, 2.4, 1.6), (4.2, 3.3, 0.8)),
    Room("hall", 1.2, (15.0, 10.0, 5.0), (4.2, 3.7, 1.7), (7.9, 5.2, 1.2)),
)


@lru_cache(maxsize=8)
def response(room: Room) -> Signal:
    """Compute the impulse response at 16 kHz, from the direct sound on, with unit energy."""
    distance, n_walls = _images(room)
    reflection = _reflection(distance, n_walls, room.level)
    rate = _OVERSAMPLING * SAMPLE_RATE
    delay = np.rint((distance - distance.min()) / _SOUND_M_S * rate).astype(np.intp)
    arrivals = np.bincount(delay, reflection**n_walls / distance)
    # The resampled first arrival has a side before it: keep that by starting a little early.
    early = rate // 1000
    padded = soxr.resample(np.concatenate([np.zeros(early), arrivals]), rate, SAMPLE_RATE)
    band = butter(2, _LOWEST_HZ, "highpass", fs=SAMPLE_RATE, output="sos")
    result: Signal = sosfilt(band, padded)[SAMPLE_RATE // 1000 :]
    return result / math.sqrt(float(np.sum(np.square(result))))


def find_responses(folder: Path) -> tuple[str, ...]:
    """Find impulse responses below a folder whose reverberation time is about that of a room.

    Raises
    ------
    InputError
        No folder, or no such response in it.
    AudioError
        A recording cannot be read.
    """
    paths = recordings_below(folder)
    low, high = (RECORDED_S + side * _RECORDED_RANGE_S for side in (-1, 1))
    responses = {str(path): recorded_response(str(path)) for path in paths}
    found = tuple(
        path
        for path, one in responses.items()
        if low <= reverberation_s(np.square(one), SAMPLE_RATE) <= high
    )
    if not found:
        raise InputError(
            f"{folder}: none of its {len(paths)} recordings is the impulse response of a room with "
            f"a reverberation time of {low:g} to {high:g} s. Give a folder with some, or leave "
            "--rooms out."
        )
    return found


@lru_cache(maxsize=512)
def recorded_response(path: str) -> Signal:
    """Read an impulse response from its direct sound on, and scale it to unit energy.

    Raises
    ------
    AudioError
        It cannot be read.
    """
    signal = isolation.read(path, audio.ignore, allow_silence=False).astype(np.float64)
    signal = signal[int(np.abs(signal).argmax()) :]
    result: Signal = signal / math.sqrt(float(np.sum(np.square(signal))))
    return result


def _images(room: Room) -> tuple[Signal, npt.NDArray[np.int64]]:
    """Return distance and number of reflections of every image within the reverberation time."""
    reach = _SOUND_M_S * room.level
    axes = [
        _of_axis(*lengths, reach)
        for lengths in zip(room.size, room.speaker, room.microphone, strict=True)
    ]
    (x, walls_x), (y, walls_y), (z, walls_z) = axes
    square = x[:, None, None] ** 2 + y[None, :, None] ** 2 + z**2
    walls = walls_x[:, None, None] + walls_y[None, :, None] + walls_z
    near = square < reach**2
    return np.sqrt(square[near]), walls[near]


def _of_axis(
    length: float, speaker: float, microphone: float, reach: float
) -> tuple[Signal, npt.NDArray[np.int64]]:
    """Return the images along one axis: relative positions, and how many walls lie between."""
    furthest = math.ceil(reach / (2 * length))
    period = np.arange(-furthest, furthest + 1)
    straight = speaker + 2 * period * length - microphone
    mirrored = -speaker + 2 * period * length - microphone
    return (
        np.concatenate([straight, mirrored]),
        np.concatenate([2 * np.abs(period), np.abs(period - 1) + np.abs(period)]),
    )


def _reflection(distance: Signal, n_walls: npt.NDArray[np.int64], wanted_s: float) -> float:
    """Find the reflection of the walls with which the energy decays as wanted.

    Formulas such as Sabine's assume that sound meets the walls from everywhere alike, which is
    untrue of a shoebox with equal walls; so the decay is computed from the images.
    """
    millisecond = (distance / _SOUND_M_S * 1000).astype(np.intp)
    low, high = 0.0, 1.0
    for _ in range(20):
        middle = (low + high) / 2
        energy = np.bincount(millisecond, (middle**n_walls / distance) ** 2).astype(np.float64)
        is_short = reverberation_s(energy, 1000.0) < wanted_s
        low, high = (middle, high) if is_short else (low, middle)
    return (low + high) / 2


def reverberation_s(energy: Signal, rate: float) -> float:
    """Return the reverberation time (T30) by backward integration (Schroeder 1965).

    Parameters
    ----------
    energy : array of shape (n,)
        Squares of an impulse response.
    rate : float
        In Hz.
    """
    left = np.cumsum(energy[::-1])[::-1]
    level_db = 10 * np.log10(np.maximum(left / left[0], 1e-12))
    high, low = _FIT_DB
    fitted = np.flatnonzero((level_db <= high) & (level_db >= low))
    if len(fitted) < 2:
        return 0.0
    slope = float(np.polyfit(fitted / rate, level_db[fitted], 1)[0])
    return -60.0 / slope
