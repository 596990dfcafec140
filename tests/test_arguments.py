"""What the Python interface is given: signals of every type, and what is no recording."""

from __future__ import annotations

import array
import io
import os
from collections import UserDict
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
import soxr

import audio_emotion as ae
from audio_emotion.data.audio import read
from audio_emotion.errors import AudioWarning, InputError
from conftest import REPOSITORY

MODELS = REPOSITORY / "models"


@pytest.fixture(scope="module")
def clip(sample: Path) -> str:
    return str(min(sample.rglob("*.flac")))


def test_signals_of_every_type_shape_and_rate(clip: str) -> None:
    samples, sr = soundfile.read(clip)
    expected = ae.predict(samples, sr)
    scaled = np.rint(samples * 32768).astype(np.int16)
    for same in (
        scaled,
        scaled.astype(np.int32) << 16,
        samples.astype(np.float32),
        samples.tolist() and np.stack([samples, samples], axis=1),
        samples[:, None],
        scaled[::1][:, None],
        *(samples.tolist(), pd.Series(samples), memoryview(scaled), array.array("h", scaled)),
        *(scaled.astype(">i2"), samples.astype(">f4"), samples.astype(np.longdouble)),
        *(np.repeat(samples, 2)[::2], np.asfortranarray(np.stack([samples] * 64, axis=1))),
    ):
        assert ae.predict(same, sr).probabilities == expected.probabilities
    for rate in (np.float64(sr), np.float16(sr), np.uint16(sr), Fraction(sr)):
        assert ae.predict(samples, rate).probabilities == expected.probabilities
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(samples, requires_grad=True)
    assert ae.predict(tensor.detach(), sr).probabilities == expected.probabilities
    for function in (ae.predict, ae.extract_features):
        with pytest.raises(InputError, match=r"tensor\.detach"):
            function(tensor, sr)
        with pytest.raises(InputError, match="no sample rate of its own"):
            function(tensor.detach())
    eight_bit = np.clip(np.rint(samples * 128) + 128, 0, 255).astype(np.uint8)
    assert ae.predict(eight_bit, sr).emotion in ae.EMOTIONS
    other_rate = soxr.resample(samples, sr, 44100)
    resampled = ae.predict(other_rate, 44100).probabilities
    for emotion, probability in expected.probabilities.items():
        assert resampled[emotion] == pytest.approx(probability, abs=0.1)


class Wrapped:
    """A path that gives anything."""

    def __init__(self, path: Any) -> None:
        self.path = path

    def __fspath__(self) -> Any:
        return self.path


def closed() -> io.BytesIO:
    (file := io.BytesIO()).close()
    return file


WRONG: dict[str, tuple[tuple[Any, ...], str]] = {
    "none": ((None,), "None is not a recording"),
    "bytes": ((b"RIFF",), r"io\.BytesIO"),
    "number": ((3,), "3 is not a recording"),
    "dictionary": (({"a": 1},), "is not a recording"),
    "empty path": (("",), "'' is not a path"),
    "path of bytes": ((Wrapped(b"a.wav"),), "is not a path"),
    "path of numbers": (([Wrapped(3)],), "is not a path"),
    "mapping": ((UserDict({"a.wav": 1}),), "is not a recording"),
    "text in an array": ((np.array("a.wav"),), "is not a recording"),
    "missing path": ((pd.array(["a.wav", None]),), "in a list of recordings is not a path"),
    "table": ((pd.DataFrame({"a": ["a.wav"], "b": ["b.wav"]}),), "2 columns"),
    "segments": ((pd.MultiIndex.from_tuples([("a.wav", 0)]),), "in a list of recordings"),
    "open files": (([io.BytesIO()],), "in a list of recordings is not a path"),
    "text file": ((io.StringIO("a.wav"),), "open as text"),
    "closed file": ((closed(),), "is closed"),
    "class of files": ((io.BytesIO,), "is not a recording"),
    "module that reads": ((os,), "is not a recording"),
    "list of numbers": (([0.1, 0.2],), r"predict\(samples, 44100\)"),
    "samples and rate": (((np.zeros(9), 16000),), r"predict\(samples, 44100\)"),
    "list of arrays": (([np.zeros(9)],), "in a list of recordings is not a path"),
    "list with none": ((["a.wav", None],), "None in a list"),
    "no rate": ((np.zeros(800),), "no sample rate of its own"),
    "rate of a path": (("a.wav", 16000), "Leave it out"),
    "rate of paths": ((["a.wav"], 16000), "Leave it out"),
    "rate 0": ((np.zeros(800), 0), "is not a sample rate"),
    "rate True": ((np.zeros(800), True), "is not a sample rate"),
    "rate of text": ((np.zeros(800), "fast"), "is not a sample rate"),
    "rate not whole": ((np.zeros(800), 16000.5), "is not a sample rate"),
    "rate not finite": ((np.zeros(800), np.nan), "is not a sample rate"),
    "rate of 1 GHz": ((np.zeros(800), 1e9), "is not a sample rate"),
    "rate beyond all floats": ((np.zeros(800), 10**400), "is not a sample rate"),
    "model as the rate": (("a.wav", "MLP.skops"), "model="),
    "bytes with a rate": ((b"RIFF", 16000), "is not; a recording has its own"),
    "file with a rate": ((io.BytesIO(), 16000), "Leave it out"),
    "nothing with a rate": (([], 16000), "are empty"),
    "ragged": (([[0.1], [0.1, 0.2]], 16000), "no array of one shape"),
    "masked": ((np.ma.masked_less(np.arange(-9.0, 9), 0), 16000), r"samples\.compressed"),
    "65 channels": ((np.zeros((800, 65)), 16000), "1 to 64 channels"),
    "transposed": ((np.zeros((2, 48000)), 48000), r"samples\.T"),
    "three dimensions": ((np.zeros((2, 2, 2)), 16000), "are not a recording"),
    "a single number": ((np.float64(0.1), 16000), "are not a recording"),
    "complex": ((np.zeros(800, complex), 16000), "have no full scale"),
    "int64": ((np.zeros(800, np.int64), 16000), "have no full scale"),
    "bool": ((np.zeros(800, bool), 16000), "have no full scale"),
    "empty": ((np.zeros(0), 16000), "are empty"),
    "no channels": ((np.zeros((800, 0)), 16000), "needs \\(n, n_channels\\)"),
    "nan": ((np.full(800, np.nan), 16000), "NaN or infinite"),
    "integers as floats": ((np.arange(800.0), 16000), "Divide 16-bit values"),
}


@pytest.mark.parametrize(("arguments", "sentence"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("function", [ae.predict, ae.extract_features])
def test_what_is_no_recording_is_one_sentence(
    function: Any, arguments: tuple[Any, ...], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        function(*arguments)


@pytest.mark.parametrize("model", ["default", "small", MODELS / "default.skops"])
@pytest.mark.parametrize("samples", [np.zeros(32_000), np.full((32_000, 2), 0.25)])
def test_nobody_speaks_in_digital_silence(
    samples: np.ndarray, model: str | Path, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "silent.wav", samples, 16_000)
    for source in ((samples, 16_000), (tmp_path / "silent.wav",)):
        with pytest.warns(AudioWarning, match=r"silent, every sample is (0|8192); check the micro"):
            prediction = ae.predict(*source, model=model)
        assert prediction.emotion is None


def test_channels_of_a_signal_do_not_cancel(clip: str) -> None:
    signal = read(clip) / 32768
    noise = 1e-4 * np.random.default_rng(0).standard_normal(signal.shape)
    with pytest.warns(AudioWarning, match="samples: the channels cancel each other, so channel 2"):
        prediction = ae.predict(np.stack([signal * 0.9, noise - signal], axis=1), 16_000)
    assert prediction.probabilities == ae.predict(noise - signal, 16_000).probabilities
