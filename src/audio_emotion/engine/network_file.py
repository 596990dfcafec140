"""The streaming int8 network: what it is made of, and its file, `.aem`.

The core reads the first part of a file in place (`core/net_file.h`); the second, metadata as JSON,
is for people and programs. Nothing is calculated here: `recognizer.Recognizer` runs a network.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from audio_emotion.data.corpora import EMOTIONS
from audio_emotion.engine import _core
from audio_emotion.engine.features import N_MELS
from audio_emotion.errors import ModelError
from audio_emotion.files import replacing

_ffi, _lib = _core.ffi, _core.lib

FRONT_END_HASH: Final[int] = _lib.AE_FRONT_END_HASH
ARENA_BYTES: Final[int] = _lib.AE_NET_ARENA
MAGIC: Final = b"AEM1"  # how a file begins
ZERO: Final = 128  # AE_ZERO of core/conv.h: what 0 is in a row

_HEADER: Final = struct.Struct("<4sHHIIffH7B7s80s")
_LAYER: Final = struct.Struct("<9BBHHHI")
_DENSE, _DEPTHWISE = 0, 1
_RELU, _RESIDUAL = 1, 2
_NO_GATE: Final = 1

Ints = npt.NDArray[np.integer[Any]]


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
    residual: bool = False  # adds what entered the layer before; not for a depthwise one
    depthwise: bool = False  # weights are (channels, kernel_t, 1, 1)

    @property
    def kernel_t(self) -> int:
        """Rows that an output sees."""
        return int(self.weights.shape[1])

    @property
    def kernel_f(self) -> int:
        """Bands that an output sees."""
        return int(self.weights.shape[2])

    @property
    def out_channels(self) -> int:
        """Outputs per band."""
        return int(self.weights.shape[0])

    @property
    def in_channels(self) -> int:
        """Inputs per band."""
        return int(self.weights.shape[0 if self.depthwise else 3])

    @property
    def out_bands(self) -> int:
        """Bands of an output row; no band is made up at the edges."""
        return (self.in_bands - self.kernel_f) // self.stride_f + 1

    @property
    def ring_rows(self) -> int:
        """Rows from the oldest to the newest that an output sees."""
        return (self.kernel_t - 1) * self.dilation_t + 1


@dataclass(frozen=True)
class Network:
    """Everything the core computes with; `core/net.h` says how."""

    layers: Sequence[Layer]
    center: npt.NDArray[np.int16]  # (N_MELS,), Q9: the log-mel energies that become 0
    embedding_weights: npt.NDArray[np.int8]  # (n_embedding, 2 * n_pooled): of means, deviations
    embedding_bias: npt.NDArray[np.int32]
    embedding_shift: npt.NDArray[np.uint8]
    head_weights: npt.NDArray[np.int8]  # (n_classes, n_embedding)
    head_bias: npt.NDArray[np.int32]
    head_shift: int  # scores are in units of 2**-head_shift octaves of probability
    emotions: tuple[str, ...]  # of the classes
    gate: bool = True  # the last channel of the last layer is the weight of its row
    inverse_temperature: float = 1.0
    threshold: float = 0.0  # a smaller probability than that is not sure
    prior: int = 4  # utterances that the speaker's mean begins with, all zero
    longest: int = 32  # utterances that it remembers

    @property
    def n_pooled(self) -> int:
        """Channels whose mean and deviation the embedding is made of."""
        return int(self.embedding_weights.shape[1]) // 2

    @property
    def arena_bytes(self) -> int:
        """AE_NET_ARENA that it needs: for the rows of its layers and the sums of the pooling."""
        rows = [(layer.ring_rows, layer.in_bands * layer.in_channels) for layer in self.layers]
        rows.append((1, self.n_pooled + self.gate))
        return 12 * self.n_pooled + sum(n * (-(-row // 4) * 4) for n, row in rows)

    @property
    def n_embedding(self) -> int:
        """Units of the embedding."""
        return int(self.embedding_weights.shape[0])


@dataclass(frozen=True)
class Metadata:
    """What a network's file says about itself."""

    name: str
    recipe: str  # how it was trained
    version: str  # of this package
    training_data: str  # in words, for people
    data_hash: str  # of the recordings and labels trained on
    speakers: list[str]  # trained on: nobody else's results are seen
    scores: dict[str, Any] = field(default_factory=dict)


_KINDS: Final = {
    "name": str,
    "recipe": str,
    "version": str,
    "training_data": str,
    "data_hash": str,
    "speakers": list,
    "scores": dict,
}


class NetworkModel:
    """A network that the core has checked, with its metadata.

    Attributes
    ----------
    content : bytes
        The part that the core reads, as it is to lie in flash.
    metadata : Metadata
    """

    def __init__(self, content: bytes, metadata: Metadata) -> None:
        """Have the core check a network.

        Raises
        ------
        ModelError
            Damaged, for another core, or too large for `ARENA_BYTES`.
        """
        self.content = content
        self.metadata = metadata
        # The core reads in place and wants 4-byte alignment, which Python's bytes do not promise.
        self._words = _ffi.new("uint32_t[]", -(-len(content) // 4))
        _ffi.memmove(self._words, content, len(content))
        self.net = _ffi.new("struct ae_net *")
        if _lib.ae_net_open(self.net, self._words, len(content)) != _lib.AE_OK:
            raise ModelError(_complaint(content))

    def __reduce__(self) -> tuple[type[NetworkModel], tuple[bytes, Metadata]]:
        """Travel to another process as what it was made from."""
        return NetworkModel, (self.content, self.metadata)

    @cached_property
    def network(self) -> Network:
        """Its layers and weights."""
        return _parse(self.content)


def to_bytes(network: Network) -> bytes:
    """Write the part of the file that the core reads; the same network gives the same bytes.

    Raises
    ------
    ModelError
        The core cannot run such a network.
    """
    content = _assemble(network)
    NetworkModel(content, _NOBODY)
    return content


def write(network: Network, path: Path, metadata: Metadata) -> None:
    """Write a network's file, complete or not at all.

    Raises
    ------
    ModelError
        The core cannot run such a network.
    """
    content = to_bytes(network)
    text = json.dumps(asdict(metadata), sort_keys=True, ensure_ascii=False).encode()
    trailer = struct.pack("<I", len(text)) + text
    trailer += struct.pack("<I", zlib.crc32(trailer))
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        partial.write_bytes(content + trailer)


def load(path: Path) -> NetworkModel:
    """Read a network's file.

    Raises
    ------
    ModelError
        Not a network's file, damaged, or for another core.
    """
    try:
        everything = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}).") from error
    if len(everything) < _HEADER.size:
        raise ModelError(f"{path}: {_complaint(everything)}")
    n_bytes = int.from_bytes(everything[8:12], "little")
    content, trailer = everything[:n_bytes], everything[n_bytes:]
    try:
        NetworkModel(content, _NOBODY)  # complains before the metadata, which damage may have hit
        return NetworkModel(content, _metadata(trailer))
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from None


def _metadata(trailer: bytes) -> Metadata:
    sound = len(trailer) >= 8 and len(trailer) == 8 + int.from_bytes(trailer[:4], "little")
    if not sound or zlib.crc32(trailer[:-4]) != int.from_bytes(trailer[-4:], "little"):
        raise ModelError(f"{_DAMAGED} its metadata do not add up. {_WAY_OUT}")
    try:
        metadata = Metadata(**json.loads(trailer[4:-4]))
    except (ValueError, TypeError, RecursionError) as error:
        raise ModelError(f"{_DAMAGED} its metadata make no sense. {_WAY_OUT}") from error
    for name, kind in _KINDS.items():
        if not isinstance(getattr(metadata, name), kind):
            raise ModelError(f"{_DAMAGED} {name!r} is no {kind.__name__}. {_WAY_OUT}")
    if not all(isinstance(speaker, str) for speaker in metadata.speakers):
        raise ModelError(f"{_DAMAGED} 'speakers' are no names. {_WAY_OUT}")
    return metadata


_NOBODY: Final = Metadata("", "", "", "", "", [])
_DAMAGED: Final = "not a whole network of audio-emotion:"
_WAY_OUT: Final = "Copy it again, or train it with: audio-emotion train-net."


def _complaint(content: bytes) -> str:
    """Say what the core does not like, in the order in which it looks."""
    if len(content) < _HEADER.size or content[:4] != MAGIC:
        return f"{_DAMAGED} it does not begin as one. {_WAY_OUT}"
    _, version, _, n_bytes, front_end = _HEADER.unpack_from(content)[:5]
    if version != _lib.AE_NET_FORMAT:
        return (
            f"a network of format {version}, but this core reads {_lib.AE_NET_FORMAT}. {_WAY_OUT}"
        )
    if front_end != FRONT_END_HASH:
        return (
            f"made for front end {front_end:08x}, but this core computes {FRONT_END_HASH:08x}. "
            f"{_WAY_OUT}"
        )
    if n_bytes != len(content):
        return f"{_DAMAGED} {len(content)} bytes of {n_bytes}. {_WAY_OUT}"
    if zlib.crc32(content[:-4]) != int.from_bytes(content[-4:], "little"):
        return f"{_DAMAGED} its checksum is wrong. {_WAY_OUT}"
    return (
        "a network that this core cannot run: a size, an order of layers or a sum of weights is "
        f"beyond its limits, or it needs more than {ARENA_BYTES} bytes for its rows. See "
        "core/net_file.h."
    )


def _assemble(network: Network) -> bytes:
    """Write header, layers, arrays and checksum."""
    position = _HEADER.size + _LAYER.size * len(network.layers)
    table, arrays = b"", b""
    for layer in network.layers:
        table += _layer_record(layer, position + len(arrays))
        arrays += _layer_arrays(layer)
    embedding_bias = network.embedding_bias.astype(np.int64) + _half(network.embedding_shift)
    arrays += _pack_dense(_swapped(network.embedding_weights.astype(np.int64)))
    arrays += _packed_bias(embedding_bias)
    arrays += _padded(network.embedding_shift.astype(np.uint8).tobytes())
    arrays += _padded(network.head_weights.astype(np.int8).tobytes())
    arrays += _packed_bias(network.head_bias)
    emotions = bytes(EMOTIONS.index(emotion) for emotion in network.emotions)
    header = _HEADER.pack(
        MAGIC,
        _lib.AE_NET_FORMAT,
        _HEADER.size,
        position + len(arrays) + 4,
        FRONT_END_HASH,
        network.inverse_temperature,
        network.threshold,
        network.n_pooled,
        len(network.layers),
        len(emotions),
        network.n_embedding,
        0 if network.gate else _NO_GATE,
        network.prior,
        network.longest,
        network.head_shift,
        emotions,
        network.center.astype("<i2").tobytes(),
    )
    content = header + table + arrays
    return content + struct.pack("<I", zlib.crc32(content))


def _layer_record(layer: Layer, position: int) -> bytes:
    return _LAYER.pack(
        _DEPTHWISE if layer.depthwise else _DENSE,
        _RELU * layer.relu | _RESIDUAL * layer.residual,
        layer.kernel_t,
        layer.stride_t,
        layer.dilation_t,
        layer.kernel_f,
        layer.stride_f,
        layer.in_bands,
        layer.out_bands,
        0,
        layer.in_channels,
        layer.out_channels,
        0,
        position,
    )


def _layer_arrays(layer: Layer) -> bytes:
    weights = layer.weights.astype(np.int64).reshape(layer.out_channels, -1)
    bias = layer.bias.astype(np.int64) + _half(layer.shift) - ZERO * weights.sum(axis=1)
    packed = _pack_depthwise(weights) if layer.depthwise else _pack_dense(weights)
    return packed + _packed_bias(bias) + _padded(layer.shift.astype(np.uint8).tobytes())


def _half(shift: Ints) -> Ints:
    """Half of what a shift takes away: rounding down is then rounding half up."""
    return (1 << shift.astype(np.int64)) >> 1


def _packed_bias(bias: Ints) -> bytes:
    if np.abs(bias).max(initial=0) > np.iinfo(np.int32).max:
        raise ModelError("a bias is beyond 32 bits. Train with smaller weights.")
    return bias.astype("<i4").tobytes()


def _pack_dense(weights: Ints) -> bytes:
    """Lay out (outputs, inputs) in blocks of four by four, `ZERO` added."""
    outputs, inputs = (-(-n // 4) for n in weights.shape)
    full = np.zeros((outputs * 4, inputs * 4), np.int64)
    full[: weights.shape[0], : weights.shape[1]] = weights
    blocks = full.reshape(outputs, 4, inputs, 4).swapaxes(1, 2)
    return (blocks + ZERO).astype(np.uint8).tobytes()


def _unpack_dense(packed: npt.NDArray[np.uint8], outputs: int, inputs: int) -> Ints:
    blocks = packed.reshape(-(-outputs // 4), -(-inputs // 4), 4, 4).swapaxes(1, 2)
    weights = blocks.reshape(-(-outputs // 4) * 4, -1)[:outputs, :inputs]
    return weights.astype(np.int64) - ZERO


def _swapped(weights: Ints) -> Ints:
    """Exchange the second and the third of every four inputs, as `ae_four_wide_dots` wants them."""
    padded = np.pad(weights, ((0, 0), (0, -weights.shape[1] % 4)))
    return padded.reshape(len(weights), -1, 4)[:, :, [0, 2, 1, 3]].reshape(padded.shape)


def _pack_depthwise(weights: Ints) -> bytes:
    """Lay out (channels, rows) in blocks of rows by four channels."""
    channels, rows = weights.shape
    full = np.pad(weights, ((0, -channels % 4), (0, 0)))
    return full.reshape(-1, 4, rows).swapaxes(1, 2).astype(np.int8).tobytes()


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 4)


class _Reader:
    """Takes arrays from a checked network, from front to back."""

    def __init__(self, content: bytes, position: int) -> None:
        self._content, self._position = content, position

    def take(self, kind: str, n: int) -> npt.NDArray[Any]:
        values = np.frombuffer(self._content, kind, n, self._position)
        self._position += -(-values.nbytes // 4) * 4
        return values


def _parse(content: bytes) -> Network:
    """Read back what `_assemble` wrote and the core has checked."""
    (*_, inverse_temperature, threshold, n_pooled, n_layers, n_classes, n_embedding, flags) = (
        _HEADER.unpack_from(content)[:12]
    )
    prior, longest, head_shift, emotions, center = _HEADER.unpack_from(content)[12:]
    reader = _Reader(content, _HEADER.size + n_layers * _LAYER.size)
    layers = [
        _parse_layer(_LAYER.unpack_from(content, _HEADER.size + i * _LAYER.size), reader)
        for i in range(n_layers)
    ]
    packed = reader.take("<u1", -(-n_embedding // 4) * 4 * (-(-2 * n_pooled // 4) * 4))
    embedding_weights = _swapped(_unpack_dense(packed, n_embedding, -(-2 * n_pooled // 4) * 4))
    embedding_bias = reader.take("<i4", n_embedding)
    embedding_shift = reader.take("<u1", n_embedding)
    return Network(
        layers=layers,
        center=np.frombuffer(center, "<i2", N_MELS),
        embedding_weights=embedding_weights[:, : 2 * n_pooled].astype(np.int8),
        embedding_bias=(embedding_bias - _half(embedding_shift)).astype(np.int32),
        embedding_shift=embedding_shift,
        head_weights=reader.take("<i1", n_classes * n_embedding).reshape(n_classes, -1),
        head_bias=reader.take("<i4", n_classes),
        head_shift=head_shift,
        emotions=tuple(EMOTIONS[code] for code in emotions[:n_classes]),
        gate=not flags & _NO_GATE,
        inverse_temperature=inverse_temperature,
        threshold=threshold,
        prior=prior,
        longest=longest,
    )


def _parse_layer(record: tuple[int, ...], reader: _Reader) -> Layer:
    kind, flags, kernel_t, stride_t, dilation_t, kernel_f, stride_f, in_bands = record[:8]
    in_channels, n = record[10:12]
    shape = (n, kernel_t, kernel_f, 1 if kind == _DEPTHWISE else in_channels)
    if kind == _DEPTHWISE:
        packed = reader.take("<i1", -(-n // 4) * 4 * kernel_t)
        weights = packed.reshape(-1, kernel_t, 4).swapaxes(1, 2).reshape(-1, kernel_t)[:n]
    else:
        window = kernel_t * kernel_f * in_channels
        packed = reader.take("<u1", -(-n // 4) * 4 * (-(-window // 4) * 4))
        weights = _unpack_dense(packed, n, window)
    weights = weights.astype(np.int64)
    bias = reader.take("<i4", n) + ZERO * weights.sum(axis=1)
    shift = reader.take("<u1", n)
    return Layer(
        weights=weights.reshape(shape).astype(np.int8),
        bias=(bias - _half(shift)).astype(np.int32),
        shift=shift,
        in_bands=in_bands,
        stride_t=stride_t,
        dilation_t=dilation_t,
        stride_f=stride_f,
        relu=bool(flags & _RELU),
        residual=bool(flags & _RESIDUAL),
        depthwise=kind == _DEPTHWISE,
    )
