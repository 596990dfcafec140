"""The front end on Cortex-M: the same bits as here, within its budget of instructions.

Counted with zig 0.17.1 (clang) at -O3; the head-room of 3 % is for other versions.
"""

from __future__ import annotations

import numpy as np
import pytest

from audio_emotion.devices import emulator
from front_end import SOURCES, FrontEnd
from signals import FRAMES, noise

SNIPPET = """
    #include "mel.h"
    static struct ae_spectrum_work work;
    CALLABLE void spectrum(const int16_t *frame, struct ae_spectrum *result) {
        ae_spectrum_compute(frame, &work, result);
    }
    CALLABLE void log_mel(const struct ae_spectrum *spectrum, int16_t *result) {
        ae_log_mel(spectrum, result);
    }
"""

HEADROOM = 1.03
INSTRUCTIONS = {
    ("cortex-m0plus", "spectrum"): 71_000,
    ("cortex-m0plus", "log_mel"): 13_300,
    ("cortex-m4f", "spectrum"): 26_650,
    ("cortex-m4f", "log_mel"): 6_150,
}
STACK_BYTES = 350
SPECTRUM = 257 + 1 + 9  # words


@pytest.fixture(scope="module", params=["cortex-m0plus", "cortex-m4f"])
def cpu(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def program(cpu: str) -> emulator.Program:
    return emulator.compile_program(cpu, [emulator.CORE / name for name in SOURCES], SNIPPET)


def test_budget(cpu: str, program: emulator.Program) -> None:
    spectrum, log_mel = np.zeros(SPECTRUM, np.uint32), np.zeros(40, np.int16)
    runs = {
        "spectrum": program.call("spectrum", noise(-20), spectrum),
        "log_mel": program.call("log_mel", spectrum, log_mel),
    }
    for stage, run in runs.items():
        assert run.instructions <= INSTRUCTIONS[cpu, stage] * HEADROOM
        assert run.stack_bytes <= STACK_BYTES


@pytest.mark.parametrize("name", FRAMES)
def test_same_bits_as_here(program: emulator.Program, name: str) -> None:
    spectrum, log_mel = np.zeros(SPECTRUM, np.uint32), np.zeros(40, np.int16)
    program.call("spectrum", FRAMES[name], spectrum)
    program.call("log_mel", spectrum, log_mel)
    here = FrontEnd()
    mantissas, exponent = here.spectrum(FRAMES[name])
    assert np.array_equal(spectrum[:257], mantissas)
    assert spectrum[257:258].view(np.int32)[0] == exponent
    assert np.array_equal(log_mel, here.log_mel(FRAMES[name]))


@pytest.mark.parametrize("n", [4, 10, 11, 13, 19, 156])
def test_four_correlations(cpu: str, n: int) -> None:
    snippet = """
        #include "correlation.h"
        CALLABLE void four(const int16_t *x, const int16_t *later, int n, int32_t *r) {
            ae_four_correlations(x, later, n, r);
        }
    """
    sources = [emulator.CORE / name for name in ("correlation.c", "maths.c", "tables.c")]
    program = emulator.compile_program(cpu, sources, snippet)
    x, later = np.random.default_rng(n).integers(-2048, 2048, (2, n)).astype(np.int16)
    sums = np.zeros(4, np.int32)
    program.call("four", x, later, n, sums)
    assert sums.tolist() == [int(np.dot(x[: n - j].astype(int), later[j:])) for j in range(4)]
