"""Lengths in WAV, RF64, AIFF, W64, CAF and AU: what the header declares, and what is there.

A writer that knows no length in advance (a pipe, a recorder that crashed, 32 bits for more than
4 GB) declares none, zero, the largest or the remainder. Samples are taken as far as they go: to the
next chunk, the next recording or the end of the file.
"""

from __future__ import annotations

import struct
from typing import BinaryIO, Final, NamedTuple

from audio_emotion.data.containers.parts import Layout, Part, find, read_at

# What follows the samples and is no chunk: below this many bytes it is no speech.
_SHORTEST_REST: Final = 1024

_BLOCK_BYTES: Final = 1 << 20

# Programs that write into a pipe declare (nearly) the largest length, as do sox and ffmpeg.
_UNKNOWN: Final = 0x7FFF_0000
_LARGEST: Final = 0xFFFF_FFFF

# Of "fmt " in a WAV; that of ADPCM is 50.
_LONGEST_FORMAT: Final = 4096


class _Form(NamedTuple):
    """Layout of the chunks of a format."""

    magic: bytes
    first: int
    """Offset of the first chunk."""
    name: str
    """Format of a chunk's name and size, as `struct` has it."""
    data: bytes
    """Name of the chunk of samples."""
    align: int = 2
    inclusive: bool = False
    """Sizes count the chunk's own header."""


_GUID: Final = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
_FORMS: Final = (
    _Form(b"RIFF", 12, "<4sI", b"data"),
    _Form(b"RF64", 12, "<4sI", b"data"),
    _Form(b"BW64", 12, "<4sI", b"data"),
    _Form(b"FORM", 12, ">4sI", b"SSND"),
    _Form(b"riff", 40, "<16sq", b"data" + _GUID, align=8, inclusive=True),
    _Form(b"caff", 8, ">4sq", b"data", align=1),
    _Form(b".snd", 4, ">4sI", b""),
    _Form(b"dns.", 4, "<4sI", b""),
)
_WAVE: Final = (b"RIFF", b"RF64", b"BW64")


class _Samples(NamedTuple):
    """Samples of one recording by its header."""

    form: _Form
    begin: int
    """Of the recording."""
    start: int
    declared: int
    field: int
    """Offset of the declared length in the file."""
    format_chunk: bytes = b""
    """WAV only."""


def layout(file: BinaryIO, size: int) -> Layout:
    """Find the recordings of a file whose lengths are declared in chunks."""
    parts: list[Part] = []
    warnings: list[str] = []
    begin = 0
    while begin < size:
        samples = _samples(file, begin, size)
        if samples is None:  # a decoder says what is wrong
            if not parts:
                parts.append(Part(0, size))
            break
        stop, following = _end(file, samples, size)
        present = stop - samples.start
        if samples.form.magic == b"FORM" and present > _LARGEST:
            stop = samples.start + _LARGEST
            warnings.append(
                f"an AIFF holds 4 GB; {present} bytes are there, the first 4 GB were read"
            )
        elif present != samples.declared and not _is_unknown(samples):
            warnings.append(
                f"its header declares {samples.declared} bytes of samples, {present} are there "
                "and were read"
            )
        whole = present == samples.declared and begin == 0 and following >= size
        parts.append(Part(0, size) if whole else _part(file, samples, stop))
        begin = following
    return Layout(parts, warnings)


def _form(file: BinaryIO, begin: int) -> _Form | None:
    first = read_at(file, begin, 4)
    return next((form for form in _FORMS if form.magic == first), None)


def _samples(file: BinaryIO, begin: int, size: int) -> _Samples | None:
    form = _form(file, begin)
    if form is None:
        return None
    if not form.data:  # AU: the offset and the length of the samples
        header = read_at(file, begin + 4, 8).ljust(8, b"\0")
        offset, declared = struct.unpack(f"{form.name[0]}II", header)
        start = begin + offset
        is_valid = offset >= 24 and start <= size
        return _Samples(form, begin, start, declared, begin + 8) if is_valid else None
    length = struct.calcsize(form.name)
    position, long_length, format_chunk = begin + form.first, None, b""
    while position + length <= size:
        name, declared = struct.unpack(form.name, read_at(file, position, length))
        body = position + length
        declared -= length * form.inclusive
        if name == form.data:
            if declared == _LARGEST and long_length is not None:
                declared = long_length
            field = body - struct.calcsize(form.name[0] + form.name[-1])
            return _Samples(form, begin, body, declared, field, format_chunk)
        if declared < 0 or body + declared > size:
            return None
        if name == b"ds64" and declared >= 16:
            long_length = struct.unpack("<q", read_at(file, body + 8, 8))[0]
        elif name == b"fmt ":
            format_chunk = read_at(file, body, min(declared, _LONGEST_FORMAT))
        position = _aligned(body + declared, begin, form)
    return None


def _is_unknown(samples: _Samples) -> bool:
    """Return whether a header declares the length of a pipe."""
    largest = 0 if samples.form.inclusive or samples.form.magic == b"caff" else _UNKNOWN
    return samples.declared < 0 or 0 < largest <= samples.declared <= _LARGEST


def _end(file: BinaryIO, samples: _Samples, size: int) -> tuple[int, int]:
    """Return where the samples end, and where the next recording begins or the file ends."""
    form, stop = samples.form, samples.start + samples.declared
    rest = size - stop
    if rest > _LARGEST and rest % 2**32 < form.align:  # what 32 bits leave of the length
        return size, size
    if samples.declared < 0 or samples.declared == _LARGEST or stop > size:
        return _undeclared_end(file, samples, size)
    after = _aligned(stop, samples.begin, form)
    if _form(file, stop):
        return stop, stop
    position: int | None = after
    while position is not None and position < size:
        if _form(file, position):
            return stop, position
        position, before = _next_chunk(file, position, form, size), position
    if position is None and before == after and not _is_padding(file, stop, size):
        return _undeclared_end(file, samples, size)
    return stop, size


def _undeclared_end(file: BinaryIO, samples: _Samples, size: int) -> tuple[int, int]:
    at = samples.start + 7
    while samples.form.magic in _WAVE and (at := find(file, b"WAVE", at + 1, size)) >= 0:
        if (form := _form(file, at - 8)) and form.magic in _WAVE:
            return at - 8, at - 8
    return size, size


def _next_chunk(file: BinaryIO, position: int, form: _Form, size: int) -> int | None:
    """Return where the chunk at a position ends; None if there is none."""
    length = struct.calcsize(form.name)
    header = read_at(file, position, length)
    if len(header) < length or not form.data:
        return None
    name, declared = struct.unpack(form.name, header)
    end = position + int(declared) + length * (not form.inclusive)
    is_chunk = all(0x20 <= byte < 0x7F for byte in name[:4])
    return _aligned(end, 0, form) if is_chunk and position < end <= size else None


def _is_padding(file: BinaryIO, start: int, stop: int) -> bool:
    """Return whether what follows the declared samples is too short for speech, or all zeros."""
    if stop - start < _SHORTEST_REST:
        return True
    return all(
        not read_at(file, at, min(_BLOCK_BYTES, stop - at)).strip(b"\0")
        for at in range(start, stop, _BLOCK_BYTES)
    )


def _aligned(position: int, begin: int, form: _Form) -> int:
    return position + (begin - position) % form.align


def _part(file: BinaryIO, samples: _Samples, stop: int) -> Part:
    """Return samples behind a header that declares their length."""
    present = stop - samples.start
    if samples.format_chunk:
        return Part(samples.start, stop, _wav_header(samples.format_chunk, present))
    header = bytearray(read_at(file, samples.begin, samples.start - samples.begin))
    form, field = samples.form, samples.field - samples.begin
    length = struct.calcsize(form.name) * form.inclusive + present
    code = form.name[0] + (form.name[-1] if form.data else "I")
    if code.endswith("I"):
        length = min(length, _LARGEST)  # in AU that is up to the end of the file
    header[field : field + struct.calcsize(code)] = struct.pack(code, length)
    return Part(samples.start, stop, bytes(header))


def _wav_header(format_chunk: bytes, n_bytes: int) -> bytes:
    """Return the header of a WAV; of an RF64 where 32 bits cannot hold the length."""
    chunk = struct.pack("<4sI", b"fmt ", len(format_chunk)) + format_chunk
    n_following = n_bytes + len(chunk) + 12
    if n_following <= _LARGEST:
        riff = struct.pack("<4sI4s", b"RIFF", n_following, b"WAVE")
        return riff + chunk + struct.pack("<4sI", b"data", n_bytes)
    riff = struct.pack("<4sI4s", b"RF64", _LARGEST, b"WAVE")
    sizes = struct.pack("<4sIqqqI", b"ds64", 28, n_following + 44, n_bytes, 0, 0)
    return riff + sizes + chunk + struct.pack("<4sI", b"data", _LARGEST)
