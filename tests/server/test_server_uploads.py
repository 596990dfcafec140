"""Uploads that are hostile, broken or too large: each gets a sentence, and the server stays."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
httpx = pytest.importorskip("httpx")

from audio_emotion.recognition.model import load_model
from audio_emotion.recognition.predict import predict
from audio_emotion.server.limits import Limits, RefusedError
from audio_emotion.server.pool import Pool
from running_server import post, refusal, serving, write_classifier

LIMITS = {"body_bytes": 2_000_000, "recording_s": 20, "memory_bytes": 128 << 20, "requests": 2}
MODEL = "ShrinkageLDA"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_classifier(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def server(model: Path) -> Iterator[httpx.Client]:
    with pytest.MonkeyPatch.context() as patch, serving(model, limits=LIMITS) as client:
        patch.setattr("audio_emotion.server.guard._DRAIN_S", 5)  # the machine may be busy
        yield client


@pytest.fixture(scope="module")
def speech(sample: Path) -> bytes:
    clips = "Ravdess/audio_speech_actors_01-24/Actor_22/03-01-08-02-01-01-22.flac"
    return (sample / clips).read_bytes()


@pytest.fixture
def client(server: httpx.Client, speech: bytes) -> Iterator[httpx.Client]:
    """Whatever a test sends, the next recording is recognized."""
    yield server
    assert insist(server, speech).json()["model"] == MODEL


def insist(client: httpx.Client, content: bytes) -> httpx.Response:
    """Post, again in a moment while the server has not yet noticed that others are gone."""
    for _ in range(20):
        response = post(client, content)
        if response.status_code != 503:
            break
        time.sleep(int(response.headers["retry-after"]))
    return response


def encoded(samples: np.ndarray, kind: str, sr: int = 16_000, subtype: str | None = None) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, sr, format=kind, subtype=subtype)
    return file.getvalue()


def noise(seconds: float, sr: int = 16_000) -> np.ndarray:
    return np.random.default_rng(0).integers(-9000, 9000, int(seconds * sr)).astype(np.int16)


def wav(declared: int, samples: bytes, channels: int = 1, sr: int = 16_000) -> bytes:
    """A WAV whose header claims `declared` bytes of samples."""
    rate, width = 2 * channels * sr & 0xFFFF_FFFF, 2 * channels & 0xFFFF
    form = struct.pack("<HHIIHH", 1, channels, sr, rate, width, 16)
    size = struct.pack("<I", min(declared + 36, 0xFFFF_FFFF))
    data = b"data" + struct.pack("<I", declared)
    return b"RIFF" + size + b"WAVEfmt " + struct.pack("<I", len(form)) + form + data + samples


SPEECHLIKE = noise(1).tobytes()

HOSTILE = {
    "text": b"hello, is there anybody?",
    "html": b"<!doctype html><script>alert(1)</script>",
    "png": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "zip": b"PK\x03\x04" + bytes(5000),
    "zeros": bytes(100_000),
    "a WAV that claims 4 GB and has nothing": wav(0xFFFF_FFFF, b""),
    "a WAV of 65,535 channels": wav(0x4000_0000, SPEECHLIKE, channels=65_535),
    "a WAV at 4 GHz": wav(len(SPEECHLIKE), SPEECHLIKE, sr=0xFFFF_FFFF),
    "a WAV at 0 Hz": wav(len(SPEECHLIKE), SPEECHLIKE, sr=0),
    "a header alone": wav(32_000, b""),
    "a FLAC without its first half": encoded(noise(2), "FLAC")[20_000:],
    "one sample": encoded(np.ones(1, np.int16), "WAV"),
    "less than a frame": encoded(noise(0.01), "WAV"),
    "NaN": encoded(np.full(16_000, np.nan, np.float32), "WAV", subtype="FLOAT"),
    "integers as floats": encoded(noise(1).astype(np.float32), "WAV", subtype="FLOAT"),
}


IMPERFECT = {
    "a WAV that claims 1 GB": (
        wav(0x4000_0000, SPEECHLIKE),
        "declares 1073741824 bytes",
    ),
    "half a FLAC": (encoded(noise(2), "FLAC")[:20_000], "samples, 8192 are there and were read"),
    "half an Ogg": (encoded(noise(3), "OGG")[:-100], "cut short inside an Ogg page"),
    "silence": (encoded(np.zeros(16_000, np.int16), "WAV"), "silent, every sample is 0"),
}


@pytest.mark.parametrize(("content", "warning"), IMPERFECT.values(), ids=IMPERFECT)
def test_recordings_that_are_read_with_a_warning(
    client: httpx.Client, content: bytes, warning: str
) -> None:
    response = post(client, content)
    assert response.status_code == 200
    (sentence,) = response.json()["warnings"]
    assert sentence.startswith("recording: ")
    assert warning in sentence


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_hostile_recordings(client: httpx.Client, content: bytes) -> None:
    status, sentence = refusal(post(client, content))
    assert (status, sentence.startswith("recording: ")) == (422, True)
    assert refusal(client.post("/api/predict", files={"file": ("a.wav", content)}))[0] == 422


@settings(max_examples=30)
@given(
    start=st.sampled_from([b"", b"RIFF", b"fLaC", b"OggS", b"ID3\x04", b"FORM", b"\xff\xfb"]),
    rest=st.binary(min_size=1, max_size=3000),
)
def test_random_bytes(server: httpx.Client, start: bytes, rest: bytes) -> None:
    response = post(server, start + rest)
    assert response.status_code == 200 or refusal(response)[0] == 422


@settings(max_examples=30)
@given(kind=st.sampled_from(["FLAC", "OGG", "WAV", "MP3"]), data=st.data())
def test_recordings_with_damaged_bytes(
    server: httpx.Client, kind: str, data: st.DataObject
) -> None:
    content = bytearray(encoded(noise(1), kind))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    response = post(server, bytes(content))
    assert response.status_code == 200 or refusal(response)[0] in {413, 422}


def test_a_wav_from_a_pipe_declares_4_gb_and_is_read(
    client: httpx.Client, model: Path, tmp_path: Path
) -> None:
    path = tmp_path / "piped.wav"
    path.write_bytes(wav(0xFFFF_FFFF, SPEECHLIKE))
    expected = predict([path], load_model(model))["results"][0]
    assert post(client, path.read_bytes()).json()["probabilities"] == expected["probabilities"]


@pytest.mark.parametrize("kind", ["FLAC", "OGG"])
@pytest.mark.parametrize("lies", [False, True])
def test_bombs(client: httpx.Client, kind: str, lies: bool) -> None:
    """Five minutes in some ten thousand bytes, by the header's own account or not."""
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 8000, 1, format=kind) as writer:
        for _ in range(5):
            writer.write(np.zeros(60 * 8000, np.int16))
    content = bytearray(file.getvalue())
    assert len(content) < 1_000_000
    if lies and kind == "FLAC":
        content[21:26] = bytes([content[21] & 0xF0, 0, 0, 0x1F, 0x40])  # says 1 s
    elif lies:
        last = content.rindex(b"OggS")
        content[last + 6 : last + 14] = struct.pack("<q", 8000)
    status, sentence = refusal(post(client, bytes(content)))
    assert (status, "longer than the 20 s" in sentence) == (413, True)
    assert "cannot be decoded and recognized within" not in sentence  # no limit had to end it


@pytest.mark.parametrize(
    ("headers", "body", "problem"),
    [
        ({}, b"", "empty, 0 bytes"),
        ({"Content-Type": "multipart/form-data"}, b"x", "Missing boundary"),
        ({"Content-Type": "multipart/form-data; boundary=b"}, b"nonsense", "Invalid multipart"),
        (
            {"Content-Type": "multipart/form-data; boundary=b"},
            b"--b--\r\n",
            'no file called "file"',
        ),
    ],
)
def test_requests_without_a_recording(
    client: httpx.Client, headers: dict[str, str], body: bytes, problem: str
) -> None:
    status, sentence = refusal(post(client, body, headers=headers))
    assert (status, problem in sentence) == (400, True), sentence


def test_forms_that_are_not_what_is_asked_for(client: httpx.Client, speech: bytes) -> None:
    for files in ({"audio": speech}, {"file": speech, "more": speech}, {"file": b""}):
        assert refusal(client.post("/api/predict", files=files))[0] == 400
    assert refusal(client.post("/api/predict", files={"a": b""}, data={"file": "text"}))[0] == 400


def test_names_are_the_last_part_of_a_path_and_one_line(
    client: httpx.Client, speech: bytes
) -> None:
    for name, path in {
        "../../etc/passwd": "passwd",
        "C:\\voices\\mine.wav": "mine.wav",
        "x" * 300: "x" * 100,
        "né ü.wav": "né ü.wav",
        "/": "recording",
    }.items():
        response = client.post("/api/predict", files={"file": (name, speech)})
        assert response.json()["path"] == path
    part = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a\x1b[31mb\x07.wav"\r\n\r\n'
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    response = post(client, part + speech + b"\r\n--b--\r\n", headers=headers)
    assert response.json()["path"] == "a[31mb.wav"


def connected(client: httpx.Client) -> socket.socket:
    return socket.create_connection((client.base_url.host, client.base_url.port), timeout=120)


def head(client: httpx.Client, *more: str) -> bytes:
    address = f"{client.base_url.host}:{client.base_url.port}"
    return "\r\n".join(["POST /api/predict HTTP/1.1", f"Host: {address}", *more, "", ""]).encode()


def response_to(connection: socket.socket) -> bytes:
    received = b""
    while piece := connection.recv(65_536):
        received += piece
        if b'"}' in received:
            break
    return received


def test_bodies_beyond_the_limit(client: httpx.Client) -> None:
    """By what they declare, by what they send without declaring it, and with the response read."""
    large = noise(100).tobytes()[:3_000_000]
    for content in (large, iter([large])):  # the iterator is sent in chunks
        status, sentence = refusal(client.post("/api/predict", content=content))
        assert (status, "more than the 2 MB" in sentence) == (413, True)
    with connected(client) as connection:
        connection.sendall(head(client, "Content-Length: 99999999999"))
        assert b" 413 " in response_to(connection)
    assert refusal(client.post("/api/predict", files={"file": large}))[0] == 413


def test_a_client_that_expects_100_continue_need_not_send(client: httpx.Client) -> None:
    with connected(client) as connection:
        connection.sendall(head(client, "Content-Length: 3000000", "Expect: 100-continue"))
        assert response_to(connection).startswith(b"HTTP/1.1 413 ")


def test_a_content_length_that_is_too_small(client: httpx.Client, speech: bytes) -> None:
    with connected(client) as connection:
        connection.sendall(head(client, "Content-Length: 100") + speech)
        assert b" 422 " in response_to(connection)


def test_a_client_that_goes_away(client: httpx.Client) -> None:
    for _ in range(5):
        with connected(client) as connection:
            connection.sendall(head(client, "Content-Length: 100000") + b"RIFF")


def test_a_slow_client_is_refused_and_others_have_to_wait(model: Path, speech: bytes) -> None:
    with serving(model, limits={"requests": 1, "timeout_s": 8}) as client:
        with connected(client) as connection:
            connection.sendall(head(client, "Content-Length: 100000", "Expect: 100-continue"))
            assert connection.recv(65_536).startswith(b"HTTP/1.1 100 ")  # it has its place
            connection.sendall(b"RIFF")
            busy = post(client, speech)
            assert refusal(busy)[0] == 503
            assert int(busy.headers["retry-after"]) >= 1
            assert client.get("/api/health").status_code == 200
            assert b" 408 " in response_to(connection)
        assert insist(client, speech).status_code == 200


def test_a_recording_that_takes_too_long_costs_its_worker(model: Path, speech: bytes) -> None:
    hours = encoded(np.tile(noise(1) // 2000, 3200), "FLAC")
    assert len(hours) < 25_000_000
    with serving(model, limits={"timeout_s": 4, "recording_s": 9999}) as client:
        for _ in range(10):
            status, sentence = refusal(post(client, hours))
            if status != 408:  # on a machine so busy that it did not even arrive
                break
        assert (status, "recognized within 4 s" in sentence) == (422, True)
        for _ in range(60):
            response = post(client, speech)
            if response.status_code == 200:
                break
            assert refusal(response)[0] in {422, 503}  # on a machine under load
        assert response.json()["model"] == MODEL


def test_a_recording_that_takes_too_much_memory_costs_its_worker(
    model: Path, speech: bytes
) -> None:
    limits = {"memory_bytes": 16 << 20, "body_bytes": 50_000_000}
    with serving(model, limits=limits) as client:
        assert post(client, speech).status_code == 200
        status, sentence = refusal(post(client, wav(40_000_000, bytes(40_000_000))))
        assert (status, "16 MB" in sentence) == (422, True)
        assert post(client, speech).status_code == 200


def test_a_worker_that_is_gone_is_replaced(model: Path, speech: bytes) -> None:
    async def recognize() -> None:
        pool = Pool(model, Limits(workers=2))
        await pool.start()
        try:
            assert pool.n_alive == 2
            for one in pool._workers:
                os.kill(one._process.pid, signal.SIGKILL)
                one._process.join()
            assert pool.n_alive == 0
            both = await asyncio.gather(*(pool.recognize(name, speech) for name in "ab"))
            assert [document["path"] for document in both] == ["a", "b"]
            assert pool.n_alive == 2
            with pytest.raises(RefusedError, match="c: not a recording"):
                await pool.recognize("c", b"nothing")
        finally:
            await pool.close()
        assert pool.n_alive == 0

    asyncio.run(recognize())


def test_a_client_that_goes_away_leaves_no_response_to_others(model: Path, speech: bytes) -> None:
    async def recognize() -> None:
        pool = Pool(model, Limits(workers=1))
        await pool.start()
        try:
            gone = asyncio.create_task(pool.recognize("gone", speech))
            await asyncio.sleep(0.001)
            gone.cancel()
            assert (await pool.recognize("mine", speech))["path"] == "mine"
        finally:
            await pool.close()

    asyncio.run(recognize())


LIMITED = """
import resource, sys
from audio_emotion.server import worker
worker.confine(64 << 20)
bytes(32 << 20)
try:
    bytes(128 << 20)
except MemoryError:
    print("no memory")
try:
    with open(sys.argv[1], "wb") as file:
        file.write(b"x")
except OSError as error:
    print(error.strerror)
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
sys.stdout.flush()
worker.allow_time(0.5)
while True:
    pass
"""


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux only")
def test_a_worker_can_neither_grow_nor_write_nor_go_on(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LIMITED, tmp_path / "file"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout.split("\n")[:2] == ["no memory", "File too large"], done.stderr
    assert done.returncode == -signal.SIGXCPU


def test_nothing_is_written_to_a_disk(
    client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forms of any size stay in memory: opening a file on a disk fails."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file on a disk")

    for name in ("TemporaryFile", "NamedTemporaryFile", "mkstemp", "_TemporaryFileWrapper"):
        monkeypatch.setattr(f"tempfile.{name}", refuse)
    content = encoded(noise(19, 44_100), "WAV", 44_100)
    assert len(content) > 1_500_000
    response = client.post("/api/predict", files={"file": content})
    assert response.status_code == 200
    assert not list(tmp_path.iterdir())
