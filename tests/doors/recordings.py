"""Recordings that doors got wrong, each made by code: what they are and what is to be said of them.

Every one carries the same second of a voiced sound, `VOICE`, once or more.
"""

from __future__ import annotations

import io
import struct
from typing import NamedTuple

import av
import numpy as np
import soundfile

from audio_emotion.data.containers import mpeg

SR = 16_000


class Door(NamedTuple):
    """An input, how many seconds of it are heard, and what is said."""

    content: bytes
    seconds: float | None
    """None: it is refused."""
    says: str = ""
    """Part of the warning, or of the refusal; "" is no warning."""


def voice(rate: int = SR, peak: float = 0.3) -> np.ndarray:
    at = np.arange(rate) / rate
    swell = 0.2 + np.sin(3 * at) ** 2
    tones = sum(np.sin(2 * np.pi * 140 * n * at + n) / n for n in range(1, 12))
    return peak * swell * tones / np.abs(swell * tones).max()


VOICE = voice()


def encoded(signal: np.ndarray, kind: str, subtype: str | None = None, rate: int = SR) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, signal, rate, format=kind, subtype=subtype)
    return file.getvalue()


def of_ffmpeg(
    kind: str, codec: str, rate: int, *, video: bool = False, sound: bool = True
) -> bytes:
    """A recording in a container of FFmpeg's, mono."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        pictures = container.add_stream("mpeg4", rate=10) if video else None
        if sound:
            track = container.add_stream(codec, rate=rate, layout="mono")
            if codec.startswith("wma"):
                track.bit_rate = 64_000
        if pictures:
            pictures.width = pictures.height = 16
            picture = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
            for packet in [*pictures.encode(picture), *pictures.encode()]:
                container.mux(packet)
        if sound:
            samples = np.rint(32767 * VOICE).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate = SR
            length = track.codec_context.frame_size or None
            resampler = av.AudioResampler(track.format.name, "mono", rate, frame_size=length)
            for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
                for packet in track.encode(piece):
                    container.mux(packet)
    return file.getvalue()


def patched(content: bytes, chunk: bytes, layout: str, value: int, skip: int = 0) -> bytes:
    """A recording whose length, after the name of a chunk, is another."""
    at = content.index(chunk) + len(chunk) + skip
    return content[:at] + struct.pack(layout, value) + content[at + struct.calcsize(layout) :]


def flac_total(content: bytes, total: int) -> bytes:
    fields = int.from_bytes(content[18:26]) >> 36 << 36 | total
    return content[:18] + fields.to_bytes(8) + content[26:]


def without_end_of_stream(content: bytes) -> bytes:
    """An Ogg file whose last page is not marked as such; libogg checks the sum of a page."""
    at = content.rindex(b"OggS")
    page = bytearray(content[at:])
    page[5] &= ~4
    page[22:26] = bytes(4)
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc >> 31 else 0)) & 0xFFFFFFFF
    page[22:26] = crc.to_bytes(4, "little")
    return content[:at] + bytes(page)


def without_xing(content: bytes) -> bytes:
    (run,) = mpeg._runs(io.BytesIO(content), len(content))
    assert run.tag
    return content[run.start + len(run.tag) :]


def of_varying_rate(quiet_s: int) -> bytes:
    """An MP3 that begins with little to say, from which a decoder would guess its length."""
    file = io.BytesIO()
    signal = np.concatenate([np.zeros(quiet_s * SR), VOICE])
    with soundfile.SoundFile(
        file, "w", SR, 1, format="MP3", bitrate_mode="VARIABLE", compression_level=0.5
    ) as writer:
        writer.write(signal)
    return file.getvalue()


def stereo(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    hiss = 1e-3 * np.random.default_rng(0).standard_normal((len(left), 2))
    return np.stack([left, right], axis=1) + hiss


def recordings() -> dict[str, Door]:
    """Every recording by its name."""
    wav, flac = encoded(VOICE, "WAV"), encoded(VOICE, "FLAC")
    vorbis, opus = encoded(VOICE, "OGG", "VORBIS"), encoded(VOICE, "OGG", "OPUS")
    mp3, aiff, au = encoded(VOICE, "MP3"), encoded(VOICE, "AIFF"), encoded(VOICE, "AU")
    caf, w64, rf64 = encoded(VOICE, "CAF"), encoded(VOICE, "W64"), encoded(VOICE, "RF64")
    m4a = of_ffmpeg("mp4", "aac", 44_100)
    mp3_of_cds = encoded(voice(44_100), "MP3", rate=44_100)
    opposite = encoded(stereo(VOICE, -0.9 * VOICE), "WAV")
    webm = of_ffmpeg("webm", "libopus", 48_000)
    several = "2 recordings one after the other"
    declares = "are there and were read"
    quiet_24 = np.rint(VOICE * 2**23).astype(np.int32)  # at the wrong end of 32 bits
    doors = {
        f"two {name}": Door(content * 2, 2.0, several)
        for name, content in {
            **{"wav": wav, "flac": flac, "vorbis.ogg": vorbis, "opus.ogg": opus, "mp3": mp3},
            **{"aiff": aiff, "au": au, "caf": caf, "w64": w64, "rf64": rf64, "m4a": m4a},
            "wma": of_ffmpeg("asf", "wmav2", 44_100),
        }.items()
    }
    doors |= {
        "mp3 of two rates.mp3": Door(mp3 + mp3_of_cds, 2.0, several),
        "two of no declared length.mp3": Door(without_xing(mp3) * 2, 2.0),
        "two webm": Door(webm * 2, 2.0),
        "vorbis then opus.ogg": Door(vorbis + opus, 2.0, several),
        "data 0.wav": Door(patched(wav, b"data", "<I", 0), 1.0, declares),
        "data too small.wav": Door(patched(wav, b"data", "<I", 999), 1.0, declares),
        "data too large.wav": Door(patched(wav, b"data", "<I", 99_999), 1.0, declares),
        "data of a pipe.wav": Door(patched(wav, b"data", "<I", 0xFFFFFFFF), 1.0),
        "data of sox's pipe.wav": Door(patched(wav, b"data", "<I", 0x7FFFF000), 1.0),
        "ds64 of a pipe.rf64": Door(_piped(rf64, -1), 1.0),
        "ds64 0.rf64": Door(_piped(rf64, 0), 1.0, declares),
        "SSND 0.aiff": Door(patched(aiff, b"SSND", ">I", 0), 1.0, declares),
        "COMM 0.aiff": Door(patched(aiff, b"COMM", ">I", 0, 6), 1.0),
        "size 0.au": Door(patched(au, b".snd", ">I", 0, 4), 1.0, declares),
        "size of a pipe.au": Door(patched(au, b".snd", ">I", 0xFFFFFFFF, 4), 1.0),
        "data too small.caf": Door(patched(caf, b"data", ">q", 1004), 1.0, declares),
        "data of a pipe.caf": Door(patched(caf, b"data", ">q", -1), 1.0),
        "data too small.w64": Door(patched(w64, b"data", "<q", 1024, 12), 1.0, declares),
        "total of a pipe.flac": Door(flac_total(flac, 0), 1.0),
        "total too small.flac": Door(flac_total(flac, 5000), 1.0, declares),
        "total too large.flac": Door(flac_total(flac, 50_000), 1.0, declares),
        "no Xing.mp3": Door(without_xing(of_varying_rate(3)), 4.0),
        "never ended.opus": Door(without_end_of_stream(opus), 1.0),
        "never ended.ogg": Door(without_end_of_stream(vorbis), 1.0),
        "wrong name.txt": Door(flac, 1.0),
        "opposite phase.wav": Door(
            opposite,
            1.0,
            "cancel each other, so channel 1 alone",
        ),
        "one dead channel.flac": Door(
            encoded(np.stack([0 * VOICE, VOICE], axis=1), "FLAC"), 1.0, "channel 1 of 2 silent"
        ),
        "centre of six.wav": Door(
            encoded(np.stack([*[0 * VOICE] * 2, VOICE, *[0 * VOICE] * 3], axis=1), "WAV"),
            1.0,
            "channels 1, 2, 4, 5, 6 of 6 silent",
        ),
        "24 bits in 32.wav": Door(encoded(quiet_24, "WAV", "PCM_32"), 1.0, "peak is at -59 dBFS"),
        "silence.wav": Door(encoded(0 * VOICE, "WAV"), 1.0, "silent, every sample is 0"),
        "phone.m4a": Door(m4a, 1.0),
        "browser.webm": Door(webm, 1.0),
        "stream.aac": Door(of_ffmpeg("adts", "aac", 16_000), 1.0),
        "phone.3gp": Door(of_ffmpeg("3gp", "amr_nb", 8_000), 1.0),
        "phone.amr": Door(of_ffmpeg("amr", "amr_nb", 8_000), 1.0),
        "windows.wma": Door(of_ffmpeg("asf", "wmav2", 44_100), 1.0),
        "film.mp4": Door(of_ffmpeg("mp4", "aac", 44_100, video=True), 1.0),
        "film.mkv": Door(of_ffmpeg("matroska", "libmp3lame", 16_000, video=True), 1.0),
        "film.avi": Door(of_ffmpeg("avi", "libmp3lame", 16_000, video=True), 1.0),
        "packed.wv": Door(of_ffmpeg("wv", "wavpack", 16_000), 1.0),
        "layer 2.mp2": Door(of_ffmpeg("mp2", "mp2", 16_000), 1.0),
        "silent film.mp4": Door(
            of_ffmpeg("mp4", "", 0, video=True, sound=False), None, "has no sound"
        ),
        "half.m4a": Door(m4a[: len(m4a) // 2], None, "cut short, nothing of it can be decoded"),
        "half.wav": Door(wav[: len(wav) // 2], 0.5, declares),
        "half.flac": Door(flac[: len(flac) // 2], 0.256, declares),
        "no samples.wav": Door(encoded(VOICE[:0], "WAV"), None, "holds no samples"),
        "unknown codec.wav": Door(
            wav[:20] + b"\x34\x12" + wav[22:], None, "not a recording that can be read"
        ),
        "text.wav": Door(b"hello, is there anybody?", None, "not a recording that can be read"),
        "in the middle.flac": Door(
            flac[: len(flac) // 3] + bytes(50) + flac[len(flac) // 3 + 50 :], None, "damaged, it"
        ),
    }
    return doors


def _piped(rf64: bytes, value: int) -> bytes:
    at = rf64.index(b"ds64") + 8
    return rf64[:at] + struct.pack("<qqq", value, value, value) + rf64[at + 24 :]
