"""The C core's formants of frames given as numpy arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import native

SR, FRAME_LENGTH, HOP_LENGTH = 16000, 400, 160

ffi, lib = native.load(
    """
    struct ae_spectrum { uint32_t power[257]; int32_t exponent; uint32_t low[9]; };
    struct ae_root_pair { int32_t sum, product; };
    struct ae_formant { struct ae_root_pair pairs[5]; };
    void ae_spectrum_compute(const int16_t *frame, void *work, struct ae_spectrum *spectrum);
    void ae_formant_reset(struct ae_formant *formant);
    int ae_formant_update(struct ae_formant *formant, const struct ae_spectrum *spectrum,
                          void *work, float *hz);
    bool ae_roots(const float *a, int degree, struct ae_root_pair *pairs);
    """,
    *("formant.c", "lpc.c", "roots.c", "spectrum.c", "fft.c", "maths.c", "tables.c"),
)


def frames_of(pcm: NDArray[np.int16]) -> NDArray[np.int16]:
    """Every frame of the core, shape (n_frames, 400)."""
    return np.lib.stride_tricks.sliding_window_view(pcm, FRAME_LENGTH)[::HOP_LENGTH]


def formants(frames: NDArray[np.int16]) -> NDArray[np.float64]:
    """F1, F2, F3 of each frame, shape (n_frames, 3); NaN where there are fewer."""
    work = ffi.new("int32_t[2048]")
    spectrum, state = ffi.new("struct ae_spectrum *"), ffi.new("struct ae_formant *")
    hz = np.zeros(3, np.float32)
    found = np.full((len(frames), 3), np.nan)
    lib.ae_formant_reset(state)
    for index, frame in enumerate(frames):
        pcm = native.pointer(ffi, "int16_t *", np.ascontiguousarray(frame))
        lib.ae_spectrum_compute(pcm, work, spectrum)
        count = lib.ae_formant_update(state, spectrum, work, native.pointer(ffi, "float *", hz))
        found[index, :count] = hz[:count]
    return found
