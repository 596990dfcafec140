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
    fields = ("probabilities", "logits", "embedding", "pooled", "speech")
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in fields)


def assert_same_as_reference(network: Network, frames: np.ndarray) -> None:
    recognizer = UtteranceRecognizer(model_of(network))
    random_networks.push_log_mel(recognizer, frames)
    rows = reference.rows_of(network, frames)
    n_stem, period = reference.stem_of(network)
    for index, expected in enumerate(rows):
        # In between, some of the layers behind the stem have their next row already.
        if len(expected) and (index <= n_stem or len(frames) % period == period - 1):
            assert recognizer.row(index).tolist() == expected[-1].tolist()
    pooled = reference.pool(network, rows[-1])
    embedding = reference.embed(network, pooled)
    logits = reference.logits_of(network, np.maximum(0, embedding))
    answer = recognizer.finish()
    assert answer.pooled.tolist() == pooled.tolist()
    assert answer.embedding.tolist() == embedding.tolist()
    assert answer.logits.tolist() == logits.tolist()
    # The score is exact; its logistic function is within 2 ulp of an exponential.
    assert answer.speech == pytest.approx(reference.speech_of(network, embedding), rel=3e-7)


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
        above = speaker.take_away(embedding)
        result = recognizer.finish(adaptation)
        if result.speech >= np.float32(network.speech_threshold):
            speaker.hear(embedding)
        assert same(result, estimate)
        assert result.logits.tolist() == reference.logits_of(network, above).tolist()
        assert adaptation.mean[: network.n_embedding].tolist() == speaker.mean
        assert adaptation.n_utterances == speaker.n
        classify(model, result.embedding, later, update=False)
        scores = classify(model, result.embedding, later)
        assert scores.logits.tobytes() == result.logits.tobytes()
        assert scores.probabilities.tobytes() == result.probabilities.tobytes()
        assert scores.speech == result.speech
    assert later.mean.tolist() == adaptation.mean.tolist()
    adaptation.reset()
    assert not adaptation.mean.any()
    assert adaptation.n_utterances == 0


def test_embedding_is_kept_within_16_bits() -> None:
    """And a mean at one end, of which half a unit counts, leaves more than 16 signed bits hold."""
    network = dataclasses.replace(
        random_networks.example(),
        embedding_shift=np.zeros(32, np.uint8),
        prior=0,
        longest=255,
        speech_threshold=0.0,
    )
    assert_same_as_reference(network, random_networks.log_mel(1, 100))
    low, high = np.full(32, -32768, np.int16), np.full(32, 32767, np.int16)
    model, adaptation = model_of(network), AdaptationState()
    speaker = reference.Speaker(network)
    for embedding in [low] * 254 + [high]:
        above = speaker.take_away(embedding.astype(np.int64))
        speaker.hear(embedding.astype(np.int64))
        logits = classify(model, embedding, adaptation).logits
        assert logits.tolist() == reference.logits_of(network, above).tolist()
    assert above.tolist() == [32767 + 128] * 32


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


def level_of_speech(scores: np.ndarray, scale: float, network: Network) -> np.ndarray:
    """Speech of embeddings of which one unit alone, of weight 1, makes the score."""
    head = np.zeros_like(network.head_weights)
    head[-1, 0] = 1
    model = model_of(
        dataclasses.replace(
            network,
            head_weights=head,
            head_bias=np.zeros_like(network.head_bias),
            head_shift=0,
            speech_scale=scale,
        )
    )
    rows = np.zeros((len(scores), network.n_embedding), np.int16)
    rows[:, 0] = scores
    return np.array([classify(model, row).speech for row in rows])


@pytest.mark.parametrize("scale", [0.001, 0.25, 1.0, 1000.0])
def test_speech_is_the_logistic_function_in_octaves(scale: float) -> None:
    """And stays between 0 and 1 at scores that no exponential holds."""
    scores = np.array([-32768, 0, 1, 2, 9, 30, 1000, 32767])
    expected = 1 / (1 + 2.0 ** -np.minimum(np.maximum(0, scores) * scale, 1000))
    found = level_of_speech(scores, scale, random_networks.example())
    assert found == pytest.approx(expected, rel=3e-7)
    negative = dataclasses.replace(
        random_networks.example(),
        head_weights=np.zeros((8, 32), np.int8),
        head_bias=np.full(8, -(2**30), np.int32),
        head_shift=0,
        speech_scale=1000.0,
    )
    speech = classify(model_of(negative), np.zeros(32, np.int16)).speech
    assert speech == pytest.approx(0, abs=1e-37)


def test_speaker_does_not_change_speech_and_only_speech_changes_the_speaker() -> None:
    embedding = np.arange(0, 3200, 100).astype(np.int16)
    never = dataclasses.replace(
        random_networks.example(),
        head_weights=np.vstack([random_networks.example().head_weights[:-1], np.zeros(32)]),
        head_bias=np.zeros(8, np.int32),
        speech_threshold=0.75,  # a score of 0 is a probability of a half
    )
    always = dataclasses.replace(never, speech_threshold=0.5)
    for network, n_expected in ((never, 0), (always, 1)):
        model, adaptation = model_of(network), AdaptationState()
        first = classify(model, embedding, adaptation)
        assert first.speech == 0.5
        assert adaptation.n_utterances == n_expected
        assert adaptation.mean.any() == (n_expected == 1)
        again = classify(model, embedding, adaptation)
        assert again.speech == 0.5
        assert np.array_equal(again.logits, first.logits) == (n_expected == 0)


@settings(max_examples=50)
@given(random_networks.networks(), st.integers(0, 99), st.integers(1, 5))
def test_gain_of_a_power_of_two_changes_no_bit(network: Network, seed: int, k: int) -> None:
    """Where nothing is below the floor nor beyond 16 bits: 2^k is 2 * k octaves of energy.

    The first two frames, for which the peak is at its floor, are at the upper limit of their eight
    bits in either recording.
    """
    loud = 15_000 + random_networks.log_mel(seed, 40) % 4_000
    louder = (loud + 1024 * k).astype(np.int16)
    results = []
    for frames in (loud.astype(np.int16), louder):
        recognizer = UtteranceRecognizer(model_of(network))
        random_networks.push_log_mel(recognizer, frames)
        results.append(recognizer.finish())
    assert same(*results)


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
    assert _core.ffi.sizeof("struct ae_net_utterance") <= 17 * 1024
