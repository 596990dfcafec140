"""The C core's pitch, harmonicity, jitter and shimmer of whole recordings."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import native

SR, FRAME_LENGTH, HOP_LENGTH, HISTORY_LENGTH = 16000, 400, 160, 1280

ffi, lib = native.load(
    """
    struct ae_pitch_frame { float f0_hz, strength, hnr_db; uint32_t peak; bool voiced, onset; };
    void ae_pitch_reset(void *pitch);
    void ae_pitch_update(void *pitch, const int16_t *history, void *work,
                         struct ae_pitch_frame *frame);
    void ae_periods_reset(void *periods);
    void ae_periods_update(void *periods, const int16_t *history,
                           const struct ae_pitch_frame *pitch, void *work);
    void ae_periods_finish(const void *periods, float *jitter_local, float *shimmer_local);
    void ae_hnr_reset(void *hnr);
    void ae_hnr_update(void *hnr, const struct ae_pitch_frame *pitch);
    void ae_hnr_finish(const void *hnr, float *mean_db, float *std_db);
    """,
    *("pitch.c", "periods.c", "hnr.c", "correlation.c", "maths.c", "tables.c"),
)

FRAME = np.dtype(
    [
        *(("f0_hz", "f4"), ("strength", "f4"), ("hnr_db", "f4"), ("peak", "u4")),
        *(("voiced", "?"), ("onset", "?")),
    ],
    align=True,
)


class Voice(NamedTuple):
    """What the core says of a recording."""

    frames: NDArray[np.void]  # of type FRAME
    jitter: float
    shimmer: float
    hnr_db: float
    hnr_std_db: float

    @property
    def f0_hz(self) -> NDArray[np.float32]:
        return self.frames["f0_hz"]


def seconds(n_frames: int) -> NDArray[np.float64]:
    """When each frame's pitch is: 320 samples before the frame's end."""
    return (np.arange(n_frames) * HOP_LENGTH + FRAME_LENGTH - 320) / SR


def history_at(pcm: NDArray[np.int16], frame: int) -> NDArray[np.int16]:
    """The newest 1280 samples when a frame is complete; zeros stand before the beginning."""
    end = frame * HOP_LENGTH + FRAME_LENGTH
    padding = np.zeros(max(0, HISTORY_LENGTH - end), np.int16)
    return np.concatenate([padding, pcm[max(0, end - HISTORY_LENGTH) : end]])


def voice(pcm: NDArray[np.int16]) -> Voice:
    """Follow a recording frame by frame."""
    padded = np.concatenate([np.zeros(HISTORY_LENGTH - FRAME_LENGTH, np.int16), pcm])
    frames = np.zeros(1 + (len(pcm) - FRAME_LENGTH) // HOP_LENGTH, FRAME)
    pitch, periods, hnr = (ffi.new("uint64_t[256]") for _ in range(3))
    work = ffi.new("uint64_t[512]")
    lib.ae_pitch_reset(pitch)
    lib.ae_periods_reset(periods)
    lib.ae_hnr_reset(hnr)
    samples = native.pointer(ffi, "int16_t *", padded)
    for index in range(len(frames)):
        frame = native.pointer(ffi, "struct ae_pitch_frame *", frames[index : index + 1])
        lib.ae_pitch_update(pitch, samples + index * HOP_LENGTH, work, frame)
        lib.ae_periods_update(periods, samples + index * HOP_LENGTH, frame, work)
        lib.ae_hnr_update(hnr, frame)
    values = ffi.new("float[4]")
    lib.ae_periods_finish(periods, values, values + 1)
    lib.ae_hnr_finish(hnr, values + 2, values + 3)
    return Voice(frames, *values)
