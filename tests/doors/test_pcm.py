"""Headerless PCM: what is declared, and what arrives in its place."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
httpx = pytest.importorskip("httpx")
connect = pytest.importorskip("websockets.sync.client").connect

from websockets.exceptions import ConnectionClosed, InvalidStatus

from audio_emotion import cli
from audio_emotion.data import audio, pcm
from audio_emotion.data.sample import sample_recording
from audio_emotion.errors import AudioError, InputError
from doors.recordings import SR, VOICE, encoded
from running_server import serving, write_network

SPEECH = audio.read(sample_recording()) / 32768


def written(signal: np.ndarray, kind: str) -> bytes:
    n_bytes, dtype = pcm.TYPES[kind]
    if dtype == "u1":
        return np.clip(np.rint(128 + 128 * signal), 0, 255).astype(dtype).tobytes()
    if dtype[1] == "f":
        return signal.astype(dtype).tobytes()
    if n_bytes == 3:
        octets = np.rint(2**23 * signal).astype(dtype).view(np.uint8).reshape(-1, 4)
        return (octets[:, :3] if dtype[0] == "<" else octets[:, 1:]).tobytes()
    full = 2.0 ** (8 * n_bytes - 1)
    return np.clip(np.rint(full * signal), -full, full - 1).astype(dtype).tobytes()


def decoded(content: bytes, decoder: pcm.PcmDecoder, length: int) -> np.ndarray:
    pieces = [content[at : at + length] for at in range(0, len(content), length)]
    return np.concatenate([*map(decoder.process, pieces), decoder.finish()])


@pytest.mark.parametrize("kind", pcm.TYPES)
@pytest.mark.parametrize("length", [1, 1600, 1 << 20])
def test_every_type_gives_the_same_samples(kind: str, length: int) -> None:
    speech = SPEECH[:4000] if length == 1 else SPEECH
    samples = decoded(written(speech, kind), pcm.PcmDecoder(SR, kind), length)
    assert np.abs(samples - 32768 * speech).max() <= (130 if kind == "u8" else 1)


def test_another_rate_is_resampled_as_in_a_file(recording: Any) -> None:
    signal = np.interp(np.arange(0, len(SPEECH), 1 / 3), np.arange(len(SPEECH)), SPEECH)
    samples = np.rint(32768 * signal).astype("<i2")
    path = recording("speech.wav", samples, 48_000)
    content = samples.tobytes()
    samples = decoded(content, pcm.PcmDecoder(48_000), 999)
    np.testing.assert_array_equal(samples, audio.read(path))


@pytest.mark.parametrize("declared", pcm.TYPES)
@pytest.mark.parametrize("kind", ["s16be", "s24le", "s24be", "s32le", "s32be", "f32le", "f32be"])
def test_another_type_is_noticed_and_named(kind: str, declared: str) -> None:
    hiss = 1e-4 * np.random.default_rng(0).standard_normal(len(SPEECH))
    content = written(SPEECH + hiss, kind)
    # Bytes beyond the 16 of the declared type are left over, or the type differs in range only.
    close = {frozenset(pair) for pair in (("s32le", "f32le"), ("s32be", "f32be"))}
    close |= {frozenset(pair) for pair in (("s24le", "s24be"), ("s16be", "s32be"))}
    if declared == kind:
        assert len(decoded(content, pcm.PcmDecoder(SR, declared), 1600))
    elif frozenset((kind, declared)) not in close:
        with pytest.raises(InputError, match=f"samples look like {kind}, not {declared}. Declare"):
            decoded(content, pcm.PcmDecoder(SR, declared), 1600)


@pytest.mark.parametrize("level", [0, 1, 10, 1000, 20_000])
def test_noise_of_any_level_is_taken_for_what_it_is(level: int) -> None:
    noise = np.random.default_rng(1).integers(-level, level + 1, 2 * SR).astype("<i2")
    assert np.array_equal(decoded(noise.tobytes(), pcm.PcmDecoder(), 1600), noise)


HEADERS = {kind: encoded(VOICE, kind) for kind in ("WAV", "FLAC", "OGG", "AIFF", "CAF")} | {
    "MP3": b"ID3\x04" + encoded(VOICE, "MP3"),
    "M4A": b"\0\0\0\x20ftypM4A " + bytes(100),
    "WebM": b"\x1a\x45\xdf\xa3" + bytes(100),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_network(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def client(model: Path) -> Iterator[httpx.Client]:
    with serving(model) as client:
        yield client


def streamed(client: httpx.Client, content: bytes, query: str = "") -> tuple[int, list[Any]]:
    """The close code and the messages of a stream."""
    address = f"ws://127.0.0.1:{client.base_url.port}/api/stream{query}"
    messages = []
    with connect(address, open_timeout=60) as stream:
        with suppress(ConnectionClosed):
            for at in range(0, len(content), 16_000):
                stream.send(content[at : at + 16_000])
            stream.send("end")
        with suppress(ConnectionClosed):
            while True:
                messages.append(json.loads(stream.recv(timeout=60)))
    return stream.close_code, messages


def listened(model: Path, content: bytes, *options: str) -> Any:
    arguments = ["listen", "--model", str(model), "--input", "-", "--json", *options]
    return CliRunner().invoke(cli.app, arguments, input=content)


@pytest.mark.parametrize("content", HEADERS.values(), ids=HEADERS)
def test_recordings_with_a_header_are_not_taken_for_pcm(
    model: Path, client: httpx.Client, content: bytes
) -> None:
    result = listened(model, content)
    assert isinstance(result.exception, AudioError)
    assert "standard input: a recording with a header, not raw PCM" in str(result.exception)
    code, messages = streamed(client, content)
    assert (code, "a recording with a header" in messages[-1]["error"]) == (1003, True)


def test_a_stream_of_another_type_is_ended_with_its_name(model: Path, client: httpx.Client) -> None:
    content = written(SPEECH, "f32le")
    result = listened(model, content)
    assert "samples look like f32le, not s16le" in str(result.exception)
    code, messages = streamed(client, content)
    assert (code, "?format=f32le" in messages[-1]["error"]) == (1007, True)


def test_half_a_sample_at_the_end(model: Path, client: httpx.Client) -> None:
    assert "9 bytes end inside a sample" in str(listened(model, bytes(9)).exception)
    code, messages = streamed(client, bytes(9))
    assert (code, "9 bytes end inside a sample" in messages[-1]["error"]) == (1007, True)


def test_what_is_declared_is_heard(model: Path, client: httpx.Client) -> None:
    pause = np.zeros(SR)
    speech = np.concatenate([pause, SPEECH, pause])
    signal = np.interp(np.arange(0, len(speech), 1 / 3), np.arange(len(speech)), speech)
    content = written(signal, "f32be")
    result = listened(model, content, "--rate", "48000", "--format", "f32be")
    assert result.exit_code == 0
    code, messages = streamed(client, content, "?rate=48000&format=f32be")
    assert code == 1000
    assert messages == [json.loads(line) for line in result.stdout.splitlines()]
    assert messages[-1]["event"] == "ended"


@pytest.mark.parametrize(
    ("query", "options", "sentence"),
    [
        ("?rate=1", ("--rate", "1"), "outside 4000 to 768000 Hz"),
        ("?format=mp3", ("--format", "mp3"), "format 'mp3' is unknown: choose from s16le"),
        ("?rate=fast", None, "is no number of Hz"),
    ],
)
def test_what_cannot_be_declared(
    model: Path,
    client: httpx.Client,
    query: str,
    options: tuple[str, ...] | None,
    sentence: str,
) -> None:
    with pytest.raises(InvalidStatus) as caught:
        streamed(client, b"", query)
    assert caught.value.response.status_code == 400
    assert sentence in json.loads(caught.value.response.body)["error"]
    if options:
        assert sentence in str(listened(model, b"", *options).exception)


def test_nothing_at_all(model: Path) -> None:
    assert "empty, 0 bytes" in str(listened(model, io.BytesIO().read()).exception)
