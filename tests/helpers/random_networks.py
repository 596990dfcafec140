"""Networks of random weights, for tests that need no trained one."""

from __future__ import annotations

from math import prod

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from audio_emotion.engine import _core
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import Samples
from audio_emotion.engine.network_file import ARENA_BYTES, Layer, Network
from audio_emotion.engine.utterance_recognizer import UtteranceRecognizer

MAX_WINDOW, MAX_PERIOD = 2048, 16  # AE_NET_MAX_... of core/net_file.h


class Maker:
    """Makes layers that follow one another."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.layers: list[Layer] = []

    def weights(self, *shape: int) -> np.ndarray:
        """Mostly small, now and then as large as there are."""
        spread = self.random.choice([6.0, 25.0, 80.0])
        return np.clip(np.rint(self.random.normal(0, spread, shape)), -128, 127).astype(np.int8)

    def layer(
        self,
        outputs: int,
        kernel: tuple[int, int] = (1, 1),
        *,
        shape: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        depthwise: bool = False,
        **how: int,
    ) -> Layer:
        """Add a layer whose outputs use most of their eight bits; `shape` is bands, channels."""
        bands, channels = shape
        weights = self.weights(outputs, *kernel, 1 if depthwise else channels)
        scale = np.sqrt(1.0 + (weights.astype(float) ** 2).sum(axis=(1, 2, 3)))
        shift = np.clip(np.rint(np.log2(scale)) + self.random.integers(-1, 2, outputs), 0, 14)
        made = Layer(
            weights=weights,
            bias=np.rint(self.random.normal(0, 20, outputs) * scale).astype(np.int32),
            shift=shift.astype(np.uint8),
            in_bands=bands,
            stride_t=stride[0],
            stride_f=stride[1],
            depthwise=depthwise,
            dilation_t=how.get("dilation", 1),
            relu=bool(how.get("relu", False)),
            residual=bool(how.get("residual", False)),
        )
        self.layers.append(made)
        return made

    def network(
        self, pooled: int, embedding: int, classes: int = 7, *, gate: bool = True, **how: int
    ) -> Network:
        """Add what follows the layers."""
        emotions = self.random.permutation(len(EMOTIONS))[:classes]
        return Network(
            layers=self.layers,
            center=self.random.integers(-6000, -2000, 40).astype(np.int16),
            embedding_weights=self.weights(embedding, 2 * pooled),
            embedding_bias=self.random.integers(-9999, 9999, embedding).astype(np.int32),
            embedding_shift=self.random.integers(3, 9, embedding).astype(np.uint8),
            head_weights=self.weights(classes + 1, embedding),
            head_bias=self.random.integers(-9999, 9999, classes + 1).astype(np.int32),
            head_shift=14,
            emotions=tuple(EMOTIONS[i] for i in emotions),
            gate=gate,
            prior=how.get("prior", 4),
            longest=how.get("longest", 5),
            inverse_temperature=0.75,
            threshold=0.375,
            speech_scale=0.5,
            speech_threshold=0.25,
        )


def blocks(maker: Maker, n: int, channels: int) -> None:
    """Depthwise convolutions over time, each followed by a residual over channels."""
    for _ in range(n):
        maker.layer(channels, (7, 1), shape=(1, channels), depthwise=True)
        maker.layer(channels, shape=(1, channels), relu=1, residual=1)


# Channels, blocks, pooled channels and units of the networks that ship.
SMALL, DEFAULT = (96, 4, 128, 32), (144, 6, 160, 40)


def example(
    channels: int = SMALL[0], n: int = SMALL[1], pooled: int = SMALL[2], embedding: int = SMALL[3]
) -> Network:
    """The layers of the networks that ship."""
    maker = Maker(1)
    maker.layer(64, (5, 1), shape=(1, 40), stride=(2, 1), relu=1)
    maker.layer(64, (5, 1), shape=(1, 64), stride=(2, 1), depthwise=True)
    maker.layer(channels, shape=(1, 64), relu=1)
    blocks(maker, n, channels)
    maker.layer(pooled + 1, shape=(1, channels), relu=1)
    return maker.network(pooled, embedding)


def example_2d() -> Network:
    """The same, looking at bands as at time."""
    maker = Maker(2)
    maker.layer(16, (5, 5), shape=(40, 1), stride=(2, 2), relu=1)
    maker.layer(24, (3, 4), shape=(18, 16), stride=(2, 2), relu=1)
    maker.layer(96, shape=(1, 192), relu=1)
    blocks(maker, 4, 96)
    maker.layer(129, shape=(1, 96), relu=1)
    return maker.network(128, 32)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Any network that fits the core's memory."""
    maker = Maker(draw(st.integers(0, 2**32 - 1)))
    bands, channels = draw(st.sampled_from([(1, 40), (40, 1), (8, 5)]))
    small, flag, likely = st.integers(1, 12), st.booleans(), st.sampled_from([True, True, False])
    before = None
    for _ in range(draw(st.sampled_from([0, 1, 2, 3, 4, 5, 5]))):
        rows = draw(st.integers(1, 5))
        stride = draw(st.sampled_from([1, 1, 1, 2, 3, 4]))
        how = {"dilation": draw(st.integers(1, 3)), "relu": draw(flag)}
        if bands > 1 and draw(flag):
            bands, channels = 1, bands * channels
        if bands == 1 and draw(flag):
            made = maker.layer(
                channels, (rows, 1), shape=(1, channels), stride=(stride, 1), depthwise=True, **how
            )
        else:
            kernel_f = draw(st.integers(1, bands))
            stride_f = draw(st.integers(1, 3))
            out_bands = (bands - kernel_f) // stride_f + 1
            outputs = draw(small)
            if before and before.stride_t == 1 and draw(likely):
                size = before.in_bands * before.in_channels
                if size % out_bands == 0 and size // out_bands <= 40:
                    outputs, stride, how["residual"] = size // out_bands, 1, True
            made = maker.layer(
                outputs, (rows, kernel_f), shape=(bands, channels), stride=(stride, stride_f), **how
            )
        bands, channels, before = made.out_bands, made.out_channels, made
    gate, pooled = draw(flag), draw(small)
    maker.layer(pooled + gate, (draw(st.integers(1, 3)), bands), shape=(bands, channels), relu=1)
    prior, longest = draw(st.integers(0, 9)), draw(st.integers(1, 9))
    network = maker.network(
        pooled, draw(small), draw(st.integers(2, 7)), gate=gate, prior=prior, longest=longest
    )
    assume(network.arena_bytes <= ARENA_BYTES)
    assume(prod(layer.stride_t for layer in network.layers) <= MAX_PERIOD)
    for layer in network.layers:
        assume(layer.depthwise or layer.weights[0].size <= MAX_WINDOW)
    return network


def log_mel(seed: int, n: int) -> np.ndarray:
    """Frames that rise and fall as speech does, now and then beyond what eight bits hold."""
    random = np.random.default_rng(seed)
    frames = 4000 + np.cumsum(random.normal(0, 300, (n, 40)), axis=0)
    return np.clip(frames + random.normal(0, 1500, (n, 40)), -32768, 32767).astype(np.int16)


def push_log_mel(recognizer: UtteranceRecognizer, frames: Samples) -> None:
    """Give a recognizer log-mel energies, Q9, of shape (n, N_MELS), instead of samples."""
    state, net = recognizer._state, recognizer._model.net
    for frame in np.ascontiguousarray(frames):
        pcm = _core.ffi.from_buffer("int16_t[]", frame)
        work = _core.ffi.addressof(state.work, "net")
        _core.lib.ae_net_push(_core.ffi.addressof(state, "net"), net, pcm, work)
    state.n_frames += len(frames)
