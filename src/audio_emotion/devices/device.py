"""The core, with or without a model, on an emulated processor: what it says and what it costs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
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
class Heard:
    """What an utterance gave, and what it cost; instructions are 0 if they are not counted."""

    features: Floats  # or the scores of a network
    probabilities: Floats | None  # in the order of `EMOTIONS`; None without a model
    n_frames: int
    instructions: int  # while it was heard, all frames together
    slowest_frame: int  # instructions of the dearest piece
    answer: int  # instructions after the last frame
    stack_bytes: int  # deepest


class Device:
    """One processor that runs the core."""

    def __init__(
        self, cpu: str, model: EmotionModel | None = None, *, counting: bool = True
    ) -> None:
        """Compile it.

        Parameters
        ----------
        cpu
            A key of `emulator.PROCESSORS`.
        model
            Without one it gives features only.
        counting
            Whether instructions are counted, which takes about ten times as long.

        Raises
        ------
        ToolError
            A tool is missing or refuses the code.
        ExportError
            The core cannot run such a model.
        """
        self._has_model = model is not None
        self._n_results = len(names())
        if model is None:
            sources = [CORE / name for name in core_sources(["acoustic_features.h"])]
            program = template("measured/features.c")
            self._program = compile_program(cpu, _compiled(sources), program, counting=counting)
            return
        made = firmware(model)
        self._n_results = made.n_results
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            sources = [CORE / name for name in core_sources(made.core)]
            self._program = compile_program(
                cpu,
                [*_compiled(sources), write_model(model, folder)],
                template(f"measured/{made.program}"),
                include=[folder],
                defines=made.defines,
                counting=counting,
            )

    @property
    def size(self) -> Size:
        """Bytes of the program: the core, the model and a dozen lines around them."""
        return self._program.size

    @property
    def program(self) -> Program:
        """The program itself, for those who want to know where the instructions went."""
        return self._program

    def hear(self, samples: Samples, piece: int = HOP_LENGTH) -> Heard:
        """Hear one utterance in pieces of `piece` samples and answer.

        Raises
        ------
        InputError
            The utterance is shorter than one frame.
        """
        if len(samples) < FRAME_LENGTH:
            raise too_short(len(samples))
        begun = self._program.call("begin")
        pieces = [
            self._program.call("hear", part, len(part))
            for part in np.split(samples, range(piece, len(samples), piece))
        ]
        answer = self._program.call("answer")
        return Heard(
            features=self._read("result", self._n_results),
            probabilities=self._read("probabilities", len(EMOTIONS)) if self._has_model else None,
            n_frames=sum(run.value for run in pieces),
            instructions=sum(run.instructions for run in pieces),
            slowest_frame=max(run.instructions for run in pieces),
            answer=answer.instructions,
            stack_bytes=max(run.stack_bytes for run in (begun, *pieces, answer)),
        )

    def _read(self, variable: str, n: int) -> npt.NDArray[np.float32]:
        return np.frombuffer(self._program.memory_of(variable, 4 * n), np.float32)


def write_model(model: EmotionModel, folder: Path) -> Path:
    """Write model.h and model.c; the latter's path.

    Raises
    ------
    ExportError
        The core cannot run such a model.
    """
    made = firmware(model)
    source = folder / "model.c"
    source.write_text(made.model_c)
    source.with_suffix(".h").write_text(made.model_h)
    return source


def _compiled(files: Iterable[Path]) -> list[Path]:
    return [path for path in files if path.suffix == ".c"]
