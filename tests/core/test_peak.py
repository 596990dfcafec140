"""The running peak that the network's input is relative to: core/peak.h."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

import native
from reference import net as reference

FLOOR, FALL = 8192, 3
LOWEST, HIGHEST = 6, 29

CDEF = """
    struct ae_peak { int16_t level, loudest[2]; };
    void ae_peak_reset(struct ae_peak *peak);
    int16_t ae_peak_update(struct ae_peak *peak, const int16_t *log_mel);
"""
FFI, LIB = native.load(CDEF, "peak.c")

Frames = NDArray[np.int16]


def levels_of(frames: Frames) -> list[int]:
    peak = FFI.new("struct ae_peak *")
    FFI.memmove(peak, b"\xa5" * 6, 6)
    LIB.ae_peak_reset(peak)
    frames = np.ascontiguousarray(frames)
    return [LIB.ae_peak_update(peak, native.pointer(FFI, "int16_t *", row)) for row in frames]


def tones(levels: list[int], band: int = 15) -> Frames:
    """Frames in which one band alone has energy."""
    frames = np.zeros((len(levels), 40), np.int16)
    frames[:, band] = levels
    return frames


any_frames = st.integers(0, 30).flatmap(lambda n: arrays(np.int16, (n, 40)))


@given(any_frames)
def test_any_frames_are_as_defined(frames: Frames) -> None:
    assert levels_of(frames) == reference.peaks_of(frames).tolist()


@given(any_frames)
def test_it_is_never_below_its_floor_and_never_falls_fast(frames: Frames) -> None:
    levels = np.array([FLOOR, *levels_of(frames)])
    assert levels.min() >= FLOOR
    assert np.diff(levels).min(initial=0) >= -FALL


@given(st.lists(st.integers(FLOOR, 20_000), min_size=3, max_size=20), st.integers(0, 12_000))
def test_it_follows_a_gain(loudest: list[int], gain: int) -> None:
    """From the third frame on, while nothing reaches the floor."""
    loud = levels_of(tones([x + 100 for x in loudest]))
    louder = levels_of(tones([x + 100 + gain for x in loudest]))
    assert [a + gain for a in loud[2:]] == louder[2:]


@pytest.mark.parametrize("n_frames", [1, 2])
def test_a_click_does_not_raise_it(n_frames: int) -> None:
    levels = [10_000] * 9 + [25_000] * n_frames + [10_000] * 9
    assert levels_of(tones(levels))[2:] == [10_000] * (len(levels) - 2)


def test_a_sound_raises_it_at_once_and_it_falls_1_8_db_a_second() -> None:
    found = levels_of(tones([FLOOR] * 3 + [20_000] * 3 + [FLOOR] * 1000))
    assert found[4:6] == [FLOOR, 20_000]
    octaves = (found[5] - found[105]) / 512
    assert octaves * 10 * np.log10(2) == pytest.approx(1.8, abs=0.05)
    assert found[-1] == 20_000 - 1000 * FALL
    assert levels_of(tones([20_000] * 3 + [0] * 5000))[-1] == FLOOR


@pytest.mark.parametrize("band", [0, LOWEST - 1, HIGHEST + 1, 39])
def test_hum_and_hiss_have_no_part_in_it(band: int) -> None:
    assert levels_of(tones([30_000] * 9, band)) == [FLOOR] * 9


@pytest.mark.parametrize("band", [LOWEST, HIGHEST])
def test_band_of_telephones_has(band: int) -> None:
    assert levels_of(tones([30_000] * 3, band))[-1] == 30_000
