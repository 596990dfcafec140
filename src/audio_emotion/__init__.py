"""Speech emotion recognition that runs on the microcontroller.

`predict` recognizes emotions, `stream` those of a live stream, `load_model` reads a model, and
`extract_features` and `FeatureExtractor` give the acoustic features. Each is imported when it is
first used, so that `import audio_emotion` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from audio_emotion import errors

if TYPE_CHECKING:
    from audio_emotion.data.feature_extraction import FeatureExtractor, extract_features
    from audio_emotion.engine.emotions import EMOTIONS
    from audio_emotion.recognition.model import EmotionModel, load_model
    from audio_emotion.recognition.prediction import Prediction, predict, stream
    from audio_emotion.recognition.stream import StreamEvent

    __version__: str

__all__ = [
    "EMOTIONS",
    "EmotionModel",
    "FeatureExtractor",
    "Prediction",
    "StreamEvent",
    "__version__",
    "errors",
    "extract_features",
    "load_model",
    "predict",
    "stream",
]

_MODULES: Final = {
    "EMOTIONS": "engine.emotions",
    "EmotionModel": "recognition.model",
    "FeatureExtractor": "data.feature_extraction",
    "Prediction": "recognition.prediction",
    "StreamEvent": "recognition.stream",
    "extract_features": "data.feature_extraction",
    "load_model": "recognition.model",
    "predict": "recognition.prediction",
    "stream": "recognition.prediction",
}


def __getattr__(name: str) -> Any:
    """Import a name of `__all__` when it is first used."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415

        return version("embedded-audio-emotion")
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
