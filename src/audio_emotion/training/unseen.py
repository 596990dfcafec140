"""Predictions for recordings that a classifier was not trained on, as tables."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import softmax

from audio_emotion.data.corpora import LABELS
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.training import metrics
from audio_emotion.training.calibration import fit_threshold

SPEECH_THRESHOLD: Final = 0.5  # of the probability that somebody speaks, as models have it


def decide(
    catalogue: pd.DataFrame, outputs: npt.NDArray[np.float64], temperature: float
) -> pd.DataFrame:
    """Return what a classifier answers, as a model file with this temperature does.

    Parameters
    ----------
    catalogue : DataFrame of n_utterances rows
        With columns `corpus` and `emotion`.
    outputs : array of shape (n_utterances, n_labels)
        Scores, columns as `corpora.LABELS`.
    temperature : float

    Returns
    -------
    DataFrame
        Columns `corpus`, `truth`, `label` and `confidence`, the largest probability of an emotion.
    """
    logits = outputs / temperature
    speech = 1 - softmax(logits, axis=1)[:, -1]
    emotions = softmax(logits[:, :-1], axis=1)
    likeliest = np.array(EMOTIONS)[emotions.argmax(axis=1)]
    return pd.DataFrame(
        {
            "corpus": catalogue["corpus"].to_numpy(dtype=str),
            "truth": catalogue["emotion"].to_numpy(dtype=str),
            "label": np.where(speech >= SPEECH_THRESHOLD, likeliest, NO_SPEECH),
            "confidence": emotions.max(axis=1),
        }
    )


def threshold(found: pd.DataFrame) -> float:
    """Fit the threshold of confidence to what was said of speech; each corpus counts the same."""
    spoken = found[(found["truth"] != NO_SPEECH) & (found["label"] != NO_SPEECH)]
    return fit_threshold(
        spoken["confidence"].to_numpy(),
        (spoken["truth"] == spoken["label"]).to_numpy(),
        spoken["corpus"].to_numpy(dtype=str),
    )


def speech(
    found: pd.DataFrame,
) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.str_], npt.NDArray[np.str_]]:
    """Return corpus, truth and label of the speech; no speech is a wrong label."""
    spoken = found[found["truth"] != NO_SPEECH]
    corpus, truth, label = (
        spoken[name].to_numpy(dtype=str) for name in ("corpus", "truth", "label")
    )
    return corpus, truth, label


def confusion(found: pd.DataFrame) -> list[list[int]]:
    """Count the labels of all recordings, in the order of `corpora.LABELS`."""
    truth, label = (found[name].to_numpy(dtype=str) for name in ("truth", "label"))
    counts: list[list[int]] = metrics.confusion(truth, label, LABELS).tolist()
    return counts


def answers_by_corpus(found: pd.DataFrame, threshold: float) -> dict[str, dict[str, float]]:
    """Compute the shares of each corpus's recordings that have an answer.

    Returns
    -------
    dict
        By corpus: `answered` with an emotion, `confident`, and `confident_wrong`.
    """
    answered = found["label"] != NO_SPEECH
    confident = answered & (found["confidence"] >= threshold)
    wrong = confident & (found["label"] != found["truth"])
    shares = pd.DataFrame({"answered": answered, "confident": confident, "confident_wrong": wrong})
    by_corpus = shares.groupby(found["corpus"]).mean()
    return {str(corpus): dict(each) for corpus, each in by_corpus.iterrows()}
