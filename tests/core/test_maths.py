"""core/maths.c against numpy in double precision, within the bounds its header states."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import native
from core_features import lib

U32 = st.integers(0, 2**32 - 1)
NORMAL = st.floats(2.0**-126, width=32, allow_nan=False, allow_infinity=False)


def ulp_error(
    function: Callable[[float], float], x: NDArray[np.float32], truth: NDArray[np.float64]
) -> float:
    """Largest error in units of the last place of a float32."""
    got = np.array([function(float(v)) for v in x])
    return float(np.max(np.abs(got - truth) / np.spacing(np.abs(truth).astype(np.float32))))


def float_sweep(rng: np.random.Generator, n: int = 20000) -> NDArray[np.float32]:
    """Positive normal numbers over the whole range of float32."""
    return (rng.uniform(1, 2, n) * 2.0 ** rng.integers(-126, 127, n)).astype(np.float32)


@given(U32)
def test_leading_zeros(x: int) -> None:
    assert lib.probe_clz32(x) == 32 - x.bit_length()


@given(U32)
def test_integer_square_root_within_two(x: int) -> None:
    root = lib.probe_sqrt_u32(x)
    assert abs(root - math.sqrt(x)) < 2
    assert root <= 65535


def test_integer_square_root_of_small_numbers() -> None:
    x = np.arange(2**16)
    roots = np.array([lib.probe_sqrt_u32(int(v)) for v in x])
    assert np.max(np.abs(roots - np.sqrt(x))) < 0.51


def test_integer_logarithm_within_its_bound() -> None:
    rng = np.random.default_rng(0)
    x = (2.0 ** rng.uniform(0, 32, 20000)).astype(np.uint32)
    got = np.array([lib.probe_log2_q15(int(v)) for v in x]) / 2**15
    assert np.max(np.abs(got - np.log2(x))) < 9e-5
    assert lib.probe_log2_q15(0) == 0


@given(NORMAL)
def test_square_root_is_correctly_rounded(x: float) -> None:
    assert lib.ae_sqrtf(x) == np.sqrt(np.float32(x))


def test_square_root_is_correctly_rounded_throughout() -> None:
    x = float_sweep(np.random.default_rng(1))
    assert np.array_equal([lib.ae_sqrtf(float(v)) for v in x], np.sqrt(x))


def test_square_root_without_an_instruction_for_it_has_the_same_bits() -> None:
    undefined = ("-U__SSE__", "-U__aarch64__")
    _, portable = native.load("float ae_sqrtf(float x);", "maths.c", extra=undefined)
    x = float_sweep(np.random.default_rng(1))
    assert np.array_equal([portable.ae_sqrtf(float(v)) for v in x], np.sqrt(x))


def test_logarithm_within_two_ulp() -> None:
    rng = np.random.default_rng(2)
    around_one = rng.uniform(0.5, 2, 20000).astype(np.float32)
    x = np.concatenate((float_sweep(rng), around_one[around_one != 1]))
    assert ulp_error(lib.ae_log2f, x, np.log2(x.astype(np.float64))) <= 2
    assert lib.ae_log2f(1.0) == 0
    assert lib.ae_log2f(8.0) == 3


def test_exponential_within_two_ulp() -> None:
    x = np.random.default_rng(3).uniform(-126, 127, 40000).astype(np.float32)
    assert ulp_error(lib.ae_exp2f, x, 2 ** x.astype(np.float64)) <= 2
    assert lib.ae_exp2f(10.0) == 1024


@pytest.mark.parametrize("x", [0.0, -1.0, -math.inf, math.nan, 1e-40])
def test_outside_the_domain_stays_finite(x: float) -> None:
    assert lib.ae_sqrtf(x) == 0
    assert lib.ae_log2f(x) == -127


def test_exponential_saturates() -> None:
    assert lib.ae_exp2f(1000.0) == 2.0**127
    assert lib.ae_exp2f(-1000.0) == 0
    assert lib.ae_exp2f(math.nan) == 0
