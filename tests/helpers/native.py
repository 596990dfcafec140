"""The core compiled for this machine, so that tests can call its stages one by one.

    ffi, lib = native.load('''
        struct ae_complex { int32_t re, im; };
        void ae_fft_real(struct ae_complex *z, int32_t gain);
    ''')
    z = np.zeros((256, 2), np.int32)
    lib.ae_fft_real(native.pointer(ffi, "struct ae_complex *", z), 1)

Every test file declares what it calls. `native.load(cdef, "fft.c", "tables.c")`
compiles only those files, without names every core/*.c.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import cffi
import numpy as np

from conftest import REPOSITORY

CORE = REPOSITORY / "core"

FLAGS = [
    *("-std=c99", "-O3", "-ffp-contract=off", "-Werror"),
    *("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wdouble-promotion"),
    *("-Wvla", "-Wshadow", "-Wmissing-prototypes"),
]


def load(cdef: str, *sources: str, compiler: str = "cc", extra: tuple[str, ...] = ()) -> Any:
    """Compile core files and open them.

    Parameters
    ----------
    cdef
        The C declarations the test needs, for `cffi.FFI.cdef`.
    sources
        Names of files in core/; none means all of them.
    compiler, extra
        Another compiler, and flags that follow (so override) the usual ones.

    Returns
    -------
    ffi, lib
        A `cffi.FFI` and the library, whose functions are its attributes.
    """
    paths = [CORE / name for name in sources] or sorted(CORE.glob("*.c"))
    command = [compiler, *FLAGS, *extra, "-fPIC", "-shared"]
    ffi = cffi.FFI()
    ffi.cdef(cdef)
    return ffi, ffi.dlopen(str(build(command, paths, ".so")))


def pointer(ffi: Any, ctype: str, array: np.ndarray[Any, Any]) -> Any:
    """The memory of a C-contiguous array as a C pointer of that type; it does not keep it alive."""
    assert array.flags.c_contiguous
    return ffi.cast(ctype, array.ctypes.data)


def build(command: list[str], sources: list[Path], suffix: str) -> Path:
    """Run `command -o PATH sources` and return PATH; the same content is built once per machine."""
    content = hashlib.sha256("\0".join(command).encode())
    for path in sorted([*CORE.glob("*.h"), *sources]):
        content.update(path.name.encode() + path.read_bytes())
    folder = Path(tempfile.gettempdir()) / f"audio_emotion_native_{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    built = folder / f"{content.hexdigest()[:24]}{suffix}"
    if not built.exists():
        unfinished = built.with_suffix(f".{os.getpid()}{suffix}")
        subprocess.run([*command, "-o", str(unfinished), *map(str, sources)], check=True)
        unfinished.rename(built)
    return built
