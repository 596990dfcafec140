"""Answers of a model, for many utterances at once: an emotion, or that nobody speaks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.engine.features import FeatureVector
from audio_emotion.recognition.model import Adaptation, EmotionModel, Probabilities


class Answers(NamedTuple):
    """Answers for n utterances."""

    labels: npt.NDArray[np.str_]
    """An emotion, or `NO_SPEECH`."""
    confident: npt.NDArray[np.bool_]
    speech: npt.NDArray[np.float64]
    """Probability that somebody speaks."""
    probabilities: Probabilities
    """Shape (n, n_emotions), given that somebody speaks."""


def answer(
    model: EmotionModel, utterances: FeatureVector, adaptation: Adaptation | None = None
) -> Answers:
    """Return the answers of a model, as `audio-emotion predict` gives them.

    Parameters
    ----------
    model : EmotionModel
    utterances : array of shape (n_utterances, n_features)
    adaptation : Adaptation, optional
        To the speaker; it stays as it is.
    """
    probabilities = (adaptation or model).probabilities(utterances)
    speech = model.speech(utterances) if hasattr(model, "speech") else np.ones(len(utterances))
    is_speech = speech >= getattr(model, "speech_threshold", 0.0)
    labels = np.where(is_speech, np.array(EMOTIONS)[probabilities.argmax(axis=1)], NO_SPEECH)
    confident = is_speech & (probabilities.max(axis=1) >= model.threshold)
    return Answers(labels, confident, speech, probabilities)
