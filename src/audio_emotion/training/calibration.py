"""Calibration of confidence: the temperature that scores are divided by, and the threshold."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from audio_emotion.data.corpora import LABELS

# Score of an emotion that no training speaker of the fold showed: never the largest.
UNTRAINED_CLASS_SCORE: Final = -1e9

# Share of the confident predictions that is right.
PRECISION: Final = 0.8


def fit_temperature(outputs: npt.NDArray[np.float64], truth: npt.NDArray[np.str_]) -> float:
    """Fit the temperature with the smallest cross entropy on unseen speakers (Guo et al. 2017).

    Classifiers are overconfident about unseen speakers. One number corrects that and changes no
    label.

    Parameters
    ----------
    outputs : array of shape (n_utterances, n_labels)
        Scores, columns as `LABELS` or only its emotions.
    truth : array of str, shape (n_utterances,)
    """
    column = np.array([LABELS.index(label) for label in truth])
    rows = np.arange(len(truth))

    def cross_entropy(log_temperature: float) -> float:
        logits = outputs / np.exp(log_temperature)
        logits -= logits.max(axis=1, keepdims=True)
        log_probability = logits[rows, column] - np.log(np.exp(logits).sum(axis=1))
        # An emotion that was not trained on is not the temperature's to correct.
        return -float(log_probability[outputs[rows, column] > UNTRAINED_CLASS_SCORE].mean())

    best = minimize_scalar(cross_entropy, bounds=(np.log(0.05), np.log(20)), method="bounded")
    return float(np.round(np.exp(best.x), 4))


def fit_threshold(
    confidence: npt.NDArray[np.float64],
    right: npt.NDArray[np.bool_],
    corpora: npt.NDArray[np.str_],
    precision: float = PRECISION,
) -> float:
    """Fit the smallest threshold from which on predictions are right in a share of `precision`.

    Parameters
    ----------
    confidence : array of shape (n_utterances,)
        Largest probability of each.
    right : bool array of shape (n_utterances,)
    corpora : array of str, shape (n_utterances,)
        Each counts the same.
    precision : float

    Returns
    -------
    float
        1 if no threshold reaches it.

    Examples
    --------
    >>> right = np.array([True, True, False, True, False])
    >>> fit_threshold(np.array([0.9, 0.8, 0.7, 0.6, 0.5]), right, np.full(5, "mine"), 0.75)
    0.6
    """
    _, corpus, sizes = np.unique(corpora, return_inverse=True, return_counts=True)
    weight = 1 / sizes[corpus]
    order = np.argsort(-confidence)
    share = np.cumsum((weight * right)[order]) / np.cumsum(weight[order])
    # A threshold takes all of the same confidence or none.
    last = np.diff(confidence[order], append=-1) != 0
    reached = confidence[order][last & (share >= precision)]
    return float(reached.min(initial=1.0))
