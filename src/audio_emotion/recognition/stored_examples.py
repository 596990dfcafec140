"""Utterances that a classifier's file keeps, and the labels they had when it was trained.

They show whether what reads the file answers as it was measured: another version of the core, or of
scikit-learn where that predicts.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.engine.features import FeatureVector

MEMBER: Final = "examples.json"

_EACH: Final = 2  # examples of a label
_SEARCHED: Final = 1024  # utterances of the training data

Probabilities = npt.NDArray[np.float64]
Predict = Callable[[FeatureVector], list[str]]


class Examples(NamedTuple):
    """Utterances and their labels.

    Attributes
    ----------
    utterances : float32 array of shape (n_examples, n_features)
    labels : list of str
        Emotions and `NO_SPEECH`.
    """

    utterances: FeatureVector
    labels: list[str]

    def n_different(self, predict: Predict) -> int:
        """Count the examples to which `predict` gives another label."""
        found = predict(self.utterances) if self.labels else []
        return sum(one != other for one, other in zip(self.labels, found, strict=True))

    def to_json(self) -> bytes:
        """Write the examples; every bit of their numbers comes back."""
        rows = [[float(f"{value:.9g}") for value in row] for row in self.utterances]
        return json.dumps({"labels": self.labels, "utterances": rows}).encode()


NONE: Final = Examples(np.empty((0, 0), np.float32), [])


def from_json(document: Any, n_features: int) -> Examples:
    """Read what `Examples.to_json` writes.

    Raises
    ------
    ValueError, KeyError, TypeError
        It is something else.
    """
    labels = [str(label) for label in document["labels"]]
    utterances = np.array(document["utterances"], np.float32)
    if utterances.shape != (len(labels), n_features) or not np.isfinite(utterances).all():
        raise ValueError("its stored examples are not of its features")
    return Examples(utterances, labels)


def choose(utterances: FeatureVector, predict: Predict, other: Predict) -> Examples:
    """Choose some utterances of each label on which two ways to predict agree.

    The core and scikit-learn may break a tie differently.
    """
    places = np.linspace(0, len(utterances) - 1, min(len(utterances), _SEARCHED)).astype(int)
    searched = utterances[places]
    labels, others = np.array(predict(searched)), np.array(other(searched))
    chosen = [
        np.flatnonzero((labels == label) & (others == label))[:_EACH] for label in np.unique(labels)
    ]
    rows = np.sort(np.concatenate(chosen))
    return Examples(searched[rows], labels[rows].tolist())


def labels_of(
    probabilities: Probabilities, speech: Probabilities, speech_threshold: float
) -> list[str]:
    """Return the label of each utterance: `NO_SPEECH`, or the likeliest emotion."""
    likeliest = np.array(EMOTIONS)[probabilities.argmax(axis=1)]
    return [str(label) for label in np.where(speech >= speech_threshold, likeliest, NO_SPEECH)]
