"""Predictions of a trained network for speakers that were held out."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import Floats
from audio_emotion.recognition.model import EmotionModel, Probabilities

_SMALLEST_PROBABILITY: Final = 1e-30


def predict_adapting(
    model: EmotionModel,
    embeddings: Floats,
    speakers: npt.NDArray[np.str_],
    *,
    n_orders: int = 10,
    seed: int = 0,
) -> pd.DataFrame:
    """Predict every speaker's utterances in random orders, adapting to the speaker.

    Parameters
    ----------
    model : EmotionModel
    embeddings : array of shape (n_utterances, n_features)
    speakers : array of str, shape (n_utterances,)
    n_orders : int
    seed : int

    Returns
    -------
    DataFrame
        One row per order and utterance: `order`, `n_previous` (utterances of the speaker before
        it), `row` (of `embeddings`) and `prediction`.
    """
    random = np.random.default_rng(seed)
    predictions = []
    for speaker in np.unique(speakers):
        of_speaker = np.flatnonzero(speakers == speaker)
        for order in range(n_orders):
            adaptation = model.adaptation()
            for n_previous, row in enumerate(random.permutation(of_speaker)):
                probabilities = adaptation.probabilities(embeddings[row : row + 1])
                predictions.append((order, n_previous, int(row), likeliest(probabilities)[0]))
                adaptation.update(embeddings[row])
    return pd.DataFrame(predictions, columns=["order", "n_previous", "row", "prediction"])


def likeliest(probabilities: Probabilities) -> npt.NDArray[np.str_]:
    """Return the most probable emotion of each row."""
    names: npt.NDArray[np.str_] = np.array(EMOTIONS)[probabilities.argmax(axis=1)]
    return names


def log_probabilities(probabilities: Probabilities) -> npt.NDArray[np.float64]:
    """Return scores whose softmax is these probabilities."""
    return np.log(np.maximum(probabilities, _SMALLEST_PROBABILITY))
