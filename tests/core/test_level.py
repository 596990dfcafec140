"""A recording's level does not matter: the network's input is relative to a running peak."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from audio_emotion.data import audio
from audio_emotion.engine import features
from audio_emotion.engine.utterance_recognizer import UtteranceRecognizer, UtteranceResult
from audio_emotion.recognition.model import load_model
from audio_emotion.recognition.network_model import NetworkModel
from audio_emotion.recognition.predict import expand
from random_network_models import made_up
from reference import net as reference

NOISE = 100  # RMS: keeps the peak above its floor, at -20 dB as well
MEMORY = 2  # frames at the beginning for which the peak is at its floor

Samples = NDArray[np.int16]


@pytest.fixture(scope="module")
def recordings(sample: Path) -> list[Samples]:
    """Speech in steady noise."""
    random = np.random.default_rng(0)
    clips = [audio.read(path).astype(float) for path in expand([sample])[0]]
    noisy = [clip + random.normal(0, NOISE, len(clip)) for clip in clips]
    return [np.clip(np.rint(clip), -32768, 32767).astype(np.int16) for clip in noisy]


def quieter(recording: Samples, db: float) -> Samples:
    return np.rint(recording * 10 ** (-db / 20)).astype(np.int16)


def result_of(model: NetworkModel, recording: Samples) -> UtteranceResult:
    recognizer = UtteranceRecognizer(model)
    recognizer.process(recording)
    return recognizer.finish()


def test_input_at_minus_20_db_is_the_same_up_to_rounding(recordings: list[Samples]) -> None:
    """An RMS of 10 rounded to whole numbers: a unit of the input is an eighth of an octave."""
    network = made_up().network
    for loud in recordings:
        pair = [features.log_mel(recording) for recording in (loud, quieter(loud, 20))]
        assert min(reference.peaks_of(frames)[MEMORY:].min() for frames in pair) > reference.FLOOR
        rows = [reference.rows_of(network, frames)[0][MEMORY:] for frames in pair]
        difference = np.abs(rows[0] - rows[1])
        assert np.mean(difference) < 0.3
        assert np.max(difference) <= 8


def test_result_at_minus_20_db_is_the_same_up_to_rounding(recordings: list[Samples]) -> None:
    shipped = load_model()
    assert isinstance(shipped, NetworkModel)
    for loud in recordings:
        for model, bound in ((made_up(), 0.02), (shipped, 0.1)):
            results = [result_of(model, recording) for recording in (loud, quieter(loud, 20))]
            assert results[0].probabilities == pytest.approx(results[1].probabilities, abs=bound)
            assert results[0].speech == pytest.approx(results[1].speech, abs=bound)


def test_gain_of_a_power_of_two_is_exact_behind_the_first_frames(
    recordings: list[Samples],
) -> None:
    """Samples that are multiples of 4 and their quarters: not one bit of the input differs."""
    network = made_up().network
    for recording in recordings:
        quarter = recording >> 2
        pair = [features.log_mel(samples) for samples in (quarter << 2, quarter)]
        rows = [reference.rows_of(network, frames)[0][MEMORY:] for frames in pair]
        assert rows[0].tolist() == rows[1].tolist()
