"""The core, with or without a model, on an emulated processor: its results and their cost."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from audio_emotion.devices.emulator import CORE, Program, Size, compile_program
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import (
    FRAME_LENGTH,
    HOP_LENGTH,
    Floats,
    Samples,
    names,
    too_short,
)
from audio_emotion.export.firmware import firmware
from audio_emotion.export.targets import core_sources, template
from audio_emotion.recognition.model import EmotionModel


@dataclass(frozen=True)
class DeviceRun:
    """Results of an utterance, and their cost; instructions are 0 if they are not counted."""

    result: Floats  # acoustic features, or the scores of a network
    probabilities: Floats | None  # in the order of `EMOTIONS`; None without a model
    speech: float | None  # probability that somebody speaks; None without a model
    n_frames: int
    opening: int  # instructions before the first sample: a network is checked, once
    instructions: int  # of all pieces together
    largest_piece: int  # instructions of the most expensive piece
    finish: int  # instructions after the last piece
    stack_bytes: int  # maximum


class Device:
    """One processor that runs the core."""

    def __init__(
        self, cpu: str, model: EmotionModel | None = None, *, counting: bool = True
    ) -> None:
        """Compile the core and a model.

        Parameters
        ----------
        cpu
            A key of `emulator.PROCESSORS`.
        model
            Without one the device computes features only.
        counting
            Count instructions, which takes about ten times as long.

        Raises
        ------
        ToolError
            A tool is missing or refuses the code.
        ExportError
            The core cannot run such a model.
        """
        made = None if model is None else firmware(model)
        self._has_model = made is not None
        self._n_results = made.n_results if made else len(names())
        headers = made.core if made else ["acoustic_features.h"]
        sources = [CORE / name for name in core_sources(headers) if name.endswith(".c")]
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            self._program = compile_program(
                cpu,
                [*sources, made.write(folder)] if made else sources,
                template(f"profile/{made.kind if made else 'features'}.c"),
                include=[folder] if made else [],
                defines=made.defines if made else None,
                counting=counting,
            )

    @property
    def size(self) -> Size:
        """Bytes of the program: the core, the model and a dozen lines around them."""
        return self._program.size

    @property
    def program(self) -> Program:
        """The program itself, which knows the instructions of each function."""
        return self._program

    def run(self, samples: Samples, piece: int = HOP_LENGTH) -> DeviceRun:
        """Process one utterance in pieces of `piece` samples.

        Raises
        ------
        InputError
            The utterance is shorter than one frame.
        """
        if len(samples) < FRAME_LENGTH:
            raise too_short(len(samples))
        reset = self._program.call("reset")
        pieces = [
            self._program.call("process", part, len(part))
            for part in np.split(samples, range(piece, len(samples), piece))
        ]
        finish = self._program.call("finish")
        return DeviceRun(
            result=self._read("result", self._n_results),
            probabilities=self._read("probabilities", len(EMOTIONS)) if self._has_model else None,
            speech=float(self._read("speech", 1)[0]) if self._has_model else None,
            n_frames=sum(run.value for run in pieces),
            opening=reset.instructions,
            instructions=sum(run.instructions for run in pieces),
            largest_piece=max(run.instructions for run in pieces),
            finish=finish.instructions,
            stack_bytes=max(run.stack_bytes for run in (reset, *pieces, finish)),
        )

    def _read(self, variable: str, n: int) -> npt.NDArray[np.float32]:
        return np.frombuffer(self._program.memory_of(variable, 4 * n), np.float32)
