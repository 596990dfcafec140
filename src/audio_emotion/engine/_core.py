"""The C core as `ffi` and `lib`, compiled for the instructions of this processor.

Every build gives the same bits. The environment variable `AUDIO_EMOTION_SIMD` names another one:
"scalar", "baseline" (SSE2 on x86-64, NEON on AArch64) or "avx2".
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from audio_emotion.engine import _core_baseline
from audio_emotion.errors import InputError

VARIABLE: Final = "AUDIO_EMOTION_SIMD"


def builds() -> tuple[str, ...]:
    """Return the builds that are installed and that this processor can run, the fastest last."""
    avx2 = _core_baseline.lib.host_runs_avx2() and find_spec(_module("avx2"))
    return ("scalar", "baseline", "avx2") if avx2 else ("scalar", "baseline")


def build(name: str) -> Any:
    """Import one build.

    Raises
    ------
    InputError
        There is no such build for this processor.
    """
    if name not in builds():
        raise InputError(
            f"{VARIABLE} is {name!r}, which this processor cannot run: choose from "
            f"{', '.join(builds())}, or leave it unset."
        )
    return import_module(_module(name))


def _module(name: str) -> str:
    return f"audio_emotion.engine._core_{name}"


_chosen: Final = build(os.environ.get(VARIABLE) or builds()[-1])
ffi, lib = _chosen.ffi, _chosen.lib
SIMD: Final[str] = ffi.string(lib.simd()).decode()
