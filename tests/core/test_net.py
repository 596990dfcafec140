"""The streaming network in C: bit for bit what its definition says."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fitted_classifiers
import random_networks
from audio_emotion.engine import _core, features
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.network_file import Metadata, Network, to_bytes
from audio_emotion.engine.utterance_recognizer import (
    AdaptationState,
    UtteranceRecognizer,
    UtteranceResult,
    classify,
)
from audio_emotion.errors import InputError
from audio_emotion.recognition.network_model import NetworkModel
from reference import net as reference

NOBODY = Metadata("random", "none", "0", "nothing", "0", [])


def model_of(network: Network) -> NetworkModel:
    return NetworkModel(to_bytes(network), NOBODY)


def same(a: UtteranceResult, b: UtteranceResult) -> bool:
    fields = ("probabilities", "logits", "embedding", "pooled")
    return all(getattr(a, name).tobytes() == getattr(b, name).tobytes() for name in fields)


def assert_same_as_reference(network: Network, frames: np.ndarray) -> None:
    recognizer = UtteranceRecognizer(model_of(network))
    random_networks.push_log_mel(recognizer, frames)
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
@given(random_networks.networks(), st.integers(0, 99), st.integers(1, 60))
def test_any_network_is_its_definition(network: Network, seed: int, n: int) -> None:
    assert_same_as_reference(network, random_networks.log_mel(seed, n))


@pytest.mark.parametrize("network", [random_networks.example(), random_networks.example_2d()])
def test_example_is_its_definition(network: Network) -> None:
    frames = random_networks.log_mel(7, 300)
    assert_same_as_reference(network, frames)
    # A network whose outputs are all at their limits would prove little.
    last = reference.rows_of(network, frames)[-1]
    assert 10 < np.median(last[last > 0]) < 120


@settings(max_examples=100)
@given(random_networks.networks(), st.integers(0, 99))
def test_speaker_is_taken_away_as_defined(network: Network, seed: int) -> None:
    """Utterance after utterance, estimates in between; one that is asked about later too."""
    model = model_of(network)
    recognizer, adaptation, later = UtteranceRecognizer(model), AdaptationState(), AdaptationState()
    speaker = reference.Speaker(network)
    for index in range(network.longest + 3):
        frames = random_networks.log_mel(seed + index, 30)
        recognizer.reset()
        random_networks.push_log_mel(recognizer, frames[:20])
        recognizer.estimate(adaptation)
        random_networks.push_log_mel(recognizer, frames[20:])
        estimate = recognizer.estimate(adaptation)
        embedding = reference.embed(
            network, reference.pool(network, reference.rows_of(network, frames)[-1])
        )
        speaker.hear(embedding)
        result = recognizer.finish(adaptation)
        logits = reference.logits_of(network, speaker.take_away(embedding))
        assert same(result, estimate)
        assert result.logits.tolist() == logits.tolist()
        assert adaptation.mean[: network.n_embedding].tolist() == speaker.mean
        assert adaptation.n_utterances == speaker.n
        classify(model, result.embedding, later, update=False)
        logits, probabilities = classify(model, result.embedding, later)
        assert logits.tobytes() == result.logits.tobytes()
        assert probabilities.tobytes() == result.probabilities.tobytes()
    assert later.mean.tolist() == adaptation.mean.tolist()
    adaptation.reset()
    assert not adaptation.mean.any()
    assert adaptation.n_utterances == 0


def test_embedding_is_kept_within_16_bits() -> None:
    """And a mean at one end leaves a difference that only 17 bits hold."""
    network = dataclasses.replace(
        random_networks.example(), embedding_shift=np.zeros(32, np.uint8), prior=0, longest=255
    )
    assert_same_as_reference(network, random_networks.log_mel(1, 100))
    low, high = np.full(32, -32768, np.int16), np.full(32, 32767, np.int16)
    model, adaptation = model_of(network), AdaptationState()
    speaker = reference.Speaker(network)
    for embedding in [low] * 254 + [high]:
        speaker.hear(embedding.astype(np.int64))
        logits, _ = classify(model, embedding, adaptation)
        above = speaker.take_away(embedding.astype(np.int64))
        assert logits.tolist() == reference.logits_of(network, above).tolist()
    assert above.min() > 65000


def test_pooling_goes_on_for_an_hour() -> None:
    """Every weight and every value at its largest."""
    maker = random_networks.Maker(1)
    maker.layer(3, shape=(1, 40), relu=1)
    layer = dataclasses.replace(
        maker.layers[0], weights=np.zeros((3, 1, 1, 40), np.int8), bias=np.full(3, 1 << 20)
    )
    network = dataclasses.replace(maker.network(2, 2), layers=[layer])
    recognizer = UtteranceRecognizer(model_of(network))
    frames = np.zeros((10_000, 40), np.int16)
    for _ in range(36):
        random_networks.push_log_mel(recognizer, frames)
        assert recognizer.finish().pooled.tolist() == [2032, 2032, 0, 0]


def test_probabilities_are_the_softmax_in_octaves() -> None:
    network = random_networks.example()
    recognizer = UtteranceRecognizer(model_of(network))
    random_networks.push_log_mel(recognizer, random_networks.log_mel(3, 200))
    answer = recognizer.finish()
    odds = 2 ** (answer.logits.astype(float) * network.inverse_temperature)
    expected = dict(zip(network.emotions, odds / odds.sum(), strict=True))
    assert answer.probabilities == pytest.approx([expected[name] for name in EMOTIONS], rel=1e-5)


@given(random_networks.networks(), st.integers(0, 9))
def test_unknown_emotions_have_no_probability(network: Network, seed: int) -> None:
    recognizer = UtteranceRecognizer(model_of(network))
    random_networks.push_log_mel(recognizer, random_networks.log_mel(seed, 20))
    answer = recognizer.finish()
    for name, probability in zip(EMOTIONS, answer.probabilities, strict=True):
        assert name in network.emotions or probability == 0
    assert answer.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert answer.confident == (answer.probabilities.max() >= np.float32(network.threshold))


@pytest.fixture(scope="module")
def speech() -> features.Samples:
    return next(iter(fitted_classifiers.clips().values()))


@settings(max_examples=30)
@given(st.lists(st.integers(1, 3000), min_size=1, max_size=9))
def test_chunking_changes_no_bit(speech: features.Samples, lengths: list[int]) -> None:
    model = model_of(random_networks.example_2d())
    whole, chunked, by_frame = (UtteranceRecognizer(model) for _ in range(3))
    n_frames = whole.process(speech)
    ends = np.cumsum(np.resize(lengths, 1 + len(speech) // min(lengths)))
    parts = np.split(speech, ends[ends < len(speech)])
    assert sum(map(chunked.process, parts)) == n_frames
    random_networks.push_log_mel(by_frame, features.log_mel(speech))
    assert same(whole.finish(), chunked.finish())
    assert same(whole.finish(), by_frame.finish())


def test_reset_is_as_good_as_new(speech: features.Samples) -> None:
    model = model_of(random_networks.example())
    used, new = UtteranceRecognizer(model), UtteranceRecognizer(model)
    used.process(speech[::-1].copy())
    used.reset()
    used.process(speech)
    new.process(speech)
    assert same(used.finish(), new.finish())


def test_less_than_a_frame_is_refused() -> None:
    recognizer = UtteranceRecognizer(model_of(random_networks.example()))
    recognizer.process(np.zeros(399, np.int16))
    with pytest.raises(InputError, match="399 samples are too short for one frame"):
        recognizer.finish()


def test_one_frame_is_answered_before_any_row_was_pooled() -> None:
    recognizer = UtteranceRecognizer(model_of(random_networks.example()))
    assert recognizer.process(np.zeros(400, np.int16)) == 1
    assert not recognizer.finish().pooled.any()


def test_embedding_of_another_shape_is_refused() -> None:
    with pytest.raises(InputError, match="not one of this network"):
        classify(model_of(random_networks.example()), np.zeros(31, np.int16))


def test_memory_is_as_promised() -> None:
    assert _core.ffi.sizeof("struct ae_net_utterance") <= 13 * 1024
