"""No sum of integers in the core can leave its type: the most that each can reach, calculated.

The bounds are exact where they come from the tables, and otherwise from the most terms that there
can be and the largest of them. `test_every_sum_is_here` finds every `+=` of the core, so a new one
fails until it is counted. Window, transform and powers are in `test_front_end_bounds.py`.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

import native
from conftest import REPOSITORY

INT32, UINT32, INT64, UINT64 = 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1

TABLES: Final = {
    "ae_dct": ("int16_t", 240),
    "ae_chroma_wide": ("uint16_t", 192),
    "ae_chroma_run_class": ("uint8_t", 49),
    "ae_chroma_run_length": ("uint8_t", 49),
    "ae_chroma_narrow": ("uint16_t", 964),
    "ae_pre_emphasis": ("uint16_t", 177),
    "ae_lpc_cosine": ("int32_t", 890),
    "ae_pitch_hann": ("int16_t", 320),
    "ae_pitch_unbias": ("uint16_t", 224),
    "ae_mel_rise": ("uint16_t", 257),
    "ae_mel_first_bin": ("uint8_t", 42),
}


def _tables() -> dict[str, NDArray[np.int64]]:
    cdef = "\n".join(f"extern const {kind} {name}[{n}];" for name, (kind, n) in TABLES.items())
    ffi, lib = native.load(cdef, "tables.c")
    return {
        name: np.frombuffer(ffi.buffer(getattr(lib, name)), kind[:-2]).astype(np.int64)
        for name, (kind, _) in TABLES.items()
    }


TABLE: Final = _tables()

SAMPLE = 32768
HOP, FRAME, BINS, MELS = 160, 400, 257, 40
POWER = UINT32  # of a bin
LOG_MEL = 27_300  # test_front_end_bounds.py; never below 0
PEAK = 2048  # of what is correlated, by ae_correlation_shift; what is rounded down may reach it


class Sum(NamedTuple):
    """The most that a sum can reach, and what its type holds."""

    most: float
    limit: int


def mfcc() -> float:
    """Of any number of the first products, over all bands within 0 to `LOG_MEL`.

    Linear in the bands but for the mean, which is rounded by less than 1.
    """
    most = 0.0
    half = MELS // 2
    for number, weights in enumerate(TABLE["ae_dct"].reshape(12, half)):
        sign = 1 if number % 2 else -1  # coefficient k is odd where `number` is even
        for n in range(1, half + 1):
            form = np.zeros(MELS)
            form[:n] = weights[:n]
            form[MELS - n :] = sign * weights[:n][::-1]
            rounding = abs(form.sum())
            form -= form.sum() / MELS
            most = max(
                most, LOG_MEL * max(form.clip(0).sum(), -form.clip(None, 0).sum()) + rounding
            )
    return most


def mfcc_products() -> float:
    return float(np.abs(TABLE["ae_dct"]).max() * 2 * (LOG_MEL + 1))


def chroma() -> tuple[float, float]:
    """The largest product, and the largest energy of a class."""
    power = 2**18  # rounded
    energy = np.zeros(15)
    wide = TABLE["ae_chroma_wide"].reshape(16, 12)
    energy[:12] += (power * wide >> 8).sum(axis=0)
    narrow = (power * TABLE["ae_chroma_narrow"].reshape(-1, 4) >> 8).tolist()
    lengths = TABLE["ae_chroma_run_length"].tolist()
    for first, length in zip(TABLE["ae_chroma_run_class"], lengths, strict=True):
        energy[first : first + 4] += np.sum(narrow[:length], axis=0)
        del narrow[:length]
    energy[:3] += energy[12:]
    largest = max(wide.max(), TABLE["ae_chroma_narrow"].max())
    return float(power * largest), float(energy.max())


def lpc() -> dict[str, float]:
    n = 89  # bins to the middle
    weights = TABLE["ae_pre_emphasis"]
    emphasised = (POWER >> 16) * weights + (0xFFFF * weights >> 16)
    pairs = [(emphasised[k] >> 8) + (emphasised[176 - k] >> 8) + 2 for k in range(n)]
    scaled = 2.0**24 + 2 * n  # of all bins: each is rounded to the nearest
    return {
        "emphasised": float(emphasised.max()),
        "sum": float(sum(pairs)),
        "power": scaled * 64,
        "dot": (scaled * np.abs(TABLE["ae_lpc_cosine"]).max()) / 2**18,
        "high": (scaled / 2**9 + n) * 2**15,
        "mixed": (scaled / 2**9 + n) * 511 + n * 511 * 2**15,
        "low": n * 511 * 511,
    }


def low_correlation() -> float:
    """Of a signal of 160 samples, times the factor that frees it from the window's correlation.

    |r(lag)| is at most cos(pi / (p + 2)) of the energy, p = floor(159 / lag) (Fejer).
    """
    lags = np.arange(4, 58)
    share = np.cos(np.pi / (np.floor(159 / np.minimum(lags, 159)) + 2))
    unbias = TABLE["ae_pitch_unbias"]
    at_lags = [
        2**15 * s * unbias[4 * lag] for s, lag in zip(share, lags, strict=True) if 4 * lag < 224
    ]
    return float(max(2**15 * unbias[0], *at_lags))


LPC = lpc()
CHROMA_PRODUCT, CHROMA = chroma()
POOLED = 2**25 + 127  # weight that is counted at most
DB = 40 * 256

BOUNDS: Final = {
    ("cepstrum.c", "sum"): Sum(MELS * LOG_MEL, INT32),
    ("cepstrum.c", "dot"): Sum(max(mfcc(), mfcc_products()), INT32),
    ("chroma.c", "product"): Sum(CHROMA_PRODUCT, UINT32),
    ("chroma.c", "energy[c]"): Sum(CHROMA, UINT32),
    ("chroma.c", "sum[c]"): Sum(CHROMA, UINT32),
    ("chroma.c", "energy[ae_chroma_run_class[run] + c]"): Sum(CHROMA, UINT32),
    ("contrast.c", "sum"): Sum(2 * 65535, UINT32),
    # Of 2,048 inputs of 8 bits, or 512 pooled ones, and weights of 8.
    ("conv.c", "sum"): Sum(2048 * 255, UINT32),
    **{("dot.c", name): Sum(max(2048 * 255, 512 * 2048) * 255, UINT32) for name in "abcd"},
    **{("conv.c", name): Sum(15 * 255 * 128, INT32) for name in "abcd"},
    # The longest window that is correlated with itself.
    ("correlation.c", "sum"): Sum(320 * PEAK**2, INT32),
    ("pitch.c", "correlation"): Sum(low_correlation(), INT32),
    ("pitch.c", "hop.sum"): Sum(HOP * SAMPLE, INT32),
    ("pitch.c", "mean"): Sum(4 * HOP * SAMPLE, INT32),
    ("pitch.c", "pitch->background"): Sum((UINT32 >> 8) * (1 + 2.0**-8), UINT32),
    # Features are 160 at most, and units of a layer 128.
    ("input_scaling.c", "product"): Sum(2 * 32767**2, INT32),
    ("input_scaling.c", "sum"): Sum(160 * 32767**2, INT64),
    ("svm.c", "product"): Sum(65534**2, UINT32),
    ("svm.c", "sum"): Sum(160 * 65534**2, UINT64),
    # recognition/forest.py scales the largest sum of leaves to 2^30; each tree may round half up.
    ("forest.c", "sums[class_of_tree + i]"): Sum(2**30 + 2**20, INT32),
    # An hour at most of frames.
    ("hnr.c", "hnr->sum[step]"): Sum(360_000 * DB, INT64),
    ("hnr.c", "hnr->sum_of_squares[step]"): Sum(360_000 * DB**2, UINT64),
    ("hnr.c", "sum"): Sum(360_000 * DB, INT64),
    ("hnr.c", "sum_of_squares"): Sum(360_000 * DB**2, UINT64),
    ("lpc.c", "emphasised"): Sum(LPC["emphasised"], INT32),
    ("lpc.c", "sum"): Sum(LPC["sum"], UINT32),
    ("lpc.c", "power"): Sum(LPC["power"], INT32),
    ("fixed_point.h", "result"): Sum(LPC["dot"], INT32),
    ("fixed_point.h", "sum"): Sum(LPC["dot"] * 2**18, INT64),
    **{("fixed_point.h", part): Sum(LPC[part], INT32) for part in ("high", "mixed", "low")},
    ("mel.c", "all"): Sum(BINS * POWER * 2**16, UINT64),
    ("mel.c", "rising"): Sum(BINS * POWER * int(TABLE["ae_mel_rise"].max()), UINT64),
    ("microphone.c", "microphone->sum"): Sum(HOP * SAMPLE, INT32),
    ("microphone.c", "microphone->squares"): Sum(HOP * SAMPLE**2, UINT64),
    # Half a word less an offset that follows it.
    ("microphone.c", "microphone->offset"): Sum(2**31 - 1, INT32),
    ("microphone.c", "value"): Sum(2**31 * 65536 * 1000, INT64),
    # ae_net_open sees to it: the magnitudes of all weights times the largest input, and the bias.
    ("net.c", "sum"): Sum(INT32, INT32),
    ("net.c", "spread"): Sum(24 * (512 * 2048 + 5 * 512) * 16, UINT32),
    ("net_file.c", "sums.sum"): Sum(2048 * 128, INT32),
    ("net_file.c", "sums.magnitude"): Sum(2048 * 128, UINT32),
    ("net_file.c", "largest"): Sum(2048 * 128 * 65535 + 2**31, INT64),
    ("net_file.c", "memory"): Sum(12288 + 113 * 512, UINT32),
    ("periods.c", "phase"): Sum(2 * (200 * 256 + 2 * 200 * 256 / (0.2 * 1.6)), INT32),
    ("periods.c", "sum->power"): Sum(320 * 2**28, UINT64),
    ("periods.c", "sum->window"): Sum(320 * (8191**2 >> 8), UINT32),
    # A pulse is 1.6 samples from the one before at least; an hour of them.
    **{
        ("periods.c", f"s->{name}"): Sum(36e6 * largest, UINT64)
        for name, largest in {
            "amplitude_sum": 2.0**24,
            "shimmer_sum": 2.0**24,
            "period_sum": 320 * 65536,
            "jitter_sum": 320 * 65536,
        }.items()
    },
    ("pooling.c", "*total"): Sum(POOLED, UINT32),
    ("pooling.c", "pooling->sums[i]"): Sum(POOLED * 127, UINT32),
    ("pooling.c", "pooling->squares[i]"): Sum(POOLED * 127**2, UINT64),
    ("pooling.c", "root"): Sum(2**12, INT32),
    ("spectral.c", "sums.m"): Sum(BINS * 65535 * 17 + 19, UINT32),  # as the rolloff wants it
    ("spectral.c", "sums.km"): Sum(sum(range(BINS)) * 65535, UINT32),
    ("spectral.c", "moment"): Sum(4 * 256 * sum(range(BINS)) * 65535, INT64),
    ("spectral.c", "sums->exponent"): Sum(BINS * 32, INT32),
    ("spectral.c", "sums->mantissa * power"): Sum(65535**2, UINT32),
    ("spectral.c", "energy"): Sum(BINS * POWER, UINT64),
    ("spectral.c", "sum"): Sum(BINS * 65535, UINT32),
    # 33 bins: twice their distances from the middle on one side of it, times log2 of 32 bits, Q15.
    ("spectral.c", "product"): Sum(sum(range(2, 33, 2)) * 32 * 2**15, INT32),
    ("spectral.c", "squares"): Sum(2 * sum(x * x for x in range(2, 33, 2)), INT32),
    ("time_domain.c", "energy"): Sum(FRAME * SAMPLE**2, UINT64),
    ("time_domain.c", "two squares"): Sum(2 * SAMPLE**2, UINT32),
    ("vad.c", "low"): Sum(256 * SAMPLE, INT32),
    ("vad.c", "mean of four"): Sum(4 * 65536, INT32),
    ("vad.c", "energy"): Sum(HOP * 65536.0**2, UINT64),
    ("vad.c", "vad->smooth"): Sum(2 * 11_235, INT32),
    ("adapt.c", "mean"): Sum(2 * 256 * SAMPLE, INT32),
    # At 16 kHz; the state of a stream is reset within 36 million years.
    ("endpointer.c", "endpointer->consumed_until"): Sum(36e6 * 366 * 86_400 * 16_000, UINT64),
    ("maths.c", "root"): Sum(2**25, UINT32),
}

# What else is added to, by file: floats, counts of frames and events, and places.
OTHERS: Final = {
    "classifier.c": "difference",
    "contour.c": "contour->mean[bin] moments.mean moments.m2 moments.m3 n span.n",
    "conv.c": "add i weights x",
    "delta.c": "delta->mean_abs",
    "dot.c": "i weights x",
    "emotion.c": "sum",
    "endpointer.c": "endpointer->n_loud",
    "fft.c": "block i twiddle",
    "forest.c": "class_of_tree node",
    "framer.c": "*pcm",
    "functionals.c": "cursor->deltas cursor->histograms cursor->ranges",
    "hnr.c": "n",
    "input_scaling.c": "x y",
    "linear.c": "scores[c]",
    "listener.c": "*used",
    "lpc.c": "cosines",
    "maths.h": "zeros",
    "microphone.c": "microphone->n_changes microphone->n_clipped",
    "mlp.c": "weights",
    "moments.c": "moments->m2 moments->m3 moments->mean",
    "net.c": "outputs residual row",
    "net_file.c": "arrays->taken weights",
    "net_stream.c": "*used",
    "periods.c": "i s->amplitude_age s->pulse",
    "pitch.c": "even lag score strength",
    "quadratic.c": "distance factors",
    "rhythm.c": "rhythm->n_peaks rhythm->n_since_onset rhythm->pauses.length "
    "rhythm->unvoiced.length",
    "roots.c": "sum",
    "svm.c": "decisions[pair] margin[a] scores[c] scores[decision<0.0f?b:a] vector",
    "time_domain.c": "crossings i",
}


@pytest.mark.parametrize("where", BOUNDS, ids=": ".join)
def test_no_sum_leaves_its_type(where: tuple[str, str]) -> None:
    assert BOUNDS[where].most <= BOUNDS[where].limit


def added_to() -> set[tuple[str, str]]:
    """File and left side of every `+=` in the core."""
    found: set[tuple[str, str]] = set()
    for path in (REPOSITORY / "core").glob("*.[ch]"):
        code = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        lefts = re.findall(r"(\*?\w[\w>.-]*(?:\[[^]]*\])?) \+= ", code)
        found |= {(path.name, re.sub(r"\s", "", left)) for left in lefts}
    return found


def test_every_sum_is_here() -> None:
    others = {(file, name) for file, names in OTHERS.items() for name in names.split()}
    bounded = {(file, name.replace(" ", "")) for file, name in BOUNDS}
    assert added_to() - bounded - others == set()


def test_bounds_are_reached() -> None:
    """The two that have least room, by signals that reach them: they do not wrap."""
    ffi, lib = native.load(
        "int32_t ae_correlation(const int16_t *a, const int16_t *b, int32_t n);"
        "int64_t ae_dot(const int16_t *x, const int16_t *y, size_t n);",
        *("correlation.c", "input_scaling.c", "maths.c", "tables.c"),
    )

    def pointer(array: Any) -> Any:
        return native.pointer(ffi, "const int16_t *", array)

    highest = np.full(320, -PEAK, np.int16)
    most = lib.ae_correlation(pointer(highest), pointer(highest), 320)
    assert most == BOUNDS["correlation.c", "sum"].most
    weights = np.full(160, -32767, np.int16)
    assert lib.ae_dot(pointer(weights), pointer(weights), 160) == 160 * 32767**2
