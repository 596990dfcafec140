"""Weighted means and deviations: exact, however long somebody speaks."""

from __future__ import annotations

from math import isqrt

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

import native

LARGEST_TOTAL = (1 << 25) + 127

ffi, lib = native.load(
    """
    struct ae_pooling { uint64_t *squares; uint32_t *sums; uint32_t n; };
    void ae_pooling_add(const struct ae_pooling *pooling, const uint8_t *row, uint32_t weight,
                        uint32_t *total);
    void ae_pooling_finish(const struct ae_pooling *pooling, uint32_t total, uint16_t *pooled);
    """,
    "pooling.c",
)
short_ffi, short_lib = native.load(
    "void ae_pooling_finish(const void *pooling, uint32_t total, uint16_t *pooled);",
    "pooling.c",
    extra=("-DAE_SHORT_PRODUCTS",),
)


def finish(squares: int, total_of_x: int, total: int) -> list[int]:
    sums = ffi.new("uint32_t[]", [total_of_x]), ffi.new("uint64_t[]", [squares])
    pooling = ffi.new("struct ae_pooling *", {"squares": sums[1], "sums": sums[0], "n": 1})
    pooled, other = ffi.new("uint16_t[2]"), short_ffi.new("uint16_t[2]")
    lib.ae_pooling_finish(pooling, total, pooled)
    short_lib.ae_pooling_finish(short_ffi.cast("void *", ffi.cast("size_t", pooling)), total, other)
    assert list(pooled) == list(other)
    return list(pooled)


@given(
    st.integers(1, LARGEST_TOTAL) | st.integers(1, 1000),
    st.floats(0, 1),
    st.floats(0, 1),
)
@example(LARGEST_TOTAL, 1.0, 1.0)
@example(1, 1.0, 1.0)
def test_quotients_are_exact(total: int, mean: float, spread: float) -> None:
    x = int(127 * total * mean)
    least, most = x * x // total, 127 * x  # what the squares of values from 0 to 127 can be
    squares = least + int((most - least) * spread)
    expected = (16 * x + total // 2) // total
    variance = max(0, 256 * squares // total - expected**2)
    assert finish(squares, x, total) == [expected, isqrt(variance)]


def test_rows_beyond_the_longest_are_not_counted() -> None:
    sums = ffi.new("uint32_t[1]", [127 * (1 << 25)]), ffi.new("uint64_t[1]", [127**2 << 25])
    pooling = ffi.new("struct ae_pooling *", {"squares": sums[1], "sums": sums[0], "n": 1})
    total = ffi.new("uint32_t *", 1 << 25)
    row = np.array([128], np.uint8)  # zero
    for _ in range(3):
        lib.ae_pooling_add(pooling, native.pointer(ffi, "uint8_t *", row), 127, total)
    assert total[0] == LARGEST_TOTAL
    pooled = ffi.new("uint16_t[2]")
    lib.ae_pooling_finish(pooling, total[0], pooled)
    assert pooled[0] in {2031, 2032}
