"""The integer front end, called from numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import native

SOURCES = ("fft.c", "maths.c", "mel.c", "spectrum.c", "tables.c")

CDEF = """
    struct ae_complex { int32_t re, im; };
    struct ae_spectrum_work { struct ae_complex z[256], low[9]; };
    struct ae_spectrum { uint32_t power[257]; int32_t exponent; uint32_t low[9]; };
    void ae_spectrum_compute(const int16_t *frame, struct ae_spectrum_work *work,
                             struct ae_spectrum *spectrum);
    void ae_log_mel(const struct ae_spectrum *spectrum, int16_t *log_mel);
"""


class FrontEnd:
    """One build of the front end; `how` is what `native.load` takes."""

    def __init__(self, **how: Any) -> None:
        self._ffi, self._lib = native.load(CDEF, *SOURCES, **how)
        self._work = self._ffi.new("struct ae_spectrum_work *")
        self._spectrum = self._ffi.new("struct ae_spectrum *")

    def spectrum(self, frame: NDArray[np.int16]) -> tuple[NDArray[np.uint32], int]:
        """Power of a frame of 400 samples, shape (257,), and its exponent."""
        return self._computed(frame, without_mean=False)

    def words(self, frame: NDArray[np.int16]) -> bytes:
        """`struct ae_spectrum` of a frame."""
        self.spectrum(frame)
        return bytes(self._ffi.buffer(self._spectrum))

    def without_mean(self, frame: NDArray[np.int16]) -> NDArray[np.float64]:
        """Power of a frame without its mean from bin 2 on, as the mel bands see it."""
        mantissas, exponent = self._computed(frame, without_mean=True)
        power: NDArray[np.float64] = mantissas * 2.0**exponent
        return power

    def _computed(
        self, frame: NDArray[np.int16], *, without_mean: bool
    ) -> tuple[NDArray[np.uint32], int]:
        samples = np.ascontiguousarray(frame, np.int16)
        pointer = native.pointer(self._ffi, "int16_t *", samples)
        self._lib.ae_spectrum_compute(pointer, self._work, self._spectrum)
        mantissas = np.frombuffer(self._ffi.buffer(self._spectrum.power), np.uint32).copy()
        if without_mean:
            mantissas[2:9] = list(self._spectrum.low)[2:]
        return mantissas, self._spectrum.exponent

    def log_mel(self, frame: NDArray[np.int16]) -> NDArray[np.int16]:
        """log2 energy in Q9, shape (40,)."""
        self.spectrum(frame)
        log_mel = np.empty(40, np.int16)
        pointer = native.pointer(self._ffi, "int16_t *", log_mel)
        self._lib.ae_log_mel(self._spectrum, pointer)
        return log_mel
