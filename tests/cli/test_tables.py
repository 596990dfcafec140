"""core/tables.* are what core/generate_tables.py writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import native


def test_regenerating_gives_the_same_bytes(tmp_path: Path) -> None:
    script = native.CORE / "generate_tables.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True)
    for name in ("tables.h", "tables.c"):
        assert (tmp_path / name).read_bytes() == (native.CORE / name).read_bytes()
