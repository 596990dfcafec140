"""The speech detector against its definition in double precision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import native
from audio_emotion.data import audio
from audio_emotion.devices import emulator
from audio_emotion.recognition.predict import expand
from reference import speech

SR, BLOCK = 16_000, 160
ON_DB, OFF_DB, QUIETEST_DBFS = 8, 5, -65

ffi, lib = native.load(
    """
    struct ae_vad {
        int32_t on, off, quietest, low, past[3], smooth, peak, minima[3];
        uint16_t n_in_minimum, n_loud;
        bool started;
    };
    void ae_vad_reset(struct ae_vad *vad, int on_db, int off_db, int quietest_dbfs);
    bool ae_vad_update(struct ae_vad *vad, const int16_t *block);
    """,
    *("vad.c", "tables.c"),
)


def detect(pcm: NDArray[np.int16]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """What the core decides of each block, and its smoothed level in dB."""
    state = ffi.new("struct ae_vad *")
    lib.ae_vad_reset(state, ON_DB, OFF_DB, QUIETEST_DBFS)
    decision, smooth_db = [], []
    for block in np.ascontiguousarray(pcm[: len(pcm) // BLOCK * BLOCK]).reshape(-1, BLOCK):
        decision.append(lib.ae_vad_update(state, native.pointer(ffi, "int16_t *", block)))
        smooth_db.append(state.smooth / 100)
    return np.array(decision), np.array(smooth_db)


def tone(hz: float, dbfs: float, seconds: float = 0.5) -> NDArray[np.int16]:
    """dbfs is its RMS re full scale."""
    n = np.arange(int(seconds * SR))
    amplitude = 32768 * np.sqrt(2) * 10 ** (dbfs / 20)
    return np.clip(np.rint(amplitude * np.sin(2 * np.pi * hz / SR * n)), -32768, 32767).astype(
        np.int16
    )


@pytest.mark.parametrize("dbfs", [-60, -40, -20, -4])
def test_level_of_tones(dbfs: float) -> None:
    for hz in (60, 160, 500, 1000, 2000, 3000):
        pcm = tone(hz, dbfs)
        # The input is in steps of 1/32768, the voice band is rounded down to such steps.
        tolerance_db = 0.3 if speech.levels(pcm)[-1] > -70 else 3
        assert detect(pcm)[1][-1] == pytest.approx(
            speech.levels(pcm)[-20:].mean(), abs=tolerance_db
        )


def test_band_of_the_voice() -> None:
    """3 dB down at 160 Hz and 1.8 kHz; nothing left of DC and 4 kHz."""
    levels = {hz: detect(tone(hz, -10))[1][-1] + 10 for hz in (160, 600, 1800, 4000)}
    assert levels[160] == pytest.approx(-3, abs=0.8)  # a block is 1.6 periods
    assert levels[600] == pytest.approx(-0.6, abs=0.5)
    assert levels[1800] == pytest.approx(-3, abs=0.5)
    assert levels[4000] < -50
    assert detect(np.full(SR, 20_000, np.int16))[1][-1] < -90


@pytest.mark.parametrize("extreme", ["alternating", "square", "lowest", "random"])
def test_extreme_samples_are_finite(extreme: str) -> None:
    full = {
        "alternating": np.tile([32767, -32768], SR // 2),
        "square": np.repeat(np.tile([32767, -32768], 20), SR // 40),
        "lowest": np.full(SR, -32768),
        "random": np.random.default_rng(0).choice([-32768, 32767], SR),
    }[extreme].astype(np.int16)
    expected = speech.levels(full)[-20:].max()
    assert detect(full)[1][-20:].max() <= max(expected, -90) + 1


def test_decisions_are_the_definition_s(sample: Path) -> None:
    """A few blocks in thousands lie within rounding of a threshold and may tip others."""
    generator = np.random.default_rng(1)
    n_blocks = n_different = 0
    for path in expand([sample])[0][::3]:
        pcm = audio.read(path)
        hiss = np.rint(generator.normal(0, 20, len(pcm)))
        pcm = np.clip(pcm + hiss, -32768, 32767).astype(np.int16)
        expected = speech.is_speech(speech.levels(pcm), ON_DB, OFF_DB, QUIETEST_DBFS)
        n_blocks += len(expected)
        n_different += int(np.sum(detect(pcm)[0] != expected))
    assert n_blocks > 4000
    assert n_different <= 0.005 * n_blocks


def test_a_click_is_not_speech_and_a_sound_is() -> None:
    noise = np.rint(np.random.default_rng(0).normal(0, 10, 3 * SR)).astype(np.int16)
    for n_blocks in (1, 2, 3):
        pcm = noise.copy()
        pcm[SR : SR + n_blocks * BLOCK - 8] = tone(500, -20, n_blocks / 100)[:-8]
        assert not detect(pcm)[0].any()
    pcm = noise.copy()
    pcm[SR : SR + 8 * BLOCK] = tone(500, -20, 0.08)
    assert detect(pcm)[0][103:108].all()


def test_noise_that_stays_becomes_the_floor() -> None:
    generator = np.random.default_rng(0)
    quiet, loud = generator.normal(0, 5, 4 * SR), generator.normal(0, 500, 6 * SR)
    decision, _ = detect(np.rint(np.concatenate([quiet, loud])).astype(np.int16))
    assert not decision[: 4 * 100].any()
    assert decision[4 * 100 + 10]
    assert not decision[4 * 100 + 250 :].any()  # 1.6 to 2.4 s later


def test_no_undefined_behaviour(capfd: pytest.CaptureFixture[str]) -> None:
    sanitized_ffi, sanitized = native.load(
        """
        struct ae_vad { int32_t word[16]; };
        void ae_vad_reset(struct ae_vad *vad, int on_db, int off_db, int quietest_dbfs);
        bool ae_vad_update(struct ae_vad *vad, const int16_t *block);
        """,
        *("vad.c", "tables.c"),
        compiler="gcc",
        extra=("-O1", "-fsanitize=undefined"),
    )
    state = sanitized_ffi.new("struct ae_vad *")
    sanitized.ae_vad_reset(state, 60, 60, -100)
    generator = np.random.default_rng(0)
    for amplitude in (0, 1, 32767):
        for _ in range(300):
            block = generator.integers(-amplitude - 1, amplitude + 1, BLOCK).astype(np.int16)
            sanitized.ae_vad_update(state, native.pointer(sanitized_ffi, "int16_t *", block))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("cpu", "budget"), [("cortex-m0plus", 5_300), ("cortex-m4f", 2_000)])
def test_instructions_per_block(cpu: str, budget: int) -> None:
    """All that the device does while nobody speaks: at 48 MHz an M0+ is busy 1.5 % of the time."""
    snippet = """
        #include "vad.h"
        static struct ae_vad vad;
        CALLABLE int update(const int16_t *block) { return ae_vad_update(&vad, block); }
    """
    program = emulator.compile_program(
        cpu, [emulator.CORE / "vad.c", emulator.CORE / "tables.c"], snippet
    )
    block = np.random.default_rng(0).integers(-9000, 9000, BLOCK).astype(np.int16)
    run = program.call("update", block)
    assert run.instructions <= 1.03 * budget
    assert run.stack_bytes <= 128
