"""The exported examples, run on this machine with doubles of the boards' drivers that behave.

Drivers that stop when they are not read, buffers of their sizes, queues that overflow, slots that
differ by chip, interrupts, a USB port that nobody has opened yet: see tests/board_interfaces.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import board_doubles
from audio_emotion.data import audio
from audio_emotion.data.sample import sample_recording
from audio_emotion.export import export
from audio_emotion.recognition.model import load_model
from audio_emotion.recognition.stream import StreamEvent, StreamRecognizer
from board_doubles import EXAMPLES
from conftest import REPOSITORY
from random_network_models import made_up

TARGETS = sorted({example.target for example in EXAMPLES.values()})
ONE_OF_EACH_DRIVER = [
    *("Nano33BLESense_PDM", "NanoRP2040Connect_PDM", "RP2040_I2S", "ESP32C3_I2S"),
    *("ESP-IDF, ESP32-S3", "Zephyr", "STM32H743"),
]
PDM = ["Nano33BLESense_PDM", "NanoRP2040Connect_PDM"]
# Speech of normal loudness, at its distance, in dB of a digital microphone's full scale.
DISTANCES = {"10 cm": -40, "30 cm": -50, "1 m": -60}
CLIPS = ["03-01-01-01-01-01-19.flac", "03-01-05-02-02-01-20.flac", "03-01-08-02-01-01-22.flac"]

Words = npt.NDArray[np.int32]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of the network that ships."""
    root = tmp_path_factory.mktemp("shipped")
    for target in TARGETS:
        export.export(load_model(), root / target, target)
    return root


@pytest.fixture(scope="module")
def programs(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every example, compiled with its doubles."""
    root = tmp_path_factory.mktemp("programs")
    return {
        name: board_doubles.build(exported, example, root / name.replace(" ", ""))
        for name, example in EXAMPLES.items()
    }


@pytest.fixture(scope="module")
def speech() -> npt.NDArray[np.float64]:
    """Real recordings with pauses, RMS 1 while somebody speaks, in a little noise."""
    folder = REPOSITORY / "sample" / "Ravdess" / "audio_speech_actors_01-24"
    clips = [audio.read(next(folder.glob(f"*/{name}"))).astype(np.float64) for name in CLIPS]
    pause = np.zeros(16_000)
    whole = np.concatenate([part for clip in clips for part in (pause, clip / rms(clip), pause)])
    return whole + np.random.default_rng(0).normal(0, 0.003, len(whole))


def rms(clip: npt.NDArray[np.float64]) -> float:
    blocks = np.sqrt(np.mean(clip[: len(clip) // 160 * 160].reshape(-1, 160) ** 2, axis=1))
    return float(np.sqrt(np.mean(blocks[blocks > blocks.max() / 10] ** 2)))


def at_level(speech: npt.NDArray[np.float64], dbfs: float, offset: float = 0.0) -> Words:
    """Return the words of a converter; offset in units of the upper 16 bits."""
    words = speech * 10 ** (dbfs / 20) * 2**31 + offset * 65536
    return (np.clip(np.rint(words / 256), -(2**23), 2**23 - 1) * 256).astype(np.int32)


def predicted(samples: npt.NDArray[np.int16]) -> list[str]:
    """Return what Python says about the same samples."""
    events = StreamRecognizer(load_model()).process(samples)
    ended = [event for event in events if event["event"] == "ended"]
    return [said(event) for event in ended]


def said(event: StreamEvent) -> str:
    if event["emotion"] is None:
        return "no speech"
    return event["emotion"] if event["confident"] else "not confident"


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_prints_what_python_predicts_at_every_distance(
    name: str, distance: str, programs: dict[str, Path], speech: npt.NDArray[np.float64]
) -> None:
    words = at_level(speech, DISTANCES[distance], offset=300)
    done = board_doubles.run(programs[name], words)
    expected = EXAMPLES[name].heard(words)[: len(done.fed)]
    assert len(done.fed) > len(words) - 3000
    assert np.array_equal(done.fed, expected)
    assert done.answers() == predicted(done.fed)
    assert len(done.answers()) >= len(CLIPS)
    assert all("dBFS" in line for line in done.lines)


@pytest.mark.parametrize("name", ONE_OF_EACH_DRIVER)
def test_nothing_is_lost_in_ten_minutes(name: str, made_up_programs: dict[str, Path]) -> None:
    words = noise(600 * 16_000)
    done = board_doubles.run(made_up_programs[name], words)
    assert np.array_equal(done.fed, EXAMPLES[name].heard(words)[: len(done.fed)])
    assert len(done.fed) > len(words) - 3000
    assert not [line for line in done.lines if "lost" in line or "again" in line]


@pytest.mark.parametrize("shift", [1, 8], ids=["a bit late, as an SPH0645", "24 bits at the right"])
@pytest.mark.parametrize("name", ["RP2040_I2S", "ESP32S3_I2S", "ESP-IDF, ESP32-S3", "STM32H743"])
def test_slots_that_are_not_at_the_left(
    name: str,
    shift: int,
    exported: Path,
    speech: npt.NDArray[np.float64],
    tmp_path: Path,
) -> None:
    words = at_level(speech, -50, offset=300)
    program = board_doubles.build(exported, EXAMPLES[name], tmp_path, shift=shift)
    moved = (words.view(np.uint32) >> shift).view(np.int32)  # zeros before the first bit
    done = board_doubles.run(program, moved)
    assert np.array_equal(done.fed, EXAMPLES[name].heard(words)[: len(done.fed)])
    assert done.answers() == predicted(done.fed)
    assert len(done.answers()) >= len(CLIPS)


def noise(n: int) -> Words:
    return (np.random.default_rng(1).normal(0, 1e-4, n) * 2**31).astype(np.int32)


@pytest.fixture(scope="module")
def made_up_programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One example of each driver with a tiny network, for what takes long."""
    root = tmp_path_factory.mktemp("made_up")
    for target in TARGETS:
        export.export(made_up(), root / target, target)
    return {
        name: board_doubles.build(root, EXAMPLES[name], root / name.replace(" ", ""))
        for name in ONE_OF_EACH_DRIVER
    }


@pytest.mark.parametrize("name", ONE_OF_EACH_DRIVER)
def test_an_overrun_is_survived_and_told(
    name: str, programs: dict[str, Path], speech: npt.NDArray[np.float64]
) -> None:
    """Two seconds of standing still, before the last recording."""
    words = at_level(np.concatenate([np.zeros(4 * 16_000), speech]), -50)
    done = board_doubles.run(programs[name], words, stall="2 2000")
    assert any("samples were lost" in line for line in done.lines)
    assert len(words) - 3 * 16_000 < len(done.fed) < len(words) - 16_000
    whole = board_doubles.run(programs[name], words)
    assert done.answers() == predicted(done.fed)
    assert len(done.answers()) == len(whole.answers())


@pytest.mark.parametrize("name", PDM)
def test_a_microphone_that_stops_is_started_again(
    name: str, programs: dict[str, Path], speech: npt.NDArray[np.float64]
) -> None:
    words = at_level(np.concatenate([np.zeros(4 * 16_000), speech]), -50)
    done = board_doubles.run(programs[name], words, unplugged="1")
    assert "the microphone stopped: it is started again" in done.lines
    assert len(done.answers()) >= len(CLIPS)


def test_a_dma_that_stops_is_started_again(
    programs: dict[str, Path], speech: npt.NDArray[np.float64]
) -> None:
    words = at_level(np.concatenate([np.zeros(4 * 16_000), speech]), -50)
    done = board_doubles.run(programs["STM32H743"], words, dma_error=1)
    assert done.lines.count("samples were lost: the microphone is started again") == 1
    assert len(words) - 1000 < len(done.fed) < len(words)
    assert len(done.answers()) >= len(CLIPS)


def test_a_start_of_more_than_a_second_is_no_loss(exported: Path, tmp_path: Path) -> None:
    """Opening a network or a self-test takes as long as it takes."""
    shutil.copytree(exported / "stm32", tmp_path / "stm32")
    source = tmp_path / "stm32" / "recognize.c"
    text = source.read_text()
    source.write_text(
        text.replace("    input = sai;\n", "    input = sai;\n    HAL_Delay(1500);\n")
    )
    assert source.read_text() != text
    program = board_doubles.build(tmp_path, EXAMPLES["STM32L476"], tmp_path / "program")
    done = board_doubles.run(program, noise(16_000 * 3))
    assert not [line for line in done.lines if "lost" in line]


@pytest.mark.parametrize(
    "name", ["RP2040_I2S", "ESP32S3_I2S", "ESP-IDF, ESP32-S3", "Zephyr", "STM32L476"]
)
def test_a_microphone_that_gives_nothing_for_a_second_is_told_of(
    name: str, programs: dict[str, Path], speech: npt.NDArray[np.float64]
) -> None:
    words = at_level(np.concatenate([np.zeros(4 * 16_000), speech]), -50)
    done = board_doubles.run(programs[name], words, unplugged="1")
    told = {"I2S gives no samples", "samples were lost: the microphone is started again"}
    assert told & set(done.lines)
    assert len(done.answers()) >= len(CLIPS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_errors_are_read_by_who_opens_the_port_later(name: str, programs: dict[str, Path]) -> None:
    """A driver that does not start; the port is opened after 20 s, and the sketch never goes on."""
    done = board_doubles.run(programs[name], noise(30 * 16_000), broken=1, usb_s=20)
    assert done.lines[1:]
    said = {"the microphone does not start", "I2S does not start", "the SAI does not start"}
    assert {line.split(":")[0] for line in done.lines} <= said


def test_a_damaged_network_is_told_of(exported: Path, tmp_path: Path) -> None:
    for name in ("Nano33BLESense_PDM", "ESP-IDF, ESP32", "Zephyr", "STM32L476"):
        example = EXAMPLES[name]
        root = tmp_path / name.replace(" ", "")
        shutil.copytree(exported / example.target, root / example.target)
        shutil.rmtree(root / example.target / "build", ignore_errors=True)
        (model,) = (root / example.target).glob("**/model.c")
        words = model.read_text()
        *_, last = re.finditer(r"0x([0-9a-f]{8})", words)
        damaged = f"{int(last[1], 16) ^ 1:08x}"
        model.write_text(words[: last.start(1)] + damaged + words[last.end(1) :])
        program = board_doubles.build(root, example, root / "program")
        done = board_doubles.run(program, noise(16_000 * 5))
        assert done.lines[1:]
        assert set(done.lines) == {"the network is damaged"}


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (np.zeros(16_000 * 11, np.int32), "no signal: look at the wires of data and L/R"),
        (noise(16_000 * 11), "too quiet: raise AE_GAIN if somebody spoke"),
        (noise(16_000 * 11) * 3000, "clipped: lower AE_GAIN"),
        (noise(16_000 * 11) * 100, ""),
    ],
)
@pytest.mark.parametrize("name", ONE_OF_EACH_DRIVER)
def test_the_level_is_told_every_ten_seconds(
    name: str, words: Words, advice: str, made_up_programs: dict[str, Path]
) -> None:
    done = board_doubles.run(made_up_programs[name], words)
    (line,) = [line for line in done.lines if "dBFS" in line]  # noise may be taken for speech
    assert line.split(" dBFS) ")[1] == advice


def test_a_sketch_with_a_classifier(tmp_path: Path, speech: npt.NDArray[np.float64]) -> None:
    for target in TARGETS:
        export.export(
            load_model(REPOSITORY / "models" / "default.skops"), tmp_path / target, target
        )
    words = at_level(speech, -50, offset=300)
    answers = []
    for name in ("Nano33BLESense_PDM", "RP2040_I2S", "ESP-IDF, ESP32-C3", "Zephyr", "STM32L476"):
        program = board_doubles.build(tmp_path, EXAMPLES[name], tmp_path / name.replace(" ", ""))
        answers.append(board_doubles.run(program, words).answers())
    assert all(len(answer) >= len(CLIPS) for answer in answers)


OWN = ["AE_SELF_TEST", "AE_STATS"]
KCONFIG = ["CONFIG_AUDIO_EMOTION_SELF_TEST", "CONFIG_AUDIO_EMOTION_STATS"]
SETTINGS = {"arduino": OWN, "esp-idf": KCONFIG, "zephyr": KCONFIG, "stm32": OWN}
ONE_OF_EACH_TARGET = ["RP2040_I2S", "ESP-IDF, ESP32-C3", "Zephyr", "STM32H743"]
STATS = re.compile(
    r"stats: busy \d+ %, longest (?P<longest>\d+) us(, (?P<cycles>\d+) cycles a block)?"
    r"(, stack left (?P<left>\d+) bytes|, deepest stack (?P<deepest>\d+) bytes)"
)


def stats(done: board_doubles.Run) -> list[re.Match[str]]:
    found = [STATS.fullmatch(line) for line in done.lines if line.startswith("stats")]
    assert None not in found
    return [match for match in found if match is not None]


@pytest.mark.parametrize("model", ["default.aem", "default.skops"])
def test_self_test_and_statistics(model: str, tmp_path: Path) -> None:
    tested = len(audio.read(sample_recording())) if model.endswith("aem") else 0
    for name in ONE_OF_EACH_TARGET:
        example = EXAMPLES[name]
        settings = SETTINGS[example.target]
        root = tmp_path / example.target
        export.export(load_model(REPOSITORY / "models" / model), root, example.target)
        program = board_doubles.build(tmp_path, example, tmp_path / f"program{name}", *settings)
        done = board_doubles.run(program, noise(16_000 * 5))
        assert re.fullmatch(r"self-test passed, \d+\.\d ms an answer", done.lines[0])
        seconds = (len(done.fed) - tested) // 16_000
        assert seconds >= 4
        assert len(stats(done)) == seconds
        assert len([line for line in done.lines if line.startswith("listening")]) == seconds
        for line in stats(done):
            assert int(line["cycles"]) > 0
            if SETTINGS[example.target] is KCONFIG:
                assert line["left"] == "4321"
            else:
                assert line["deepest"] is not None


PROGRAM = """
#include <string.h>
#include "stats.h"
static __attribute__((noinline)) void deep(volatile char *text) {
    volatile char bytes[1200];
    for (int i = 0; i < 1200; i++)
        bytes[i] = text[i % 8];
}
int main(void) {
    static struct ae_stats stats;
    char line[AE_STATS_LINE] = "8 bytes";
    uint32_t deepest[2];
    for (uint32_t i = 0; i < 100; i++) {
        ae_stats_begin(&stats, 10000 * i);
        if (i == 50) {
            deepest[0] = ae_stats_deepest(&stats);
            deep(line);
            deepest[1] = ae_stats_deepest(&stats);
        }
        if (ae_stats_end(&stats, 10000 * i + 2000 + 10 * i, 160))
            printf("%u %u %s", deepest[0], deepest[1], ae_stats_line(&stats, line));
    }
}
"""


def test_statistics_of_what_is_known(exported: Path, tmp_path: Path) -> None:
    (tmp_path / "program.c").write_text(PROGRAM)
    include = [f"-I{exported / 'stm32' / folder}" for folder in ("core", "model")]
    command = ["gcc", "-std=gnu17", "-O2", *include, "program.c", "-o", "program"]
    subprocess.run(command, cwd=tmp_path, check=True)
    done = subprocess.run([tmp_path / "program"], capture_output=True, text=True, check=True)
    before, after, line = done.stdout.split(" ", 2)
    assert line.startswith("stats: busy 24 %, longest 2990 us, deepest stack ")
    assert int(before) < 600
    assert 1200 <= int(after) < 1800


def test_statistics_where_nothing_counts_cycles(exported: Path, tmp_path: Path) -> None:
    example = EXAMPLES["NanoRP2040Connect_PDM"]
    program = board_doubles.build(exported, example, tmp_path, "AE_STATS")
    (line,) = stats(board_doubles.run(program, noise(16_000 * 2)))
    assert line["cycles"] is None


@pytest.mark.parametrize(("name", "seconds"), [("STM32H743", 10), ("Zephyr", 70)])
def test_statistics_survive_the_wrap_of_the_counter(
    name: str, seconds: int, tmp_path: Path
) -> None:
    """32 bits of cycles last 9 s at 480 MHz, 67 s at 64 MHz."""
    example = EXAMPLES[name]
    export.export(made_up(), tmp_path / example.target, example.target)
    program = board_doubles.build(
        tmp_path, example, tmp_path / "program", *SETTINGS[example.target]
    )
    found = stats(board_doubles.run(program, noise(16_000 * seconds)))
    assert len(found) >= seconds - 1
    assert all(int(line["longest"]) < 1000 for line in found)


@pytest.mark.parametrize("model", ["default.aem", "default.skops"])
def test_self_test_says_what_differs(model: str, tmp_path: Path) -> None:
    example = EXAMPLES["RP2040_I2S"]
    root = tmp_path / "arduino"
    export.export(load_model(REPOSITORY / "models" / model), root, "arduino")
    data = root / "src" / "audio_emotion" / "self_test_data.h"
    samples = re.search(r"recording\[\] = \{\n([^}]*)", data.read_text())
    assert samples is not None
    halves = [str(int(value) // 2) for value in samples[1].split(",")]
    data.write_text(data.read_text().replace(samples[1], ",".join(halves)))
    program = board_doubles.build(tmp_path, example, tmp_path / "program", "AE_SELF_TEST")
    done = board_doubles.run(program, noise(16_000 * 9))
    assert done.lines[1:]
    (wrong,) = set(done.lines)
    assert "differ" in wrong or "elsewhere" in wrong
