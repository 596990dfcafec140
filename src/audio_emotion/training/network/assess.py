"""Predictions of a trained network for speakers that were held out."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.recognition.model import Probabilities

_SMALLEST_PROBABILITY: Final = 1e-30


def likeliest(probabilities: Probabilities) -> npt.NDArray[np.str_]:
    """Return the most probable emotion of each row."""
    names: npt.NDArray[np.str_] = np.array(EMOTIONS)[probabilities.argmax(axis=1)]
    return names


def log_probabilities(probabilities: Probabilities) -> npt.NDArray[np.float64]:
    """Return scores whose softmax is these probabilities."""
    return np.log(np.maximum(probabilities, _SMALLEST_PROBABILITY))
