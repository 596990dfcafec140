"""The integer front end gives the same bits however it is compiled."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from front_end import FrontEnd
from signals import FRAMES, Frame

frames = arrays(np.int16, 400, elements=st.integers(-32768, 32767))

BUILDS = {
    f"{compiler} {' '.join(flags)}": {"compiler": compiler, "extra": flags}
    for compiler in ("gcc", "clang")
    if shutil.which(compiler)
    for flags in (("-O0",), ("-O3",), ("-O3", "-DAE_SHORT_PRODUCTS"), ("-O3", "-fwrapv"))
}


def bits(front_end: FrontEnd, frame: Frame) -> bytes:
    mantissas, exponent = front_end.spectrum(frame)
    return (
        mantissas.tobytes() + exponent.to_bytes(4, signed=True) + front_end.log_mel(frame).tobytes()
    )


@pytest.mark.parametrize("build", BUILDS)
def test_same_bits_from_every_compiler(build: str) -> None:
    here, there = FrontEnd(), FrontEnd(**BUILDS[build])

    @given(frames)
    def same_bits(frame: Frame) -> None:
        assert bits(there, frame) == bits(here, frame)

    same_bits()
    for frame in FRAMES.values():
        assert bits(there, frame) == bits(here, frame)


@pytest.mark.parametrize("flags", [(), ("-DAE_SHORT_PRODUCTS",)])
def test_no_undefined_behaviour(flags: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    """UndefinedBehaviorSanitizer writes to stderr what overflows."""
    sanitized = FrontEnd(compiler="gcc", extra=("-O1", "-fsanitize=undefined", *flags))

    @given(frames)
    def run(frame: Frame) -> None:
        sanitized.log_mel(frame)

    run()
    for frame in FRAMES.values():
        sanitized.log_mel(frame)
    assert capfd.readouterr().err == ""
