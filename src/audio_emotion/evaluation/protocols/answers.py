"""Answers of a model as arrays, for many utterances at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.engine.features import FeatureVector
from audio_emotion.recognition.model import Adaptation, EmotionModel, Probabilities, answers


class Answers(NamedTuple):
    """Answers to n utterances."""

    labels: npt.NDArray[np.str_]
    """An emotion, or `NO_SPEECH`."""
    confident: npt.NDArray[np.bool_]
    speech: npt.NDArray[np.float64]
    """Probability that somebody speaks."""
    probabilities: Probabilities
    """Shape (n, n_emotions), if somebody speaks."""


def answer(
    model: EmotionModel, utterances: FeatureVector, adaptation: Adaptation | None = None
) -> Answers:
    """Return `recognition.model.answers` as arrays.

    Parameters
    ----------
    model : EmotionModel
    utterances : array of shape (n_utterances, n_features)
    adaptation : Adaptation, optional
        To the speaker of all of them; it is left as it is.
    """
    found = answers(model, utterances, adaptation)
    return Answers(
        np.array([one.emotion or NO_SPEECH for one in found]),
        np.array([one.confident for one in found]),
        np.array([one.speech for one in found]),
        np.array([[one.probabilities[emotion] for emotion in EMOTIONS] for one in found]),
    )
