"""C functions as on a microcontroller: compiled by zig, executed by unicorn.

    program = emulator.compile_program("cortex-m0plus", [CORE / "fft.c", CORE / "tables.c"], '''
        #include "fft.h"
        CALLABLE void run(struct ae_complex *z) { ae_fft_real(z, 1); }
    ''')
    z = np.zeros((256, 2), np.int32)
    run = program.call("run", z)
    run.instructions, run.stack_bytes

Both tools come from PyPI (extra `boards`). Arguments are integers, or numpy arrays that are copied
to the processor's memory and, after the call, back. Static variables keep their values between
calls, so a stage's state and work areas are best declared in the snippet. Instructions are counted
exactly; cycles are not known here.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module, resources
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from audio_emotion import extras
from audio_emotion.errors import ToolError

CORE: Final = Path(str(resources.files("audio_emotion.core")))
FREESTANDING: Final = Path(__file__).parent / "freestanding"  # <string.h>, which zig lacks here

_FLAGS: Final = (
    *("-std=c99", "-ffp-contract=off", "-fno-sanitize=undefined", "-fomit-frame-pointer"),
    *("-fno-unwind-tables", "-fno-asynchronous-unwind-tables"),
    *("-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", "-Wl,--entry=0"),
    "-DCALLABLE=__attribute__((used, retain))",
)

_WRITABLE, _ALLOCATED, _EXECUTABLE = 1, 2, 4  # SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR

_IMAGE: Final = 0x0000_0000, 0x0100_0000  # code, constants and static variables: address, size
_ARGUMENTS: Final = 0x2000_0000, 0x0010_0000
_STACK: Final = 0x3000_0000, 0x0000_8000
_RETURN: Final = _IMAGE[1] - 4  # no code is there: a function that returns to it has ended
_UNUSED: Final = b"\xa5"

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Processor:
    """Target and CPU of zig, and name of unicorn's constant."""

    target: str
    mcpu: str
    model: str


# Without +vfp4d16sp zig takes a Cortex-M4 to have no floating-point unit and says nothing.
PROCESSORS: Final = {
    "cortex-m0plus": Processor("thumb-freestanding-eabi", "cortex_m0plus", "UC_CPU_ARM_CORTEX_M0"),
    "cortex-m4f": Processor(
        "thumb-freestanding-eabihf", "cortex_m4+vfp4d16sp", "UC_CPU_ARM_CORTEX_M4"
    ),
    "cortex-m33": Processor(
        "thumb-freestanding-eabihf", "cortex_m33+fp_armv8d16sp+dsp", "UC_CPU_ARM_CORTEX_M33"
    ),
    "cortex-m7": Processor(
        "thumb-freestanding-eabihf", "cortex_m7+fp_armv8d16sp", "UC_CPU_ARM_CORTEX_M7"
    ),
    "rv32imc": Processor("riscv32-freestanding-none", "generic_rv32+m+c", "UC_CPU_RISCV32_ANY"),
}


@dataclass(frozen=True)
class Run:
    """Result and cost of one call."""

    value: int
    instructions: int
    stack_bytes: int


@dataclass(frozen=True)
class Size:
    """Bytes of a linked program."""

    code: int
    constants: int
    variables: int  # static RAM


def compile_program(
    cpu: str,
    sources: Sequence[Path],
    snippet: str,
    *,
    include: Sequence[Path] = (),
    defines: Mapping[str, int] | None = None,
    optimization: str = "-O3",
    counting: bool = True,
) -> Program:
    """Compile C files and a piece of C; what its functions do not need is dropped.

    Parameters
    ----------
    cpu
        A key of `PROCESSORS`.
    sources
        C files of the core and, if any, of a model.
    snippet
        C code; functions that `Program.call` is to find are marked CALLABLE.
    include
        Folders for #include besides the core's.
    defines
        Settings of the core that are not the default.
    counting
        Count instructions, which makes calls about ten times slower.

    Raises
    ------
    ToolError
        zig, unicorn or pyelftools is not installed, or zig refuses the code.
    """
    require_tools()
    processor = PROCESSORS[cpu]
    command = [sys.executable, "-m", "ziglang", "cc", "-target", processor.target]
    command += [f"-mcpu={processor.mcpu}", optimization, *_FLAGS]
    command += [f"-D{name}={value}" for name, value in (defines or {}).items()]
    folders = [CORE, FREESTANDING, *include]
    return Program(_build(command, folders, sources, snippet), cpu, counting=counting)


def require_tools() -> None:
    """Check that zig, unicorn and pyelftools are installed.

    Raises
    ------
    ToolError
        One is not.
    """
    extras.require("boards", "emulating a board", "ziglang", "unicorn", "elftools")


class Program:
    """A loaded program whose functions can be called by name."""

    def __init__(self, elf: Path, cpu: str, *, counting: bool) -> None:
        unicorn: Any = import_module("unicorn")
        elffile: Any = import_module("elftools.elf.elffile")
        self._machine, registers = _machine(cpu)
        self._arguments, self._value, self._link, self._top = registers
        self._thumb = not cpu.startswith("rv")
        for address, size in (_IMAGE, _ARGUMENTS, _STACK):
            self._machine.mem_map(address, size)
        with elf.open("rb") as file:
            image = elffile.ELFFile(file)
            for segment in image.iter_segments("PT_LOAD"):
                self._machine.mem_write(segment["p_vaddr"], segment.data())
            symbols = list(image.get_section_by_name(".symtab").iter_symbols())
            self.size = _size(image)
        self._addresses = {symbol.name: symbol["st_value"] for symbol in symbols}
        self._functions = sorted(
            (symbol["st_value"] & ~1, symbol.name)
            for symbol in symbols
            if symbol["st_info"]["type"] == "STT_FUNC"
        )
        self._lengths: dict[tuple[int, int], int] = {}
        self._visits: Counter[tuple[int, int]] = Counter()
        if counting:
            self._machine.hook_add(unicorn.UC_HOOK_BLOCK, self._visit)

    def call(self, function: str, *arguments: int | Array) -> Run:
        """Call a function with up to four integers or arrays."""
        arrays = []
        free = _ARGUMENTS[0]
        for register, argument in zip(self._arguments, arguments, strict=False):
            value = argument
            if isinstance(argument, np.ndarray):
                value = free
                self._machine.mem_write(free, argument.tobytes())
                arrays.append((free, argument))
                free += -(-argument.nbytes // 8) * 8
            self._machine.reg_write(register, value)
        bottom, size = _STACK
        self._machine.mem_write(bottom, _UNUSED * size)
        self._machine.reg_write(self._top, bottom + size)
        self._machine.reg_write(self._link, _RETURN | self._thumb)
        before = self.instructions
        self._machine.emu_start(self._addresses[function] | self._thumb, _RETURN)
        for address, array in arrays:
            memory = self._machine.mem_read(address, array.nbytes)
            array[...] = np.frombuffer(memory, array.dtype).reshape(array.shape)
        stack = bytes(self._machine.mem_read(bottom, size))
        return Run(
            value=self._machine.reg_read(self._value),
            instructions=self.instructions - before,
            stack_bytes=len(stack.lstrip(_UNUSED)),
        )

    def memory_of(self, variable: str, n_bytes: int) -> bytes:
        """Read the memory where a variable begins."""
        return bytes(self._machine.mem_read(self._addresses[variable], n_bytes))

    @property
    def instructions(self) -> int:
        """Instructions executed by all calls so far; 0 if they are not counted."""
        return sum(self._length(block) * visits for block, visits in self._visits.items())

    def instructions_by_function(self) -> Counter[str]:
        """Instructions executed by all calls so far, by the function they belong to."""
        addresses = [address for address, _ in self._functions]
        result: Counter[str] = Counter()
        for block, visits in self._visits.items():
            _, name = self._functions[bisect_right(addresses, block[0]) - 1]
            result[name] += self._length(block) * visits
        return result

    def executed(self) -> Iterator[tuple[bytes, int]]:
        """Yield the machine code of every basic block that ran, and how often it did."""
        for (address, size), visits in self._visits.items():
            yield bytes(self._machine.mem_read(address, size)), visits

    def _visit(self, _machine: object, address: int, size: int, _data: object) -> None:
        """Count a basic block that is about to run."""
        self._visits[address, size] += 1

    def _length(self, block: tuple[int, int]) -> int:
        """Instructions of a basic block."""
        if block not in self._lengths:
            halfwords = np.frombuffer(self._machine.mem_read(*block), np.uint16)
            self._lengths[block] = count_instructions(halfwords, self._thumb)
        return self._lengths[block]


def count_instructions(halfwords: npt.NDArray[np.uint16], thumb: bool) -> int:
    """Count Thumb or compressed RISC-V instructions, which are one halfword long or two.

    Thumb instructions of two halfwords begin with 0b11101 or above, those of RISC-V end in 0b11.
    """
    two_long = halfwords >> 11 >= 0b11101 if thumb else halfwords & 0b11 == 0b11
    n = position = 0
    while position < len(halfwords):
        position += 2 if two_long[position] else 1
        n += 1
    return n


def _machine(cpu: str) -> tuple[Any, tuple[tuple[int, ...], int, int, int]]:
    """Return a unicorn engine and its registers of arguments, result, return address and stack."""
    unicorn: Any = import_module("unicorn")
    if cpu.startswith("rv"):
        machine = unicorn.Uc(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV32)
        family, names = "RISCV", ("A0", "A1", "A2", "A3", "RA", "SP")
    else:
        machine = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        family, names = "ARM", ("R0", "R1", "R2", "R3", "LR", "SP")
    constants = import_module(f"unicorn.{family.lower()}_const")
    machine.ctl_set_cpu_model(getattr(constants, PROCESSORS[cpu].model))
    *arguments, link, top = (getattr(constants, f"UC_{family}_REG_{name}") for name in names)
    return machine, (tuple(arguments), arguments[0], link, top)


def _size(image: Any) -> Size:
    """Add up the sections that take flash or RAM; start-up values of variables take both."""
    code = constants = variables = 0
    for section in image.iter_sections():
        flags, size = section["sh_flags"], section["sh_size"]
        if not flags & _ALLOCATED:
            continue
        if flags & _WRITABLE:
            variables += size
        elif flags & _EXECUTABLE:
            code += size
        if not flags & _EXECUTABLE and section["sh_type"] != "SHT_NOBITS":
            constants += size
    return Size(code=code, constants=constants, variables=variables)


def _build(
    command: Sequence[str], include: Sequence[Path], sources: Sequence[Path], snippet: str
) -> Path:
    """Compile to an ELF file; the same content is compiled once per user."""
    content = hashlib.sha256("\0".join([*command, snippet]).encode())
    headers = [path for folder in include for path in folder.glob("*.h")]
    for path in sorted([*headers, *sources], key=lambda path: path.name):
        content.update(path.name.encode() + path.read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "audio-emotion"
    cache.mkdir(parents=True, exist_ok=True)
    built = cache / f"{content.hexdigest()[:24]}.elf"
    if not built.exists():
        with tempfile.TemporaryDirectory(dir=cache) as temporary:
            snippet_file = Path(temporary) / "snippet.c"
            snippet_file.write_text(snippet)
            unfinished = Path(temporary) / "program.elf"
            files = [str(path) for path in (snippet_file, *sources)]
            _compile(
                [*command, *(f"-I{folder}" for folder in include), "-o", str(unfinished), *files]
            )
            unfinished.rename(built)
    return built


def _compile(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        problems = [line for line in done.stderr.splitlines() if "error" in line]
        raise ToolError(
            f"zig cannot compile the core for this board: {(problems or [done.stderr])[0]}. "
            "Install the version this was tested with: pip install ziglang==0.17.1."
        )
