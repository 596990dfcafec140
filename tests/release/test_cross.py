"""The compiled modules of a release, as far as they can be held against this machine's."""

import io
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

import cross
from audio_emotion.data import audio
from audio_emotion.data.sample import sample_recording
from audio_emotion.engine import _core_build
from conftest import REPOSITORY

HERE, ARM = cross.PLATFORMS[:2]
BITS = REPOSITORY / "release" / "bits.py"

# Runs a script with another compiled module in the place of the installed one.
LOAD = """
import importlib.util, os, runpy, sys
path, script, samples = sys.argv[1:]
name = f"audio_emotion.engine._core_{os.environ['AUDIO_EMOTION_SIMD']}"
spec = importlib.util.spec_from_file_location(name, path)
module = importlib.util.module_from_spec(spec)
sys.modules[name] = module
spec.loader.exec_module(module)
from audio_emotion.engine import _core
assert _core.lib is module.lib
assert bool(module.lib.host_runs_avx2()) == ("avx2" in _core.builds())
sys.argv = [script, samples]
runpy.run_path(script)
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., bytes]:
    path = tmp_path_factory.mktemp("module") / "module.c"

    def compile_module(
        platform: cross.Platform, flags: list[str], variant: str = "baseline"
    ) -> bytes:
        getattr(_core_build, variant).emit_c_code(str(path))
        return cross.compile_module(platform, path.read_text(), REPOSITORY / "core", flags)

    return compile_module


@pytest.mark.parametrize("variant", HERE.variants)
def test_zig_gives_the_same_bits(
    variant: str, compiled: Callable[..., bytes], tmp_path: Path
) -> None:
    flags = [*_core_build.PORTABLE_FLAGS, *_core_build.VARIANTS[variant]]
    module = tmp_path / f"module{HERE.suffix}"
    module.write_bytes(compiled(HERE, flags, variant))
    samples = tmp_path / "samples.s16"
    samples.write_bytes(audio.read(sample_recording()).astype("<i2").tobytes())
    ours = _run([str(BITS), str(samples)], "scalar")
    theirs = _run(["-c", LOAD, str(module), str(BITS), str(samples)], variant)
    assert json.loads(theirs) == json.loads(ours)


def _run(arguments: list[str], variant: str) -> str:
    command = [sys.executable, *arguments]
    environment = os.environ | {"AUDIO_EMOTION_SIMD": variant}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_arm_fuses_no_multiplication_and_addition(compiled: Callable[..., bytes]) -> None:
    """Every processor of its kind can, compilers do it unless told not to, and last bits change."""
    flags = _core_build.PORTABLE_FLAGS
    fast = [flag.replace("=off", "=fast") for flag in flags]
    assert fast != flags
    assert _fused(compiled(ARM, fast)) > 10  # so that they would be found
    assert _fused(compiled(ARM, flags)) == 0


def _fused(module: bytes) -> int:
    """Count FMADD and its kin; FMLA and FMLS of vectors, and of vectors by an element."""
    text = ELFFile(io.BytesIO(module)).get_section_by_name(".text").data()
    kinds = ((0xFF000000, 0x1F000000), (0xBF20FC00, 0x0E20CC00), (0xBF80B400, 0x0F801000))
    words = [word for (word,) in struct.iter_unpack("<I", text)]
    return sum(word & mask == kind for word in words for mask, kind in kinds)
