"""Headerless PCM that arrives in pieces: declared by its sender, and checked for what shows.

Recordings with a header, and samples of another type or byte order, sound like noise when they are
taken for 16-bit PCM, and a model is as sure of noise as of a voice. A wrong sample rate does not
show.
"""

from __future__ import annotations

import io
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from audio_emotion.data.audio import HIGHEST_PEAK, HIGHEST_RATE, LOWEST_RATE, Resampler, quantized
from audio_emotion.data.containers import kind_of
from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.errors import InputError

Floats = npt.NDArray[np.float32]

# Samples that are looked at at a time, half a second at 16 kHz, and how often: ten seconds. All
# types have a whole number of them in as many bytes.
_CHECKED_LENGTH: Final = 7992
_CHECKS: Final = 20

# Mean magnitude, and mean change from sample to sample by it: 1.4 in white noise.
_LOUD: Final = 0.1
_ROUGH: Final = 0.9
_QUIETER: Final = 0.25

_LOWEST_LEVEL: Final = 1e-9
_MOST_USUAL: Final = 0.98


class _Type(NamedTuple):
    n_bytes: int
    dtype: str
    """As read by numpy; 24 bits are read as 32."""


TYPES: Final = {
    "s16le": _Type(2, "<i2"),
    "s16be": _Type(2, ">i2"),
    "u8": _Type(1, "u1"),
    "s24le": _Type(3, "<i4"),
    "s24be": _Type(3, ">i4"),
    "s32le": _Type(4, "<i4"),
    "s32be": _Type(4, ">i4"),
    "f32le": _Type(4, "<f4"),
    "f32be": _Type(4, ">f4"),
}
"""Types of samples by the names that FFmpeg gives them."""


class ForeignError(InputError):
    """Error of content that has a header: it is no PCM at all."""


class PcmDecoder:
    """Decoder of mono PCM.

    Parameters
    ----------
    rate : int
        Hz.
    kind : str
        One of `TYPES`.

    Raises
    ------
    InputError
        No such type, or a rate outside 4 to 768 kHz.
    """

    def __init__(self, rate: int = SAMPLE_RATE, kind: str = "s16le") -> None:
        if kind not in TYPES:
            raise InputError(f"format {kind!r} is unknown: choose from {', '.join(TYPES)}.")
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise InputError(
                f"rate of {rate} Hz is outside {LOWEST_RATE} to {HIGHEST_RATE} Hz. Give that of "
                "the samples, such as 16000 or 48000."
            )
        self.form = f"{kind} mono PCM at {rate} Hz"
        self.n_bytes = 0
        self._kind = kind
        self._resampler = Resampler(rate)
        self._left = b""
        self._first = b""
        self._n_checks = 0

    def process(self, content: bytes) -> Samples:
        """Return the next samples, mono at `SAMPLE_RATE` Hz.

        Raises
        ------
        InputError
            It is not what is declared.
        """
        self.n_bytes += len(content)
        if self._n_checks < _CHECKS:
            self._check(content)
        content = self._left + content
        whole = len(content) // TYPES[self._kind].n_bytes * TYPES[self._kind].n_bytes
        self._left = content[whole:]
        signal = _decoded(content[:whole], self._kind)
        if not np.isfinite(signal).all() or np.abs(signal).max(initial=0.0) > HIGHEST_PEAK:
            self._refuse(self._first or content)
            raise InputError(f"samples are not finite or beyond full scale. Send {self.form}.")
        return quantized(self._resampler.process(signal))

    def finish(self) -> Samples:
        """Return the last samples.

        Raises
        ------
        InputError
            Nothing arrived, or it ends inside a sample.
        """
        if self.n_bytes == 0:
            raise InputError(f"empty, 0 bytes. Send {self.form}.")
        if self._left:
            raise InputError(f"{self.n_bytes} bytes end inside a sample. Send {self.form}.")
        return quantized(self._resampler.finish())

    def _check(self, content: bytes) -> None:
        """Look for a header in the first bytes, and for another type in the first seconds."""
        if self.n_bytes == len(content) and _has_header(content):
            raise ForeignError(
                f"a recording with a header, not raw PCM. Send {self.form}, or read the recording "
                "itself, as with: audio-emotion listen --input FILE"
            )
        n_bytes = TYPES[self._kind].n_bytes * _CHECKED_LENGTH
        self._first += content
        while self._n_checks < _CHECKS and len(self._first) >= n_bytes:
            self._n_checks += 1
            self._refuse(self._first[:n_bytes])
            self._first = self._first[n_bytes:]

    def _refuse(self, content: bytes) -> None:
        """Raise if another type is likelier."""
        if other := _likelier(content[: len(content) // 12 * 12], self._kind):
            raise InputError(
                f"samples look like {other}, not {self._kind}. Declare them with --format "
                f"{other} (?format={other} of a stream), or send {self.form}."
            )


def _has_header(content: bytes) -> bool:
    return kind_of(io.BytesIO(content[:64])) not in (None, "mpeg") or content.startswith(b"ID3")


def _likelier(content: bytes, kind: str) -> str | None:
    """Return a type that makes a signal of these bytes, which as declared are loud noise; or None.

    Of a wrong type, bytes that hardly change stand where those should that always do.
    """
    level, change = _level(content, kind)
    if level < _LOUD or change < _ROUGH * level:
        return None
    levels = {other: _level(content, other) for other in TYPES}
    # Integers are hardly ever floats of usual magnitude, and 8 bits are rare; of others the
    # smoother is the right one.
    quieter = {
        other: (other[0] != "f", other == "u8", min(changed / magnitude, _ROUGH), changed)
        for other, (magnitude, changed) in levels.items()
        if changed < _QUIETER * min(change, 1.0) and magnitude > 0
    }
    return min(quieter, key=quieter.__getitem__, default=None)


def _level(content: bytes, kind: str) -> tuple[float, float]:
    """Return mean magnitude and mean change from sample to sample; inf of what is no signal."""
    with np.errstate(invalid="ignore"):
        signal = _decoded(content, kind).astype(float)
    if len(signal) < 2:
        return np.inf, np.inf
    magnitudes = np.abs(signal)
    # Floats that are integers are of any order of magnitude.
    usual = (magnitudes < HIGHEST_PEAK) & ((magnitudes > _LOWEST_LEVEL) | (magnitudes == 0))
    if usual.mean() < _MOST_USUAL or not np.isfinite(signal).all():
        return np.inf, np.inf
    magnitude = np.abs(signal - signal.mean()).mean()
    return float(magnitude), float(np.abs(np.diff(signal)).mean())


def _decoded(content: bytes, kind: str) -> Floats:
    """Return samples, full scale 1.0."""
    n_bytes, dtype = TYPES[kind]
    if n_bytes == 3:
        octets = np.frombuffer(content, np.uint8).reshape(-1, 3)
        wide = np.zeros((len(octets), 4), np.uint8)  # to the upper bytes of 32 bits
        wide[:, slice(1, 4) if dtype[0] == "<" else slice(0, 3)] = octets
        values = wide.reshape(-1).view(dtype)
    else:
        values = np.frombuffer(content, dtype)
    if dtype == "u1":
        return np.asarray((values.astype(np.float32) - 128) / 128, np.float32)
    if values.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            return values.astype(np.float32)
    return np.asarray(values / -float(np.iinfo(values.dtype).min), np.float32)
