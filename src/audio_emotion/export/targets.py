"""Content of an exported folder, by target: templates, the core's sources, the model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, NamedTuple

from audio_emotion.export.generated import Firmware

# What the Arduino IDE compiles with is not ours to choose; its compiler is GCC.
_ARDUINO_OPTIMIZATION: Final = """\
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("O3", "fp-contract=off")
#endif
"""

_VARIABLE: Final = r"@([A-Z_]+)@"
_DESCRIPTION: Final = "target.md"  # its place is in README.md


class Target(NamedTuple):
    """Layout of a target's folder."""

    title: str
    core: str
    """Folder of the core's sources."""
    model: str
    """Folder of model.c and model.h."""
    build_file: str
    """Sets the compiler's options; as README.md names it."""
    variables: Mapping[str, str] = {}
    """Variables of its templates."""
    has_microphone: bool = True
    """Whether its examples listen to one."""


TARGETS: Final = {
    "c": Target("any C99 compiler", "core", "model", "the Makefile", has_microphone=False),
    "arduino": Target(
        "Arduino",
        "src/audio_emotion",
        "src/audio_emotion",
        "every source file here",
    ),
    "esp-idf": Target(
        "ESP-IDF",
        "core",
        "model",
        "`CMakeLists.txt`",
        {
            "PRINT": "printf",
            "SLEEP": "vTaskDelay(pdMS_TO_TICKS(2000))",
        },
    ),
    "zephyr": Target(
        "Zephyr",
        "core",
        "model",
        "`zephyr/CMakeLists.txt`",
        {
            "PRINT": "printk",
            "SLEEP": "k_msleep(2000)",
        },
    ),
    "stm32": Target(
        "STM32Cube",
        "core",
        "model",
        "`CMakeLists.txt`",
        {"PRINT": "printf", "SLEEP": "HAL_Delay(2000)"},
    ),
    "wasm": Target("WebAssembly", "core", "model", "the Makefile", has_microphone=False),
}

# Arduino's examples: template, and its variables.
_MBED: Final = "Arduino Mbed OS Nano Boards"
_NRF52840_GAIN: Final = "    PDM.setGain(60);  // half dB from -20: +10 dB, where no speech clips"
_RP2040_GAIN: Final = "    // The driver's own gain is at its greatest, +12 dB."
_SKETCHES: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "Nano33BLESense_PDM": (
        "pdm.ino",
        {"BOARD": "Arduino Nano 33 BLE Sense", "PACKAGE": _MBED, "SET_GAIN": _NRF52840_GAIN},
    ),
    "NanoRP2040Connect_PDM": (
        "pdm.ino",
        {"BOARD": "Arduino Nano RP2040 Connect", "PACKAGE": _MBED, "SET_GAIN": _RP2040_GAIN},
    ),
    "XIAOnRF52840Sense_PDM": (
        "pdm.ino",
        {
            "BOARD": "Seeed XIAO nRF52840 Sense",
            "PACKAGE": "Seeed nRF52 mbed-enabled Boards",
            "SET_GAIN": _NRF52840_GAIN,
        },
    ),
    "RP2040_I2S": ("i2s_rp2040.ino", {"BOARD": "Pico"}),
    "RP2350_I2S": ("i2s_rp2040.ino", {"BOARD": "Pico 2"}),
    "ESP32_I2S": ("i2s_esp32.ino", {"BOARD": "ESP32", "SCK": "26", "WS": "25", "SD": "33"}),
    "ESP32S3_I2S": ("i2s_esp32.ino", {"BOARD": "ESP32-S3", "SCK": "4", "WS": "5", "SD": "6"}),
    "ESP32C3_I2S": ("i2s_esp32.ino", {"BOARD": "ESP32-C3", "SCK": "4", "WS": "5", "SD": "6"}),
    "ESP32C6_I2S": ("i2s_esp32.ino", {"BOARD": "ESP32-C6", "SCK": "18", "WS": "19", "SD": "20"}),
}


def render(
    name: str,
    made: Firmware,
    *,
    variables: Mapping[str, str],
    verify_files: Mapping[str, bytes],
) -> dict[str, bytes]:
    """Return the content of every file of a target's folder, by path.

    Parameters
    ----------
    name : str
        One of `TARGETS`.
    made : Firmware
        Its kind names the folder of templates that are used beside those of the target.
    variables : mapping
        Values of `@NAME@` and so on in templates, but for those that follow from target and model.
    verify_files : mapping
        The recording, and what Python computes from it.
    """
    target = TARGETS[name]
    variables = {**variables, **_target_variables(name, made)}
    parts = {
        Path(path).stem.upper(): text.strip("\n")
        for path, text in (_templates("parts") | _templates(f"{made.kind}/parts")).items()
    }
    texts = _templates("common") | _templates(name) | _templates(f"{made.kind}/{name}")
    parts["TARGET_README"] = texts.pop(_DESCRIPTION).strip("\n")
    for folder in ("verify", f"{made.kind}/verify"):
        texts |= {f"verify/{path}": text for path, text in _templates(folder).items()}
    parts["EXPECTED_H"] = texts["verify/expected.h"].strip("\n")
    for folder in ("self_test", f"{made.kind}/self_test"):
        texts |= {f"{target.model}/{path}": text for path, text in _templates(folder).items()}
    headers = list(made.core)
    if target.has_microphone:
        headers.append("microphone.h")
        texts |= {f"{target.model}/{path}": text for path, text in _templates("board").items()}
    files = {path: _fill(text, parts, variables) for path, text in texts.items()}
    code = {
        f"{target.core}/{path}": text for path, text in core_sources(headers, made.defines).items()
    }
    code |= {f"{target.model}/model.h": made.model_h, f"{target.model}/model.c": made.model_c}
    if name == "arduino":
        files |= _sketches(parts, variables)
        code = {
            path: _ARDUINO_OPTIMIZATION + text if path.endswith(".c") else text
            for path, text in code.items()
        }
    return {path: text.encode() for path, text in (files | code).items()} | {
        f"verify/{path}": content for path, content in verify_files.items()
    }


def _target_variables(name: str, made: Firmware) -> dict[str, str]:
    target = TARGETS[name]
    folders = sorted({target.core, target.model})
    return {
        **target.variables,
        "SYMBOL": made.symbol,
        "LISTENER": f"struct ae_{Path(made.core[0]).stem}",
        "LISTENER_H": made.core[0],
        "TARGET": name,
        "TITLE": target.title,
        "BUILD_FILE": target.build_file,
        "MODEL_FILE": f"{target.model}/model.c",
        "SOURCE_GLOBS": " ".join(f"../{folder}/*.c" for folder in folders),
        "INCLUDES": " ".join(f"-I../{folder}" for folder in folders),
    }


def _sketches(parts: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    return {
        f"examples/{name}/{name}.ino": _fill(
            template(f"sketches/{path}"), parts, {**variables, **board}
        )
        for name, (path, board) in _SKETCHES.items()
    }


def core_sources(
    headers: Sequence[str], defines: Mapping[str, int] | None = None
) -> dict[str, str]:
    """Return the text of the core's C files that a program needs, by name.

    Parameters
    ----------
    headers : sequence of str
        What the program includes. A header's functions are in the file of its name.
    defines : mapping, optional
        Settings that are to have another default.
    """
    found: dict[str, str] = {}
    wanted = list(headers)
    while wanted:
        name = wanted.pop()
        if name in found or not (_core() / name).is_file():
            continue
        text = found[name] = (_core() / name).read_text(encoding="utf-8")
        wanted += re.findall(r'^#include "([^"]+)"', text, re.M)
        wanted.append(f"{Path(name).stem}.c")
    for setting, value in (defines or {}).items():
        for name, text in found.items():
            found[name] = re.sub(rf"(?m)^(#define {setting}) .*$", rf"\1 {value}", text)
    return dict(sorted(found.items()))


def template(path: str) -> str:
    """Return the text of one template."""
    return (_root() / path).read_text(encoding="utf-8")


def _core() -> Traversable:
    return resources.files("audio_emotion.core")


def _root() -> Traversable:
    return resources.files("audio_emotion.export") / "templates"


def _templates(folder: str) -> dict[str, str]:
    """Return the text of all templates below a folder, by path; none if there is no such folder."""
    root = _root() / folder
    if not root.is_dir():
        return {}
    return {path: entry.read_text(encoding="utf-8") for path, entry in _walk(root, "")}


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = prefix + entry.name
        if entry.is_dir():
            yield from _walk(entry, f"{path}/")
        else:
            yield path, entry


def _fill(text: str, parts: Mapping[str, str], variables: Mapping[str, str]) -> str:
    """Replace variables by their values, and parts by these templates filled in turn."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        return _fill(parts[name], parts, variables) if name in parts else variables[name]

    return re.sub(_VARIABLE, value, text)
