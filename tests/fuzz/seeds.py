"""Inputs that the targets begin with: what is valid, so that mutation gets deep.

They are made, not stored; what a crash needed becomes a test of its own.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).parents[1] / "helpers"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import fitted_classifiers
import random_networks
from archive import pack
from audio_emotion.data import audio
from audio_emotion.engine import features
from audio_emotion.engine import network_file as network
from audio_emotion.recognition.classifier_file import save

SAMPLE: Final = Path(__file__).parents[2] / "sample"
_CLIP: Final = "Ravdess/audio_speech_actors_01-24/Actor_22/03-01-08-02-01-01-22.flac"
_CLASSIFIERS: Final = ("Ridge", "DecisionTree")


def write(target: str, folder: Path) -> None:
    """Write the seeds of a target, unless they are there."""
    if folder.exists():
        return
    folder.mkdir(parents=True)
    for index, content in enumerate(_SEEDS[target]()):
        (folder / f"{index:03d}").write_bytes(content)


def _order(kind: int, length: int, peak: int, period: int) -> bytes:
    """One order of sound.h."""
    return bytes([kind, length]) + peak.to_bytes(2, "little") + period.to_bytes(2, "little")


def _sounds() -> Iterator[bytes]:
    """Samples as they are, then orders."""
    speech = audio.read(SAMPLE / _CLIP)
    middle = len(speech) // 2
    yield b"\1" + speech[middle : middle + 4000].astype("<i2").tobytes()
    loud = [
        _order(kind, 90, 20000, period) for kind, period in enumerate((1, 90, 130, 1, 160, 40, 3))
    ]
    quiet = _order(3, 255, 30, 1)
    yield b"\0" + b"".join(quiet + order for order in loud)
    yield b"\0" + quiet + _order(2, 255, 30000, 133) + _order(4, 120, 9000, 71) + quiet
    yield b"\0" + _order(0, 20, 0, 1) + _order(6, 200, 0, 1) + _order(0, 200, 32767, 1)


def _acoustic() -> Iterator[bytes]:
    for sound in _sounds():
        yield b"\5" + sound


def _listener() -> Iterator[bytes]:
    for sound in _sounds():
        yield b"\0\5" + sound
    yield b"\2" + bytes([90, 0, 60, 0, 0, 0, 100, 0]) + b"\5" + list(_sounds())[2]


def _networks() -> Iterator[bytes]:
    maker = random_networks.Maker(3)
    maker.layer(3, (3, 5), shape=(40, 1), stride=(1, 3), relu=1)
    maker.layer(6, (2, 1), shape=(1, 36), stride=(2, 1))
    maker.layer(6, (3, 1), shape=(1, 6), depthwise=True, dilation=2)
    maker.layer(6, shape=(1, 6), residual=1)
    maker.layer(5, shape=(1, 6), relu=1)
    yield network.to_bytes(maker.network(4, 3, 7))
    maker = random_networks.Maker(1)
    maker.layer(3, shape=(1, 40), relu=1)
    yield network.to_bytes(maker.network(3, 1, 1, gate=False))


def small_network() -> bytes:
    """A network whose layers look back and leave out, and that takes little time."""
    maker = random_networks.Maker(5)
    maker.layer(4, (5, 1), shape=(1, 40), stride=(2, 1), relu=1)
    maker.layer(4, (3, 1), shape=(1, 4), depthwise=True, dilation=2)
    maker.layer(4, shape=(1, 4), residual=1)
    maker.layer(4, shape=(1, 4), relu=1)
    return network.to_bytes(maker.network(3, 3, 7))


def _wav() -> Iterator[bytes]:
    for kind in ("PCM_16", "PCM_24"):
        yield _recording("WAV", subtype=kind)


def _recording(container: str, n: int = 600, **how: str) -> bytes:
    with tempfile.NamedTemporaryFile() as file:
        signal = 0.1 * np.random.default_rng(1).standard_normal(n)
        soundfile.write(file.name, signal, 16000, format=container, **how)
        return Path(file.name).read_bytes()


def _catalogue() -> Iterator[bytes]:
    yield b"path,emotion,speaker,sex\nA.wav,angry,anna,f\nb/c.flac,calm,bob,\n"
    yield b'\xef\xbb\xbfPath;Emotion;Corpus\r\n"A.wav";ps;mine\r\n'
    yield b"\1Actor_01/03-01-05-01-02-01-01.wav\nOAF_back_angry.wav"
    yield b"\1DC_a01.wav\n1001_DFA_ANG_XX.wav"
    yield b"\1angry/anna/x.wav\nmine/happy/y.flac\n._z.wav"


def _door() -> Iterator[bytes]:
    for container in (
        "WAV",
        "RF64",
        "W64",
        "AIFF",
        "AU",
        "CAF",
        "FLAC",
        "MP3",
        "OGG",
        "VOC",
        "NIST",
    ):
        yield b"\0" + _recording(container)
    yield b"\0" + _recording("OGG", subtype="OPUS")
    for container in ("WAV", "FLAC", "MP3", "OGG"):
        yield b"\0" + 2 * _recording(container, 300)
    for start in (b"\0\0\0\x20ftypM4A ", b"\x1a\x45\xdf\xa3", b"#!AMR\n", b"ID3\4\0\0\0\0\0\1"):
        yield b"\0" + start + bytes(100)
    for kind in range(9):
        yield bytes([0xE0 | kind]) + bytes(range(256)) * 4


def _tables() -> Iterator[bytes]:
    names = list(features.names())
    header = "path,corpus,speaker,sex,emotion,intensity,sentence,take"
    row = "a.wav,mine,mine_a,f,anger,,,01"
    yield b"\0" + f"{header}\n{row}\n".encode()
    values = ",".join(f"{i / 7:.9g}" for i in range(len(names)))
    yield b"\1" + f"{header},{','.join(names)}\n{row},{values}\n".encode()
    start = json.dumps({"values_hash": features.values_hash()})
    yield b"\2" + f'{start}\n["a.wav|1|2", "00ff", "AACAPwAAgD8="]\n'.encode()


def _models() -> Iterator[bytes]:
    for content in _networks():
        yield b"\0" + content
    with tempfile.TemporaryDirectory() as folder:
        for name in _CLASSIFIERS:
            path = Path(folder) / "m.skops"
            save(fitted_classifiers.on_made_up(name), path)
            yield b"\1" + pack(path.read_bytes())


def _classifier_numbers() -> Iterator[bytes]:
    for kind in range(16):
        yield bytes([kind, 0])


def _http() -> Iterator[bytes]:
    speech = _recording("FLAC")
    part = b'Content-Disposition: form-data; name="file"; filename="a.flac"\r\n\r\n'
    yield b"\0" + b"--b\r\n" + part + speech + b"\r\n--b--\r\n"
    yield b"\0" + b"--b\r\n" + part.replace(b'"a.flac"', b'"../\\\0\xff"') + b"x\r\n--b--\r\n"
    for container in ("WAV", "OGG", "AIFF", "AU", "CAF"):
        yield b"\1" + _recording(container)
    yield b"\2" + b"adapt=true&estimates=false\n" + bytes(3000)


_SEEDS: Final = {
    "acoustic": _acoustic,
    "door": _door,
    "listener": _listener,
    "network": _acoustic,
    "chunks": _acoustic,
    "aem": _networks,
    "wav": _wav,
    "catalogue": _catalogue,
    "tables": _tables,
    "models": _models,
    "classifiers": _classifier_numbers,
    "http": _http,
}
