"""Runs core functions as Cortex-M code: compiled by zig, executed by unicorn.

    program = cortex_m.compile_program("cortex-m0plus", ["fft.c", "tables.c"], '''
        #include "fft.h"
        int32_t run(struct ae_complex *z) { return ae_fft_real(z); }
    ''')
    z = np.zeros((256, 2), np.int32)
    run = program.call("run", z)
    run.value, run.instructions, run.stack_bytes

Arguments are integers, or numpy arrays that are copied to the processor's memory
and, after the call, back. Static variables keep their values between calls, so a
stage's state and work areas are best declared in the snippet. Instructions are
counted exactly, cycles are not: a Cortex-M0+ takes about 1.3 of them for each.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from elftools.elf.elffile import ELFFile
from unicorn import UC_ARCH_ARM, UC_HOOK_BLOCK, UC_MODE_MCLASS, UC_MODE_THUMB, Uc
from unicorn.arm_const import (
    UC_ARM_REG_LR,
    UC_ARM_REG_R0,
    UC_ARM_REG_SP,
    UC_CPU_ARM_CORTEX_M0,
    UC_CPU_ARM_CORTEX_M4,
)

import native

# The compiler's target and processor, and the processor that unicorn imitates. Without
# +vfp4d16sp zig takes a Cortex-M4 to have no floating-point unit and says nothing.
CPUS = {
    "cortex-m0plus": ("thumb-freestanding-eabi", "cortex_m0plus", UC_CPU_ARM_CORTEX_M0),
    "cortex-m4f": ("thumb-freestanding-eabihf", "cortex_m4+vfp4d16sp", UC_CPU_ARM_CORTEX_M4),
}

FREESTANDING = Path(__file__).parent / "freestanding"

IMAGE = 0x0000_0000, 0x0010_0000  # code, constants and static variables: address, size
ARGUMENTS = 0x2000_0000, 0x0010_0000
STACK = 0x3000_0000, 0x0001_0000
RETURN = IMAGE[1] - 4  # no code is there: a function that returns to it has ended
UNUSED = b"\xa5"


@dataclass(frozen=True)
class Run:
    """What one call returned and cost."""

    value: int
    instructions: int
    stack_bytes: int


def compile_program(
    cpu: str, sources: list[str], snippet: str, optimisation: str = "-O3"
) -> Program:
    """Compile files of core/ and a piece of C for a key of `CPUS`."""
    target, mcpu, model = CPUS[cpu]
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, f"-mcpu={mcpu}"]
    command += ["-std=c99", "-ffp-contract=off", "-fno-sanitize=undefined", "-g", optimisation]
    command += [f"-I{native.CORE}", f"-I{FREESTANDING}", "-Wl,--no-gc-sections", "-Wl,--entry=0"]
    with tempfile.TemporaryDirectory() as folder:
        snippet_file = Path(folder) / "snippet.c"
        snippet_file.write_text(snippet)
        paths = [snippet_file, *(native.CORE / name for name in sources)]
        return Program(native.build(command, paths, ".elf"), model)


class Program:
    """A loaded program whose functions can be called by name."""

    def __init__(self, elf: Path, model: int) -> None:
        self._uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
        self._uc.ctl_set_cpu_model(model)
        for address, size in (IMAGE, ARGUMENTS, STACK):
            self._uc.mem_map(address, size)
        with elf.open("rb") as file:
            image = ELFFile(file)
            for segment in image.iter_segments("PT_LOAD"):
                self._uc.mem_write(segment["p_vaddr"], segment.data())
            symbols = image.get_section_by_name(".symtab").iter_symbols()
            self._addresses = {symbol.name: symbol["st_value"] for symbol in symbols}
        self._instructions = 0
        self._block_lengths: dict[tuple[int, int], int] = {}
        self._uc.hook_add(UC_HOOK_BLOCK, self._count)

    def call(self, function: str, *arguments: int | np.ndarray[Any, Any]) -> Run:
        """Call a function with up to four integers or arrays."""
        arrays = []
        free = ARGUMENTS[0]
        for register, argument in enumerate(arguments):
            value = argument
            if isinstance(argument, np.ndarray):
                value = free
                self._uc.mem_write(free, argument.tobytes())
                arrays.append((free, argument))
                free += -(-argument.nbytes // 8) * 8
            self._uc.reg_write(UC_ARM_REG_R0 + register, value)
        bottom, size = STACK
        self._uc.mem_write(bottom, UNUSED * size)
        self._uc.reg_write(UC_ARM_REG_SP, bottom + size)
        self._uc.reg_write(UC_ARM_REG_LR, RETURN | 1)
        self._instructions = 0
        self._uc.emu_start(self._addresses[function] | 1, RETURN)
        for address, array in arrays:
            memory = self._uc.mem_read(address, array.nbytes)
            array[...] = np.frombuffer(memory, array.dtype).reshape(array.shape)
        stack = bytes(self._uc.mem_read(bottom, size))
        return Run(
            value=self._uc.reg_read(UC_ARM_REG_R0),
            instructions=self._instructions,
            stack_bytes=len(stack.lstrip(UNUSED)),
        )

    def _count(self, uc: Uc, address: int, size: int, _: object) -> None:
        """Add the instructions of a basic block that is about to run."""
        block = (address, size)
        if block not in self._block_lengths:
            halfwords = np.frombuffer(uc.mem_read(address, size), np.uint16)
            self._block_lengths[block] = count_instructions(halfwords)
        self._instructions += self._block_lengths[block]


def count_instructions(halfwords: np.ndarray[Any, Any]) -> int:
    """Count Thumb instructions: those that begin with 0b11101 or above are two halfwords long."""
    n = position = 0
    while position < len(halfwords):
        position += 2 if halfwords[position] >> 11 >= 0b11101 else 1
        n += 1
    return n
