"""This project's features: from a file, as users run it, and its parts."""

import ctypes
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from audio_emotion.data import audio
from audio_emotion.engine import features
from recordings import Recording

BENCHMARKS = Path(__file__).parents[1]
CORE = BENCHMARKS.parent / "core"


def from_file(recording: Recording) -> np.ndarray:
    return features.extract(audio.read(recording.path))


def reading(recording: Recording) -> np.ndarray:
    return audio.read(recording.path)


def extraction(recording: Recording) -> np.ndarray:
    return features.extract(recording.samples)


def front_end(recording: Recording) -> np.ndarray:
    """Log-mel frames, without the descriptors that `audio_emotion` computes along with them."""
    samples = recording.samples
    frames = np.empty((len(samples) // features.HOP_LENGTH, features.N_MELS), np.int16)
    n_frames = _front_end(_address(samples), ctypes.c_size_t(len(samples)), _address(frames))
    return frames[:n_frames]


def _address(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _compiled_front_end() -> "ctypes._FuncPointer":
    """front_end.c with the core, compiled by the flags of the wheel."""
    command = ["cc", "-std=c99", "-O3", "-ffp-contract=off", "-fPIC", "-shared", f"-I{CORE}"]
    sources = [BENCHMARKS / "front_end.c", *sorted(CORE.glob("*.c"))]
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "front_end.so"
        subprocess.run([*command, "-o", library, *sources], check=True)
        function = ctypes.CDLL(str(library)).front_end
    function.restype = ctypes.c_size_t
    return function


_front_end = _compiled_front_end()

METHODS = {
    "ours: file to features": from_file,
    "ours: reading alone": reading,
    "ours: extraction alone": extraction,
    "ours: front end alone": front_end,
}
