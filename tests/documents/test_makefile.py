"""The set-up of `make`: whole, or made again."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import REPOSITORY

# In the place of python3 and of what it makes: pip that works, and does nothing.
PYTHON = """#!/bin/sh
case "$*" in
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo made ;;
esac
"""


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_an_interrupted_setup_is_made_again(tmp_path: Path) -> None:
    """Ctrl-C left a .venv without pip, and every later `make demo` failed."""
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    for name in ("pyproject.toml", "setup.py"):
        (tmp_path / name).touch()
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)

    def make() -> str:
        command = ["make", "-C", str(tmp_path), ".venv/installed", f"PYTHON={python}"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    made, broken = "made", ".venv is broken, perhaps interrupted: it is made again"
    first = make().splitlines()
    assert made in first
    assert broken not in first
    (tmp_path / ".venv" / "installed").unlink()
    assert made not in make().splitlines()  # it is whole
    (tmp_path / ".venv" / "installed").unlink()
    without_pip = tmp_path / ".venv" / "bin" / "python"
    without_pip.write_text("#!/bin/sh\nexit 1\n")
    again = make().splitlines()
    assert made in again
    assert broken in again


def test_the_site_is_built_without_pytorch(tmp_path: Path) -> None:
    """It takes minutes to download, and no page needs it."""
    command = ["make", "--dry-run", f"VENV={tmp_path}/venv", "docs"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    installed = re.findall(r"pip install .*", done.stdout)
    assert any(".[docs]" in line for line in installed)
    assert not any("torch" in line or "train" in line or "dev" in line for line in installed)
