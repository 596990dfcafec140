"""A model as C: what `export` writes for a board's own tools and what emulated boards are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from audio_emotion.engine.features import Samples
from audio_emotion.export.classifier_firmware import classifier_firmware, classifier_verification
from audio_emotion.export.generated import Firmware, Verification
from audio_emotion.export.network_firmware import network_firmware, network_verification
from audio_emotion.recognition.model import EmotionModel, Kind

_FIRMWARE: Final[dict[Kind, Callable[[Any], Firmware]]] = {
    "classifier": classifier_firmware,
    "network": network_firmware,
}
_VERIFICATION: Final[dict[Kind, Callable[[Any, Samples], Verification]]] = {
    "classifier": classifier_verification,
    "network": network_verification,
}


def firmware(model: EmotionModel) -> Firmware:
    """Return a model as C.

    Raises
    ------
    ExportError
        The core cannot run it.
    """
    return _FIRMWARE[model.kind](model)


def verification(model: EmotionModel, samples: Samples) -> Verification:
    """Compute what the C of a model has to compute from a recording.

    Raises
    ------
    ExportError
        No utterance is found in the recording.
    """
    return _VERIFICATION[model.kind](model, samples)
