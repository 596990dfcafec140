"""Boards: processor, memory, power, and what the original system needed.

The original's figures are those of its paper (prasenjit52282/embedded-audio-emotion, IEEE PerCom
2025 work in progress); its power is the mean of the traces it published, microphone and regulator
included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from audio_emotion.errors import InputError

RAM_LIMIT_BYTES: Final = 256 * 1024  # what the smallest of the original's boards has
ANSWER_LIMIT_MS: Final = 50.0  # an answer later than this is noticed


@dataclass(frozen=True)
class Original:
    """Figures of the original system on a board, from its paper."""

    answer_ms: float  # mean of 58 answers
    ram_bytes: int  # global variables, as the compiler reports them
    flash_bytes: int
    power_mw: float
    answer_mj: float


@dataclass(frozen=True)
class Board:
    """One board. `cpu` is a key of `emulator.PROCESSORS`; None where nothing emulates it here."""

    key: str
    name: str
    core: str
    cpu: str | None
    clock_hz: int
    ram_bytes: int
    flash_bytes: int
    cpi: float | None = None  # cycles per instruction
    cpi_source: str = ""
    original: Original | None = None


_KB, _MB, _MHZ = 1024, 1024 * 1024, 1_000_000
_M4_TIMES = "instruction times of the Cortex-M4 manual, benchmarks/cortex_m4_cycles.py"

BOARDS: Final = (
    Board(
        key="esp32",
        name="ESP-WROOM-32",
        core="Xtensa LX6",
        cpu=None,
        clock_hz=240 * _MHZ,
        ram_bytes=520 * _KB,
        flash_bytes=4 * _MB,
        original=Original(11.0, 102_512, 260_129, 254.4, 2.80),
    ),
    Board(
        key="esp32-s3",
        name="ESP32-S3",
        core="Xtensa LX7",
        cpu=None,
        clock_hz=240 * _MHZ,
        ram_bytes=512 * _KB,
        flash_bytes=8 * _MB,
        original=Original(8.0, 179_288, 240_645, 153.27, 1.23),
    ),
    Board(
        key="nrf52840",
        name="nRF52840",
        core="Cortex-M4F",
        cpu="cortex-m4f",
        clock_hz=64 * _MHZ,
        ram_bytes=256 * _KB,
        flash_bytes=1 * _MB,
        cpi=1.4,
        cpi_source=_M4_TIMES,
        original=Original(37.0, 204_056, 85_544, 27.54, 1.02),
    ),
    Board(
        key="rp2040",
        name="RP2040",
        core="Cortex-M0+",
        cpu="cortex-m0plus",
        clock_hz=133 * _MHZ,
        ram_bytes=264 * _KB,
        flash_bytes=2 * _MB,
        cpi=1.32,
        cpi_source="cycles of the emulator rp2040js, boards/run.py rp2040js",
        original=Original(141.7, 169_624, 60_976, 155.73, 22.0),
    ),
    Board(
        key="rp2350",
        name="RP2350",
        core="Cortex-M33",
        cpu="cortex-m33",
        clock_hz=150 * _MHZ,
        ram_bytes=520 * _KB,
        flash_bytes=4 * _MB,
        cpi=1.4,
        cpi_source="taken to be that of the Cortex-M4, which has the same pipeline",
    ),
    Board(
        key="stm32h743",
        name="STM32H743",
        core="Cortex-M7",
        cpu="cortex-m7",
        clock_hz=480 * _MHZ,
        ram_bytes=512 * _KB,
        flash_bytes=2 * _MB,
        cpi=1.0,
        cpi_source="assumed: it issues up to two instructions a cycle",
    ),
    Board(
        key="esp32-c3",
        name="ESP32-C3",
        core="RV32IMC",
        cpu="rv32imc",
        clock_hz=160 * _MHZ,
        ram_bytes=400 * _KB,
        flash_bytes=4 * _MB,
        cpi=1.5,
        cpi_source="assumed: one instruction a cycle but for loads and branches",
    ),
)

ORIGINAL_BOARDS: Final = tuple(board for board in BOARDS if board.original)


def find(key: str) -> Board:
    """Return the board of that key.

    Raises
    ------
    InputError
        There is no such board.
    """
    for board in BOARDS:
        if board.key == key.lower():
            return board
    known = ", ".join(board.key for board in BOARDS)
    raise InputError(f"board {key!r} is not known. Choose one of: {known}.")
