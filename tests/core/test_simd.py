"""The sums of products give the same bits by every set of instructions."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import native
from audio_emotion.data import audio
from audio_emotion.engine import _core
from conftest import REPOSITORY

CDEF = """
void ae_four_dots(const uint8_t *x, const uint8_t *weights, uint32_t n, uint32_t *sums);
void ae_four_wide_dots(const uint16_t *x, const uint8_t *weights, uint32_t n, uint32_t *sums);
"""
FLAGS = {"scalar": ("-DAE_SCALAR",), "baseline": (), "avx2": ("-mavx2",)}
COMPILERS = [compiler for compiler in ("gcc", "clang") if shutil.which(compiler)]
SAMPLES = sorted((REPOSITORY / "sample").rglob("*.ogg"))[:4]


def dots(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sums modulo 2^32 of inputs (n,) and four rows of weights (4, n)."""
    return (weights.astype(np.uint64) @ x.astype(np.uint64)).astype(np.uint32)


def in_blocks(weights: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """Four rows of weights as dot.h wants them: four weights of each after another."""
    blocks = weights.reshape(4, -1, 4)[..., order]
    return np.ascontiguousarray(blocks.transpose(1, 0, 2)).ravel()


@pytest.fixture(params=COMPILERS)
def compiler(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=_core.builds())
def build(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def kernels(compiler: str, build: str) -> Any:
    return native.load(CDEF, "dot.c", compiler=compiler, extra=FLAGS[build])


@pytest.mark.parametrize("n", [4, 40, 144, 1000])
@pytest.mark.parametrize("extreme", [False, True])
def test_sums_are_exact(kernels: Any, n: int, extreme: bool) -> None:
    ffi, lib = kernels
    rng = np.random.default_rng(n)
    x, weights = rng.integers(0, 256, n, np.uint8), rng.integers(0, 256, (4, n), np.uint8)
    wide = rng.integers(0, 1 << 15, n, np.uint16)
    if extreme:
        x[:], weights[:], wide[:] = 255, 255, (1 << 15) - 1
    for function, inputs, order in (
        (lib.ae_four_dots, x, (0, 1, 2, 3)),
        (lib.ae_four_wide_dots, wide, (0, 2, 1, 3)),
    ):
        packed, sums = in_blocks(weights, order), np.zeros(5, np.uint32)
        function(
            native.pointer(ffi, f"{inputs.dtype}_t *", inputs),
            native.pointer(ffi, "uint8_t *", packed),
            n,
            native.pointer(ffi, "uint32_t *", sums),
        )
        assert sums.tolist() == [*dots(inputs, weights), 0]


LAYERS = Path(__file__).parents[1] / "helpers" / "layers.c"
SOURCES = [LAYERS, native.CORE / "conv.c", native.CORE / "dot.c"]
ZIG = [sys.executable, "-m", "ziglang", "cc", "-fno-sanitize=undefined"]
NODE = """
const {WASI} = require('node:wasi');
const wasi = new WASI({version: 'preview1'});
WebAssembly.instantiate(require('fs').readFileSync(process.argv[1]), wasi.getImportObject())
    .then(({instance}) => wasi.start(instance));
"""
# How a program is compiled for another processor, and run here.
OTHERS = {
    "NEON": ([*ZIG, "-target", "aarch64-linux-musl", "-static"], ["qemu-aarch64-static"]),
    "SIMD128": (
        [*ZIG, "-target", "wasm32-wasi", "-msimd128"],
        ["node", "--no-warnings", "-e", NODE],
    ),
}


def layers(command: list[str], runner: list[str]) -> str:
    """Hash of the outputs of many layers, by a program compiled with `command`."""
    program = native.build([*command, *native.FLAGS, f"-I{native.CORE}"], SOURCES, "")
    return subprocess.run([*runner, program], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def scalar() -> str:
    return layers(["cc", "-DAE_SCALAR"], [])


def test_layers_are_the_same(compiler: str, build: str, scalar: str) -> None:
    assert layers([compiler, *FLAGS[build]], []) == scalar


@pytest.mark.parametrize("simd", OTHERS)
def test_layers_are_the_same_on_another_processor(simd: str, scalar: str) -> None:
    command, runner = OTHERS[simd]
    if shutil.which(runner[0]) is None:
        pytest.skip(f"{runner[0]} is not installed")
    assert f"\n{simd}\n" in "\n" + subprocess.run(
        [*command, "-E", "-P", "-include", "simd.h", f"-I{native.CORE}", "-x", "c", "-"],
        input="AE_SIMD\n",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.replace('"', "")
    assert layers(command, runner) == scalar


SCRIPT = """
import hashlib, json, sys
import numpy as np
from audio_emotion.engine import _core, features
from audio_emotion.recognition.model import load_model
digest, model = hashlib.sha256(), load_model("default")
for path in sys.argv[1:]:
    samples = np.fromfile(path, "<i2").astype(np.int16)
    extractor = model.extractor()
    extractor.process(samples)
    result = extractor.finish()
    for bits in (features.log_mel(samples), features.frames(samples), features.extract(samples),
                 result, model.probabilities(result[None])):
        digest.update(bits.tobytes())
print(json.dumps([_core.SIMD, digest.hexdigest()]))
"""


def run(build: str | None, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != _core.VARIABLE}
    if build is not None:
        environment[_core.VARIABLE] = build
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_every_build_answers_the_same(tmp_path: Path) -> None:
    paths = [tmp_path / f"{index}.s16" for index in range(len(SAMPLES))]
    for path, sample in zip(paths, SAMPLES, strict=True):
        audio.read(sample).astype("<i2").tofile(path)
    arguments = ["-c", SCRIPT, *map(str, paths)]
    found = {build: json.loads(run(build, arguments).stdout) for build in _core.builds()}
    assert len({digest for _, digest in found.values()}) == 1
    names = {build: simd for build, (simd, _) in found.items()}
    assert names["scalar"] == "scalar"
    if platform.machine() in {"x86_64", "AMD64"}:
        assert names["baseline"] == "SSE2"
        assert names.get("avx2", "AVX2") == "AVX2"
    # What is chosen where nothing is said.
    assert json.loads(run(None, arguments).stdout) == found[_core.builds()[-1]]


def test_a_build_that_there_is_not() -> None:
    command = "from audio_emotion.cli import main; main()"
    done = run("altivec", ["-c", command, "predict", str(SAMPLES[0])])
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "audio-emotion: error: AUDIO_EMOTION_SIMD is 'altivec', which this processor cannot run: "
        f"choose from {', '.join(_core.builds())}, or leave it unset."
    ]
