"""Runs tests/helpers/net_probe.c: the network's C outside of Python, compiled in any way."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

import native

SOURCES = ("net", "net_file", "conv", "dot", "peak", "pooling", "adapt", "emotion")
SOURCES += ("maths", "tables")
SANITIZE = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")

ACCEPTED = "0 "


def open_all(
    files: Sequence[bytes],
    folder: Path,
    compiler: str = "gcc",
    flags: tuple[str, ...] = SANITIZE,
) -> list[str]:
    """What the core says of each file: its status, and the answer of those that it accepts."""
    sources = [Path(__file__).with_suffix(".c"), *(native.CORE / f"{name}.c" for name in SOURCES)]
    command = [compiler, *native.FLAGS, *flags, f"-I{native.CORE}"]
    program = native.build(command, sources, "")
    records = folder / "networks"
    records.write_bytes(b"".join(struct.pack("<I", len(file)) + file for file in files))
    done = subprocess.run([program, records], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(files)
    return lines
