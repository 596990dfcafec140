#!/usr/bin/env python3
"""Build the firmware of a target, run it on an emulated board, print its document as JSON.

    python boards/run.py cortex-m4f recording.wav --piece 160 --model small

Needs the toolchains that `make tools` installs. Recordings may have any format and rate; the
board gets them as WAV. The document is the firmware's own, with ticks turned into instructions.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import soundfile

from audio_emotion.data import audio
from audio_emotion.engine.features import SAMPLE_RATE
from audio_emotion.errors import AudioEmotionError, ToolError
from audio_emotion.export.firmware import firmware
from audio_emotion.recognition.model import EmotionModel, find_model, load_model

BOARDS = Path(__file__).parent
INSTRUCTION_NS = 64  # -icount shift=6: every instruction takes 2^6 ns of the machine's time
LONGEST_RUN_S = 600


@dataclass(frozen=True)
class Machine:
    """Command that emulates a board, and unit and length of a tick of the firmware's counter."""

    command: tuple[str, ...]
    unit: str
    units_per_tick: float


def _qemu(program: str, options: str, tick_ns: int) -> Machine:
    return Machine((program, *options.split()), "instructions", tick_ns / INSTRUCTION_NS)


MACHINES = {
    "cortex-m0plus": _qemu("qemu-system-arm", "-M mps2-an385", tick_ns=40),
    "cortex-m4f": _qemu("qemu-system-arm", "-M mps2-an386", tick_ns=40),
    "cortex-m33": _qemu("qemu-system-arm", "-M mps2-an505", tick_ns=50),
    "cortex-m7": _qemu("qemu-system-arm", "-M mps2-an500", tick_ns=40),
    "rv32imc": _qemu("qemu-system-riscv32", "-M virt -bios none", tick_ns=100),
    "xtensa-lx106": _qemu("qemu-system-xtensa", "-M sim -cpu lx106", tick_ns=25),
    "rp2040js": Machine(("node", str(BOARDS / "rp2040js" / "run.mjs")), "cycles", 1),
}


def build(target: str, model: Path | None) -> Path:
    """Compile and link what changed and return the path of the ELF file."""
    folder = BOARDS / "build" / target
    command = ["make", "--no-print-directory", "-C", str(BOARDS), target]
    if model:
        folder = folder.with_name(f"{target}-{model.stem}-{zlib.crc32(model.read_bytes()):08x}")
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "settings.mk").exists():
            write(load_model(model), folder)
        command += [f"MODEL={folder}", f"BUILD={folder}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        problem = done.stderr.strip().splitlines() or ["make failed"]
        raise ToolError(
            f"the firmware of {target} cannot be built: {problem[0]}. "
            "Install the compilers with: make tools."
        )
    return folder / "firmware.elf"


def write(model: EmotionModel, folder: Path) -> None:
    """Write model.c, model.h and settings.mk, which the Makefile includes."""
    made = firmware(model)
    made.write(folder)
    defines = " ".join(f"-D{name}={value}" for name, value in made.defines.items())
    (folder / "settings.mk").write_text(f"ADAPTER := model_{made.kind}.c\nDEFINES := {defines}\n")


def run(
    target: str, recordings: list[Path], piece: int = 160, model: Path | None = None
) -> dict[str, Any]:
    """Run recordings on the board of `target` and return what it printed, with their own paths."""
    machine = MACHINES[target]
    emulator = machine.command[0]
    if shutil.which(emulator) is None:
        raise ToolError(f"{emulator} is not installed. Install it with: make tools.")
    program = build(target, model)
    with tempfile.TemporaryDirectory() as folder:
        names = [f"{index}.wav" for index in range(len(recordings))]
        for name, recording in zip(names, recordings, strict=True):
            samples = audio.read(recording)
            soundfile.write(Path(folder) / name, samples, SAMPLE_RATE, subtype="PCM_16")
        document = _emulate(machine, program, [str(piece), *names], folder)
    for result, recording in zip(document["recordings"], recordings, strict=True):
        result["path"] = str(recording)
        for field in [field for field in result if field.startswith("ticks_")]:
            amount = round(result.pop(field) * machine.units_per_tick)
            result[field.replace("ticks", machine.unit)] = amount
    return {"target": target, **document}


def _emulate(machine: Machine, program: Path, arguments: list[str], folder: str) -> Any:
    command = [*machine.command, str(program), *arguments]
    if machine.unit == "instructions":
        given = ",".join(f"arg={argument}" for argument in arguments)
        command = [*machine.command, "-nographic", "-monitor", "none", "-serial", "none"]
        command += ["-icount", "shift=6", "-kernel", str(program)]
        command += ["-semihosting-config", f"enable=on,target=native,{given}"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        timeout=LONGEST_RUN_S,
    )
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        printed = done.stderr.strip().splitlines() or ["it printed nothing"]
        raise ToolError(
            f"{command[0]} ended with {done.returncode} and no result ({printed[-1]}). "
            "Install what it needs with: make tools."
        ) from error


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("target", choices=MACHINES)
    parser.add_argument("recording", nargs="+", type=Path)
    parser.add_argument("--piece", type=int, default=160, help="samples per piece, up to 512")
    parser.add_argument("--model", type=find_model, help="a model: default, small or its file")
    arguments = parser.parse_args()
    try:
        document = run(arguments.target, arguments.recording, arguments.piece, arguments.model)
    except AudioEmotionError as error:
        print(f"run.py: error: {error}", file=sys.stderr)
        return 1
    print(json.dumps(document, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
