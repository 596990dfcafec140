"""Flash and RAM that a program with a model takes, and a limit to both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from audio_emotion.data import audio
from audio_emotion.data.sample import sample_recording
from audio_emotion.devices.device import Device
from audio_emotion.errors import ExportError, InputError
from audio_emotion.recognition.model import EmotionModel

CPU: Final = "cortex-m0plus"  # its code is the largest: it emulates all floating point

_UNITS: Final = {"": 1, "K": 1024, "M": 1024 * 1024}


@dataclass(frozen=True)
class Footprint:
    """Bytes of the whole program: core, model and a dozen lines around them."""

    flash: int
    ram: int
    """Static, and the maximum stack while a recording is processed."""

    def __str__(self) -> str:
        return f"{self.flash:,} bytes of flash and {self.ram:,} of RAM"


@dataclass(frozen=True)
class Budget:
    """Bytes that a program may take; None is no limit."""

    flash: int | None = None
    ram: int | None = None

    def admits(self, footprint: Footprint) -> bool:
        """Return whether a program fits."""
        return (self.flash is None or footprint.flash <= self.flash) and (
            self.ram is None or footprint.ram <= self.ram
        )

    def __str__(self) -> str:
        limits = {"flash": self.flash, "RAM": self.ram}
        return " and ".join(
            f"{limit:,} bytes of {name}" for name, limit in limits.items() if limit is not None
        )


def parse_size(text: str) -> int:
    """Return the bytes of a size such as 24576, 24K or 1M.

    Raises
    ------
    InputError
        Not a size.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([KM]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if match is None:
        raise InputError(f"size {text!r} is not a number of bytes. Write 128K, 1M or 131072.")
    return int(float(match[1]) * _UNITS[match[2].upper()])


def measure(model: EmotionModel) -> Footprint:
    """Compile the core with a model for `CPU`, run it on a recording and return what it takes.

    Raises
    ------
    ToolError
        The compiler or the emulator is missing.
    ExportError
        The core cannot run such a model.
    """
    device = Device(CPU, model, counting=False)
    run = device.run(audio.read(sample_recording()))
    size = device.size
    return Footprint(size.code + size.constants, size.variables + run.stack_bytes)


def require(model: EmotionModel, budget: Budget) -> Footprint:
    """Measure a model and check that it fits.

    Raises
    ------
    ExportError
        It does not fit.
    """
    footprint = measure(model)
    if not budget.admits(footprint):
        raise ExportError(
            f"{model.name} takes {footprint} on a {CPU}, more than the {budget} allowed. "
            "Allow more, or let a smaller classifier (.skops) be trained with: "
            "--fit --features FEATURES.csv."
        )
    return footprint
