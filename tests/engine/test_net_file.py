"""Files of networks: what is written is read, and what is damaged does no harm."""

from __future__ import annotations

import dataclasses
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import net_probe
import random_networks
from audio_emotion.engine import features, network_file
from audio_emotion.engine.network_file import Layer, Metadata, Network, to_bytes
from audio_emotion.errors import ModelError
from audio_emotion.recognition.network_model import NetworkModel

METADATA = Metadata("tiny", "none", "0", "noise", "0123", ["nobody_é"], {"uar": 0.5})

HEADER_BYTES, LAYER_BYTES = 128, 20


def small() -> Network:
    """One layer of every kind."""
    maker = random_networks.Maker(3)
    maker.layer(3, (3, 5), shape=(40, 1), stride=(1, 3), relu=1)
    maker.layer(6, (2, 1), shape=(1, 36), stride=(2, 1))
    maker.layer(6, (3, 1), shape=(1, 6), depthwise=True, dilation=2)
    maker.layer(6, shape=(1, 6), residual=1)
    maker.layer(5, shape=(1, 6), relu=1)
    return maker.network(4, 3, 7)


def test_front_end_hash_is_of_these_numbers() -> None:
    """FNV-1a: a version, the spectrum, Hz and fraction bits of log2, the peak of core/peak.h."""
    meaning = (
        *(2, features.SAMPLE_RATE, features.FRAME_LENGTH, features.HOP_LENGTH),
        *(512, features.N_MELS, 60, 7600, 9),
        *(6, 29, 3, 8192, 3),
    )
    value = 2166136261
    for byte in struct.pack(f"<{len(meaning)}I", *meaning):
        value = (value ^ byte) * 16777619 % 2**32
    assert value == network_file.FRONT_END_HASH


def assert_equal(a: object, b: object) -> None:
    for field in dataclasses.fields(type(a)):  # type: ignore[arg-type]
        left, right = getattr(a, field.name), getattr(b, field.name)
        if field.name == "layers":
            for one, other in zip(left, right, strict=True):
                assert_equal(one, other)
        else:
            assert np.array_equal(left, right), field.name


@given(random_networks.networks())
def test_what_is_written_is_read(written: Network) -> None:
    content = to_bytes(written)
    read = NetworkModel(content, METADATA).network
    assert_equal(written, read)
    assert to_bytes(read) == content


def test_file_has_the_metadata(tmp_path: Path) -> None:
    path = tmp_path / "new" / "tiny.aem"
    network_file.write(small(), path, METADATA)
    loaded = NetworkModel.load(path)
    assert loaded.metadata == METADATA
    assert loaded.content == to_bytes(small())
    network_file.write(small(), path, METADATA)
    assert NetworkModel.load(path).content == loaded.content


def of_rows(n: int) -> Network:
    """Needs 40 * n + 11968 bytes."""
    maker = random_networks.Maker(5)
    maker.layer(492, (n, 1), shape=(1, 40))
    maker.layer(492, (12, 1), shape=(1, 492), depthwise=True, dilation=2)
    maker.layer(13, shape=(1, 492), relu=1)
    return maker.network(12, 2)


def test_arena_is_as_large_as_said() -> None:
    """A network that needs just the arena is taken, one of another row is not."""
    assert of_rows(8).arena_bytes == network_file.ARENA_BYTES == 12288
    to_bytes(of_rows(8))
    with pytest.raises(ModelError, match="more than 12288 bytes for its rows"):
        to_bytes(of_rows(9))


def change(layer: int, **fields: object) -> Network:
    base = small()
    layers = list(base.layers)
    layers[layer] = dataclasses.replace(layers[layer], **fields)  # type: ignore[arg-type]
    return dataclasses.replace(base, layers=layers)


def of_strides(*strides: int) -> Network:
    """Of the layers around the residual."""
    layers = [
        dataclasses.replace(small().layers[index], stride_t=stride)
        for index, stride in zip((0, 1, 4), strides, strict=True)
    ]
    return dataclasses.replace(small(), layers=[*layers[:2], *small().layers[2:4], layers[2]])


def overflowing(layer: Layer) -> dict[str, object]:
    largest = 2**31 - 1 - 128 * int(np.abs(layer.weights[0].astype(int)).sum())
    bias = layer.bias.copy()
    bias[0] = largest
    return {"bias": bias}


LAYERS = small().layers
WRONG = {
    "no layer": dataclasses.replace(small(), layers=[]),
    "shift beyond 14": change(0, shift=LAYERS[0].shift + 15),
    "sum beyond 32 bits": change(1, **overflowing(LAYERS[1])),
    "residual on the first": change(0, residual=True),
    "residual after a stride": change(2, residual=True),
    "residual on a depthwise": dataclasses.replace(
        small(), layers=[*LAYERS[:3], dataclasses.replace(LAYERS[2], residual=True), *LAYERS[3:]]
    ),
    "residual of another size": change(4, residual=True),
    "no end at zero": change(4, relu=False),
    "bands that do not follow": change(0, stride_f=4),
    "stride of 5": change(1, stride_t=5),
    "no stride": change(1, stride_t=0),
    "17 frames per row and more": of_strides(4, 2, 3),
    "dilation of 9": change(2, dilation_t=9),
    "memory of no utterance": dataclasses.replace(small(), longest=0),
    "an emotion twice": dataclasses.replace(small(), emotions=("anger",) * 7),
    "no temperature": dataclasses.replace(small(), inverse_temperature=0.0),
    "temperature that is no number": dataclasses.replace(small(), inverse_temperature=float("nan")),
    "threshold beyond 1": dataclasses.replace(small(), threshold=1.5),
    "threshold that is no number": dataclasses.replace(small(), threshold=float("nan")),
    "no speech scale": dataclasses.replace(small(), speech_scale=0.0),
    "speech scale beyond 1000": dataclasses.replace(small(), speech_scale=1001.0),
    "infinite speech scale": dataclasses.replace(small(), speech_scale=float("inf")),
    "speech scale that is no number": dataclasses.replace(small(), speech_scale=float("nan")),
    "speech threshold below 0": dataclasses.replace(small(), speech_threshold=-0.1),
    "speech threshold beyond 1": dataclasses.replace(small(), speech_threshold=1.5),
    "speech threshold that is no number": dataclasses.replace(
        small(), speech_threshold=float("nan")
    ),
    "no row of speech": dataclasses.replace(
        small(), head_weights=small().head_weights[:-1], head_bias=small().head_bias[:-1]
    ),
    "no bias of speech": dataclasses.replace(small(), head_bias=small().head_bias[:-1]),
    "speech sum beyond 32 bits": dataclasses.replace(
        small(), head_bias=np.append(small().head_bias[:-1], np.int32(2**31 - 1))
    ),
    "another number pooled": dataclasses.replace(small(), gate=False),
}


@pytest.mark.parametrize("what", WRONG)
def test_network_that_cannot_run_is_refused(what: str) -> None:
    with pytest.raises(ModelError, match="cannot run"):
        to_bytes(WRONG[what])


def test_largest_period_is_taken() -> None:
    to_bytes(of_strides(4, 2, 2))


def test_largest_sum_is_taken() -> None:
    """The bias that just fits, rounding included."""
    layer = LAYERS[1]
    fields = overflowing(layer)
    fields["bias"][0] -= (1 << int(layer.shift[0])) >> 1  # type: ignore[index]
    to_bytes(change(1, **fields))


def with_crc(content: bytes) -> bytes:
    return content[:-4] + struct.pack("<I", zlib.crc32(content[:-4]))


def test_a_file_is_measured_before_it_is_read(tmp_path: Path) -> None:
    """A sparse one of 5 GB ended in a traceback."""
    path = tmp_path / "network.aem"
    with path.open("wb") as file:
        file.truncate(5_000_000_000)
    with pytest.raises(ModelError, match="5000000000 bytes, more than the 16777216 a network may"):
        network_file.read(path)


def test_no_truncation_is_taken(tmp_path: Path) -> None:
    """With the length it was written with, and with one that claims to be whole."""
    content = to_bytes(small())
    cut = [content[:n] for n in range(len(content))]
    claimed = [
        with_crc(part[:8] + struct.pack("<I", len(part)) + part[12:] if len(part) > 16 else part)
        for part in cut
    ]
    assert not any(line.startswith("0") for line in net_probe.open_all(cut + claimed, tmp_path))


def test_no_flipped_byte_is_taken(tmp_path: Path) -> None:
    """A CRC finds every error that is shorter than itself."""
    content = to_bytes(small())
    damaged = []
    random = np.random.default_rng(1)
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= int(random.integers(1, 256))
        damaged.append(bytes(changed))
    assert not any(line.startswith("0") for line in net_probe.open_all(damaged, tmp_path))


def test_hostile_files_do_no_harm(tmp_path: Path) -> None:
    """Fields of the header and of the layers replaced, the CRC made to fit: ASan and UBSan watch.

    Some are still networks: they run. Most are not, and some of all kinds must come up.
    """
    random = np.random.default_rng(2)
    bases = [to_bytes(small()), to_bytes(random_networks.example_2d())]
    files = []
    for index in range(6000):
        content = bytearray(bases[index % 10 == 9])
        n_layers = content[34]
        structure = HEADER_BYTES + LAYER_BYTES * n_layers
        for _ in range(random.integers(1, 4)):
            end = structure if random.random() < 0.9 else len(content) - 4
            position = int(random.integers(12, end))
            value = random.choice([0, 1, 2, 3, 5, 127, 128, 255, random.integers(256)])
            content[position] = int(value)
        if random.random() < 0.1:
            length = int(random.integers(16, len(content) + 40)) // 4 * 4
            content = (content + bytes(40))[:length]
            content[8:12] = struct.pack("<I", length)
        content[12:16] = bases[0][12:16]
        files.append(with_crc(bytes(content)))
    lines = net_probe.open_all(files, tmp_path)
    accepted = sum(line.startswith(net_probe.ACCEPTED) for line in lines)
    assert 300 < accepted < 3000


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("flags", [("-O0",), ("-O3",), ("-O3", "-DAE_SHORT_PRODUCTS")])
def test_same_bits_from_every_compiler(
    compiler: str, flags: tuple[str, ...], tmp_path: Path
) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    files = [
        to_bytes(net) for net in (small(), random_networks.example(), random_networks.example_2d())
    ]
    there = net_probe.open_all(files, tmp_path, compiler, flags)
    assert there == net_probe.open_all(files, tmp_path)
    assert all(line.startswith(net_probe.ACCEPTED) for line in there)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("net") / "tiny.aem"
    network_file.write(small(), path, METADATA)
    return path


@settings(max_examples=300)
@given(data=st.data())
def test_damaged_file_is_one_sentence(written: Path, data: st.DataObject) -> None:
    content = bytearray(written.read_bytes())
    kind = data.draw(st.sampled_from(["cut", "flip", "more"]))
    if kind == "cut":
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    elif kind == "more":
        content += data.draw(st.binary(min_size=1, max_size=9))
    else:
        position = data.draw(st.integers(0, len(content) - 1))
        content[position] ^= data.draw(st.integers(1, 255))
    damaged = written.with_name("damaged.aem")
    damaged.write_bytes(content)
    with pytest.raises(ModelError, match=r"^[^\n]*damaged.aem: [^\n]+\.$"):
        NetworkModel.load(damaged)


def test_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        NetworkModel.load(tmp_path / "none.aem")


@pytest.mark.parametrize(
    ("trailer", "words"),
    [
        (b"[1]", "cannot be parsed"),
        (b"{", "cannot be parsed"),
        (b'{"name": "x"}', "cannot be parsed"),
        (b'{"name": 1, "recipe": "", "version": "", "training_data": "", "data_hash": "", '
         b'"speakers": []}', "'name' is not of type str"),
    ],
)  # fmt: skip
def test_metadata_of_another_kind_are_refused(trailer: bytes, words: str, written: Path) -> None:
    text = struct.pack("<I", len(trailer)) + trailer
    path = written.with_name("other.aem")
    path.write_bytes(to_bytes(small()) + text + struct.pack("<I", zlib.crc32(text)))
    with pytest.raises(ModelError, match=words):
        NetworkModel.load(path)


@pytest.mark.parametrize(
    ("position", "words"),
    [(4, "format 255"), (12, "made for front end")],
)
def test_other_versions_are_named(position: int, words: str) -> None:
    content = bytearray(to_bytes(small()))
    content[position] = 255
    with pytest.raises(ModelError, match=words):
        NetworkModel(with_crc(bytes(content)), METADATA)
