"""Exported examples, run on this machine with the doubles of tests/board_interfaces."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from conftest import REPOSITORY
from microphone import Microphone

INTERFACES = REPOSITORY / "tests" / "board_interfaces"
FLAGS = ["-O2", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror"]

Words = npt.NDArray[np.int32]
Samples = npt.NDArray[np.int16]


class Example(NamedTuple):
    """One of the exported programs, and the board that it is for."""

    target: str
    source: str
    """Path in the exported folder."""
    doubles: Sequence[str]
    """Files of tests/board_interfaces beside board.cpp."""
    heard: Callable[[Words], Samples]
    """Samples that the core has to be given for the converter's words."""
    defines: Sequence[str] = ()


class Run(NamedTuple):
    """What an example printed, and what it gave to the core."""

    lines: list[str]
    fed: Samples

    def answers(self) -> list[str]:
        """Return the emotions and so on that were printed."""
        found = [line.split(" (")[0] for line in self.lines if " dBFS)" in line]
        return [name for name in found if name != "listening"]


def _pdm(words: Words, factor: float, limit: int, gain_db: int) -> Samples:
    samples = np.clip(np.floor(words / 65536 * factor), -limit, limit).astype(np.int16)
    return Microphone(gain_db).amplify(samples)


def _nrf52840(words: Words) -> Samples:
    # The first interrupt comes before any sample.
    samples = np.concatenate([np.zeros(256, np.int32), words])
    return _pdm(samples, 10 ** (20 / 40), 32767, 12)


def _rp2040(words: Words) -> Samples:
    return _pdm(words, 4, 32700, 12)


def _zephyr(words: Words) -> Samples:
    return Microphone(24).amplify((words >> 16).astype(np.int16))


def _i2s(words: Words) -> Samples:
    return Microphone(24).convert(words)


def _sketch(
    name: str, doubles: Sequence[str], heard: Callable[[Words], Samples], *defines: str
) -> Example:
    return Example(
        "arduino", f"examples/{name}/{name}.ino", ["Arduino.cpp", *doubles], heard, defines
    )


def _mbed_nrf52840(name: str) -> Example:
    return _sketch(name, ["PDM.cpp", "cmsis.cpp"], _nrf52840, "ARDUINO_ARCH_MBED")


def _esp32(name: str, chip: str) -> Example:
    defines = "ESP_PLATFORM", f"CONFIG_IDF_TARGET_{chip}"
    return _sketch(name, ["driver/i2s_std.cpp"], _i2s, *defines)


def _esp_idf(chip: str) -> Example:
    doubles = ["app_main.cpp", "driver/i2s_std.cpp"]
    path = "examples/recognize/main/main.c"
    return Example("esp-idf", path, doubles, _i2s, ["ESP_PLATFORM", f"CONFIG_IDF_TARGET_{chip}"])


def _stm32(chip: str) -> Example:
    return Example("stm32", "recognize.c", ["cmsis.cpp", "stm32/sai.cpp"], _i2s, [f"{chip}xx"])


EXAMPLES: Mapping[str, Example] = {
    "Nano33BLESense_PDM": _mbed_nrf52840("Nano33BLESense_PDM"),
    "XIAOnRF52840Sense_PDM": _mbed_nrf52840("XIAOnRF52840Sense_PDM"),
    "NanoRP2040Connect_PDM": _sketch(
        "NanoRP2040Connect_PDM", ["PDM.cpp"], _rp2040, "ARDUINO_ARCH_RP2040", "ARDUINO_ARCH_MBED"
    ),
    "RP2040_I2S": _sketch("RP2040_I2S", ["I2S.cpp"], _i2s, "ARDUINO_ARCH_RP2040"),
    "RP2350_I2S": _sketch("RP2350_I2S", ["I2S.cpp"], _i2s, "ARDUINO_ARCH_RP2040"),
    "ESP32_I2S": _esp32("ESP32_I2S", "ESP32"),
    "ESP32S3_I2S": _esp32("ESP32S3_I2S", "ESP32S3"),
    "ESP32C3_I2S": _esp32("ESP32C3_I2S", "ESP32C3"),
    "ESP32C6_I2S": _esp32("ESP32C6_I2S", "ESP32C6"),
    "ESP-IDF, ESP32": _esp_idf("ESP32"),
    "ESP-IDF, ESP32-C3": _esp_idf("ESP32C3"),
    "ESP-IDF, ESP32-S3": _esp_idf("ESP32S3"),
    "Zephyr": Example(
        "zephyr",
        "samples/recognize/src/main.c",
        ["zephyr/app_zephyr.cpp", "zephyr/zephyr.cpp", "cmsis.cpp"],
        _zephyr,
        ["__ZEPHYR__", "CONFIG_CPU_CORTEX_M"],
    ),
    "STM32H743": _stm32("STM32H743"),
    "STM32L476": _stm32("STM32L476"),
}


def build(
    exported: Path,
    example: Example,
    folder: Path,
    *defines: str,
    gain: int | None = None,
    shift: int | None = None,
) -> Path:
    """Compile an example with the core and the model of its folder; return the program.

    Parameters
    ----------
    exported : Path
        Has the exported folders, by name of their target.
    defines : str
        Settings of the program.
    gain, shift : int, optional
        Of the microphone, in the place of the example's own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    root = exported / example.target
    library = _library(root)
    source = folder / ("example.cpp" if example.source.endswith(".ino") else "example.c")
    opening = "#include <Arduino.h>\n" if source.suffix == ".cpp" else ""
    text = (root / example.source).read_text()
    for name, value in (("GAIN", gain), ("SHIFT", shift)):
        if value is None:
            continue
        if example.target == "arduino":
            text, n = re.subn(rf"(#define AE_{name} +)\d+", rf"\g<1>{value}", text)
            assert n == 1
        else:
            prefix = "AE" if example.target == "stm32" else "CONFIG_MICROPHONE"
            defines += (f"{prefix}_{name}={value}",)
    source.write_text(opening + text)
    folders = [INTERFACES, INTERFACES / example.target, root, root / "src", *_cores(root)]
    include = [f"-I{path}" for path in folders]
    defined = [f"-D{name}" for name in (*example.defines, *defines)]
    language = ["g++", "-std=gnu++17"] if source.suffix == ".cpp" else ["gcc", "-std=gnu17"]
    main = ["-Dmain=zephyr_main"] if example.target == "zephyr" else []
    command = [*language, *FLAGS, *defined, *main, *include, "-c", str(source), "-o", "example.o"]
    _run(command, folder)
    doubles = [str(INTERFACES / name) for name in ("board.cpp", *example.doubles)]
    network = (_cores(root)[0] / "net_stream.c").is_file()
    fed = ["-DFED_TO_NETWORK"] if network else []
    fed.append(f"-Wl,--wrap=ae_{'net_stream' if network else 'listener'}_process")
    command = ["g++", "-std=gnu++17", *FLAGS, *defined, *fed, *include, *doubles]
    _run([*command, "example.o", str(library), "-o", "program"], folder)
    return folder / "program"


def run(program: Path, words: Words, **settings: object) -> Run:
    """Run an example on what the microphone's converter gives; settings are those of board.h."""
    names = {f"BOARD_{name.upper()}": str(value) for name, value in settings.items()}
    with tempfile.TemporaryDirectory() as folder:
        sound, fed = Path(folder) / "sound", Path(folder) / "fed"
        sound.write_bytes(words.astype("<i4").tobytes())
        fed.touch()
        environment = {**os.environ, "BOARD_USB_S": "0", **names}
        environment |= {"BOARD_SOUND": str(sound), "BOARD_FED": str(fed)}
        done = subprocess.run(
            [program], env=environment, capture_output=True, text=True, check=True, timeout=600
        )
        return Run(done.stdout.splitlines(), np.fromfile(fed, "<i2"))


def _cores(root: Path) -> list[Path]:
    found = [root / name for name in ("src/audio_emotion", "core", "model")]
    return [path for path in found if path.is_dir()]


def _library(root: Path) -> Path:
    """Compile the core and the model of an exported folder, once."""
    library = root / "build" / "core.a"
    if not library.exists():
        library.parent.mkdir(exist_ok=True)
        sources = [str(path) for folder in _cores(root) for path in sorted(folder.glob("*.c"))]
        include = [f"-I{path}" for path in _cores(root)]
        _run(
            ["gcc", "-std=c99", "-O1", "-ffp-contract=off", *include, "-c", *sources],
            library.parent,
        )
        objects = [f"{Path(path).stem}.o" for path in sources]
        _run(["ar", "rcs", str(library), *objects], library.parent)
    return library


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
