"""The core, with or without a model, on an emulated processor: what it says and what it costs."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from audio_emotion import csource, export
from audio_emotion.corpora import EMOTIONS
from audio_emotion.emit import emit
from audio_emotion.emulator import CORE, Program, Size, compile_program
from audio_emotion.errors import InputError
from audio_emotion.features import FRAME_LENGTH, HOP_LENGTH, Floats, Samples, names
from audio_emotion.model import Model

# All that a program needs to have: what is measured is this, linked.
_FEATURES_ONLY: Final = """
#include "audio_emotion.h"
static struct ae_state state;
static struct ae_result result;
CALLABLE void begin(void) { ae_reset(&state); }
CALLABLE int hear(const int16_t *pcm, size_t n) { return ae_process(&state, pcm, n); }
CALLABLE int answer(void) { return ae_finish(&state, &result); }
"""

_WITH_MODEL: Final = """
#include "model.h"
static struct ae_state state;
static struct ae_result result;
static struct ae_classifier_work work;
static float probabilities[AE_N_EMOTIONS];
CALLABLE void begin(void) { ae_reset(&state); }
CALLABLE int hear(const int16_t *pcm, size_t n) { return ae_process(&state, pcm, n); }
CALLABLE int answer(void) {
    const int status = ae_finish(&state, &result);
    return status == AE_OK
               ? ae_classify(&ae_emotion_model, &result, &work, probabilities)
               : status;
}
"""


@dataclass(frozen=True)
class Heard:
    """What an utterance gave, and what it cost; instructions are 0 if they are not counted."""

    features: Floats
    probabilities: Floats | None  # in the order of `EMOTIONS`; None without a model
    n_frames: int
    instructions: int  # while it was heard, all frames together
    slowest_frame: int  # instructions of the dearest piece
    answer: int  # instructions after the last frame
    stack_bytes: int  # deepest


class Device:
    """One processor that runs the core."""

    def __init__(self, cpu: str, model: Model | None = None, *, counting: bool = True) -> None:
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
        sources = sorted(CORE.glob("*.c"))
        if model is None:
            self._program = compile_program(cpu, sources, _FEATURES_ONLY, counting=counting)
            return
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            sources.append(write_model(model, folder))
            self._program = compile_program(
                cpu, sources, _WITH_MODEL, include=[folder], counting=counting
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
            raise InputError(
                f"{len(samples)} samples are too short for one frame: "
                f"needs at least {FRAME_LENGTH}. Give a longer recording."
            )
        begun = self._program.call("begin")
        pieces = [
            self._program.call("hear", part, len(part))
            for part in np.split(samples, range(piece, len(samples), piece))
        ]
        answer = self._program.call("answer")
        return Heard(
            features=self._read("result", len(names())),
            probabilities=self._read("probabilities", len(EMOTIONS)) if self._has_model else None,
            n_frames=sum(run.value for run in pieces),
            instructions=sum(run.instructions for run in pieces),
            slowest_frame=max(run.instructions for run in pieces),
            answer=answer.instructions,
            stack_bytes=max(run.stack_bytes for run in (begun, *pieces, answer)),
        )

    def _read(self, variable: str, n: int) -> npt.NDArray[np.float32]:
        return np.frombuffer(self._program.memory_of(variable, 4 * n), np.float32)


def write_model(model: Model, folder: Path) -> Path:
    """Write model.h and model.c; the latter's path.

    Raises
    ------
    ExportError
        The core cannot run such a model.
    """
    stamp = (model.metadata, version("embedded-audio-emotion"), export.model_license(model))
    source = folder / "model.c"
    source.write_text(csource.source(emit(model), *stamp))
    source.with_suffix(".h").write_text(csource.header(*stamp))
    return source
