"""Reading of recordings of any kind as 16 kHz mono 16-bit samples, the input of the core.

Level is kept
    Samples are neither normalised nor compressed. Loudness is part of the emotion (`rms` is a
    feature), the device gets whatever level its microphone has, and a gain that depends on the
    whole recording cannot be known while it is still streaming in.
Channels are averaged
    So a mono recording stored as stereo keeps its level, and no sum can clip.
Out of range clips
    Full scale is 1.0 = 32768 steps; +1.0 becomes 32767 and never wraps round.
Nothing changes without need
    A 16 kHz mono 16-bit recording comes out bit for bit as it was stored.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.errors import AudioError

Source = str | os.PathLike[str] | BinaryIO

# Telephone archives go down to 4 kHz, ultrasonic recorders up to 768 kHz; anything beyond is a
# broken header, which would otherwise ask for gigabytes of resampled audio.
LOWEST_RATE: Final = 4_000
HIGHEST_RATE: Final = 768_000

# Float recordings may overshoot 1.0 a little; integers stored as floats overshoot it by thousands.
HIGHEST_PEAK: Final = 16.0

# 128 KB of float32 at a time, however long the recording and however many channels it has.
BLOCK_VALUES: Final = 2**15

# Programs that write a WAV into a pipe cannot know its length and declare (nearly) the largest one.
UNKNOWN_LENGTH_BYTES: Final = 0x7FFF_0000

# Some writers count their own header into the length of the data.
HEADER_SLACK_BYTES: Final = 64

_DECLARED_LENGTH = re.compile(r"^ *(?:data|SSND|Data Size) *: (\d+) \(should be (\d+)\)", re.M)


def read(source: Source) -> Samples:
    """Read a whole recording.

    Parameters
    ----------
    source : path or binary file
        wav, flac, ogg, opus, mp3, aiff, ...; any sample rate from 4 to 768 kHz, any number of
        channels, any sample width.

    Returns
    -------
    int16 array of shape (n_samples,)
        Mono at `SAMPLE_RATE` Hz, 2 bytes a sample (115 MB an hour); see `blocks` for less.

    Raises
    ------
    AudioError
        No such file, not a recording, empty, cut short, silent, not finite, or out of all range.
    """
    return np.concatenate(list(blocks(source)))


def blocks(source: Source) -> Iterator[Samples]:
    """Read a recording piece by piece in fixed memory: the pieces joined are what `read` returns.

    Parameters
    ----------
    source : path or binary file
        As for `read`.

    Yields
    ------
    int16 array of shape (n,)
        The next samples, mono at `SAMPLE_RATE` Hz; n > 0, at most a few hundred thousand.

    Raises
    ------
    AudioError
        As for `read`. What can only be known at the end (cut short, silent) is raised there.
    """
    name = _name(source)
    lowest, highest = 32767, -32768
    with _opened(source, name) as recording:
        _check_header(recording, name)
        for samples in resample_blocks(_decoded(recording, name), recording.samplerate):
            lowest = min(lowest, int(samples.min()))
            highest = max(highest, int(samples.max()))
            yield samples
    if highest < lowest:
        raise AudioError(f"{name}: shorter than one sample at {SAMPLE_RATE} Hz. Record it again.")
    # One step of difference is the dither of an empty input, not a voice.
    if highest - lowest <= 1:
        raise AudioError(
            f"{name}: silent, every sample is {lowest}. Check the microphone or the recording."
        )


def resample_blocks(signal: Iterator[npt.NDArray[np.float32]], rate: int) -> Iterator[Samples]:
    """Resample and quantize a signal that comes in blocks to the input of the core.

    Parameters
    ----------
    signal : iterator of float32 arrays of shape (n,)
        Mono, full scale 1.0.
    rate : int
        Of the signal, Hz.

    Yields
    ------
    int16 array of shape (n,)
        At `SAMPLE_RATE` Hz; n > 0.
    """
    for piece in _resampled(signal, rate):
        yield _quantized(piece)


def declared_s(source: Source) -> float:
    """Return the length of a recording in seconds by its header, which is not checked.

    Parameters
    ----------
    source : path or binary file
        As for `read`.

    Raises
    ------
    AudioError
        Not a recording that can be read.
    """
    name = _name(source)
    with _opened(source, name) as recording:
        _check_header(recording, name)
        return float(recording.frames / recording.samplerate)


def _name(source: Source) -> str:
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "audio data"


@contextmanager
def _opened(source: Source, name: str) -> Iterator[soundfile.SoundFile]:
    file: str | bytes | BinaryIO
    if isinstance(source, str | os.PathLike):
        _check_file(Path(source), name)
        # soundfile encodes text as text only, and not every name of a file is text.
        file = os.fspath(source) if os.name == "nt" else os.fsencode(source)
    else:  # libsndfile looks at the end before it begins
        file = source if source.seekable() else io.BytesIO(source.read())
    try:
        recording = soundfile.SoundFile(file)
    # A TypeError asks for the sample rate of headerless (.raw) data.
    except (soundfile.LibsndfileError, TypeError) as error:
        raise AudioError(
            f"{name}: not a recording that can be read; wav, flac, ogg, opus, mp3 and aiff can. "
            "Convert it first, for example with: ffmpeg -i INPUT output.wav"
        ) from error
    with recording:
        yield recording


def _check_file(path: Path, name: str) -> None:
    try:
        if path.is_dir():
            raise AudioError(f"{name}: a folder, not a recording. Name the files in it.")
        if not path.exists():
            raise AudioError(f"{name}: no such file.")
    except OSError as error:  # its folder may not be entered, or the name is too long for one
        raise AudioError(f"{name}: cannot be read ({error.strerror}). Check its path.") from error
    if not path.is_file() or not os.access(path, os.R_OK):
        raise AudioError(f"{name}: not a file that may be read. Check its type and permissions.")
    if path.stat().st_size == 0:
        raise AudioError(f"{name}: empty, 0 bytes. Record or copy it again.")


def _check_header(recording: soundfile.SoundFile, name: str) -> None:
    _check_log(recording, name)
    if recording.frames == 0:
        raise AudioError(f"{name}: holds no samples. Record or copy it again.")
    if not LOWEST_RATE <= recording.samplerate <= HIGHEST_RATE:
        raise AudioError(
            f"{name}: sample rate of {recording.samplerate} Hz is outside {LOWEST_RATE} to "
            f"{HIGHEST_RATE} Hz. Correct its header or record at {SAMPLE_RATE} Hz."
        )


def _check_log(recording: soundfile.SoundFile, name: str) -> None:
    """Find recordings that libsndfile shortened without an error, except in its log."""
    log = recording.extra_info
    for declared, present in ((int(a), int(b)) for a, b in _DECLARED_LENGTH.findall(log)):
        if present + HEADER_SLACK_BYTES < declared < UNKNOWN_LENGTH_BYTES:
            raise _cut_short(name, f"{present} of the {declared} bytes it declares are there")
    if "lacks an end-of-stream bit" in log or "without an End-Of-Stream flag" in log:
        raise _cut_short(name, "its last Ogg page is missing")


def _cut_short(name: str, evidence: str) -> AudioError:
    return AudioError(
        f"{name}: cut short, {evidence}. Copy it again, or keep what is there with: "
        "ffmpeg -i INPUT output.wav"
    )


def _decoded(recording: soundfile.SoundFile, name: str) -> Iterator[npt.NDArray[np.float32]]:
    """Decode mono blocks at the recording's own rate, full scale 1.0.

    float32 carries 24 bits: 16-bit samples pass through it exactly.
    """
    block_length = max(1, BLOCK_VALUES // recording.channels)
    n_decoded = 0
    while True:
        try:
            block = recording.read(block_length, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            at_s = n_decoded / recording.samplerate
            raise _cut_short(name, f"it cannot be decoded after {at_s:.1f} s") from error
        if len(block) == 0:
            break
        n_decoded += len(block)
        mono = block[:, 0] if recording.channels == 1 else block.mean(axis=1)
        _check_values(mono, name)
        yield mono
    _check_log(recording, name)
    # The length of an mp3 is an estimate: trust it to 2 % and two of its frames.
    if n_decoded < 0.98 * recording.frames - 2 * 1152:
        raise _cut_short(name, f"{n_decoded} of {recording.frames} samples are there")


def _check_values(signal: npt.NDArray[np.float32], name: str) -> None:
    peak = float(np.abs(signal).max())
    if not np.isfinite(peak):
        raise AudioError(f"{name}: contains NaN or infinite samples. Export it again.")
    if peak > HIGHEST_PEAK:
        raise AudioError(
            f"{name}: float samples reach {peak:.6g}, full scale is 1.0. "
            "Divide integer values by 32768 before you store them as floats."
        )


def _resampled(
    signal: Iterator[npt.NDArray[np.float32]], rate: int
) -> Iterator[npt.NDArray[np.float32]]:
    if rate == SAMPLE_RATE:
        yield from signal
        return
    stream = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")
    for block in signal:
        resampled = stream.resample_chunk(block)
        if len(resampled):
            yield resampled
    tail = stream.resample_chunk(np.empty(0, np.float32), last=True)
    if len(tail):
        yield tail


def _quantized(signal: npt.NDArray[np.float32]) -> Samples:
    samples: Samples = np.clip(np.rint(signal * 32768.0), -32768, 32767).astype(np.int16)
    return samples
