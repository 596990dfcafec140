"""The streaming int8 network: the layers and weights that the core computes with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

ZERO: Final = 128  # AE_ZERO of core/conv.h: zero point of rows


@dataclass(frozen=True)
class Layer:
    """One convolution; see `struct ae_net_layer` of core/net_file.h.

    Outputs are `(sum(weights * inputs) + bias) / 2**shift`, rounded half up, as int8.
    """

    weights: npt.NDArray[np.int8]  # (out_channels, kernel_t, kernel_f, in_channels)
    bias: npt.NDArray[np.int32]  # (out_channels,)
    shift: npt.NDArray[np.uint8]  # (out_channels,), 0 to 14
    in_bands: int = 1
    stride_t: int = 1
    dilation_t: int = 1
    stride_f: int = 1
    relu: bool = False
    residual: bool = False  # adds the input of the layer before; not for a depthwise one
    depthwise: bool = False  # weights are (channels, kernel_t, 1, 1)

    @property
    def kernel_t(self) -> int:
        """Kernel size in time, rows."""
        return int(self.weights.shape[1])

    @property
    def kernel_f(self) -> int:
        """Kernel size in frequency, bands."""
        return int(self.weights.shape[2])

    @property
    def out_channels(self) -> int:
        """Output channels per band."""
        return int(self.weights.shape[0])

    @property
    def in_channels(self) -> int:
        """Input channels per band."""
        return int(self.weights.shape[0 if self.depthwise else 3])

    @property
    def out_bands(self) -> int:
        """Bands of an output row, without padding in frequency."""
        return (self.in_bands - self.kernel_f) // self.stride_f + 1

    @property
    def ring_rows(self) -> int:
        """Receptive field in time, rows."""
        return (self.kernel_t - 1) * self.dilation_t + 1


@dataclass(frozen=True)
class Network:
    """Layers and weights of a network; see `core/net.h`."""

    layers: Sequence[Layer]
    center: npt.NDArray[np.int16]  # (N_MELS,), Q9: subtracted from energies relative to the peak
    embedding_weights: npt.NDArray[np.int8]  # (n_embedding, 2 * n_pooled): of means, deviations
    embedding_bias: npt.NDArray[np.int32]
    embedding_shift: npt.NDArray[np.uint8]
    head_weights: npt.NDArray[np.int8]  # (n_classes + 1, n_embedding): the last row scores speech
    head_bias: npt.NDArray[np.int32]  # (n_classes + 1,)
    head_shift: int  # scores are in units of 2**-head_shift octaves of probability
    emotions: tuple[str, ...]  # of each class
    gate: bool = True  # the last channel of the last layer is the weight of its row
    inverse_temperature: float = 1.0
    threshold: float = 0.0  # of the largest probability of a confident prediction
    speech_scale: float = 1.0  # octaves of odds per unit of the speech score
    speech_threshold: float = 0.5  # of the probability that somebody speaks
    prior: int = 4  # zero embeddings that the speaker's mean begins with
    longest: int = 32  # utterances that the mean is over, at most

    @property
    def n_pooled(self) -> int:
        """Channels that are pooled: means and deviations are the input of the embedding."""
        return int(self.embedding_weights.shape[1]) // 2

    @property
    def arena_bytes(self) -> int:
        """Required AE_NET_ARENA: rows of the layers and sums of the pooling."""
        rows = [(layer.ring_rows, layer.in_bands * layer.in_channels) for layer in self.layers]
        rows.append((1, self.n_pooled + self.gate))
        return 12 * self.n_pooled + sum(n * (-(-row // 4) * 4) for n, row in rows)

    @property
    def n_embedding(self) -> int:
        """Units of the embedding."""
        return int(self.embedding_weights.shape[0])
