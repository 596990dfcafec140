"""Reading of recordings of any kind as 16 kHz mono 16-bit samples, the input of the core.

Level is kept
    Samples are neither normalised nor compressed. Loudness is part of the emotion (`rms` is a
    feature), the device gets whatever level its microphone has, and a gain that depends on the
    whole recording cannot be known while it is still streaming in.
Channels are averaged
    So a mono recording stored as stereo keeps its level, and no sum can clip. Channels that are
    dead, or would cancel each other, are left out: see `channels`.
Out of range clips
    Full scale is 1.0 = 32768 steps; +1.0 becomes 32767 and never wraps round.
Nothing changes without need
    A 16 kHz mono 16-bit recording comes out bit for bit as it was stored.
What is there is read
    Headers that declare another length than what follows them are a warning: see `containers`.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import soxr

from audio_emotion.data import channels, containers
from audio_emotion.data.decoders import Decoder, DecodingError, Floats, decoder
from audio_emotion.data.level import Level
from audio_emotion.engine.features import SAMPLE_RATE, Samples
from audio_emotion.errors import AudioError, AudioWarning, reason_of

Source = str | os.PathLike[str] | BinaryIO
Warn = Callable[[str], None]

# Telephone archives go down to 4 kHz, ultrasonic recorders up to 768 kHz; anything beyond is a
# broken header, which would otherwise ask for gigabytes of resampled audio.
LOWEST_RATE: Final = 4_000
HIGHEST_RATE: Final = 768_000

# Float recordings may overshoot 1.0 a little; integers stored as floats overshoot it by thousands.
HIGHEST_PEAK: Final = 16.0


def warn(sentence: str) -> None:
    """Issue an `AudioWarning`: what is done with warnings where nothing else is asked for."""
    warnings.warn(sentence, AudioWarning, stacklevel=2)


def ignore(sentence: str) -> None:
    """Ignore a warning, where the recording was looked at before."""


def read(source: Source, on_warning: Warn = warn, *, allow_silence: bool = True) -> Samples:
    """Read a whole recording.

    Parameters
    ----------
    source : path or binary file
        wav, flac, ogg, opus, mp3, aiff, m4a, webm, ...; any sample rate from 4 to 768 kHz, any
        number of channels, any sample width. Its content decides, not its name.
    on_warning : callable
        Receives a sentence about what is wrong with a recording that is read all the same.
    allow_silence : bool
        Whether a silent recording is read.

    Returns
    -------
    int16 array of shape (n_samples,)
        Mono at `SAMPLE_RATE` Hz, 2 bytes a sample (115 MB an hour); see `blocks` for less.

    Raises
    ------
    AudioError
        No such file, not a recording, empty, not finite, out of all range, not to be decoded to
        its end, or silent where that is not asked for.
    """
    return np.concatenate(list(blocks(source, on_warning, allow_silence=allow_silence)))


def blocks(
    source: Source, on_warning: Warn = warn, *, allow_silence: bool = True
) -> Iterator[Samples]:
    """Read a recording piece by piece in fixed memory: the pieces joined are what `read` returns.

    Parameters
    ----------
    source, on_warning, allow_silence
        As for `read`.

    Yields
    ------
    int16 array of shape (n,)
        The next samples, mono at `SAMPLE_RATE` Hz; n > 0, at most a few hundred thousand.

    Raises
    ------
    AudioError
        As for `read`. What can only be known at the end (silent, not to be decoded) is raised
        there.
    """
    name = name_of(source)
    say = _once(name, on_warning)
    level = Level()
    n_samples = 0
    with _opened(source, name) as file:
        for rate, signal in _parts(file, name, say):
            for samples in resample_blocks(level.watch(signal), rate):
                n_samples += len(samples)
                yield samples
    if not level.n_samples:
        raise AudioError(f"{name}: holds no samples that can be decoded. Record or copy it again.")
    if not n_samples:
        raise AudioError(f"{name}: shorter than one sample at {SAMPLE_RATE} Hz. Record it again.")
    if reason := level.problem():
        if level.silent and not allow_silence:
            raise AudioError(f"{name}: {reason}.")
        say(reason)


def resample_blocks(signal: Iterator[Floats], rate: int) -> Iterator[Samples]:
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
    resampler = Resampler(rate)
    for block in signal:
        if len(samples := quantized(resampler.process(block))):
            yield samples
    if len(samples := quantized(resampler.finish())):
        yield samples


class Resampler:
    """Resampler to `SAMPLE_RATE` of a signal that comes in blocks.

    Parameters
    ----------
    rate : int
        Of the signal, Hz.
    """

    def __init__(self, rate: int) -> None:
        self._stream = None
        if rate != SAMPLE_RATE:
            self._stream = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")

    def process(self, block: Floats) -> Floats:
        """Return what is complete with a block; both of shape (n,)."""
        return block if self._stream is None else np.asarray(self._stream.resample_chunk(block))

    def finish(self) -> Floats:
        """Return the rest."""
        empty = np.empty(0, np.float32)
        if self._stream is None:
            return empty
        return np.asarray(self._stream.resample_chunk(empty, last=True))


def quantized(signal: Floats) -> Samples:
    """Return a signal, full scale 1.0, as 16-bit samples: rounded, and clipped at full scale."""
    scaled = signal * np.float32(32768)
    np.rint(scaled, out=scaled)
    samples: Samples = np.clip(scaled, -32768, 32767, out=scaled).astype(np.int16)
    return samples


def declared_s(source: Source, on_warning: Warn = ignore) -> float:
    """Return the length of a recording in seconds by its header, which is compared with its bytes.

    Parameters
    ----------
    source, on_warning
        As for `read`; what only shows when it is decoded is not received.

    Raises
    ------
    AudioError
        Not a recording that can be read.
    """
    name, seconds = name_of(source), 0.0
    with _opened(source, name) as file:
        for one in _decoders(file, name, _once(name, on_warning)):
            seconds += one.n_declared / one.rate
    return seconds


def _once(name: str, on_warning: Warn) -> Warn:
    """Return a callback that passes each reason on as a sentence, once."""
    said: set[str] = set()

    def say(reason: str) -> None:
        if reason not in said:
            said.add(reason)
            on_warning(f"{name}: {reason}.")

    return say


def name_of(source: Source) -> str:
    """Return the name of a recording for errors and warnings."""
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "audio data"


@contextmanager
def _opened(source: Source, name: str) -> Iterator[BinaryIO]:
    """Open a recording by its descriptor: decoders would look for files beside its path."""
    if not isinstance(source, str | os.PathLike):  # decoders look at the end before they begin
        yield source if source.seekable() else io.BytesIO(source.read())
        return
    path = Path(source)
    _check_file(path, name)
    with path.open("rb") as file:
        yield file


def _check_file(path: Path, name: str) -> None:
    try:
        if path.is_dir():
            raise AudioError(f"{name}: a folder, not a recording. Name the files in it.")
        if not path.exists():
            raise AudioError(f"{name}: no such file.")
    except OSError as error:  # its folder may not be entered, or the name is too long for one
        raise AudioError(f"{name}: cannot be read ({reason_of(error)}). Check its path.") from error
    if not path.is_file() or not os.access(path, os.R_OK):
        raise AudioError(f"{name}: not a file that may be read. Check its type and permissions.")
    if path.stat().st_size == 0:
        raise AudioError(f"{name}: empty, 0 bytes. Record or copy it again.")


def _decoders(file: BinaryIO, name: str, say: Warn) -> Iterator[Decoder]:
    """Open the parts of a file one after the other."""
    kind = containers.kind_of(file)
    layout = containers.layout(file, kind)
    for reason in layout.warnings:
        say(reason)
    for part in layout.parts:
        with decoder(file, part, kind, name, is_cut=layout.is_cut) as opened:
            if not LOWEST_RATE <= opened.rate <= HIGHEST_RATE:
                raise AudioError(
                    f"{name}: sample rate of {opened.rate} Hz is outside {LOWEST_RATE} to "
                    f"{HIGHEST_RATE} Hz. Correct its header or record at {SAMPLE_RATE} Hz."
                )
            yield opened


def _parts(file: BinaryIO, name: str, say: Warn) -> Iterator[tuple[int, Iterator[Floats]]]:
    """Yield rate and signal, full scale 1.0, of each part of a file."""
    for opened in _decoders(file, name, say):
        decode = partial(_decoded, opened, name, say)
        yield opened.rate, channels.mono(decode, opened.channels, say)


def _decoded(opened: Decoder, name: str, say: Warn) -> Iterator[Floats]:
    n_decoded = 0
    try:
        for block in opened.blocks():
            n_decoded += len(block)
            _check_values(block, name)
            yield block
    except DecodingError as error:
        if error.at_end and n_decoded:
            say("cut short inside its last packet; what is before it was read")
            return
        raise AudioError(
            f"{name}: damaged, it cannot be decoded after {n_decoded / opened.rate:.1f} s. Copy it "
            "again, or keep what is there with: ffmpeg -i INPUT output.wav"
        ) from error
    # The length of an mp3 is an estimate: trust it to 2 % and two of its frames.
    if n_decoded < 0.98 * opened.n_declared - 2 * 1152:
        declared_s, present_s = opened.n_declared / opened.rate, n_decoded / opened.rate
        say(f"its header declares {declared_s:.1f} s, {present_s:.1f} s are there and were read")


def _check_values(signal: Floats, name: str) -> None:
    peak = float(np.abs(signal).max())
    if not np.isfinite(peak):
        raise AudioError(f"{name}: contains NaN or infinite samples. Export it again.")
    if peak > HIGHEST_PEAK:
        raise AudioError(
            f"{name}: float samples reach {peak:.6g}, full scale is 1.0. "
            "Divide integer values by 32768 before you store them as floats."
        )
