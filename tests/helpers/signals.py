"""Frames of 400 samples that a front end should know how to take."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FRAME_LENGTH = 400
FULL_SCALE = 32767

Frame = NDArray[np.int16]


def tone(hz: float, amplitude: float = FULL_SCALE, phase: float = 0.3) -> Frame:
    n = np.arange(FRAME_LENGTH)
    return np.rint(amplitude * np.cos(2 * np.pi * hz / 16000 * n + phase)).astype(np.int16)


def chirp(amplitude: float = FULL_SCALE) -> Frame:
    """From 0 to 8 kHz in one frame."""
    n = np.arange(FRAME_LENGTH)
    return np.rint(amplitude * np.cos(np.pi * n**2 / (2 * FRAME_LENGTH))).astype(np.int16)


def impulse(position: int, amplitude: int = FULL_SCALE) -> Frame:
    frame = np.zeros(FRAME_LENGTH, np.int16)
    frame[position] = amplitude
    return frame


def constant(value: int) -> Frame:
    return np.full(FRAME_LENGTH, value, np.int16)


def noise(dbfs: float, seed: int = 0) -> Frame:
    """White noise; dbfs is its root mean square over full scale. It clips above -12."""
    samples = np.random.default_rng(seed).normal(0, 32768 * 10 ** (dbfs / 20), FRAME_LENGTH)
    return np.clip(np.rint(samples), -32768, FULL_SCALE).astype(np.int16)


FRAMES = {
    "silence": constant(0),
    "one": constant(1),
    "constant": constant(-12345),
    "most negative": constant(-32768),
    "alternating": np.tile(np.array([32767, -32768], np.int16), FRAME_LENGTH // 2),
    "low tone": tone(100),
    "tone in a bin": tone(1000),
    "tone between bins": tone(3015.625, 1000),
    "faint tone": tone(440, 3),
    "rumble over hiss": constant(20000) + noise(-70),
    "chirp": chirp(),
    "first sample": impulse(0),
    "second sample": impulse(1),
    "middle sample": impulse(200, -32768),
    "last sample": impulse(399),
    "faint impulse": impulse(150, 1),
} | {f"noise at {dbfs} dBFS": noise(dbfs) for dbfs in range(-90, 1, 15)}
