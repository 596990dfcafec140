"""A wheel for another system: everything but the compiled modules is the same."""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import archives


def rewrap(
    wheel: Path, out: Path, tags: Sequence[str], modules: Mapping[str, bytes], *, timestamp: int
) -> Path:
    """Write a wheel again with other compiled modules.

    Parameters
    ----------
    wheel : Path
        A wheel of this machine.
    out : Path
        Folder to write to.
    tags : sequence of str
        Platforms that the modules run on, as wheels call them.
    modules : mapping of str to bytes
        Content of the compiled modules by file name.
    timestamp : int
        Age of every file in the wheel, in seconds since 1970.

    Returns
    -------
    Path
        The wheel written.
    """
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    old = [name for name in files if re.search(r"/_core_\w+\.(abi3\.so|pyd)$", name)]
    files = {name: content for name, content in files.items() if name not in old}
    files |= {f"{Path(old[0]).parent}/{name}": content for name, content in modules.items()}

    (record,) = [name for name in files if name.endswith(".dist-info/RECORD")]
    about = record.replace("RECORD", "WHEEL")
    distribution, python, abi = _parts(wheel)
    files[about] = _retagged(files[about].decode(), [f"{python}-{abi}-{tag}" for tag in tags])
    del files[record]
    files = dict(sorted(files.items(), key=lambda item: (".dist-info/" in item[0], item[0])))
    files[record] = _record(files, record)

    path = out / f"{distribution}-{python}-{abi}-{'.'.join(tags)}.whl"
    archives.write_zip(path, files, timestamp)
    return path


def _parts(wheel: Path) -> tuple[str, str, str]:
    """Take a wheel's file name apart: what it distributes, for which Python, with which ABI."""
    distribution, python, abi, _ = wheel.stem.rsplit("-", 3)
    return distribution, python, abi


def _retagged(about: str, tags: Sequence[str]) -> bytes:
    lines = [line for line in about.splitlines() if line and not line.startswith("Tag:")]
    return "\n".join([*lines, *(f"Tag: {tag}" for tag in tags), ""]).encode()


def _record(files: dict[str, bytes], record: str) -> bytes:
    """List every file with its checksum and size, as the wheel's specification wants it."""
    rows = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.append(f"{name},sha256={digest},{len(content)}")
    return "\n".join([*rows, f"{record},,", ""]).encode()
