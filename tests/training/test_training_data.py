"""What a network is trained on: variants of recordings, batches, their augmentation."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

torch = pytest.importorskip("torch", reason="PyTorch, of the extra [train], is not installed")

from audio_emotion.training.network import augment, layers, speakers, variants  # noqa: E402
from conftest import REPOSITORY  # noqa: E402

SAMPLE = REPOSITORY / "sample"


def test_variants_are_the_same_each_time_and_hardly_ever_alike() -> None:
    samples = soundfile.read(next(SAMPLE.rglob("*.flac")), dtype="int16")[0]
    impulse = np.exp(-np.arange(8000) / 1000).astype(np.float32)
    made = [variants.variant("x", samples, n, [impulse]) for n in range(variants.N_VARIANTS)]
    np.testing.assert_array_equal(made[0], samples)
    # By chance, two may be at the same speed and otherwise as recorded.
    assert len({one.tobytes() for one in made}) >= len(made) - 1
    for number, one in enumerate(made):
        assert one.dtype == np.int16
        assert 0.8 < len(samples) / len(one) < 1.25
        assert np.abs(one.astype(int)).max() < 32767
        np.testing.assert_array_equal(one, variants.variant("x", samples, number, [impulse]))


@pytest.mark.parametrize("codec", variants._CODECS)
def test_a_codec_leaves_the_recording_what_it_was(
    codec: tuple[str, str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    time = np.arange(16_000) / 16_000
    signal = (0.3 * np.sin(2 * np.pi * (300 + 200 * time) * time)).astype(np.float32)
    monkeypatch.setattr(variants, "_CODECS", (codec,))
    coded = variants._coded(signal, np.random.default_rng(0))
    assert len(coded) == pytest.approx(len(signal), abs=2)
    n = min(len(coded), len(signal))
    assert np.corrcoef(coded[:n], signal[:n])[0, 1] > 0.95
    assert not np.array_equal(coded[:n], signal[:n])


def test_a_speaker_without_previous_utterances_has_no_mean() -> None:
    torch.manual_seed(0)
    embeddings = torch.randn(4 * speakers.PER_SPEAKER, 2, 3)
    means = speakers.speaker_means(embeddings)
    unknown = (means == 0).all(2)
    assert 0.3 < unknown.float().mean() < 0.8
    # Half of the mean, shrunk towards 0 and bounded.
    assert means.abs().max() < 0.5 * embeddings.abs().max()
    assert speakers.speaker_means(100 * embeddings).abs().max() == speakers.ADAPT_BOUND


@pytest.mark.parametrize("recorded", [False, True])
def test_augmentation_keeps_shape_and_range(recorded: bool) -> None:
    torch.manual_seed(0)
    energies = 30 * torch.rand(16, 50, 40)
    noises = 20 * torch.rand(16, 50, 40) if recorded else None
    strengths = augment.Strengths(band_limited=0.5, noisy=0.8, synthetic=0.5)
    varied = augment.vary(energies, noises, torch.arange(16) % 2 == 0, strengths)
    assert varied.shape == energies.shape
    assert torch.isfinite(varied).all()
    assert 0 <= varied.min() < varied.max() < strengths.peak[1] + 8
    masked = augment.mask(varied[:, None] + 1, strengths)
    assert 0 < (masked == 0).float().mean() < 0.6


def test_levels_are_brought_to_where_microphones_have_them() -> None:
    torch.manual_seed(0)
    energies = 20 + 10 * torch.rand(64, 80, 40)
    strengths = augment.Strengths(equalized=0, band_limited=0, noisy=0, synthetic=0)
    varied = augment.vary(energies, None, torch.zeros(64, dtype=torch.bool), strengths)
    loudest = varied[:, :, layers.PEAK_BANDS].amax((1, 2))
    low, high = strengths.peak
    assert (loudest > low - 0.1).all()
    assert (loudest < high + 0.1).all()
    assert loudest.max() - loudest.min() > 0.8 * (high - low)


def test_silence_stays_silent() -> None:
    torch.manual_seed(0)
    silence = torch.zeros(8, 30, 40)
    strengths = augment.Strengths(equalized=0, noisy=0, synthetic=0)
    varied = augment.vary(silence, None, torch.ones(8, dtype=torch.bool), strengths)
    assert varied.max() < layers.PEAK_FLOOR / 512


def test_the_peak_makes_energies_independent_of_the_level() -> None:
    torch.manual_seed(0)
    energies = (512 * (20 + 10 * torch.rand(4, 300, 40))).round()
    relative = layers.relative_to_peak(energies)
    assert torch.equal(layers.relative_to_peak(energies + 3 * 512)[:, 2:], relative[:, 2:])
    assert torch.equal(relative, relative.round())
