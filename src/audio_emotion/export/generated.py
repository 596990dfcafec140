"""Output of code generation: a model as C, and the values that its C must compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audio_emotion.recognition.model import Kind


@dataclass(frozen=True)
class Firmware:
    """A model as C, and what a program around it needs."""

    kind: Kind
    """Names the templates of such a model."""
    symbol: str
    """Name of the model's constants in C."""
    model_h: str
    model_c: str
    n_bytes: int
    """Flash that the constants take."""
    emotions: Sequence[str]
    """Those that the model knows."""
    core: Sequence[str]
    """Headers of the core to include; the first is that of the stage that takes a stream."""
    n_results: int
    """Length of `result` in the programs that are profiled."""
    version: Mapping[str, str]
    """Hashes that the core must agree with, for export.json."""
    defines: Mapping[str, int] = field(default_factory=dict)
    """Settings of the core that are not the default."""

    def write(self, folder: Path) -> Path:
        """Write model.h and model.c; return the path of the latter."""
        (folder / "model.h").write_text(self.model_h)
        source = folder / "model.c"
        source.write_text(self.model_c)
        return source


@dataclass(frozen=True)
class Verification:
    """Values that Python computes from a recording, to compare the C with."""

    emotion: str
    variables: Mapping[str, str]
    """Variables of the template of expected.h."""
    document: Mapping[str, Any]
    """The same for programs: content of expected.json."""
