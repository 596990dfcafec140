"""The streaming network in plain integers, written from its definition in docs/design.md.

Activations are int8 in 16ths. Nothing here knows how the core lays out its file or its memory.
"""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

from audio_emotion.engine.network_file import Layer, Network

Rows = NDArray[np.int64]  # (time, bands * channels)

FLOOR = 8192  # of the peak, Q9


def shift_rounded(x: Rows, shift: NDArray[np.integer]) -> Rows:
    """x / 2**shift, rounded half up."""
    shift = shift.astype(np.int64)
    return (x + ((1 << shift) >> 1)) >> shift


def run_layer(layer: Layer, rows: Rows, before: Rows | None) -> Rows:
    """All outputs of a layer; `before` is what entered the layer before."""
    n, look_back = len(rows), layer.ring_rows - 1
    past = np.zeros((look_back, rows.shape[1]), np.int64)
    padded = np.concatenate([past, rows]).reshape(n + look_back, layer.in_bands, layer.in_channels)
    weights, bias = layer.weights.astype(np.int64), layer.bias.astype(np.int64)
    outputs = []
    for t in range(layer.stride_t - 1, n, layer.stride_t):
        seen = padded[t : t + look_back + 1 : layer.dilation_t]
        bands = []
        for band in range(0, layer.in_bands - layer.kernel_f + 1, layer.stride_f):
            window = seen[:, band : band + layer.kernel_f]
            if layer.depthwise:
                sums = np.einsum("otf,tfo->o", weights[..., 0], window)
            else:
                sums = np.einsum("otfi,tfi->o", weights, window)
            bands.append(np.clip(shift_rounded(sums + bias, layer.shift), -128, 127))
        outputs.append(np.concatenate(bands))
    size = layer.out_bands * layer.out_channels
    result = np.array(outputs, np.int64).reshape(-1, size)
    if layer.residual:
        result = result + before
    return np.clip(result, 0 if layer.relu else -128, 127)


def peaks_of(log_mel: NDArray[np.int16]) -> NDArray[np.int64]:
    """The level that each frame is relative to, Q9: 1.8 dB a second down, at least 16 octaves."""
    loudest = np.concatenate([[FLOOR, FLOOR], log_mel[:, 6:30].max(axis=1)]).astype(np.int64)
    level, levels = FLOOR, []
    for t in range(len(log_mel)):
        level = max(loudest[t : t + 3].min(), level - 3, FLOOR)
        levels.append(level)
    return np.array(levels, np.int64)


def stem_of(network: Network) -> tuple[int, int]:
    """Layers up to the last one that skips rows, and frames per row behind it."""
    strides = [layer.stride_t for layer in network.layers]
    return max((i + 1 for i, stride in enumerate(strides) if stride > 1), default=0), prod(strides)


def rows_of(network: Network, log_mel: NDArray[np.int16]) -> list[Rows]:
    """What enters every layer, and what leaves the last one.

    The layers behind the stem are done with a row when the next one is a frame away.
    """
    centered = log_mel - peaks_of(log_mel)[:, None] - network.center
    rows = [np.clip((centered + 32) >> 6, -128, 127)]
    for index, layer in enumerate(network.layers):
        rows.append(run_layer(layer, rows[-1], rows[index - 1] if index else None))
    n_stem, period = stem_of(network)
    n_done = max(0, len(log_mel) + 1 - period) // period
    return [one if index <= n_stem else one[:n_done] for index, one in enumerate(rows)]


def pool(network: Network, rows: Rows) -> NDArray[np.int64]:
    """Weighted means and deviations of the channels, in 256ths."""
    weight = rows[:, network.n_pooled] if network.gate else np.ones(len(rows), np.int64)
    x = rows[:, : network.n_pooled]
    total = int(weight.sum())
    if total == 0:
        return np.zeros(2 * network.n_pooled, np.int64)
    mean = ((weight @ x) * 16 + total // 2) // total
    variance = np.maximum(0, (weight @ x**2) * 256 // total - mean**2)
    deviation = np.floor(np.sqrt(variance.astype(np.float64))).astype(np.int64)
    return np.concatenate([mean, deviation])


def embed(network: Network, pooled: NDArray[np.int64]) -> NDArray[np.int64]:
    """The embedding, in 256ths."""
    sums = network.embedding_weights.astype(np.int64) @ pooled + network.embedding_bias
    return np.clip(shift_rounded(sums, network.embedding_shift), -32768, 32767)


class Speaker:
    """The running mean of a speaker's embeddings, in 65536ths."""

    def __init__(self, network: Network) -> None:
        self.network, self.n = network, 0
        self.mean = [0] * network.n_embedding

    def next_mean(self, embedding: NDArray[np.int64]) -> list[int]:
        """The mean with one utterance more; divisions truncate, as in C."""
        count = min(self.n + 1, self.network.longest) + self.network.prior
        differences = [int(x) * 256 - mean for x, mean in zip(embedding, self.mean, strict=True)]
        steps = [abs(difference) // count * np.sign(difference) for difference in differences]
        return [mean + int(step) for mean, step in zip(self.mean, steps, strict=True)]

    def hear(self, embedding: NDArray[np.int64]) -> None:
        """Take one utterance into the mean."""
        self.mean, self.n = self.next_mean(embedding), min(self.n + 1, self.network.longest)

    def take_away(self, embedding: NDArray[np.int64]) -> NDArray[np.int64]:
        """What of an embedding is above half of the mean that includes it, or above half a unit."""
        half = (np.array(self.next_mean(embedding), np.int64) + 256) >> 9
        return np.maximum(0, embedding - np.clip(half, -128, 128))


def scores_of(network: Network, inputs: NDArray[np.int64]) -> NDArray[np.float32]:
    """log2 scores of the classes, then the score of speech."""
    sums = network.head_weights.astype(np.int64) @ inputs + network.head_bias
    return sums.astype(np.float32) / np.float32(2**network.head_shift)


def logits_of(network: Network, above: NDArray[np.int64]) -> NDArray[np.float32]:
    """log2 scores of the classes, of an embedding less the speaker's mean."""
    return scores_of(network, above)[:-1]


def speech_of(network: Network, embedding: NDArray[np.int64]) -> float:
    """Probability that somebody speaks; the speaker's mean has no part in it."""
    octaves = float(scores_of(network, np.maximum(0, embedding))[-1]) * network.speech_scale
    return float(1 / (1 + np.exp2(-octaves)))
