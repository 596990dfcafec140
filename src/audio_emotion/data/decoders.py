"""Decoders of recordings: libsndfile, and FFmpeg for what phones and browsers record."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final, Protocol

import numpy as np
import numpy.typing as npt
import soundfile

from audio_emotion.data.containers import Kind, Part, View, size_of
from audio_emotion.errors import AudioError
from audio_emotion.extras import installation

Floats = npt.NDArray[np.float32]

# 128 KB of float32 at a time, however long the recording and however many channels it has.
BLOCK_VALUES: Final = 2**15

CONVERT: Final = "Convert it first, for example with: ffmpeg -i INPUT output.wav"

_READABLE: Final = (
    "wav, flac, ogg, opus, mp3 and aiff can, and with the package av also m4a, webm and video"
)


class DecodingError(Exception):
    """The decoder fails inside a recording.

    Parameters
    ----------
    at_end : bool
        In its last packet, which is cut short.
    """

    def __init__(self, at_end: bool = False) -> None:
        super().__init__()
        self.at_end = at_end


class Decoder(Protocol):
    """One part of a recording that is being decoded."""

    rate: int
    """Hz."""
    channels: int
    n_declared: int
    """Samples of each channel by the header; 0 where it does not say."""

    def blocks(self) -> Iterator[Floats]:
        """Yield samples of shape (n, channels) from the beginning, full scale 1.0.

        float32 carries 24 bits: 16-bit samples pass through it exactly.

        Raises
        ------
        DecodingError
            The rest cannot be decoded.
        """


@contextmanager
def decoder(
    file: BinaryIO, part: Part, kind: Kind | None, name: str, *, is_cut: bool = False
) -> Iterator[Decoder]:
    """Open a part of a file.

    Parameters
    ----------
    file : binary file
        Seekable.
    part : Part
    kind : str or None
        As `containers.kind_of` gives it.
    name : str
        Of the recording, for errors.
    is_cut : bool
        As `containers.Layout` has it.

    Raises
    ------
    AudioError
        No decoder can read it, or the one that can is not installed.
    """
    if kind == "av":
        with _of_ffmpeg(file, part, name, is_cut) as found:
            yield found
        return
    whole = part == Part(0, size_of(file)) and os.name != "nt"
    descriptor = _descriptor(file) if whole else None
    source: Any = View(file, part) if descriptor is None else descriptor
    if descriptor is not None:
        os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        recording = soundfile.SoundFile(source, closefd=False)
    # A TypeError asks for the sample rate of headerless data.
    except (soundfile.LibsndfileError, TypeError) as error:
        if (
            kind in ("ogg", "chunks") and not is_cut
        ):  # Speex, or a codec in a WAV: FFmpeg may know it
            with _of_ffmpeg(file, part, name, is_cut) as found:
                yield found
            return
        raise _unreadable(name, is_cut) from error
    with recording:
        yield _Sndfile(recording)


def _descriptor(file: BinaryIO) -> int | None:
    try:
        return file.fileno()
    except (OSError, AttributeError):  # in memory
        return None


def _unreadable(name: str, is_cut: bool = False) -> AudioError:
    if is_cut:
        return AudioError(f"{name}: cut short, nothing of it can be decoded. Copy it again.")
    return AudioError(f"{name}: not a recording that can be read; {_READABLE}. {CONVERT}")


class _Sndfile:
    """Decoder of libsndfile."""

    def __init__(self, recording: soundfile.SoundFile) -> None:
        self._recording = recording
        self.rate: int = recording.samplerate
        self.channels: int = recording.channels
        self.n_declared: int = recording.frames
        self._began = False

    def blocks(self) -> Iterator[Floats]:
        length = max(1, BLOCK_VALUES // self.channels)
        try:
            if self._began:
                self._recording.seek(0)
            self._began = True
            while len(block := self._recording.read(length, dtype="float32", always_2d=True)):
                yield block
        except soundfile.LibsndfileError as error:
            raise DecodingError from error


@contextmanager
def _of_ffmpeg(file: BinaryIO, part: Part, name: str, is_cut: bool) -> Iterator[Decoder]:
    try:
        import av  # noqa: PLC0415  (optional)
    except ImportError as error:
        raise AudioError(
            f"{name}: needs the package av to be read, which is not installed. Install it with: "
            f"{installation('formats')} . {CONVERT}"
        ) from error
    try:
        container = av.open(io.BufferedReader(View(file, part)), "r", metadata_errors="replace")
    except (av.FFmpegError, ValueError) as error:
        raise _unreadable(name, is_cut) from error
    with container:
        if not container.streams.audio:
            raise AudioError(f"{name}: has no sound. Give a recording with an audio track.")
        if container.streams.audio[0].codec_context is None:  # a codec that it does not know
            raise _unreadable(name, is_cut)
        yield _Ffmpeg(container)


class _Ffmpeg:
    """Decoder of FFmpeg, by PyAV: the first audio track of a file."""

    def __init__(self, container: Any) -> None:
        self._container = container
        self._stream = stream = container.streams.audio[0]
        stream.thread_count = (
            1  # workers have little memory, and recordings are decoded in parallel
        )
        self.rate: int = stream.rate or 0
        self.channels: int = stream.channels or 0
        seconds = float(stream.duration * stream.time_base) if stream.duration else 0.0
        self.n_declared = round((seconds or (container.duration or 0) / 1e6) * self.rate)
        self._began = False

    def blocks(self) -> Iterator[Floats]:
        import av  # noqa: PLC0415

        if self._began:
            self._container.seek(0)
        self._began = True
        resampler = av.AudioResampler("flt", self._stream.layout, self.rate)
        failed: Exception | None = None
        try:
            for packet in self._container.demux(self._stream):
                try:
                    frames = packet.decode()
                except av.InvalidDataError as error:
                    failed = error
                    continue
                if frames and failed:
                    raise DecodingError from failed
                for frame in frames:
                    yield from self._samples(resampler.resample(frame))
            yield from self._samples(resampler.resample(None))
        except (av.FFmpegError, ValueError) as error:
            raise DecodingError from error
        if failed:
            raise DecodingError(at_end=True) from failed

    def _samples(self, frames: list[Any]) -> Iterator[Floats]:
        for frame in frames:
            if frame.samples:
                yield frame.to_ndarray().reshape(-1, self.channels)
