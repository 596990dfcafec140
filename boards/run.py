#!/usr/bin/env python3
"""Build the firmware of a target, run it on an emulated board, print what it says as JSON.

    python boards/run.py cortex-m4f recording.wav --piece 160

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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import soundfile

from audio_emotion import audio
from audio_emotion.errors import AudioEmotionError, ToolError

BOARDS = Path(__file__).parent
INSTRUCTION_NS = 64  # -icount shift=6: every instruction takes 2^6 ns of the machine's time
LONGEST_RUN_S = 600


@dataclass(frozen=True)
class Machine:
    """How QEMU is told to be a board."""

    program: str
    options: tuple[str, ...]
    tick_ns: int  # of the counter that the firmware reads


MACHINES = {
    "cortex-m0plus": Machine("qemu-system-arm", ("-M", "mps2-an385"), 40),
    "cortex-m4f": Machine("qemu-system-arm", ("-M", "mps2-an386"), 40),
    "cortex-m33": Machine("qemu-system-arm", ("-M", "mps2-an505"), 50),
    "cortex-m7": Machine("qemu-system-arm", ("-M", "mps2-an500"), 40),
    "rv32imc": Machine("qemu-system-riscv32", ("-M", "virt", "-bios", "none"), 100),
    "xtensa-lx106": Machine("qemu-system-xtensa", ("-M", "sim", "-cpu", "lx106"), 100),
}


def build(target: str) -> Path:
    """Compile and link what changed; the ELF file."""
    command = ["make", "--no-print-directory", "-C", str(BOARDS), target]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        problem = done.stderr.strip().splitlines() or ["make failed"]
        raise ToolError(
            f"the firmware of {target} cannot be built: {problem[0]}. "
            "Install the compilers with: make tools."
        )
    return BOARDS / "build" / target / "firmware.elf"


def run(target: str, recordings: list[Path], piece: int = 160) -> dict[str, Any]:
    """Let the board of `target` hear recordings; what it printed, with their own paths."""
    machine = MACHINES[target]
    if shutil.which(machine.program) is None:
        raise ToolError(f"{machine.program} is not installed. Install it with: make tools.")
    firmware = build(target)
    with tempfile.TemporaryDirectory() as folder:
        names = [f"{index}.wav" for index in range(len(recordings))]
        for name, recording in zip(names, recordings, strict=True):
            samples = audio.read(recording)
            soundfile.write(Path(folder) / name, samples, 16_000, subtype="PCM_16")
        document = _emulate(machine, firmware, [str(piece), *names], folder)
    for result, recording in zip(document["recordings"], recordings, strict=True):
        result["path"] = str(recording)
        for field in [field for field in result if field.startswith("ticks_")]:
            ticks = result.pop(field)
            instructions = round(ticks * machine.tick_ns / INSTRUCTION_NS)
            result[field.replace("ticks", "instructions")] = instructions
    return {"target": target, **document}


def _emulate(machine: Machine, firmware: Path, arguments: list[str], folder: str) -> Any:
    given = ",".join(f"arg={argument}" for argument in arguments)
    command = [machine.program, *machine.options, "-nographic", "-monitor", "none"]
    command += ["-serial", "none", "-icount", "shift=6", "-kernel", str(firmware)]
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
        raise ToolError(
            f"{machine.program} ended with {done.returncode} and no result: "
            f"{done.stderr.strip() or 'it said nothing'}. Try: {' '.join(command)}."
        ) from error


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("target", choices=MACHINES)
    parser.add_argument("recording", nargs="+", type=Path)
    parser.add_argument("--piece", type=int, default=160, help="samples heard at once, up to 512")
    arguments = parser.parse_args()
    try:
        document = run(arguments.target, arguments.recording, arguments.piece)
    except AudioEmotionError as error:
        print(f"run.py: error: {error}", file=sys.stderr)
        return 1
    print(json.dumps(document, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
