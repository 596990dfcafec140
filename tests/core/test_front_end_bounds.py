"""The integer front end cannot overflow: what its numbers can reach, and inputs that reach it.

Between the window and the power spectrum everything is linear but for rounding. So the largest
value of each number, over all frames that there are, is known: the sum of the magnitudes of its
coefficients, times the largest input, and the roundings on its way. It is calculated here, stage by
stage as `core/fft.c` does, with the same twiddle factors. See docs/hardening.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import native
from front_end import FrontEnd
from reference import spectrum as reference

HALF = 256
LARGEST = 2.0**31  # of a windowed sample times the gain
N_WINDOWED = 400


def tables() -> tuple[NDArray[np.int64], ...]:
    """Digit-reversed places, three twiddles a butterfly, twiddles of the split, and the window."""
    ffi, lib = native.load(
        """
        extern const uint8_t ae_digit_reversed[256];
        extern const uint32_t ae_three_twiddles[192], ae_twiddle[129];
        extern const uint16_t ae_hann[400];
        """,
        "tables.c",
    )

    def of(array: Any, kind: type) -> NDArray[np.int64]:
        return np.frombuffer(ffi.buffer(array), kind).astype(np.int64)

    return (
        of(lib.ae_digit_reversed, np.uint8),
        of(lib.ae_three_twiddles, np.uint32).reshape(-1, 3),
        of(lib.ae_twiddle, np.uint32),
        of(lib.ae_hann, np.uint16),
    )


PLACES, THREE, SPLIT, HANN = tables()


class Forms:
    """Complex numbers as linear forms of the windowed samples, with what rounding may add.

    Attributes
    ----------
    of : array of shape (n, 2, 400)
        Coefficients of the real and the imaginary parts.
    error : array of shape (n, 2)
    """

    largest = 0.0  # of any number that was made since it was set to 0
    worst: NDArray[np.float64]  # its coefficients

    def __init__(self, of: NDArray[np.float64], error: NDArray[np.float64]) -> None:
        self.of, self.error = of, error
        reached = np.abs(of).sum(axis=-1) * LARGEST + error
        if reached.max() > Forms.largest:
            Forms.largest = float(reached.max())
            Forms.worst = of[np.unravel_index(reached.argmax(), reached.shape)]

    def __getitem__(self, places: object) -> Forms:
        return Forms(self.of[places], self.error[places])

    def __add__(self, other: Forms) -> Forms:
        return Forms(self.of + other.of, self.error + other.error)

    def __sub__(self, other: Forms) -> Forms:
        return Forms(self.of - other.of, self.error + other.error)

    def shifted(self, bits: int) -> Forms:
        return Forms(self.of / 2**bits, self.error / 2**bits + 1)

    def times_minus_j(self) -> Forms:
        swapped = self.of[:, ::-1] * np.array([1, -1])[:, None]
        return Forms(swapped, self.error[:, ::-1])

    def conjugated(self) -> Forms:
        return Forms(self.of * np.array([1, -1])[:, None], self.error)

    def half_rotated(self, twiddles: NDArray[np.int64]) -> Forms:
        """Two products each, rounded down."""
        cosine = (twiddles & 0xFFFF).astype(np.uint16).view(np.int16) / 2.0**16
        minus_sine = (twiddles >> 16).astype(np.uint16).view(np.int16) / 2.0**16
        factor = np.stack([cosine, minus_sine], axis=1)
        re, im = self.of[:, 0], self.of[:, 1]
        c, s = factor[:, 0, None], factor[:, 1, None]
        for part in (re * c, im * s, re * s, im * c):
            Forms(part, np.ones(len(part)))
        of = np.stack([re * c - im * s, re * s + im * c], axis=1)
        total = self.error.max(axis=1) * np.abs(factor).sum(axis=1) + 2
        return Forms(of, np.repeat(total[:, None], 2, axis=1))


def joined(a: Forms, b: Forms, c: Forms, d: Forms) -> list[Forms]:
    sum_a_c, difference_a_c, sum_b_d = a + c, a - c, b + d
    turned = (b - d).times_minus_j()
    return [sum_a_c + sum_b_d, difference_a_c + turned, sum_a_c - sum_b_d, difference_a_c - turned]


def put(quarters: list[Forms], places: list[NDArray[np.int64]]) -> Forms:
    """The block with four results at their places."""
    of, error = np.empty((HALF, 2, N_WINDOWED)), np.empty((HALF, 2))
    for quarter, at in zip(quarters, places, strict=True):
        of[at], error[at] = quarter.of, quarter.error
    return Forms(of, error)


def windowed() -> Forms:
    of = np.zeros((HALF, 2, N_WINDOWED))
    for n in range(N_WINDOWED // 2):
        of[PLACES[n], [0, 1], [2 * n, 2 * n + 1]] = 1
    return Forms(of, np.zeros((HALF, 2)))


def stage(z: Forms, step: int) -> Forms:
    block, k = np.divmod(np.arange(HALF // 4), step)
    a = 4 * step * block + k
    places = [a + i * step for i in range(4)]
    rows = THREE[k * (HALF // 4 // step)]
    parts = [z[places[0]].shifted(1)]
    for i in range(3):
        rotated, plain = z[places[i + 1]].half_rotated(rows[:, i]), z[places[i + 1]].shifted(1)
        unrotated = (k == 0)[:, None]
        of = np.where(unrotated[..., None], plain.of, rotated.of)
        parts.append(Forms(of, np.where(unrotated, plain.error, rotated.error)))
    return put(joined(*parts), places)


def bins(z: Forms) -> list[Forms]:
    """The last stage: from the transform of pairs to that of the samples."""
    k = np.arange(1, HALF // 2 + 1)
    p, q = z[k].shifted(1), z[HALF - k].shifted(1).conjugated()
    even, odd = (p + q).shifted(1), (p - q).times_minus_j()
    turned = odd.half_rotated(SPLIT[k])
    first = z[:1].shifted(1)
    re, im = first.of[:, :1], first.of[:, 1:]
    ends = Forms(np.concatenate([re + im, re - im], axis=1), first.error * 2)
    return [ends, even + turned, even - turned]


def transform() -> tuple[dict[str, float], dict[str, NDArray[np.float64]]]:
    """What each stage can reach, and the coefficients of the number that does."""
    reached, worst = {}, {}

    def note(name: str) -> None:
        reached[name], worst[name] = Forms.largest, Forms.worst
        Forms.largest = 0.0

    z = windowed().shifted(6)
    Forms.largest = 0.0
    places = [np.arange(0, HALF, 4) + i for i in range(4)]
    z = put(joined(*(z[at] for at in places)), places)
    note("first stage")
    for step in (4, 16, 64):
        z = stage(z, step)
        note(f"stage of {step}")
    Forms.largest = 0.0
    bins(z)
    note("bins")
    return reached, worst


REACHED, WORST = transform()


@pytest.mark.parametrize("name", REACHED)
def test_no_number_of_the_transform_needs_more_than_31_bits(name: str) -> None:
    """`ae_sum_of_squares` wants no more of what comes out."""
    assert REACHED[name] < 2**30


def flat(signs: NDArray[np.float64], peak: float) -> NDArray[np.int16]:
    """A frame whose windowed samples are as large as the largest, wherever that can be."""
    wanted = peak * 65535 / np.maximum(HANN, 1)
    return (np.sign(signs) * np.minimum(np.floor(wanted), 32767)).astype(np.int16)


def worst_frames() -> dict[str, NDArray[np.int16]]:
    sample = np.arange(N_WINDOWED)
    alternating = (-1.0) ** sample
    frames = {
        "lowest": np.full(N_WINDOWED, -32768),
        "highest": np.full(N_WINDOWED, 32767),
        "alternating": np.where(sample % 2, 32767, -32768),
        "one step": np.ones(N_WINDOWED),
        "one sample": np.where(sample == 200, -32768, 0),
        "last sample": np.where(sample == 399, -32768, 0),
    }
    for period in (2, 3, 4, 5, 8, 16, 25, 64, 100, 200, 399):
        frames[f"square of {period}"] = np.where(sample % period < period / 2, 32767, -32768)
        frames[f"impulses of {period}"] = np.where(sample % period == 0, -32768, 0)
    for peak in (1, 15.99, 31.5, 127.9):
        frames[f"flat {peak}"] = flat(np.ones(N_WINDOWED), peak)
        frames[f"flat {peak}, alternating"] = flat(alternating, peak)
        for name, coefficients in WORST.items():
            frames[f"flat {peak}, worst of {name}"] = flat(coefficients, peak)
    for bin_ in (1, 37, 64, 128, 255):
        for phase in (0, np.pi / 4, np.pi / 2):
            wave = np.cos(2 * np.pi * bin_ * sample / 512 + phase)
            frames[f"bin {bin_}, {phase:.1f}"] = flat(wave, 31.5)
    return {name: np.asarray(frame, np.int16) for name, frame in frames.items()}


@pytest.mark.parametrize("flags", [(), ("-DAE_SHORT_PRODUCTS",)])
def test_worst_frames_are_exact(flags: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    """UndefinedBehaviorSanitizer has nothing to say, and numpy the same power."""
    sanitized = FrontEnd(compiler="gcc", extra=("-O1", "-fsanitize=undefined", *flags))
    for name, frame in worst_frames().items():
        mantissas, exponent = sanitized.spectrum(frame)
        power = mantissas * 2.0**exponent
        expected = reference.power(frame, HANN / 65536)
        tolerance = {"rel": 0.001, "abs": 2e-5 * expected.max()}
        assert power == pytest.approx(expected, **tolerance), name
        expected = reference.power_without_mean(frame, HANN / 65536)
        assert sanitized.without_mean(frame) == pytest.approx(expected, **tolerance), name
        sanitized.log_mel(frame)
    assert capfd.readouterr().err == ""


def test_largest_energy_of_a_band_has_16_bits() -> None:
    """log2 of the widest triangle over a spectrum that is everywhere at its most, Q9."""
    most = (32768 * HANN.sum() / 65536) ** 2  # of any bin
    bits = np.log2(most * 257)
    assert bits * 512 < 2**15
