"""One recording, every route: the same bits in Python and on every emulated board."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

import exported_models
import fitted_classifiers
import run as runner
import separable_dataset
from audio_emotion.data.audio import read
from audio_emotion.devices import boards
from audio_emotion.devices.device import Device
from audio_emotion.devices.emulator import PROCESSORS
from audio_emotion.engine import features
from audio_emotion.engine.network_file import FRONT_END_HASH, write
from audio_emotion.engine.utterance_recognizer import UtteranceRecognizer
from audio_emotion.errors import InputError, ToolError
from audio_emotion.export.classifier_firmware import TOLERANCE
from audio_emotion.recognition.classifier_file import ClassifierModel, save
from audio_emotion.recognition.predict import expand
from conftest import REPOSITORY
from random_network_models import made_up

RUN = REPOSITORY / "boards" / "run.py"
RECORDING = fitted_classifiers.SAMPLE / "Crema" / "1038_IEO_HAP_MD.ogg"
PIECES = (64, 160, 256, 512)  # what DMA delivers at once

# What QEMU and rp2040js run is built by Debian's compilers: another compiler than zig's.
TOOLS = {
    "cortex-m0plus": ("arm-none-eabi-gcc", "qemu-system-arm"),
    "cortex-m4f": ("arm-none-eabi-gcc", "qemu-system-arm"),
    "cortex-m33": ("arm-none-eabi-gcc", "qemu-system-arm"),
    "cortex-m7": ("arm-none-eabi-gcc", "qemu-system-arm"),
    "rv32imc": ("riscv64-unknown-elf-gcc", "qemu-system-riscv32"),
    "xtensa-lx106": ("xtensa-lx106-elf-gcc", "qemu-system-xtensa"),
    "rp2040js": ("arm-none-eabi-gcc", "node"),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ClassifierModel:
    return fitted_classifiers.on_sample("MLP", tmp_path_factory.mktemp("sample"))


def run(
    target: str, *recordings: Path, piece: int = 160, model: Path | None = None
) -> dict[str, Any]:
    """Return what the board printed; skip the test without the tools for it."""
    missing = [tool for tool in TOOLS[target] if shutil.which(tool) is None]
    if target == "rp2040js" and not (RUN.parent / "rp2040js" / "node_modules").exists():
        missing.append("rp2040js")
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed: make tools")
    return runner.run(target, list(recordings), piece, model)


def floats(bits: list[str]) -> np.ndarray:
    return np.array([int(word, 16) for word in bits], np.uint32).view(np.float32)


def same_bits(left: np.ndarray, right: np.ndarray) -> bool:
    return left.tobytes() == right.tobytes()


@pytest.mark.parametrize("cpu", PROCESSORS)
def test_emulated_processor_gives_the_same_bits(cpu: str) -> None:
    samples = fitted_classifiers.clips()[RECORDING]
    done = Device(cpu, counting=False).run(samples)
    assert same_bits(done.result, features.extract(samples))


def test_pieces_of_any_size_give_the_same_bits() -> None:
    samples = fitted_classifiers.clips()[RECORDING]
    device = Device("cortex-m4f", counting=False)
    for piece in PIECES:
        assert same_bits(device.run(samples, piece).result, features.extract(samples))


def test_device_refuses_less_than_a_frame() -> None:
    device = Device("cortex-m4f", counting=False)
    with pytest.raises(InputError, match="399 samples are too short for one frame"):
        device.run(np.zeros(399, np.int16))


@pytest.mark.parametrize(("cpu", "every"), [("cortex-m4f", 1), ("cortex-m0plus", 6)])
def test_same_emotions_as_python(cpu: str, every: int, model: ClassifierModel) -> None:
    """All clips of sample/; the M0+ takes four times as long and gets every sixth."""
    device = Device(cpu, model, counting=False)
    for samples in list(fitted_classifiers.clips().values())[::every]:
        assert_same_answer(device, model, samples)


def test_same_emotions_of_a_model_that_knows_no_speech() -> None:
    data = separable_dataset.dataset(per_emotion=1)
    model = exported_models.train_on_non_speech(LinearDiscriminantAnalysis(), data)
    device = Device("cortex-m4f", model, counting=False)
    assert_same_answer(device, model, fitted_classifiers.clips()[RECORDING])


@pytest.mark.corpora
@pytest.mark.parametrize("cpu", PROCESSORS)
def test_same_emotions_as_python_on_the_corpora(
    cpu: str, model: ClassifierModel, corpora: Path
) -> None:
    """Of 120 recordings spread over the collection, 30 on processors that no board of ours has."""
    n = 120 if cpu in {"cortex-m0plus", "cortex-m4f"} else 30
    paths, _ = expand([corpora])
    device = Device(cpu, model, counting=False)
    for path in paths[:: len(paths) // n]:
        assert_same_answer(device, model, read(path))


def assert_same_answer(device: Device, model: ClassifierModel, samples: features.Samples) -> None:
    done = device.run(samples)
    expected = features.extract(samples)
    probabilities = model.probabilities(expected[None])[0]
    assert same_bits(done.result, expected)
    assert done.probabilities == pytest.approx(probabilities, abs=TOLERANCE)
    assert done.speech == pytest.approx(model.speech(expected[None])[0], abs=TOLERANCE)
    assert fitted_classifiers.emotion_of(done.probabilities) == fitted_classifiers.emotion_of(
        probabilities
    )


@pytest.mark.parametrize("target", ["cortex-m0plus", "cortex-m4f", "cortex-m33", "cortex-m7"])
def test_cortex_m_firmware(target: str, model: ClassifierModel, tmp_path: Path) -> None:
    assert_firmware_agrees(target, model, tmp_path)


@pytest.mark.parametrize("target", ["rv32imc", "xtensa-lx106"])
def test_riscv_and_xtensa_firmware(target: str, model: ClassifierModel, tmp_path: Path) -> None:
    assert_firmware_agrees(target, model, tmp_path)


def assert_firmware_agrees(target: str, model: ClassifierModel, folder: Path) -> None:
    """Over pieces of every size, in features, probabilities and label."""
    path = folder / "model.skops"
    save(model, path)
    expected = features.extract(fitted_classifiers.clips()[RECORDING])
    probabilities = model.probabilities(expected[None])[0]
    for piece in PIECES:
        document = run(target, RECORDING, piece=piece, model=path)
        (result,) = document["recordings"]
        assert document["schema"] == features.schema_hash()
        assert same_bits(floats(result["features"]), expected)
        assert floats(result["probabilities"]) == pytest.approx(probabilities, abs=TOLERANCE)
        assert floats(result["speech"]).tolist() == [1]
        assert result["emotion"] == fitted_classifiers.emotion_of(probabilities)
        assert 100 < result["stack_bytes"] < 2048


@pytest.mark.parametrize(
    "target", ["cortex-m0plus", "cortex-m4f", "cortex-m33", "cortex-m7", "rv32imc", "xtensa-lx106"]
)
def test_firmware_with_a_network_says_the_same(target: str, tmp_path: Path) -> None:
    """Scores and probabilities of every clip of sample/, bit for bit; some are no speech."""
    network = made_up(speech_threshold=0.3)
    write(network.network, tmp_path / "model.aem", network.metadata)
    document = run(target, *fitted_classifiers.clips(), model=tmp_path / "model.aem")
    assert document["front_end"] == FRONT_END_HASH
    recognizer, n_spoken = UtteranceRecognizer(network), 0
    for result, samples in zip(
        document["recordings"], fitted_classifiers.clips().values(), strict=True
    ):
        recognizer.reset()
        assert recognizer.process(samples) == result["frames"]
        answer = recognizer.finish()
        assert same_bits(floats(result["scores"]), answer.logits)
        assert same_bits(floats(result["probabilities"]), answer.probabilities)
        assert floats(result["speech"]).tolist() == [answer.speech]
        named = fitted_classifiers.emotion_of(answer.probabilities)
        assert result["emotion"] == (named if answer.speech >= network.speech_threshold else None)
        n_spoken += result["emotion"] is not None
        assert 100 < result["stack_bytes"] < 1536
    assert 0 < n_spoken < len(document["recordings"])


@pytest.mark.parametrize("target", ["cortex-m4f", "cortex-m0plus", "rv32imc", "xtensa-lx106"])
def test_firmware_gives_the_same_bits_for_every_clip(target: str) -> None:
    document = run(target, *fitted_classifiers.clips())
    for result, samples in zip(
        document["recordings"], fitted_classifiers.clips().values(), strict=True
    ):
        assert same_bits(floats(result["features"]), features.extract(samples))


FLOATING_POINT = """
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
float __addsf3(float, float), __subsf3(float, float), __mulsf3(float, float);
float __floatsisf(int32_t), __floatunsisf(uint32_t);
uint32_t __fixunssfsi(float);
static uint64_t state = 1;
static uint32_t next(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) << 1 ^ (uint32_t)(state >> 17);
}
static float random_float(void) { /* of all exponents, or of a few, with many or few bits set */
    uint32_t bits = next();
    const uint32_t how = next();
    if (how % 4 == 0)
        bits = (bits & 0x807fffff) | (120 + how / 4 % 12) << 23;
    if (how % 3 == 0)
        bits &= next() | 0xff800000;
    if (how % 64 == 5)
        bits &= 0x807fffff; /* subnormal */
    if (how % 64 == 6)
        bits = (bits & 0x80400000) | 0x7f800000;
    float value;
    memcpy(&value, &bits, 4);
    return value;
}
static int n_wrong;
static void compare(const char *what, float a, float b, float ours, float theirs) {
    if (isnan(ours) && isnan(theirs))
        return;
    if (memcmp(&ours, &theirs, 4) != 0 && n_wrong++ < 9)
        printf("%s %a %a: %a in the place of %a\\n", what, a, b, ours, theirs);
}
int main(void) {
    for (int i = 0; i < 3000000; i++) {
        volatile float a = random_float(), b = random_float();
        compare("+", a, b, __addsf3(a, b), a + b);
        compare("-", a, b, __subsf3(a, b), a - b);
        compare("*", a, b, __mulsf3(a, b), a * b);
        const uint32_t n = next() >> next() % 32;
        compare("int", 0, 0, __floatsisf((int32_t)n), (float)(int32_t)n);
        compare("unsigned", 0, 0, __floatunsisf(n), (float)n);
        const float c = fabsf(a);
        if (c < 4294967296.0f && __fixunssfsi(c) != (uint32_t)c)
            compare("to unsigned", c, 0, 0, 1);
    }
    return n_wrong != 0;
}
"""


def test_xtensa_s_floating_point_is_this_processor_s(tmp_path: Path) -> None:
    (tmp_path / "test.c").write_text(FLOATING_POINT)
    source = REPOSITORY / "boards" / "xtensa-lx106" / "floating_point.c"
    command = ["gcc", "-std=c99", "-O1", "-ffp-contract=off", "test.c", str(source), "-o", "test"]
    subprocess.run(command, cwd=tmp_path, check=True)
    done = subprocess.run([tmp_path / "test"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


LOOP = """
#include "board.h"
#include "host.h"
#include "json.h"
int main(void) {
    uint32_t n = 100000;
    const uint32_t start = counter_read();
    __asm__ volatile("1: addi %0, %0, -1; addi a8, a8, 1; addi a8, a8, 1; bnez %0, 1b"
                     : "+r"(n) : : "a8");
    const uint32_t ticks = counter_read() - start;
    host_print("{\\"loop\\": 0");
    json_field("ticks", ticks & COUNTER_MASK);
    host_print("}");
    host_exit(0);
}
"""


def test_xtensa_s_ticks_are_instructions(tmp_path: Path) -> None:
    """Four instructions, a hundred thousand times."""
    run("xtensa-lx106", RECORDING)  # builds the objects, or skips
    target = RUN.parent / "xtensa-lx106"
    (tmp_path / "loop.c").write_text(LOOP)
    objects = RUN.parent / "build" / "xtensa-lx106"
    names = ("xtensa", "simcall", "json", "startup", "string", "arithmetic")
    command = [
        *("xtensa-lx106-elf-gcc", "-mtext-section-literals", "-ffreestanding", "-std=gnu99"),
        *("-nostartfiles", "-nostdlib", f"-I{RUN.parent / 'firmware'}"),
        *(f"-L{RUN.parent / 'firmware'}", f"-T{target / 'memory.ld'}", "loop.c"),
        *(str(objects / f"{name}.o") for name in names),
    ]
    subprocess.run([*command, "-lgcc", "-o", "loop.elf"], cwd=tmp_path, check=True)
    machine = runner.MACHINES["xtensa-lx106"]
    document = runner._emulate(machine, tmp_path / "loop.elf", ["1"], str(tmp_path))
    assert document["ticks"] * machine.units_per_tick == pytest.approx(400_000, rel=1e-3)


def test_cycles_per_instruction_of_the_rp2040() -> None:
    """The figure in the table of boards is what rp2040js counts."""
    (cycles,) = run("rp2040js", RECORDING)["recordings"]
    (instructions,) = run("cortex-m0plus", RECORDING)["recordings"]
    assert cycles["features"] == instructions["features"]
    measured = cycles["cycles_process"] / instructions["instructions_process"]
    assert boards.find("rp2040").cpi == pytest.approx(measured, rel=0.03)


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", "not a WAV file"), (b"RIFF\x24\0\0\0WAVEfmt ", "no samples")],
)
def test_firmware_says_what_is_wrong_with_a_recording(content: bytes, error: str) -> None:
    """The runner writes sound WAV files, so this goes past it, to the firmware alone."""
    run("cortex-m4f", RECORDING)
    firmware = RUN.parent / "build" / "cortex-m4f" / "firmware.elf"
    document = emulate(firmware, content)
    assert document["recordings"][0]["error"] == error


def emulate(firmware: Path, content: bytes) -> dict[str, Any]:
    recording = firmware.with_name("broken.wav")
    recording.write_bytes(content)
    given = f"enable=on,target=native,arg=160,arg={recording.name}"
    command = ["qemu-system-arm", "-M", "mps2-an386", "-nographic", "-monitor", "none"]
    command += ["-serial", "none", "-semihosting-config", given, "-kernel", str(firmware)]
    done = subprocess.run(command, capture_output=True, check=False, cwd=firmware.parent)
    assert done.returncode == 1
    return json.loads(done.stdout)


def test_runner_names_the_file_that_is_missing() -> None:
    command = [sys.executable, str(RUN), "cortex-m4f", "nowhere.wav"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("run.py: error: ")
    assert "nowhere.wav" in done.stderr


def test_runner_names_the_tool_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _program: None)
    with pytest.raises(ToolError, match=r"qemu-system-arm is not installed.*make tools"):
        runner.run("cortex-m4f", [RECORDING])


def test_unknown_board() -> None:
    with pytest.raises(InputError, match="'esp8266' is not known"):
        boards.find("esp8266")


def test_energy_of_the_original_is_power_times_time() -> None:
    for board in boards.ORIGINAL_BOARDS:
        mj = board.original.power_mw * board.original.answer_ms / 1000
        assert board.original.answer_mj == pytest.approx(mj, rel=0.01)
