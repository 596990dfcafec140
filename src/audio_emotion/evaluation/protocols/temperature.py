"""Temperature of probabilities that a model has given."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.recognition.model import Probabilities
from audio_emotion.training.calibration import UNTRAINED_CLASS_SCORE, fit_temperature

_SMALLEST: Final = 1e-300


def temperature_of(probabilities: Probabilities, truth: npt.NDArray[np.str_]) -> float:
    """Fit the temperature on the utterances of emotions that their model was trained on.

    Parameters
    ----------
    probabilities : array of shape (n_utterances, n_emotions)
    truth : array of str, shape (n_utterances,)
        Emotions.
    """
    scores = _scores(probabilities)
    columns = [EMOTIONS.index(emotion) for emotion in truth.tolist()]
    possible = scores[np.arange(len(truth)), columns] > UNTRAINED_CLASS_SCORE
    return fit_temperature(scores[possible], truth[possible]) if possible.any() else 1.0


def with_temperature(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Return the probabilities of the same scores divided by a temperature."""
    scores = _scores(probabilities) / temperature
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Probabilities = odds / odds.sum(axis=1, keepdims=True)
    return result


def _scores(probabilities: Probabilities) -> npt.NDArray[np.float64]:
    logarithms = np.log(np.maximum(probabilities, _SMALLEST))
    return np.where(probabilities > 0, logarithms, UNTRAINED_CLASS_SCORE)
