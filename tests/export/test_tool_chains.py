"""What the boards' tools read of an exported folder, read by those of them that PyPI has."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

import board_doubles
from audio_emotion.export import export
from conftest import REPOSITORY
from random_network_models import made_up

ZEPHYR = REPOSITORY / "tests" / "board_interfaces" / "zephyr"
BOARDS = sorted(path.stem for path in (ZEPHYR / "boards").glob("*.dts"))


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("exported")
    for target in ("arduino", "c", "esp-idf", "stm32", "zephyr"):
        export.export(made_up(), root / target, target)
    return root


def run(*command: object, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# Zephyr


@pytest.mark.parametrize("board", BOARDS)
def test_overlay_and_board_make_a_microphone(board: str, exported: Path, tmp_path: Path) -> None:
    dtlib = pytest.importorskip("devicetree.dtlib")
    overlay = exported / "zephyr" / "samples" / "recognize" / "boards" / f"{board}.overlay"
    text = (ZEPHYR / "boards" / f"{board}.dts").read_text() + overlay.read_text()
    source = tmp_path / "board.dts"
    # Nordic's macro: function, port and pin in one number.
    source.write_text(re.sub(r"NRF_PSEL\(PDM_(\w+), (\d), (\d+)\)", _psel, text))
    tree = dtlib.DT(str(source))
    microphone = tree.label2node["dmic_dev"]
    assert microphone.props["status"].to_string() == "okay"
    states = [name for name in microphone.props if re.fullmatch(r"pinctrl-\d", name)]
    assert len(microphone.props["pinctrl-names"].to_strings()) == len(states)
    for state in states:
        (pins,) = microphone.props[state].to_nodes()
        assert len(pins.nodes["group1"].props["psels"].to_nums()) == 2
    assert microphone.props["queue-size"].to_num() >= 12  # blocks of 10 ms
    regulators = [
        node
        for node in tree.node_iter()
        if "compatible" in node.props and node.props["compatible"].to_string() == "regulator-fixed"
    ]
    assert all("regulator-boot-on" in node.props for node in regulators)
    if "nano_33" in board:
        assert microphone.props["clock-source"].to_string() == "PCLK32M_HFXO"


def _psel(match: re.Match[str]) -> str:
    function = {"CLK": 21, "DIN": 22}[match[1]]
    return str(function << 24 | int(match[2]) << 5 | int(match[3]))


def test_what_switches_the_microphone_on_is_compiled_in(exported: Path) -> None:
    settings = (exported / "zephyr" / "samples" / "recognize" / "prj.conf").read_text()
    assert "CONFIG_REGULATOR=y" in settings.splitlines()


def configure(sample: Path, build: Path, version: str, *options: str, **environment: str) -> str:
    command = ("cmake", "-S", sample, "-B", build, f"-DZephyr_DIR={ZEPHYR / 'package'}", *options)
    return run(*command, folder=sample, TEST_ZEPHYR_VERSION=version, **environment)


def test_modules_of_the_command_line_do_not_displace_the_sample_s_own(
    exported: Path, tmp_path: Path
) -> None:
    sample = exported / "zephyr" / "samples" / "recognize"
    own = str(exported / "zephyr")
    found = configure(sample, tmp_path / "1", "3.7.0")
    assert f"modules: {own}\n" in found
    given = "-DZEPHYR_EXTRA_MODULES=/other"
    for _ in range(2):  # configuring again adds nothing
        assert f"modules: /other;{own}\n" in configure(sample, tmp_path / "2", "4.1.0", given)
    found = configure(sample, tmp_path / "3", "3.7.0", ZEPHYR_EXTRA_MODULES="/theirs")
    assert f"modules: /theirs;{own}\n" in found


def test_an_older_zephyr_is_refused(exported: Path, tmp_path: Path) -> None:
    """In 3.3 a block would be freed by another pointer, and the program hang."""
    with pytest.raises(AssertionError, match=r'requested version "3\.7"'):
        configure(exported / "zephyr" / "samples" / "recognize", tmp_path / "b", "3.3.0")


# ESP-IDF

# By chip: highest GPIO, highest that drives an output, and those of the flash or the USB port.
ESP_PINS = {
    "ESP32": (39, 33, {*range(6, 12), 20, 24, 28, 29, 30, 31}),
    "ESP32S2": (46, 45, {19, 20, 22, 23, 24, 25, *range(26, 33)}),
    "ESP32S3": (48, 48, {19, 20, 22, 23, 24, 25, *range(26, 33)}),
    "ESP32C3": (21, 21, {*range(11, 20)}),
    "ESP32C5": (28, 28, {13, 14, *range(16, 23)}),
    "ESP32C6": (30, 30, {12, 13, *range(24, 31)}),
    "ESP32H2": (27, 27, {*range(15, 22), 26, 27}),
    "ESP32P4": (54, 54, {24, 25}),
}


@pytest.mark.parametrize("chip", ESP_PINS)
def test_default_pins_exist_and_are_free(chip: str, exported: Path, tmp_path: Path) -> None:
    kconfig = pytest.importorskip("esp_kconfiglib")
    last, last_output, taken = ESP_PINS[chip]
    menu = exported / "esp-idf" / "examples" / "recognize" / "main" / "Kconfig.projbuild"
    top = tmp_path / "Kconfig"
    top.write_text(
        f'mainmenu "test"\nconfig IDF_TARGET_{chip}\n    bool\n    default y\nsource "{menu}"\n'
    )
    symbols = kconfig.Kconfig(str(top)).syms
    pins = {name: symbols[f"MICROPHONE_{name}"] for name in ("BCLK", "WS", "DATA")}
    values = {name: int(symbol.str_value) for name, symbol in pins.items()}
    assert len(set(values.values())) == 3
    assert not taken & set(values.values())
    for name, highest in (("BCLK", last_output), ("WS", last_output), ("DATA", last)):
        ((low, high, _condition, *_),) = pins[name].ranges
        assert (int(low.str_value), int(high.str_value)) == (0, highest)
        assert 0 <= values[name] <= highest


def test_the_component_is_packed_by_its_manager(exported: Path, tmp_path: Path) -> None:
    pytest.importorskip("idf_component_manager")
    shutil.copytree(exported / "esp-idf", tmp_path / "component")
    compote = Path(sys.executable).with_name("compote")
    pack = [compote, "component", "pack", "--name", "audio_emotion"]
    run(*pack, "--dest-dir", tmp_path / "packed", folder=tmp_path / "component")
    assert [path.suffix for path in (tmp_path / "packed").glob("*.tgz")] == [".tgz"]
    manifest = (tmp_path / "component" / "idf_component.yml").read_text()
    assert "\nlicense: MIT AND CC-BY-NC-SA-4.0 AND LicenseRef-model\n" in manifest
    assert 'idf: ">=5.3"' in manifest  # the oldest with esp_driver_i2s, which the example requires
    for chip in ESP_PINS:
        assert chip.lower() in manifest


# Arduino


def test_the_library_keeps_arduino_lint_s_rules(exported: Path) -> None:
    """Those of library manager submissions, by their numbers in its documentation."""
    root = exported / "arduino"
    lines = (root / "library.properties").read_text().splitlines()
    fields = dict(line.split("=", 1) for line in lines)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,62}", fields["name"])  # LP008-LP010
    assert not re.search("arduino|library", fields["name"], re.IGNORECASE)  # LP012-LP014
    assert re.fullmatch(r"\d+\.\d+\.\d+", fields["version"])  # LP017
    assert "arduino" not in fields["maintainer"].lower()  # LP025
    assert fields["paragraph"].find(fields["sentence"]) < 0  # LP031
    assert fields["category"] in {"Signal Input/Output", "Data Processing"}  # LP034
    url = urlsplit(fields["url"])  # LP036-LP038
    assert url.scheme == "https"
    assert url.netloc
    assert fields["url"] in (root / "NOTICE.md").read_text()  # an address that exists
    for include in fields["includes"].split(","):  # LP056
        assert (root / "src" / include).is_file()
    assert (root / "README.md").is_file()  # LS-rules
    assert (root / "LICENSE").is_file()
    assert not [path for path in root.rglob("*") if path.is_symlink() or path.suffix == ".exe"]
    for line in (root / "keywords.txt").read_text().splitlines():
        name, kind = line.split("\t")
        assert kind in {"KEYWORD1", "KEYWORD2", "LITERAL1"}
        assert re.fullmatch(r"\w+", name)
    assert "nothing commercial" in fields["sentence"]


# CMake


@pytest.mark.parametrize(
    ("compiler", "flags"),
    [
        ("gcc", ""),
        ("clang", ""),
        ("arm-none-eabi-gcc", "-mcpu=cortex-m0plus -mthumb"),
        ("arm-none-eabi-gcc", "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16"),
        ("arm-none-eabi-gcc", "-mcpu=cortex-m33 -mthumb"),
        ("riscv64-unknown-elf-gcc", "-march=rv32imc -mabi=ilp32 --specs=picolibc.specs"),
    ],
)
def test_cmake_builds_the_library(
    compiler: str, flags: str, exported: Path, tmp_path: Path
) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    options = [f"-DCMAKE_C_COMPILER={compiler}", f"-DCMAKE_C_FLAGS=-Wall -Wextra -Werror {flags}"]
    native = flags == ""
    if not native:
        options += ["-DCMAKE_SYSTEM_NAME=Generic", "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY"]
    run("cmake", "-S", exported / "c", "-B", tmp_path, *options, folder=tmp_path)
    target = [] if native else ["--target", "audio_emotion"]
    run("cmake", "--build", tmp_path, *target, folder=tmp_path)
    if native:
        assert "100% tests passed" in run("ctest", folder=tmp_path)


def test_a_project_of_cubemx_takes_the_folder_as_its_readme_says(
    exported: Path, tmp_path: Path
) -> None:
    shutil.copytree(exported / "stm32", tmp_path / "AudioEmotion")
    readme = (tmp_path / "AudioEmotion" / "README.md").read_text()
    own = re.findall(r"^    ((?:add|target)_\w+\(.*\))$", readme, re.M)
    assert len(own) == 3
    example = board_doubles.EXAMPLES["STM32L476"]
    doubles = [board_doubles.INTERFACES / name for name in ("board.cpp", *example.doubles)]
    project = f"""
cmake_minimum_required(VERSION 3.22)
project(nucleo C CXX)
add_compile_options(-O0 -Wall -Wextra -Werror)
add_executable(nucleo {" ".join(map(str, doubles))})
target_include_directories(
    nucleo PRIVATE {board_doubles.INTERFACES / "stm32"} {board_doubles.INTERFACES})
target_compile_definitions(nucleo PRIVATE FED_TO_NETWORK)
target_link_options(nucleo PRIVATE -Wl,--wrap=ae_net_stream_process)
"""
    (tmp_path / "CMakeLists.txt").write_text("\n".join([project, *own]))
    run("cmake", "-S", tmp_path, "-B", tmp_path / "build", folder=tmp_path)
    run("cmake", "--build", tmp_path / "build", folder=tmp_path)
    words = np.random.default_rng(1).normal(0, 2**28, 11 * 16_000).astype(np.int32)
    done = board_doubles.run(tmp_path / "build" / "nucleo", words)
    assert any(line.startswith("listening (") for line in done.lines)
