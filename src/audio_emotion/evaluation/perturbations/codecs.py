"""Lossy codecs: telephone lines (ITU-T G.711), Opus and MP3."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import soundfile
import soxr
from scipy.signal import butter, sosfilt

from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.errors import ToolError
from audio_emotion.evaluation.perturbations.levels import saturated

Codes = npt.NDArray[np.uint8]

TELEPHONE_RATE: Final = 8_000
TELEPHONE_BAND_HZ: Final = (300.0, 3400.0)

_MU_LARGEST: Final = 8158  # of 14 bits, G.711 table 2
_MU_BIAS: Final = 33  # so that every segment begins at a power of two
_A_TOGGLED: Final = 0x55  # even bits are sent inverted


@dataclass(frozen=True)
class Telephone:
    """A telephone line: 8 kHz, 300 to 3400 Hz (Butterworth, 24 dB per octave), companded."""

    name: Literal["mu-law", "A-law"]
    level: float = 64.0
    group: str = "telephone"
    unit: str = "kbit/s"

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:  # noqa: ARG002
        """Filter, compand, expand and resample to 16 kHz."""
        band = butter(4, TELEPHONE_BAND_HZ, "bandpass", fs=TELEPHONE_RATE, output="sos")
        narrow = soxr.resample(samples.astype(np.float64), SAMPLE_RATE, TELEPHONE_RATE)
        sent = saturated(sosfilt(band, narrow))
        companded = {"mu-law": (to_mu, from_mu), "A-law": (to_a, from_a)}
        encode, decode = companded[self.name]
        received = decode(encode(sent)).astype(np.float64)
        return saturated(fitted(soxr.resample(received, TELEPHONE_RATE, SAMPLE_RATE), len(samples)))


def to_mu(samples: Samples) -> Codes:
    """Encode by the mu-law of G.711: 14 bits, eight segments, all bits inverted."""
    value = samples.astype(np.int64) >> 2
    magnitude = np.minimum(np.where(value < 0, -value, value), _MU_LARGEST) + _MU_BIAS
    segment = np.frexp(magnitude)[1].astype(np.int64) - 6
    code = (value < 0) << 7 | segment << 4 | magnitude >> (segment + 1) & 15
    codes: Codes = (~code & 255).astype(np.uint8)
    return codes


def from_mu(codes: Codes) -> Samples:
    """Decode the mu-law of G.711."""
    code = ~codes.astype(np.int64) & 255
    segment, step = code >> 4 & 7, code & 15
    magnitude = (2 * step + _MU_BIAS << segment) - _MU_BIAS
    return (4 * np.where(code & 128, -magnitude, magnitude)).astype(np.int16)


def to_a(samples: Samples) -> Codes:
    """Encode by the A-law of G.711: 13 bits, eight segments, even bits inverted."""
    value = samples.astype(np.int64) >> 3
    magnitude = np.where(value < 0, ~value, value)
    segment = np.maximum(np.frexp(magnitude)[1].astype(np.int64) - 5, 0)
    step = magnitude >> np.maximum(segment, 1) & 15
    code = (value >= 0) << 7 | segment << 4 | step
    return (code ^ _A_TOGGLED).astype(np.uint8)


def from_a(codes: Codes) -> Samples:
    """Decode the A-law of G.711."""
    code = codes.astype(np.int64) ^ _A_TOGGLED
    segment, step = code >> 4 & 7, code & 15
    magnitude = np.where(segment, 2 * step + 33 << np.maximum(segment - 1, 0), 2 * step + 1)
    return (8 * np.where(code & 128, magnitude, -magnitude)).astype(np.int16)


@dataclass(frozen=True)
class Coded:
    """Encoding by a lossy codec, and decoding.

    `level` is the nominal rate; the actual one is measured (`robustness.measure`).
    """

    name: Literal["Opus", "MP3"]
    level: float
    group: str = "codec"
    unit: str = "kbit/s"

    def __call__(self, samples: Samples, rng: np.random.Generator) -> Samples:  # noqa: ARG002
        """Encode and decode."""
        return self.decode(self.encode(samples), len(samples))

    def encode(self, samples: Samples) -> bytes:
        """Return the encoded file, with its container.

        Raises
        ------
        ToolError
            The installed libsndfile cannot write it.
        """
        file = io.BytesIO()
        settings, level_of = _SETTINGS[self.name]
        try:
            soundfile.write(
                file, samples, SAMPLE_RATE, compression_level=level_of(self.level), **settings
            )
        except (soundfile.LibsndfileError, ValueError, TypeError) as error:
            raise ToolError(
                f"{self.name} at {self.level:g} kbit/s cannot be written by libsndfile "
                f"{soundfile.__libsndfile_version__}, needs 1.2: pip install -U soundfile."
            ) from error
        return file.getvalue()

    def decode(self, encoded: bytes, n_samples: int) -> Samples:
        """Decode to a number of samples."""
        samples, _ = soundfile.read(io.BytesIO(encoded), dtype="int16")
        return fitted(samples, n_samples)


def _opus_level(kbit_s: float) -> float:
    """Invert libsndfile's own scale: 0 is 256 kbit/s, 1 is 6."""
    return float(np.clip((256 - kbit_s) / 250, 0, 1))


def _mp3_level(kbit_s: float) -> float:
    """Invert libsndfile's scale for the average rate at 16 kHz: 0 is 160 kbit/s, 1 is 8."""
    return float(np.clip((160 - kbit_s) / 152, 0, 0.99))


# An average rate rather than a constant one: at low constant rates the encoder writes no header
# that tells its delay, and what is decoded begins 69 ms late.
_SETTINGS: Final[dict[str, tuple[dict[str, Any], Callable[[float], float]]]] = {
    "Opus": ({"format": "OGG", "subtype": "OPUS"}, _opus_level),
    "MP3": (
        {"format": "MP3", "subtype": "MPEG_LAYER_III", "bitrate_mode": "AVERAGE"},
        _mp3_level,
    ),
}


def fitted(signal: npt.NDArray[Any], n_samples: int) -> npt.NDArray[Any]:
    """Cut or fill with zeros at the end."""
    return np.pad(signal[:n_samples], (0, max(0, n_samples - len(signal))))
