"""Zip archives as something that a fuzzer can change: their members one after the other.

A single changed byte of a zip is found by its checksum, so that nothing behind would be tried.
"""

from __future__ import annotations

import io
import struct
import zipfile


def pack(archive: bytes) -> bytes:
    """Names and contents of an archive's members, each with its length before it."""
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        members = [(name.encode(), source.read(name)) for name in source.namelist()]
    return b"".join(
        struct.pack("<BI", len(name), len(content)) + name + content for name, content in members
    )


def unpack(packed: bytes) -> bytes:
    """Make an archive of whatever the lengths say; names may come twice, or be no names."""
    buffer = io.BytesIO()
    position = 0
    with zipfile.ZipFile(buffer, "w") as archive:
        while position + 5 <= len(packed):
            n_name, n_content = struct.unpack_from("<BI", packed, position)
            position += 5
            name = packed[position : position + n_name].decode(errors="replace")
            position += n_name
            content = packed[position : position + n_content]
            position += n_content
            archive.writestr(zipfile.ZipInfo(name.replace("\0", "_") or "_"), content)
    return buffer.getvalue()
