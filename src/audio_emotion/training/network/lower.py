"""Lowering of a trained network to the integers that `.aem` files hold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.network import Layer, Network
from audio_emotion.training.network.layers import FINE_STEP, ConvLayer, TorchNetwork
from audio_emotion.training.network.speakers import LONGEST, PRIOR


def lower(network: TorchNetwork) -> Network:
    """Fold, round and lay out a quantized network for the core; its confidence is uncalibrated."""
    with torch.no_grad():
        weights, bias, shift = network.embedding.integers()
        head_weights, head_bias, head_shift = network.head.integers()
        return Network(
            layers=[
                _layer(layer, residual=network.residual(index))
                for index, layer in enumerate(network.layers)
                if isinstance(layer, ConvLayer)
            ],
            center=_array(network.center[0], np.int16),
            embedding_weights=_array(weights, np.int8),
            embedding_bias=_array(bias, np.int32),
            embedding_shift=_array(shift, np.uint8),
            head_weights=_array(head_weights, np.int8),
            head_bias=_array(head_bias, np.int32),
            head_shift=int(head_shift[0]) + round(math.log2(FINE_STEP)),
            emotions=EMOTIONS,
            inverse_temperature=inverse_temperature(1.0),
            speech_scale=inverse_temperature(1.0),
            prior=PRIOR,
            longest=LONGEST,
        )


def inverse_temperature(temperature: float) -> float:
    """Return the factor of the core's scores, which are in octaves and PyTorch's in nats."""
    return float(np.float32(math.log2(math.e) / temperature))


def _layer(layer: ConvLayer, *, residual: bool) -> Layer:
    weights, bias, shift = layer.integers()
    # PyTorch: (out, in, time); the core: (out, time, band, in).
    values = _array(weights, np.int8).transpose(0, 2, 1)[:, :, None, :]
    return Layer(
        weights=np.ascontiguousarray(values),
        bias=_array(bias, np.int32),
        shift=_array(shift, np.uint8),
        stride_t=layer.stride,
        relu=layer.relu,
        residual=residual,
        depthwise=layer.depthwise,
    )


def _array(values: Tensor, kind: type[np.integer[Any]]) -> npt.NDArray[Any]:
    array = values.numpy()
    limits = np.iinfo(kind)
    assert limits.min <= array.min()
    assert array.max() <= limits.max
    return array.astype(kind)
