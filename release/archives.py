"""Archives that come out the same, byte for byte, wherever and whenever they are made."""

from __future__ import annotations

import gzip
import io
import tarfile
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_OLDEST: Final = 315532800  # 1980-01-01: a zip archive knows no earlier day


def write_zip(path: Path, files: Mapping[str, bytes], timestamp: int) -> None:
    """Write files into a zip archive, in the order given, all of them as old as `timestamp`."""
    day = time.gmtime(max(timestamp, _OLDEST))[:6]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, day)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, which says what the permissions below mean
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)


def write_tar(path: Path, files: Mapping[str, bytes], timestamp: int) -> None:
    """Write files into a tar.gz archive, sorted, all of them as old as `timestamp`."""
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=timestamp) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(content), timestamp, 0o644
            archive.addfile(entry, io.BytesIO(content))


def read_tar(path: Path) -> dict[str, bytes]:
    """Read the files of a tar archive, by name."""
    with tarfile.open(path) as archive:
        members = [member for member in archive if member.isfile()]
        return {member.name: _content(archive, member) for member in members}


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None  # it is a file
    return file.read()


def read_folder(folder: Path) -> dict[str, bytes]:
    """Read the files of a folder, by name, sorted."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
