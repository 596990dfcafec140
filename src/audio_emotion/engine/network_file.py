"""The file of a network, `.aem`.

The core reads the first part in place (`core/net_file.h`); the second, metadata as JSON, is for
readers and programs.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from audio_emotion.engine import _core
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import N_MELS
from audio_emotion.engine.network import ZERO, Layer, Network
from audio_emotion.errors import ModelError, reason_of
from audio_emotion.files import replacing

_ffi, _lib = _core.ffi, _core.lib

FRONT_END_HASH: Final[int] = _lib.AE_FRONT_END_HASH
ARENA_BYTES: Final[int] = _lib.AE_NET_ARENA
MAGIC: Final = b"AEM1"  # first bytes of a file

_HEADER: Final = struct.Struct("<4sHHIIffffH7B7s80s")
_LAYER: Final = struct.Struct("<9BBHHHI")
_DENSE, _DEPTHWISE = 0, 1
_RELU, _RESIDUAL = 1, 2
_NO_GATE: Final = 1

Ints = npt.NDArray[np.integer[Any]]

# Memory that opened networks point to.
_COPIES: Final = WeakKeyDictionary[Any, Any]()


@dataclass(frozen=True)
class Metadata:
    """Metadata of a network's file."""

    name: str
    recipe: str  # how it was trained
    version: str  # of this package
    training_data: str  # in words, for people
    data_hash: str  # of the recordings, labels and front end trained on
    speakers: list[str]  # in the training data
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

_LARGEST: Final = 16 << 20  # bytes of a file; the networks that ship have 0.2 MB


def open_network(content: bytes) -> Any:
    """Check a network in the core and open it in place.

    Parameters
    ----------
    content : bytes
        The part of a file that the core reads.

    Returns
    -------
    cdata of struct ae_net *
        Keeps its own aligned copy of `content` alive.

    Raises
    ------
    ModelError
        Damaged, for another core, or too large for `ARENA_BYTES`.
    """
    # The core reads in place and wants 4-byte alignment, which Python's bytes do not promise.
    words = _ffi.new("uint32_t[]", -(-len(content) // 4))
    _ffi.memmove(words, content, len(content))
    net = _ffi.new("struct ae_net *")
    if _lib.ae_net_open(net, words, len(content)) != _lib.AE_OK:
        raise ModelError(_rejection(content))
    _COPIES[net] = words
    return net


def to_bytes(network: Network) -> bytes:
    """Write the part of the file that the core reads; the same network gives the same bytes.

    Raises
    ------
    ModelError
        The core cannot run such a network.
    """
    content = _assemble(network)
    open_network(content)
    return content


def write(network: Network, path: Path, metadata: Metadata) -> None:
    """Write a network's file, complete or not at all.

    Raises
    ------
    ModelError
        The core cannot run such a network.
    """
    content = to_bytes(network) + trailer(metadata)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        partial.write_bytes(content)


def trailer(metadata: Metadata) -> bytes:
    """Write the part of the file that follows what the core reads."""
    text = json.dumps(asdict(metadata), sort_keys=True, ensure_ascii=False).encode()
    content = struct.pack("<I", len(text)) + text
    return content + struct.pack("<I", zlib.crc32(content))


def read(path: Path) -> tuple[bytes, Metadata]:
    """Read a network's file.

    Returns
    -------
    content : bytes
        The part that the core reads, checked by it.
    metadata : Metadata

    Raises
    ------
    ModelError
        Not a network's file, damaged, or for another core.
    """
    try:
        size = path.stat().st_size
        if size > _LARGEST:
            raise ModelError(f"{path}: {size} bytes, more than the {_LARGEST} a network may have.")
        everything = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({reason_of(error)}).") from error
    if len(everything) < _HEADER.size:
        raise ModelError(f"{path}: {_rejection(everything)}")
    n_bytes = int.from_bytes(everything[8:12], "little")
    content, metadata = everything[:n_bytes], everything[n_bytes:]
    try:
        open_network(content)  # first, as the metadata may be damaged, too
        return content, _metadata(metadata)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from None


def _metadata(trailer: bytes) -> Metadata:
    complete = len(trailer) >= 8 and len(trailer) == 8 + int.from_bytes(trailer[:4], "little")
    if not complete or zlib.crc32(trailer[:-4]) != int.from_bytes(trailer[-4:], "little"):
        raise ModelError(f"{_DAMAGED} the checksum of its metadata is wrong. {_WAY_OUT}")
    try:
        metadata = Metadata(**json.loads(trailer[4:-4]))
    except (ValueError, TypeError, RecursionError) as error:
        raise ModelError(f"{_DAMAGED} its metadata cannot be parsed. {_WAY_OUT}") from error
    for name, kind in _KINDS.items():
        if not isinstance(getattr(metadata, name), kind):
            raise ModelError(f"{_DAMAGED} {name!r} is not of type {kind.__name__}. {_WAY_OUT}")
    if not all(isinstance(speaker, str) for speaker in metadata.speakers):
        raise ModelError(f"{_DAMAGED} 'speakers' are not all text. {_WAY_OUT}")
    return metadata


_DAMAGED: Final = "not an intact network of audio-emotion:"
_WAY_OUT: Final = "Copy it again, or train it with: audio-emotion train-net."


def _rejection(content: bytes) -> str:
    """Return why the core rejects a network, in the order of its checks."""
    if len(content) < _HEADER.size or content[:4] != MAGIC:
        return f"{_DAMAGED} its header is missing. {_WAY_OUT}"
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
        network.speech_scale,
        network.speech_threshold,
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
    """Return half of 2**shift: added before the shift, it rounds half up."""
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
    """Reader of the arrays of a checked network, one after the other."""

    def __init__(self, content: bytes, position: int) -> None:
        self._content, self._position = content, position

    def take(self, kind: str, n: int) -> npt.NDArray[Any]:
        values = np.frombuffer(self._content, kind, n, self._position)
        self._position += -(-values.nbytes // 4) * 4
        return values


def from_bytes(content: bytes) -> Network:
    """Read the layers and weights back from what `to_bytes` wrote and the core has checked."""
    header = _HEADER.unpack_from(content)
    inverse_temperature, threshold, speech_scale, speech_threshold = header[5:9]
    n_pooled, n_layers, n_classes, n_embedding, flags = header[9:14]
    prior, longest, head_shift, emotions, center = header[14:]
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
        head_weights=reader.take("<i1", (n_classes + 1) * n_embedding).reshape(n_classes + 1, -1),
        head_bias=reader.take("<i4", n_classes + 1),
        head_shift=head_shift,
        emotions=tuple(EMOTIONS[code] for code in emotions[:n_classes]),
        gate=not flags & _NO_GATE,
        inverse_temperature=inverse_temperature,
        threshold=threshold,
        speech_scale=speech_scale,
        speech_threshold=speech_threshold,
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
