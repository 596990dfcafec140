"""Acoustic features of speech, computed by the C core that is flashed to the device.

Names, order, sizes and values all come from `core/`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from audio_emotion.engine import _core
from audio_emotion.errors import InputError

_ffi, _lib = _core.ffi, _core.lib

SAMPLE_RATE: Final[int] = _lib.AE_SAMPLE_RATE
FRAME_LENGTH: Final[int] = _lib.AE_FRAME_LENGTH
HOP_LENGTH: Final[int] = _lib.AE_HOP_LENGTH
N_MELS: Final[int] = _lib.AE_N_MELS

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]
FeatureVector = npt.NDArray[np.float32 | np.int16]
"""Acoustic features of an utterance, or a network's embedding in 256ths."""

# That of all features when the first networks were trained, so that theirs stay valid.
_LOG_MEL_SEED: Final = 0x5B319A80


@cache
def names() -> tuple[str, ...]:
    """Return the names of the features, `<descriptor>_<functional>`, in the core's order."""
    return tuple(_name(_lib.ae_feature_name, index) for index in range(_lib.AE_N_FEATURES))


@cache
def descriptor_names() -> tuple[str, ...]:
    """Return the names of the descriptors of a frame, in the core's order."""
    return tuple(_name(_lib.ae_descriptor_name, index) for index in range(_lib.AE_N_DESCRIPTORS))


def schema_hash() -> int:
    """Return the hash of the feature names and their version: equal if features mean the same."""
    return int(_lib.AE_SCHEMA_HASH)


@cache
def values_hash() -> int:
    """Return a hash of what the core computes from a fixed recording.

    What was computed earlier may be used again if it is the same: `schema_hash` knows of changed
    meanings only.
    """
    return zlib.crc32(log_mel(_reference()).tobytes(), zlib.crc32(extract(_reference()).tobytes()))


@cache
def log_mel_hash() -> int:
    """Return a hash of the log-mel energies alone: networks do not depend on the other features."""
    return zlib.crc32(log_mel(_reference()).tobytes(), _LOG_MEL_SEED)


def _reference() -> Samples:
    """Return a second of loud noise, faint noise, and a sawtooth of 133 Hz."""
    samples = np.random.default_rng(0).integers(-8000, 8000, SAMPLE_RATE).astype(np.int16)
    samples[SAMPLE_RATE // 4 : SAMPLE_RATE // 2] //= 1000
    voice = np.arange(SAMPLE_RATE // 2) % 120 * 100
    samples[SAMPLE_RATE // 2 :] = voice + samples[SAMPLE_RATE // 2 :] // 100
    return samples


class Extractor:
    """Feature extraction from one utterance in chunks of any size, in fixed memory.

    Chunking changes no bit of the result.
    """

    def __init__(self) -> None:
        self._state = _ffi.new("struct ae_state *")
        self.reset()

    def reset(self) -> None:
        """Begin a new utterance."""
        self._n_samples = 0
        _lib.ae_reset(self._state)

    def process(self, samples: Samples) -> int:
        """Process some samples.

        Parameters
        ----------
        samples : int16 array of shape (n,)
            Mono, `SAMPLE_RATE` Hz.

        Returns
        -------
        int
            Number of frames completed.
        """
        samples = as_pcm(samples)
        self._n_samples += len(samples)
        pcm = _ffi.from_buffer("int16_t[]", samples)
        return int(_lib.ae_process(self._state, pcm, len(samples)))

    def finish(self) -> Floats:
        """Return the features of all samples since `reset`; more may follow.

        Returns
        -------
        float32 array of shape (n_features,)

        Raises
        ------
        InputError
            Fewer samples than one frame.
        """
        result = _ffi.new("struct ae_result *")
        if _lib.ae_finish(self._state, result) == _lib.AE_ERR_SHORT:
            raise too_short(self._n_samples)
        return np.frombuffer(_ffi.buffer(result.features), dtype=np.float32).copy()

    @property
    def latest_descriptors(self) -> Floats:
        """Descriptors of the last completed frame, shape (n_descriptors,)."""
        return np.frombuffer(_ffi.buffer(self._state.latest.value), dtype=np.float32).copy()

    @property
    def latest_log_mel(self) -> Samples:
        """Log2 mel energies of the last completed frame in Q9, shape (N_MELS,)."""
        return np.frombuffer(_ffi.buffer(self._state.log_mel), dtype=np.int16).copy()


def extract(samples: Samples) -> Floats:
    """Extract the acoustic features of one utterance.

    Parameters
    ----------
    samples : int16 array of shape (n,)
        Mono, `SAMPLE_RATE` Hz, at least `FRAME_LENGTH` of them.

    Returns
    -------
    float32 array of shape (n_features,)
        In the order of `names`.

    Raises
    ------
    InputError
        Not one-dimensional int16, or shorter than one frame.
    """
    extractor = Extractor()
    extractor.process(samples)
    return extractor.finish()


def frames(samples: Samples) -> Floats:
    """Compute the descriptors of every frame.

    Parameters
    ----------
    samples : int16 array of shape (n,)
        Mono, `SAMPLE_RATE` Hz.

    Returns
    -------
    float32 array of shape (n_frames, n_descriptors)
        Columns in the order of `descriptor_names`. Formants mean something in voiced
        frames only: those where `f0` is above 0.
    """
    extractor = Extractor()
    values = [extractor.latest_descriptors for _ in _completed_frames(extractor, samples)]
    return np.array(values, dtype=np.float32).reshape(len(values), len(descriptor_names()))


def log_mel(samples: Samples) -> Samples:
    """Compute the log2 mel energies of every frame by the integer front end.

    Parameters
    ----------
    samples : int16 array of shape (n,)
        Mono, `SAMPLE_RATE` Hz.

    Returns
    -------
    int16 array of shape (n_frames, N_MELS)
        Q9 fixed point: 512 is a doubling of energy (3.01 dB).
    """
    samples = as_pcm(samples)
    n_frames = max(0, 1 + (len(samples) - FRAME_LENGTH) // HOP_LENGTH)
    energies = np.empty((n_frames, N_MELS), np.int16)
    _lib.log_mel_of_frames(
        _ffi.from_buffer("int16_t[]", samples), n_frames, _ffi.from_buffer("int16_t[]", energies)
    )
    return energies


def _completed_frames(extractor: Extractor, samples: Samples) -> Iterator[None]:
    """Yield each time a frame completes, while its values can be read."""
    for start in range(0, len(samples), HOP_LENGTH):
        if extractor.process(samples[start : start + HOP_LENGTH]):
            yield


def too_short(n_samples: int) -> InputError:
    """Return the error for samples that do not make a frame."""
    return InputError(
        f"{n_samples} samples are too short for one frame: needs at least "
        f"{FRAME_LENGTH} ({1000 * FRAME_LENGTH // SAMPLE_RATE} ms at {SAMPLE_RATE} Hz)."
    )


def as_pcm(samples: Samples) -> Samples:
    """Return samples in contiguous memory, as the core reads them; raise unless mono int16."""
    if samples.dtype != np.int16 or samples.ndim != 1:
        raise InputError(
            f"samples of type {samples.dtype} and shape {samples.shape} are not mono PCM: "
            "needs a one-dimensional int16 array, as audio.read() gives."
        )
    return np.ascontiguousarray(samples)


def _name(name_of: Callable[[int, object], int], index: int) -> str:
    buffer = _ffi.new("char[]", _lib.AE_NAME_LENGTH)
    name_of(index, buffer)
    return str(_ffi.string(buffer).decode("ascii"))
