"""What a network's file makes of people it has not heard."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import Floats
from audio_emotion.recognition.model import EmotionModel, Probabilities
from audio_emotion.training import metrics
from audio_emotion.training.metrics import SMALLEST_CLASS

SURE: Final = 0.5  # an answer is sure if it is more likely right than wrong

_SMALLEST_PROBABILITY: Final = 1e-30


def adapted(
    recognizer: EmotionModel,
    rows: Floats,
    speakers: npt.NDArray[np.str_],
    *,
    n_orders: int = 10,
    seed: int = 0,
) -> pd.DataFrame:
    """Hear every speaker's utterances one after the other, in random orders, adapting.

    Returns
    -------
    DataFrame
        One row per order and utterance: `order`, `heard` (utterances of the speaker before it),
        `row` (of `rows`) and `found` (the emotion).
    """
    random = np.random.default_rng(seed)
    found = []
    for speaker in np.unique(speakers):
        of_speaker = np.flatnonzero(speakers == speaker)
        for order in range(n_orders):
            person = recognizer.adaptation()
            for heard, row in enumerate(random.permutation(of_speaker)):
                probabilities = person.probabilities(rows[row : row + 1])[0]
                found.append((order, heard, int(row), EMOTIONS[int(probabilities.argmax())]))
                person.update(rows[row])
    return pd.DataFrame(found, columns=["order", "heard", "row", "found"])


def by_corpus(catalogue: pd.DataFrame, found: npt.NDArray[np.str_]) -> dict[str, float]:
    """Unweighted average recall in each corpus, over emotions with enough utterances there."""
    result = {}
    for corpus, utterances in catalogue.reset_index(drop=True).groupby("corpus"):
        emotions, counts = np.unique(utterances["emotion"], return_counts=True)
        rows = utterances[utterances["emotion"].isin(emotions[counts >= SMALLEST_CLASS])]
        if len(rows):
            truth = rows["emotion"].to_numpy(dtype=str)
            result[str(corpus)] = metrics.uar(truth, found[rows.index])
    return result


def likeliest(probabilities: Probabilities) -> npt.NDArray[np.str_]:
    """Name the emotion of each row."""
    names: npt.NDArray[np.str_] = np.array(EMOTIONS)[probabilities.argmax(axis=1)]
    return names


def log_odds(probabilities: Probabilities) -> npt.NDArray[np.float64]:
    """Scores whose softmax is these probabilities."""
    return np.log(np.maximum(probabilities, _SMALLEST_PROBABILITY))
