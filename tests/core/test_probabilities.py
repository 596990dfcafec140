"""Of every network that is accepted, whatever its numbers: probabilities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import random_networks
from audio_emotion.engine.network_file import to_bytes
from audio_emotion.engine.utterance_recognizer import UtteranceRecognizer
from audio_emotion.errors import ModelError
from audio_emotion.recognition.network_model import NetworkModel
from random_network_models import METADATA

SOUND = np.random.default_rng(3).normal(0, 6000, 12_000).astype(np.int16)
EXTREME = st.sampled_from([0.001, 0.75, 1000.0])


@given(
    seed=st.integers(0, 999),
    classes=st.integers(1, 7),
    head_shift=st.sampled_from([0, 3, 14, 30]),
    head_bias=st.sampled_from([0, 9999, 1 << 20, (1 << 31) - 1, -(1 << 31)]),
    inverse_temperature=EXTREME,
    speech_scale=EXTREME,
)
@settings(max_examples=60, deadline=None)
def test_probabilities_are_finite_and_sum_to_1(
    seed: int, classes: int, head_shift: int, head_bias: int, **scales: float
) -> None:
    """Two large and equal scores had a probability of 1 each: their sum's logarithm was lost."""
    maker = random_networks.Maker(seed)
    maker.layer(3, shape=(1, 40), relu=1)
    network = maker.network(2, 4, classes)
    biases = np.full_like(network.head_bias, head_bias)
    network = replace(network, head_shift=head_shift, head_bias=biases, **scales)
    try:
        recognizer = UtteranceRecognizer(NetworkModel(to_bytes(network), METADATA))
    except ModelError:
        return
    recognizer.process(SOUND)
    result = recognizer.finish()
    assert np.isfinite(result.probabilities).all()
    assert (np.asarray(result.probabilities) >= 0).all()
    assert sum(result.probabilities) == pytest.approx(1, abs=1e-5)
    assert 0 <= result.speech <= 1
