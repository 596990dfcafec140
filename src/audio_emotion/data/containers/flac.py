"""Length of a FLAC: what its header declares, and what its last frame says."""

from __future__ import annotations

from functools import cache
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from audio_emotion.data.containers.parts import Layout, Part, find, read_at

_MAGIC: Final = b"fLaC"
_STREAMINFO_BYTES: Final = 42  # with the magic number and the header of the block
_TOTAL: Final = (1 << 36) - 1
_TOTAL_AT: Final = slice(18, 26)
# A frame of 65,535 samples of 8 channels of 32 bits is 2 MB; those of speech are a few KB.
_LAST_FRAMES_BYTES: Final = 1 << 17
_ID3V1_BYTES: Final = 128

# Polynomials without their highest bit: RFC 9639, sections 9.1.8 and 9.3.
_CRC8: Final = 0x07
_CRC16: Final = 0x8005

_BLOCK_SIZES: Final = {1: 192, **{n: 576 << (n - 2) for n in range(2, 6)}} | {
    n: 256 << (n - 8) for n in range(8, 16)
}


def layout(file: BinaryIO, size: int) -> Layout:
    """Find the streams of a file, and correct the number of samples that each declares."""
    parts: list[Part] = []
    warnings: list[str] = []
    begin = 0
    while begin < size:
        following = _next_stream(file, begin, size)
        header = read_at(file, begin, min(_STREAMINFO_BYTES, following - begin))
        declared = int.from_bytes(header[_TOTAL_AT]) & _TOTAL
        present, stop = _last_frame(file, header, begin, following)
        if present in (None, declared):
            whole = begin == 0 and following == size
            parts.append(Part(0, size) if whole else Part(begin, following))
        else:
            if declared:  # 0 is the unknown length of a pipe
                warnings.append(
                    f"its header declares {declared} samples, {present} are there and were read"
                )
            corrected = bytearray(header)
            fields = int.from_bytes(header[_TOTAL_AT]) & ~_TOTAL | present
            corrected[_TOTAL_AT] = fields.to_bytes(8)
            parts.append(Part(begin + len(header), stop, bytes(corrected)))
        begin = following
    return Layout(parts, warnings)


def _next_stream(file: BinaryIO, begin: int, size: int) -> int:
    """Return where the next stream begins, or the end of the file."""
    at = begin
    while (at := find(file, _MAGIC, at + 1, size)) >= 0:
        # The first block of metadata is STREAMINFO, of 34 bytes.
        if read_at(file, at + 4, 4) in (b"\x00\x00\x00\x22", b"\x80\x00\x00\x22"):
            return at
    return size


def _last_frame(file: BinaryIO, header: bytes, begin: int, stop: int) -> tuple[int | None, int]:
    """Return the samples up to the last complete frame, and where it ends; None if none is seen.

    A frame begins with a sync code and ends with a CRC, with which the CRC of all its bytes is 0
    and stays so through zeros that follow.
    """
    start = max(begin + len(header), stop - _LAST_FRAMES_BYTES)
    content = read_at(file, start, stop - start)
    if content[-_ID3V1_BYTES:].startswith(b"TAG"):
        content = content[:-_ID3V1_BYTES]
    at = end = len(content)
    while (at := content.rfind(b"\xff", 0, at)) >= 0:
        samples = _samples_at(content[at : at + 16], int.from_bytes(header[8:10]))
        if samples is None or samples > _TOTAL:
            continue
        if _crc16(content[at:end]) == 0:
            return samples, start + end
        end = at  # cut short inside this frame, or no frame at all: look for one before it
    return None, stop


def _samples_at(header: bytes, fixed: int) -> int | None:
    """Return the number of samples up to the end of the frame with this header, if it is one.

    Parameters
    ----------
    header : bytes
        Of a frame, perhaps: RFC 9639, section 9.1.
    fixed : int
        Samples of every frame but the last, where frames and not samples are numbered.
    """
    if len(header) < 7 or header[1] & 0xFE != 0xF8 or header[3] & 1:
        return None
    ones = 8 - (header[4] ^ 0xFF).bit_length()
    at = 5 + max(0, ones - 1)
    if ones in (1, 8) or any(byte & 0xC0 != 0x80 for byte in header[5:at]):
        return None
    number = header[4] & (0x7F >> ones)
    for byte in header[5:at]:
        number = number << 6 | byte & 0x3F
    code = header[2] >> 4
    n_bytes = {6: 1, 7: 2}.get(code, 0)
    block = 1 + int.from_bytes(header[at : at + n_bytes]) if n_bytes else _BLOCK_SIZES.get(code, 0)
    at += n_bytes + {12: 1, 13: 2, 14: 2}.get(header[2] & 15, 0)
    if not block or at >= len(header) or _crc8(header[:at]) != header[at]:
        return None
    return (number if header[1] & 1 else number * fixed) + block


def _crc8(content: bytes) -> int:
    crc = 0
    for byte in content:
        crc = _table()[crc ^ byte]
    return crc


def _crc16(content: bytes) -> int:
    """Return the CRC: the sum without carries of what each bit that is set adds to it."""
    bits = np.unpackbits(np.frombuffer(content, np.uint8))[::-1]
    weights = _crc16_of_bits(1 << len(bits).bit_length())
    return int(np.bitwise_xor.reduce(weights[: len(bits)] * bits))


@cache
def _crc16_of_bits(n_bits: int) -> npt.NDArray[np.uint16]:
    """Return the CRC of a single bit by its distance from the end, which repeats."""
    values: list[int] = []
    value = _CRC16
    while not values or value != values[0]:
        values.append(value)
        value = value << 1 ^ (_CRC16 | 1 << 16 if value >> 15 else 0)
    return np.resize(np.array(values, np.uint16), n_bits)


@cache
def _table() -> list[int]:
    """Return the CRC of eight bits of each byte."""
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc << 1 ^ (_CRC8 | 1 << 8 if crc >> 7 else 0)
        table.append(crc)
    return table
