"""Calibration of confidence: the temperature that scores are divided by."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from audio_emotion.engine.emotions import EMOTIONS

# Score of an emotion that no training speaker of the fold showed: never the largest.
UNTRAINED_CLASS_SCORE: Final = -1e9


def fit_temperature(outputs: npt.NDArray[np.float64], truth: npt.NDArray[np.str_]) -> float:
    """Fit the temperature with the smallest cross entropy on unseen speakers (Guo et al. 2017).

    Classifiers are overconfident about unseen speakers. One number corrects that and changes no
    label.

    Parameters
    ----------
    outputs : array of shape (n_utterances, n_emotions)
        Scores, columns as `EMOTIONS`.
    truth : array of str, shape (n_utterances,)
    """
    column = np.array([EMOTIONS.index(emotion) for emotion in truth])
    rows = np.arange(len(truth))

    def cross_entropy(log_temperature: float) -> float:
        logits = outputs / np.exp(log_temperature)
        logits -= logits.max(axis=1, keepdims=True)
        log_probability = logits[rows, column] - np.log(np.exp(logits).sum(axis=1))
        # An emotion that was not trained on is not the temperature's to correct.
        return -float(log_probability[outputs[rows, column] > UNTRAINED_CLASS_SCORE].mean())

    best = minimize_scalar(cross_entropy, bounds=(np.log(0.05), np.log(20)), method="bounded")
    return float(np.round(np.exp(best.x), 4))
