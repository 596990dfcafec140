"""The streaming network in PyTorch, and the arithmetic of `core/` in floating point.

Until `quantize()` it trains as any network does. From then on weights, biases and activations are
rounded as the core has them. Every sum is then an integer below 2^24 times a power of two, which
float32 holds exactly: what is trained is, bit for bit, what runs on the device.

Several networks of one shape train side by side, one for each test fold for instance: their
channels lie beside one another, the layers are grouped convolutions, and an accelerator is busy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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

# The running peak that energies are relative to; core/peak.h has the same numbers.
PEAK_BANDS: Final = slice(6, 30)  # 300 to 3400 Hz
PEAK_FLOOR: Final = 8192.0  # Q9
PEAK_FALL: Final = 3.0  # Q9 per frame
PEAK_FRAMES: Final = 3  # of a sound that counts: a click is shorter

_LEAST_VARIANCE: Final = 1e-7  # rounds to 0, and has a root with a gradient
_MOST_SHIFT: Final = 14
_MOST_HEAD_SHIFT: Final = 24


@dataclass(frozen=True)
class Shape:
    """Sizes of the network."""

    channels: int  # of all layers but the first, every 40 ms
    n_blocks: int
    pooled: int
    embedding: int
    stem: int = 64  # channels after the first layer, every 20 ms
    kernel: int = 7  # rows that a block looks back
    n_models: int = 1  # side by side


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


def relative_to_peak(log_mel_q9: Tensor) -> Tensor:
    """Subtract the running peak from log-mel energies, which makes them independent of the level.

    Parameters
    ----------
    log_mel_q9 : float tensor of shape (n, n_frames, N_MELS)
        Q9; exact for whole numbers.
    """
    loudest = log_mel_q9[:, :, PEAK_BANDS].amax(2)
    before = loudest.new_full((len(loudest), PEAK_FRAMES - 1), PEAK_FLOOR)
    steady = torch.cat([before, loudest], 1).unfold(1, PEAK_FRAMES, 1).amin(2)
    fallen = PEAK_FALL * torch.arange(steady.shape[1], device=steady.device)
    peak = torch.cummax(steady.clamp(min=PEAK_FLOOR) + fallen, 1).values - fallen
    return log_mel_q9 - peak.clamp(min=PEAK_FLOOR)[:, :, None]


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
    """A causal convolution over time with batch normalization, in each of `n_models` networks."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int,
        *,
        depthwise: bool = False,
        relu: bool,
        n_models: int,
    ) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.depthwise, self.relu = depthwise, relu
        self.groups = n_models * (outputs if depthwise else 1)
        seen = 1 if depthwise else inputs
        weights = torch.randn(n_models * outputs, seen, kernel)
        self.weight = nn.Parameter(weights * ((2.0 if relu else 1.0) / (kernel * seen)) ** 0.5)
        self.norm = nn.BatchNorm1d(n_models * outputs)
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
        """Map (n, n_models * inputs, time) to (n, n_models * outputs, time / stride)."""
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

    def __init__(self, inputs: int, outputs: int, *, normalized: bool, n_models: int) -> None:
        super().__init__()
        self.n_models = n_models
        bound = inputs**-0.5
        self.weight = nn.Parameter(torch.empty(n_models * outputs, inputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(n_models * outputs).uniform_(-bound, bound))
        self.before = nn.BatchNorm1d(n_models * inputs) if normalized else None
        self.after = nn.BatchNorm1d(n_models * outputs) if normalized else None
        self.most_shift = _MOST_HEAD_SHIFT
        self.quantized = False

    def _linear(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Map (n, n_models * inputs) to (n, n_models * outputs)."""
        inputs = x.view(len(x), self.n_models, -1).transpose(0, 1)
        outputs = inputs @ self._per_model(weight).transpose(1, 2)
        return outputs.transpose(0, 1).flatten(1) + bias

    def _per_model(self, weight: Tensor) -> Tensor:
        """Return a view of shape (n_models, outputs, inputs)."""
        return weight.view(self.n_models, -1, weight.shape[1])

    def _matrix(self) -> tuple[Tensor, Tensor]:
        weight: Tensor = self.weight
        bias: Tensor = self.bias
        if self.before is None or self.after is None:
            return weight, bias
        gain, offset = (part.view(self.n_models, 1, -1) for part in _folded(self.before))
        per_model = self._per_model(weight)
        bias = bias + (per_model * offset).sum(2).flatten()
        weight = (per_model * gain).flatten(0, 1)
        gain, offset = _folded(self.after)
        return weight * gain[:, None], bias * gain + offset

    def integers(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return weights, biases and shifts of the core."""
        weight, bias = self._matrix()
        shifts = exponents(weight, self.most_shift)
        if self.after is None:  # the head: its sums are compared, so they share one scale
            per_model = shifts.view(self.n_models, -1)
            shifts = per_model.amin(1, keepdim=True).expand_as(per_model).flatten()
        scale = 2.0**shifts
        weight = rounded(weight * scale[:, None], 1.0).clamp(-127, 127)
        return weight, rounded(bias * scale * FINE_STEP, 1.0), shifts

    def forward(self, x: Tensor, dropout: float = 0.0) -> Tensor:
        """Map (n, n_models * inputs) to (n, n_models * outputs)."""
        if self.quantized:
            weight, bias, shifts = self.integers()
            scale = 2.0**-shifts
            x = self._linear(x, weight * scale[:, None], bias * scale / FINE_STEP)
            return rounded(x, FINE_STEP) if self.after is not None else x
        if self.before is None or self.after is None:
            return self._linear(x, self.weight, self.bias)
        x = functional.dropout(self.before(x), dropout, self.training)
        return self.after(self._linear(x, self.weight, self.bias))  # type: ignore[no-any-return]


class TorchNetwork(nn.Module):
    """From log-mel rows to an embedding of the utterance, and from there to the answers.

    Parameters
    ----------
    shape : Shape
    center : float tensor of shape (n_models, N_MELS)
        Subtracted from energies relative to the peak, whole numbers in Q9.
    """

    def __init__(self, shape: Shape, center: Tensor) -> None:
        super().__init__()
        self.shape = shape
        self.register_buffer("center", center)
        self.center: Tensor
        stem, channels = shape.stem, shape.channels

        def conv(inputs: int, outputs: int, kernel: int = 1, stride: int = 1) -> ConvLayer:
            return ConvLayer(inputs, outputs, kernel, stride, relu=True, n_models=shape.n_models)

        def depthwise(channels: int, kernel: int, stride: int) -> ConvLayer:
            return ConvLayer(
                channels,
                channels,
                kernel,
                stride,
                depthwise=True,
                relu=False,
                n_models=shape.n_models,
            )

        layers = [conv(N_MELS, stem, 5, 2), depthwise(stem, 5, 2), conv(stem, channels)]
        for _ in range(shape.n_blocks):
            layers += [depthwise(channels, shape.kernel, 1), conv(channels, channels)]
        # The last channel is the weight of the row.
        layers.append(conv(channels, shape.pooled + 1))
        nn.init.constant_(layers[-1].norm.bias.view(shape.n_models, -1)[:, -1], 1.0)
        self.layers = nn.ModuleList(layers)
        self.embedding = DenseLayer(
            2 * shape.pooled, shape.embedding, normalized=True, n_models=shape.n_models
        )
        # The last score is that somebody speaks.
        self.head = DenseLayer(
            shape.embedding, len(EMOTIONS) + 1, normalized=False, n_models=shape.n_models
        )

    def one(self, model: int) -> TorchNetwork:
        """Return a copy of one of the networks."""
        n_models = self.shape.n_models
        network = TorchNetwork(replace(self.shape, n_models=1), self.center[model : model + 1])
        network.load_state_dict(
            {
                name: values.view(n_models, -1, *values.shape[1:])[model]
                if values.dim()
                else values
                for name, values in self.state_dict().items()
            }
        )
        network.quantize(self.head.quantized)
        return network.train(self.training)

    @property
    def stride(self) -> int:
        """Frames per pooled row."""
        return 4

    def quantize(self, on: bool = True) -> None:
        """Switch the core's rounding on or off."""
        for module in self.modules():
            if isinstance(module, ConvLayer | DenseLayer):
                module.quantized = on

    def quantized(self, relative_q9: Tensor) -> Tensor:
        """Round energies relative to the peak to what the first layer is given.

        Parameters
        ----------
        relative_q9 : float tensor of shape (n, n_models or 1, n_frames, N_MELS)

        Returns
        -------
        float tensor of shape (n, n_models, n_frames, N_MELS)
        """
        centered = (relative_q9 - self.center[:, None]) / UNIT_Q9
        return rounded(centered, STEP).clamp(*_LIMITS)

    def residual(self, index: int) -> bool:
        """Return whether the input of the layer before is added to this layer's output."""
        return index >= 4 and index % 2 == 0 and index < len(self.layers) - 1

    def rows(self, inputs: Tensor) -> Tensor:
        """Map quantized inputs to rows.

        Parameters
        ----------
        inputs : float tensor of shape (n, n_models, n_frames, N_MELS)

        Returns
        -------
        float tensor of shape (n, n_models, pooled + 1, n_frames / stride)
        """
        x = inputs.transpose(2, 3).flatten(1, 2)
        before = x
        for index, layer in enumerate(self.layers):
            entered = x
            x = layer(x, before if self.residual(index) else None)
            before = entered
        return self._per_model(x)

    def pool(self, rows: Tensor, n_rows: Tensor | None = None) -> Tensor:
        """Compute weighted mean and deviation of each channel over the first `n_rows` rows.

        Returns
        -------
        float tensor of shape (n, n_models, 2 * pooled)
        """
        values, weight = rows[:, :, :-1].double(), rows[:, :, -1:].double()
        if n_rows is not None:
            counted = torch.arange(rows.shape[3], device=rows.device) < n_rows[:, None]
            weight = weight * counted[:, None, None]
        total = weight.sum(3).clamp(min=1 / STEP)
        mean = (weight * values).sum(3) / total
        square = (weight * values * values).sum(3) / total
        if self.head.quantized:
            mean = rounded(mean, FINE_STEP)
            square = rounded_down(square, FINE_STEP**2)
        deviation = (square - mean * mean).clamp(min=_LEAST_VARIANCE).sqrt()
        if self.head.quantized:
            deviation = rounded_down(deviation, FINE_STEP)
        return torch.cat([mean, deviation], 2).float()

    def embed(self, pooled: Tensor, dropout: float = 0.0) -> Tensor:
        """Map pooled rows (n, n_models, 2 * pooled) to embeddings (n, n_models, embedding)."""
        return self._per_model(self.embedding(pooled.flatten(1), dropout))

    def logits(self, embedding: Tensor, speaker: Tensor | float = 0.0) -> Tensor:
        """Score each emotion, given the mean embedding of the speaker.

        Returns
        -------
        float tensor of shape (n, n_models, n_emotions)
        """
        return self._scores(embedding - speaker)[:, :, :-1]

    def speech(self, embedding: Tensor) -> Tensor:
        """Score that somebody speaks, whoever it is, shape (n, n_models)."""
        return self._scores(embedding)[:, :, -1]

    def _scores(self, embedding: Tensor) -> Tensor:
        return self._per_model(self.head(functional.relu(embedding).flatten(1)))

    def _per_model(self, x: Tensor) -> Tensor:
        """Return a view of shape (n, n_models, channels, ...)."""
        return x.view(len(x), self.shape.n_models, -1, *x.shape[2:])
