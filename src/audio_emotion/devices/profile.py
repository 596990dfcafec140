"""Profile of a model on boards: flash, RAM, instructions, time, energy.

Every figure says how it was obtained: `measured` in the linked program, `emulated` by executing it,
`estimated` from those and the board's data sheet, or `published` about the original system.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Literal, TypedDict

from audio_emotion.data import audio
from audio_emotion.devices.boards import ANSWER_LIMIT_MS, RAM_LIMIT_BYTES, Board
from audio_emotion.devices.device import Device, DeviceRun
from audio_emotion.devices.emulator import Size
from audio_emotion.engine.features import HOP_LENGTH, SAMPLE_RATE, Samples
from audio_emotion.progress import Progress, no_progress
from audio_emotion.recognition.model import EmotionModel

How = Literal["measured", "emulated", "estimated", "published"]

SCHEMA: Final = 2  # version of the document; 1 had other names of figures
FRAMES_PER_SECOND: Final = SAMPLE_RATE / HOP_LENGTH
EXCERPT_S: Final = 1.0
NOT_RUN: Final = "not run here: built from the same C99, but no compiler or emulator is at hand"


class Figure(TypedDict):
    """One number about one board."""

    name: str
    value: float
    unit: str
    how: How


class BoardProfile(TypedDict):
    """Figures of one board; only published ones where nothing runs its code."""

    board: str
    name: str
    core: str
    clock_mhz: float
    run_here: bool
    notes: list[str]
    figures: list[Figure]


class Profile(TypedDict):
    """Document that `audio-emotion profile --json` prints."""

    schema: int
    model: str | None
    recording: str
    seconds: float
    boards: list[BoardProfile]


def profile(
    model: EmotionModel | None,
    boards: Sequence[Board],
    recording: Path,
    *,
    progress: Progress = no_progress,
) -> Profile:
    """Run the core and a model on emulated boards and return their figures.

    Parameters
    ----------
    model : EmotionModel or None
        None means the features alone.
    boards : sequence of Board
    recording : Path
        The middle `EXCERPT_S` of it is processed.
    progress : callable, optional
        Called with the boards done, their number and the name of the next.

    Raises
    ------
    ToolError
        The extra `boards` is not installed.
    ExportError
        The core cannot run such a model.
    """
    samples = _middle(audio.read(recording))
    profiles = []
    for done, board in enumerate(boards):
        progress(done, len(boards), board.name)
        profiles.append(_profile_board(board, model, samples))
    progress(len(boards), len(boards), "")
    return Profile(
        schema=SCHEMA,
        model=model.name if model else None,
        recording=recording.name,
        seconds=len(samples) / SAMPLE_RATE,
        boards=profiles,
    )


def _middle(samples: Samples) -> Samples:
    """Return the middle, which holds speech: silence would take less time."""
    spare = max(0, len(samples) - round(EXCERPT_S * SAMPLE_RATE))
    return samples[spare // 2 : len(samples) - spare // 2]


def _profile_board(board: Board, model: EmotionModel | None, samples: Samples) -> BoardProfile:
    figures, notes = list(_published(board)), []
    if board.cpu is None:
        notes.append(NOT_RUN)
    else:
        device = Device(board.cpu, model)
        run = device.run(samples)
        figures = [*_space(device.size, run), *_time(board, run), *figures]
        notes.append(f"cycles per instruction: {board.cpi_source}")
    return BoardProfile(
        board=board.key,
        name=board.name,
        core=board.core,
        clock_mhz=board.clock_hz / 1e6,
        run_here=board.cpu is not None,
        notes=notes,
        figures=figures,
    )


def _space(size: Size, run: DeviceRun) -> Iterator[Figure]:
    ram = size.variables + run.stack_bytes
    yield _figure("flash code", size.code, "bytes", "measured")
    yield _figure("flash constants", size.constants, "bytes", "measured")
    yield _figure("static RAM", size.variables, "bytes", "measured")
    yield _figure("maximum stack", run.stack_bytes, "bytes", "emulated")
    yield _figure("total RAM", ram, "bytes", "emulated")
    yield _figure("total RAM, of 256 KB", 100 * ram / RAM_LIMIT_BYTES, "%", "emulated")


def _time(board: Board, run: DeviceRun) -> Iterator[Figure]:
    """Yield instructions, and time and energy at the board's clock and mean power.

    Latency counts the frame that the last sample completes, taken to be the slowest, and the
    classifier. A minute of processing is the time that the processor is busy in it; a board that
    stays awake in between draws its mean power all the time.
    """
    cpi = board.cpi or 1.0
    a_frame = run.instructions / run.n_frames
    after = run.largest_piece + run.finish
    ms = cpi / board.clock_hz * 1000
    yield _figure("opening, once", run.opening, "instr.", "emulated")
    yield _figure("per frame", a_frame, "instr.", "emulated")
    yield _figure("slowest frame", run.largest_piece, "instr.", "emulated")
    yield _figure("per second", a_frame * FRAMES_PER_SECOND, "instr.", "emulated")
    yield _figure("after last sample", after, "instr.", "emulated")
    yield _figure("per instruction", cpi, "cycles", "estimated")
    yield _figure("opening, once", run.opening * ms, "ms", "estimated")
    yield _figure("per frame", a_frame * ms, "ms", "estimated")
    yield _figure("load", a_frame * FRAMES_PER_SECOND * ms / 10, "%", "estimated")
    yield _figure("latency", after * ms, "ms", "estimated")
    yield _figure("latency, of 50 ms", 100 * after * ms / ANSWER_LIMIT_MS, "%", "estimated")
    if board.original:
        minute_ms = 60 * a_frame * FRAMES_PER_SECOND * ms
        yield _energy("energy per prediction", board, after * ms)
        yield _energy("energy/min processing", board, minute_ms)
        yield _energy("energy/min awake", board, 60_000)


def _energy(name: str, board: Board, ms: float) -> Figure:
    power_mw = board.original.power_mw if board.original else 0.0
    return _figure(name, power_mw * ms / 1000, "mJ", "estimated")


def _published(board: Board) -> Iterator[Figure]:
    if board.original:
        yield _figure("original: flash", board.original.flash_bytes, "bytes", "published")
        yield _figure("original: RAM", board.original.ram_bytes, "bytes", "published")
        yield _figure("original: latency", board.original.answer_ms, "ms", "published")
        yield _figure("original: power", board.original.power_mw, "mW", "published")
        yield _figure("original: energy", board.original.answer_mj, "mJ", "published")


def _figure(name: str, value: float, unit: str, how: How) -> Figure:
    return Figure(name=name, value=round(value, 4), unit=unit, how=how)
