"""Augmentation of a batch in the log-mel domain: rooms, microphones and noises.

Energies are in octaves (log2), so a gain is a sum and a noise a `logaddexp2`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from audio_emotion.engine.features import N_MELS

_DB_PER_OCTAVE: Final = 10 * math.log10(2)

# Smooth curves over the bands: constant, tilt and so on.
_BANDS: Final = torch.arange(N_MELS)
_CURVES: Final = torch.stack([torch.cos(math.pi * k * (_BANDS + 0.5) / N_MELS) for k in range(5)])
_TELEPHONE: Final = (_BANDS < 6) | (_BANDS > 29)  # below 300 Hz and above 3400 Hz


@dataclass(frozen=True)
class Strengths:
    """Strengths and probabilities of the augmentations."""

    gain: float = 2.0  # octaves of energy, up or down
    equalizer: float = 0.7  # octaves, standard deviation of the first curve
    equalized: float = 0.7  # share of clips
    telephone: float = 0.08
    noisy: float = 0.4
    reverberant: float = 0.15
    snr_db: tuple[float, float] = (3.0, 33.0)
    time_mask: int = 24  # frames, twice
    band_mask: int = 7


def vary(energies: Tensor, noises: Tensor, strengths: Strengths) -> Tensor:
    """Apply random equalizers, gains, reverberation and noise to the clips of a batch.

    Parameters
    ----------
    energies : float tensor of shape (n_clips, n_frames, N_MELS)
        Octaves.
    noises : int16 tensor of shape (n_noises, n_noise_frames, N_MELS)
        Q9; may be empty, then the noise is synthetic.
    strengths : Strengths

    Returns
    -------
    float tensor of the same shape
        At least 0, the least the front end gives.
    """
    n_clips = len(energies)
    curve = torch.randn(n_clips, 5) * torch.tensor([0, 1, 0.8, 0.6, 0.5]) * strengths.equalizer
    curve[torch.rand(n_clips) >= strengths.equalized] = 0
    colour = curve @ _CURVES
    colour[torch.rand(n_clips) < strengths.telephone] -= 8.0 * _TELEPHONE
    gain = (2 * torch.rand(n_clips, 1, 1) - 1) * strengths.gain
    varied = energies + colour[:, None] + gain
    room = torch.rand(n_clips) < strengths.reverberant
    if room.any():
        varied[room] = _reverberate(varied[room])
    noisy = torch.rand(n_clips) < strengths.noisy
    if noisy.any():
        varied[noisy] = _add_noise(varied[noisy], noises, strengths)
    return varied.clamp(min=0.0)


def mask(inputs: Tensor, strengths: Strengths) -> Tensor:
    """Mask two stretches of time and some bands (SpecAugment, Park et al. 2019)."""
    n_clips, n_frames, _ = inputs.shape
    time = torch.arange(n_frames)
    for _ in range(2):
        inputs = inputs.masked_fill(
            _stretch(n_clips, time, n_frames, strengths.time_mask)[:, :, None], 0.0
        )
    return inputs.masked_fill(_stretch(n_clips, _BANDS, N_MELS, strengths.band_mask)[:, None], 0.0)


def _stretch(n_clips: int, axis: Tensor, length: int, longest: int) -> Tensor:
    begin = torch.rand(n_clips, 1) * length
    return (axis >= begin) & (axis < begin + torch.rand(n_clips, 1) * longest)


def _loudness(energies: Tensor) -> Tensor:
    """Compute the mean energy of each clip, in octaves."""
    return torch.logsumexp(energies.flatten(1) * math.log(2), 1) / math.log(2) - math.log2(
        energies[0].numel()
    )


def _add_noise(energies: Tensor, noises: Tensor, strengths: Strengths) -> Tensor:
    n_clips, n_frames, _ = energies.shape
    tint = torch.randn(n_clips, 5) * torch.tensor([0, 2.0, 1.0, 0.5, 0.5])
    noise = (tint @ _CURVES)[:, None] + 0.5 * torch.randn(n_clips, n_frames, N_MELS)
    recorded = torch.rand(n_clips) < 0.5
    if len(noises) and recorded.any():
        n = int(recorded.sum())
        which = torch.randint(len(noises), (n, 1))
        begin = torch.randint(noises.shape[1], (n, 1))
        time = (begin + torch.arange(n_frames)) % noises.shape[1]
        noise[recorded] = noises[which, time].float() / 512
    low, high = strengths.snr_db
    snr = (low + (high - low) * torch.rand(n_clips)) / _DB_PER_OCTAVE
    level = _loudness(energies) - _loudness(noise) - snr
    return torch.logaddexp2(energies, noise + level[:, None, None])


def _reverberate(energies: Tensor) -> Tensor:
    """Add an exponentially decaying tail: 0.2 to 0.8 s for 60 dB, 0 to 12 dB below the voice."""
    n_clips = len(energies)
    decay = 60 / _DB_PER_OCTAVE / (20 + 60 * torch.rand(n_clips, 1))  # octaves a frame
    below = 12 * torch.rand(n_clips, 1) / _DB_PER_OCTAVE
    tail = energies[:, 0] - below
    reverberant = [torch.logaddexp2(energies[:, 0], tail)]
    for frame in energies.unbind(1)[1:]:
        reverberant.append(torch.logaddexp2(frame, tail))
        tail = torch.logaddexp2(tail - decay, frame - below - 2.0)
    return torch.stack(reverberant, 1)
