"""The streaming network in PyTorch, and the arithmetic of `core/` in floating point.

Until `quantize()` it trains as any network does. From then on weights, biases and activations are
rounded as the core has them. Every sum is then an integer below 2^24 times a power of two, which
float32 holds exactly: what is trained is, bit for bit, what runs on the device.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import N_MELS

STEP: Final = 16.0  # activations of all layers are multiples of 1/16
_LIMITS: Final = (-128 / STEP, 127 / STEP)
FINE_STEP: Final = 256.0  # pooled values and embeddings are multiples of 1/256
UNIT_Q9: Final = 1024.0  # of log-mel energy: the input's unit is two octaves
_LEAST_VARIANCE: Final = 1e-7  # rounds to 0, and has a root with a gradient
_MOST_SHIFT: Final = 14
_MOST_HEAD_SHIFT: Final = 24


@dataclass(frozen=True)
class Shape:
    """Sizes of the network."""

    stem: int = 64  # channels after the first layer, every 20 ms
    channels: int = 96  # of all later ones, every 40 ms
    n_blocks: int = 4
    kernel: int = 7  # rows that a block looks back
    pooled: int = 128
    embedding: int = 32


class _Round(torch.autograd.Function):
    """Round half up, as the core does; gradients pass unchanged."""

    @staticmethod
    def forward(_ctx: Any, x: Tensor) -> Tensor:
        return torch.floor(x + 0.5)

    @staticmethod
    def backward(_ctx: Any, gradient: Tensor) -> Tensor:
        return gradient


def rounded(x: Tensor, step: float | Tensor) -> Tensor:
    """Round to the nearest multiple of 1 / step; a gradient passes unchanged."""
    result: Tensor = _Round.apply(x * step) / step  # type: ignore[no-untyped-call]
    return result


def rounded_down(x: Tensor, step: float) -> Tensor:
    """Round down to a multiple of 1 / step; a gradient passes unchanged."""
    return rounded(x - 0.5 / step, step)


def quantized_input(log_mel_q9: Tensor, center: Tensor) -> Tensor:
    """Round log-mel energies in Q9 to what the first layer is given."""
    return rounded((log_mel_q9 - center) / UNIT_Q9, STEP).clamp(*_LIMITS)


def exponents(weights: Tensor, most: int) -> Tensor:
    """Return each output's shift: the finest power of two with which its weights fit int8."""
    largest = weights.detach().abs().flatten(1).amax(1).clamp(min=1e-9)
    return torch.floor(torch.log2(127 / largest)).clamp(0, most)


def _folded(norm: nn.BatchNorm1d) -> tuple[Tensor, Tensor]:
    """Return the gain and offset equal to a batch normalization in evaluation mode."""
    mean, variance = norm.running_mean, norm.running_var
    assert mean is not None
    assert variance is not None
    gain = norm.weight / torch.sqrt(variance + norm.eps)
    return gain, norm.bias - mean * gain


class ConvLayer(nn.Module):
    """A causal convolution over time with batch normalization."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int, *, depthwise: bool, relu: bool
    ) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.groups = outputs if depthwise else 1
        self.relu = relu
        fan_in = kernel * (1 if depthwise else inputs)
        gain = 2.0 if relu else 1.0
        weights = torch.randn(outputs, inputs // self.groups, kernel)
        self.weight = nn.Parameter(weights * (gain / fan_in) ** 0.5)
        self.norm = nn.BatchNorm1d(outputs)
        self.quantized = False

    def _convolve(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        x = functional.pad(x, (self.kernel - self.stride, 0))
        return functional.conv1d(x, weight, bias, stride=self.stride, groups=self.groups)

    def integers(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return weights, biases and shifts of the core, the normalization folded in."""
        gain, bias = _folded(self.norm)
        weight = self.weight * gain[:, None, None]
        shifts = exponents(weight, _MOST_SHIFT)
        scale = 2.0**shifts
        weight = rounded(weight * scale[:, None, None], 1.0).clamp(-127, 127)
        return weight, rounded(bias * scale * STEP, 1.0), shifts

    def forward(self, x: Tensor, residual: Tensor | None = None) -> Tensor:
        """Map (n, inputs, time) to (n, outputs, time / stride)."""
        if self.quantized:
            weight, bias, shifts = self.integers()
            scale = 2.0**-shifts
            x = self._convolve(x, weight * scale[:, None, None], bias * scale / STEP)
            x = functional.hardtanh(rounded(x, STEP), *_LIMITS)
        else:
            x = self.norm(self._convolve(x, self.weight, None))
        if residual is not None:
            x = x + residual
        return functional.hardtanh(x, 0.0 if self.relu else _LIMITS[0], _LIMITS[1])


class DenseLayer(nn.Module):
    """A matrix after the pooling, with the normalizations around it folded in."""

    def __init__(self, inputs: int, outputs: int, *, normalized: bool) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.before = nn.BatchNorm1d(inputs) if normalized else None
        self.after = nn.BatchNorm1d(outputs) if normalized else None
        self.most_shift = _MOST_HEAD_SHIFT
        self.quantized = False

    def _matrix(self) -> tuple[Tensor, Tensor]:
        weight: Tensor = self.linear.weight
        bias: Tensor = self.linear.bias
        if self.before is not None and self.after is not None:
            gain, offset = _folded(self.before)
            weight, bias = weight * gain, bias + weight @ offset
            gain, offset = _folded(self.after)
            weight, bias = weight * gain[:, None], bias * gain + offset
        return weight, bias

    def integers(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return weights, biases and shifts of the core."""
        weight, bias = self._matrix()
        shifts = exponents(weight, self.most_shift)
        if self.after is None:  # the head: its sums are compared, so they share one scale
            shifts = shifts.amin().expand(len(shifts))
        scale = 2.0**shifts
        weight = rounded(weight * scale[:, None], 1.0).clamp(-127, 127)
        return weight, rounded(bias * scale * FINE_STEP, 1.0), shifts

    def forward(self, x: Tensor, dropout: float = 0.0) -> Tensor:
        """Map (n, inputs) to (n, outputs)."""
        if self.quantized:
            weight, bias, shifts = self.integers()
            scale = 2.0**-shifts
            x = functional.linear(x, weight * scale[:, None], bias * scale / FINE_STEP)
            return rounded(x, FINE_STEP) if self.after is not None else x
        if self.before is None or self.after is None:
            return self.linear(x)  # type: ignore[no-any-return]
        x = functional.dropout(self.before(x), dropout, self.training)
        return self.after(self.linear(x))  # type: ignore[no-any-return]


class TorchNetwork(nn.Module):
    """From log-mel rows to an embedding of the utterance, and from there to the emotions."""

    def __init__(self, shape: Shape, center: Tensor) -> None:
        super().__init__()
        self.shape = shape
        self.register_buffer("center", center)
        self.center: Tensor
        stem, channels = shape.stem, shape.channels
        layers = [
            ConvLayer(N_MELS, stem, 5, 2, depthwise=False, relu=True),
            ConvLayer(stem, stem, 5, 2, depthwise=True, relu=False),
            ConvLayer(stem, channels, 1, 1, depthwise=False, relu=True),
        ]
        for _ in range(shape.n_blocks):
            layers += [
                ConvLayer(channels, channels, shape.kernel, 1, depthwise=True, relu=False),
                ConvLayer(channels, channels, 1, 1, depthwise=False, relu=True),
            ]
        # The last channel is the weight of the row.
        layers += [ConvLayer(channels, shape.pooled + 1, 1, 1, depthwise=False, relu=True)]
        nn.init.constant_(layers[-1].norm.bias[-1:], 1.0)
        self.layers = nn.ModuleList(layers)
        self.embedding = DenseLayer(2 * shape.pooled, shape.embedding, normalized=True)
        self.head = DenseLayer(shape.embedding, len(EMOTIONS), normalized=False)

    @property
    def stride(self) -> int:
        """Frames per pooled row."""
        return 4

    def quantize(self, on: bool = True) -> None:
        """Switch the core's rounding on or off."""
        for module in self.modules():
            if isinstance(module, ConvLayer | DenseLayer):
                module.quantized = on

    def residual(self, index: int) -> bool:
        """Return whether the input of the layer before is added to this layer's output."""
        return index >= 4 and index % 2 == 0 and index < len(self.layers) - 1

    def rows(self, inputs: Tensor) -> Tensor:
        """Map quantized inputs (n, n_frames, N_MELS) to rows (n, pooled + 1, n_frames / stride)."""
        x = inputs.transpose(1, 2)
        before = x
        for index, layer in enumerate(self.layers):
            entered = x
            x = layer(x, before if self.residual(index) else None)
            before = entered
        return x

    def pool(self, rows: Tensor, n_rows: Tensor | None = None) -> Tensor:
        """Compute weighted mean and deviation of each channel over the first `n_rows` rows."""
        values, weight = rows[:, :-1].double(), rows[:, -1:].double()
        if n_rows is not None:
            weight = weight * (torch.arange(rows.shape[2]) < n_rows[:, None])[:, None]
        total = weight.sum(2).clamp(min=1 / STEP)
        mean = (weight * values).sum(2) / total
        square = (weight * values * values).sum(2) / total
        if self.head.quantized:
            mean = rounded(mean, FINE_STEP)
            square = rounded_down(square, FINE_STEP**2)
        deviation = (square - mean * mean).clamp(min=_LEAST_VARIANCE).sqrt()
        if self.head.quantized:
            deviation = rounded_down(deviation, FINE_STEP)
        return torch.cat([mean, deviation], 1).float()

    def embed(self, pooled: Tensor, dropout: float = 0.0) -> Tensor:
        """Map pooled rows to embeddings, (n, 2 * pooled) to (n, embedding)."""
        return self.embedding(pooled, dropout)  # type: ignore[no-any-return]

    def logits(self, embedding: Tensor, speaker: Tensor | float = 0.0) -> Tensor:
        """Score each emotion, given the mean embedding of the speaker."""
        return self.head(functional.relu(embedding - speaker))  # type: ignore[no-any-return]
