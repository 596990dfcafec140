"""The streaming network in C: bit for bit what its definition says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import networks
from audio_emotion.network import Metadata, Network, NetworkModel, to_bytes
from audio_emotion.recognizer import Adaptation, Recognition, Recognizer
from reference import net as reference

NOBODY = Metadata("random", "none", "0", "nothing", "0", [])


def model_of(network: Network) -> NetworkModel:
    return NetworkModel(to_bytes(network), NOBODY)


def same(a: Recognition, b: Recognition) -> bool:
    fields = ("probabilities", "logits", "embedding", "pooled")
    return all(getattr(a, name).tobytes() == getattr(b, name).tobytes() for name in fields)


def assert_same_as_reference(network: Network, frames: np.ndarray) -> None:
    recognizer = Recognizer(model_of(network))
    recognizer.process_log_mel(frames)
    rows = reference.rows_of(network, frames)
    for index, expected in enumerate(rows[:-1]):
        if len(expected):
            assert recognizer.row(index).tolist() == expected[-1].tolist()
    if len(rows[-1]):
        assert recognizer.row(-1).tolist() == rows[-1][-1].tolist()
    pooled = reference.pool(network, rows[-1])
    embedding = reference.embed(network, pooled)
    logits = reference.logits_of(network, np.maximum(0, embedding))
    answer = recognizer.finish()
    assert answer.pooled.tolist() == pooled.tolist()
    assert answer.embedding.tolist() == embedding.tolist()
    assert answer.logits.tolist() == logits.tolist()


@settings(max_examples=300)
@given(networks.networks(), st.integers(0, 99), st.integers(1, 60))
def test_any_network_is_its_definition(network: Network, seed: int, n: int) -> None:
    assert_same_as_reference(network, networks.log_mel(seed, n))


@pytest.mark.parametrize("network", [networks.example(), networks.example_2d()])
def test_example_is_its_definition(network: Network) -> None:
    frames = networks.log_mel(7, 300)
    assert_same_as_reference(network, frames)
    # A network whose outputs are all at their limits would prove little.
    last = reference.rows_of(network, frames)[-1]
    assert 10 < np.median(last[last > 0]) < 120
