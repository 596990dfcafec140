"""Augmentation of a batch in the log-mel domain: microphones, noises, levels and sounds.

Energies are in octaves (log2), so a gain is a sum and a noise a `logaddexp2`. What needs the
waveform is in `variants`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from audio_emotion.engine.features import N_MELS
from audio_emotion.training.network.layers import PEAK_BANDS

_DB_PER_OCTAVE: Final = 10 * math.log10(2)
_DITHER: Final = 6.5  # octaves: what rounding to 16 bits adds to the narrowest band
_SILENCE: Final = 12.0  # octaves: no recording is quieter

# Smooth curves over the bands: constant, tilt and so on.
_BANDS: Final = torch.arange(N_MELS)
_CURVES: Final = torch.stack([torch.cos(math.pi * k * (_BANDS + 0.5) / N_MELS) for k in range(5)])
_STRENGTHS: Final = torch.tensor([0, 1, 0.8, 0.6, 0.5])  # of an equalizer
_TINTS: Final = torch.tensor([0, 2.0, 1.0, 0.5, 0.5])  # of a noise


@dataclass(frozen=True)
class Strengths:
    """Strengths and probabilities of the augmentations."""

    equalizer: float = 0.8  # octaves, standard deviation of the first curve
    equalized: float = 0.75  # share of clips
    band_limited: float = 0.12
    noisy: float = 0.45
    recorded: float = 0.6  # share of the noises
    snr_db: tuple[float, float] = (3.0, 30.0)
    peak: tuple[float, float] = (26.0, 44.0)  # octaves of the loudest band: -60 to -6 dBFS
    synthetic: float = 0.2  # share of the sounds without speech
    time_mask: int = 24  # frames, twice
    band_mask: int = 7


def vary(energies: Tensor, noises: Tensor | None, silent: Tensor, strengths: Strengths) -> Tensor:
    """Apply random equalizers, band limits, noises and levels to the clips of a batch.

    Parameters
    ----------
    energies : float tensor of shape (n_clips, n_frames, N_MELS)
        Octaves.
    noises : float tensor of the same shape, or None
        A recording of noise for each clip, octaves; without them all noise is synthetic.
    silent : bool tensor of shape (n_clips,)
        Nobody speaks: some of these become synthetic sounds.
    strengths : Strengths

    Returns
    -------
    float tensor of the same shape
        At least 0, the least the front end gives.
    """
    n_clips = len(energies)

    def some(share: float) -> Tensor:
        return torch.rand(n_clips, device=energies.device) < share

    synthetic = silent & some(strengths.synthetic)
    varied = torch.where(synthetic[:, None, None], _sounds(energies), energies)
    curve = _random_curves(varied, _STRENGTHS) * strengths.equalizer
    varied = varied + curve * some(strengths.equalized)[:, None, None]
    varied = varied - 12.0 * _outside_band(varied) * some(strengths.band_limited)[:, None, None]
    noisy = some(strengths.noisy)[:, None, None]
    varied = torch.where(noisy, _with_noise(varied, noises, strengths), varied)
    return _at_level(varied, strengths)


def mask(relative: Tensor, strengths: Strengths) -> Tensor:
    """Mask two stretches of time and some bands (SpecAugment, Park et al. 2019).

    Parameters
    ----------
    relative : float tensor of shape (n, ..., n_frames, N_MELS)
        Inputs of the network.
    """
    n_frames = relative.shape[-2]
    time = torch.arange(n_frames, device=relative.device)
    bands = _BANDS.to(relative.device)
    for _ in range(2):
        stretch = _stretch(relative, time, n_frames, strengths.time_mask)
        relative = relative.masked_fill(stretch[..., None], 0.0)
    return relative.masked_fill(
        _stretch(relative, bands, N_MELS, strengths.band_mask)[..., None, :], 0.0
    )


def _stretch(like: Tensor, axis: Tensor, length: int, longest: int) -> Tensor:
    shape = (*like.shape[:-2], 1)
    begin = torch.rand(shape, device=like.device) * length
    return (axis >= begin) & (axis < begin + torch.rand(shape, device=like.device) * longest)


def _random_curves(like: Tensor, strengths: Tensor) -> Tensor:
    """Return smooth random curves over the bands, shape (n_clips, 1, N_MELS)."""
    weights = torch.randn(len(like), 5, device=like.device) * strengths.to(like.device)
    return (weights @ _CURVES.to(like.device))[:, None]


def _outside_band(like: Tensor) -> Tensor:
    """Return 1 outside of a random band: from a telephone's to a Bluetooth headset's."""
    lowest = torch.randint(2, 9, (len(like), 1, 1), device=like.device)
    highest = torch.randint(26, N_MELS, (len(like), 1, 1), device=like.device)
    bands = _BANDS.to(like.device)
    return ((bands < lowest) | (bands > highest)).float()


def _loudness(energies: Tensor) -> Tensor:
    """Compute the mean energy of each clip, in octaves."""
    return torch.logsumexp(energies.flatten(1) * math.log(2), 1) / math.log(2) - math.log2(
        energies[0].numel()
    )


def _synthetic_noise(like: Tensor) -> Tensor:
    return _random_curves(like, _TINTS) + 0.5 * torch.randn_like(like)


def _with_noise(energies: Tensor, noises: Tensor | None, strengths: Strengths) -> Tensor:
    n_clips, device = len(energies), energies.device
    noise = _synthetic_noise(energies)
    if noises is not None:
        recorded = torch.rand(n_clips, device=device) < strengths.recorded
        noise = torch.where(recorded[:, None, None], noises, noise)
    low, high = strengths.snr_db
    snr = (low + (high - low) * torch.rand(n_clips, device=device)) / _DB_PER_OCTAVE
    level = _loudness(energies) - _loudness(noise) - snr
    return torch.logaddexp2(energies, noise + level[:, None, None])


def _sounds(like: Tensor) -> Tensor:
    """Make sounds that nobody's voice is: steady or pulsing noise, clicks, hum and silence."""
    n_clips, n_frames, _ = like.shape
    device = like.device

    def each(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(n_clips, 1, 1, device=device)

    time = torch.arange(n_frames, device=device)[:, None]
    sound = 30.0 + _random_curves(like, _TINTS) + each(0, 0.5) * torch.randn_like(like)
    period, width = each(5, 200), each(1, 60)
    quiet = ((time + each(0, 200)) % period) > width
    pulses = 12.0 * quiet * each(0, 1)
    pulsing = sound - pulses
    tone = (_BANDS.to(device) - each(0, N_MELS)).abs()
    tonal = sound - tone.clamp(max=8.0) * each(0, 2) - pulses * (each(0, 1) < 0.5)
    kind = torch.randint(4, (n_clips, 1, 1), device=device)
    silence = torch.zeros_like(like)
    return torch.where(
        kind == 0, sound, torch.where(kind == 1, pulsing, torch.where(kind == 2, tonal, silence))
    )


def _at_level(energies: Tensor, strengths: Strengths) -> Tensor:
    """Bring the loudest band to a random level, and add what rounding to 16 bits adds."""
    n_clips = len(energies)
    low, high = strengths.peak
    peak = low + (high - low) * torch.rand(n_clips, 1, 1, device=energies.device)
    loudest = energies[:, :, PEAK_BANDS].amax((1, 2))[:, None, None]
    dither = _DITHER + 0.08 * _BANDS.to(energies.device) + 0.3 * torch.randn_like(energies)
    scaled = energies + torch.where(loudest > _SILENCE, peak - loudest, 0.0)
    digital = torch.rand(n_clips, 1, 1, device=energies.device) < 0.3  # gated: no dither in pauses
    return torch.where(digital, scaled, torch.logaddexp2(scaled, dither)).clamp(min=0.0)
