"""core/microphone.h, compiled for this machine."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import native

_DECLARATIONS = """
    extern const char *const ae_microphone_advice[];
    void ae_microphone_reset(void *microphone, int gain_db, int left_shift);
    void ae_microphone_convert(
        void *microphone, const int32_t *words, size_t stride, size_t n, int16_t *pcm);
    void ae_microphone_amplify(void *microphone, int16_t *pcm, size_t n);
    int ae_microphone_dbfs(const void *microphone);
    int ae_microphone_fault(const void *microphone);
    void ae_microphone_restart(void *microphone);
"""
_ENOUGH = 256  # bytes for a struct ae_microphone


class Microphone:
    """A struct ae_microphone; `build` is passed to native.load."""

    def __init__(self, gain_db: int, left_shift: int = 0, **build: Any) -> None:
        sources = ("microphone.c", "maths.c", "tables.c")
        self._ffi, self._lib = native.load(_DECLARATIONS, *sources, **build)
        self._state = self._ffi.new("uint64_t[]", _ENOUGH // 8)
        self._lib.ae_microphone_reset(self._state, gain_db, left_shift)

    def convert(self, words: npt.NDArray[np.int32], stride: int = 1) -> npt.NDArray[np.int16]:
        words = np.ascontiguousarray(words)
        pcm = np.empty(len(words) // stride, np.int16)
        source = native.pointer(self._ffi, "int32_t *", words)
        target = native.pointer(self._ffi, "int16_t *", pcm)
        self._lib.ae_microphone_convert(self._state, source, stride, len(pcm), target)
        return pcm

    def amplify(self, pcm: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
        pcm = pcm.copy()
        samples = native.pointer(self._ffi, "int16_t *", pcm)
        self._lib.ae_microphone_amplify(self._state, samples, len(pcm))
        return pcm

    def dbfs(self) -> int:
        return int(self._lib.ae_microphone_dbfs(self._state))

    def fault(self) -> int:
        return int(self._lib.ae_microphone_fault(self._state))

    def advice(self) -> str:
        text: bytes = self._ffi.string(self._lib.ae_microphone_advice[self.fault()])
        return text.decode()

    def restart(self) -> None:
        self._lib.ae_microphone_restart(self._state)
