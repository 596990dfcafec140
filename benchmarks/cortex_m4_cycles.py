"""Cycles per instruction of the core on a Cortex-M4, from the instructions it executes.

    python benchmarks/cortex_m4_cycles.py recording.wav

Every executed instruction gets the cycles of the manual (Cortex-M4 Technical Reference Manual
r0p1, tables 3-1 and 7-1): a load or store after another one takes 1 cycle, as they overlap, a
branch refills the pipeline in P = 1 to 3 cycles, a division takes 2 to 12. Flash is taken to have
no wait states. Printed for the best, the middle and the worst of these ranges; every branch is
taken to be taken, so all three are on the safe side. Needs arm-none-eabi-objdump (make tools).
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from audio_emotion.data import audio
from audio_emotion.devices.device import Device

CASES = {"best": (1, 2), "middle": (2, 7), "worst": (3, 12)}  # refill, division
ONE_BY_ONE = re.compile(r"^(ldm|stm|push|pop|vldm|vstm|vpush|vpop|ldrd|strd)")
MEMORY = re.compile(r"^(ldr|str|vldr|vstr)")
BRANCH = re.compile(r"^(b|bl|bx|blx|b(eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)|cbz|cbnz|tb[bh])$")


def disassemble(code: bytes) -> list[tuple[str, str]]:
    """Mnemonics and operands."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(code)
        file.flush()
        command = ["arm-none-eabi-objdump", "-D", "-b", "binary", "-m", "arm"]
        command += ["-M", "force-thumb", file.name]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [line.split("\t") for line in text.splitlines() if re.match(r"\s+[0-9a-f]+:\t", line)]
    return [(fields[2].strip(), fields[3] if len(fields) > 3 else "") for fields in lines]


def n_registers(operands: str) -> int:
    """How many registers a list like {r4, r6-r8, lr} or r0, r1, [sp] names."""
    listed = operands[operands.find("{") + 1 : operands.find("}")] if "{" in operands else "r0, r1"
    n = 0
    for part in listed.split(","):
        first, _, last = part.strip().partition("-")
        n += int(last[1:]) - int(first[1:]) + 1 if last else 1
    return n


def cycles(block: list[tuple[str, str]], refill: int, division: int) -> int:
    """Cycles of a basic block."""
    total, after_memory = 0, False
    for full_name, operands in block:
        name = full_name.split(".")[0]
        to_pc = "pc" in operands and name.startswith(("pop", "ldm", "ldr", "mov", "add"))
        in_memory = bool(MEMORY.match(name)) and not ONE_BY_ONE.match(name)
        if ONE_BY_ONE.match(name):
            total += 1 + n_registers(operands)
        elif in_memory:
            total += 1 if after_memory else 2
        elif name.startswith(("vdiv", "vsqrt")):
            total += 14
        elif name.startswith(("vmla", "vmls", "vnml")):
            total += 3
        elif name.startswith(("sdiv", "udiv")):
            total += division
        else:
            total += 1
        if BRANCH.match(name) or (to_pc and name.startswith(("pop", "ldm"))):
            total += refill
        after_memory = in_memory
    return total


def main() -> None:
    """Print the figures."""
    device = Device("cortex-m4f")
    device.run(audio.read(Path(sys.argv[1])))
    executed = list(device.program.executed())
    listing = iter(disassemble(b"".join(code for code, _ in executed)))
    blocks = []
    for code, visits in executed:
        block, size = [], 0
        while size < len(code):
            block.append(next(listing))
            size += 4 if code[size + 1] >> 3 >= 0b11101 else 2
        blocks.append((block, visits))
    instructions = sum(len(block) * visits for block, visits in blocks)
    for case, (refill, division) in CASES.items():
        total = sum(cycles(block, refill, division) * visits for block, visits in blocks)
        print(f"{case}: {total / instructions:.3f} cycles per instruction")


if __name__ == "__main__":
    main()
