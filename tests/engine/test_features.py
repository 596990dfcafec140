"""Features of whole recordings are those of the stream."""

from __future__ import annotations

import numpy as np
import pytest

from audio_emotion.engine import features
from audio_emotion.errors import InputError


@pytest.mark.parametrize("n", [0, 1, 399, 400, 559, 560, 561, 4000, 16_001])
@pytest.mark.parametrize("largest", [0, 3, 32767])
def test_log_mel_of_a_recording_is_that_of_the_stream(n: int, largest: int) -> None:
    samples = np.random.default_rng(n).integers(-largest - 1, largest + 1, n, np.int16)
    extractor, expected = features.Extractor(), []
    for start in range(0, n, features.HOP_LENGTH):
        if extractor.process(samples[start : start + features.HOP_LENGTH]):
            expected.append(extractor.latest_log_mel)
    found = features.log_mel(samples)
    assert found.dtype == np.int16
    assert found.tolist() == [row.tolist() for row in expected]
    assert found.shape == (len(expected), features.N_MELS)
    if n > 1:
        assert features.log_mel(np.repeat(samples, 2)[::2]).tolist() == found.tolist()


def test_log_mel_of_anything_but_pcm_is_refused() -> None:
    with pytest.raises(InputError, match="float32 and shape"):
        features.log_mel(np.zeros(800, np.float32))


def test_networks_depend_on_the_log_mel_energies_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = features.log_mel_hash(), features.values_hash()
    monkeypatch.setattr(features, "extract", np.zeros_like)
    features.log_mel_hash.cache_clear()
    features.values_hash.cache_clear()
    assert features.log_mel_hash() == before[0]
    assert features.values_hash() != before[1]
    features.values_hash.cache_clear()
