"""Confidence of a network, fitted on recordings that it was not trained on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch", reason="PyTorch, of the extra [train], is not installed")

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.training.network import confidence

ACTED = pd.DataFrame(
    {
        "corpus": "acted",
        "speaker": ["a", "b"] * 20,
        "emotion": ["anger", "fear", "sadness", "disgust"] * 10,
    }
)
READ = pd.DataFrame({"corpus": "read_speech", "speaker": "c", "emotion": ["neutral"] * 40})


def answers(catalogue: pd.DataFrame, right: np.ndarray) -> confidence.Answers:
    """Give the true emotion 0.6, or another one where the answer is wrong."""
    truth = catalogue["emotion"].map(EMOTIONS.index).to_numpy()
    probabilities = np.full((len(catalogue), len(EMOTIONS)), 0.4 / (len(EMOTIONS) - 1))
    likeliest = np.where(right, truth, (truth + 1) % len(EMOTIONS))
    probabilities[np.arange(len(catalogue)), likeliest] = 0.6
    return confidence.Answers(catalogue, probabilities, np.full(len(catalogue), 0.9))


def test_people_who_read_make_no_answer_more_confident() -> None:
    acted = answers(ACTED, np.arange(40) % 3 > 0)
    read = answers(READ, np.ones(40, bool))
    alone, both = confidence.fit([acted]), confidence.fit([acted, read])
    assert alone is not None
    assert both is not None
    assert alone.threshold == both.threshold == 1.0
    assert alone.temperature == both.temperature
    assert both.speakers == ["a", "b", "c"]


def test_people_who_read_are_better_than_nobody() -> None:
    fitted = confidence.fit([answers(READ, np.arange(40) % 10 > 0)])
    assert fitted is not None
    assert fitted.threshold < 1
