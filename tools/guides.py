"""Run the commands of the guides and write below each what it prints.

    .venv/bin/python -m tools.guides

A page's blocks of `sh` and `python` run one after the other in a folder that has the
repository's recordings, models and core; a block of `text` below one holds its output.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tools.measurements import ROOT

GUIDES: Final = tuple(
    ROOT / "docs" / f"{name}.md"
    for name in ("index", "embedded", "listening", "research", "students", "terminal")
)
LONGEST: Final = 14  # lines of an output that are shown; of more, the first and the last

_OWN: Final = ("cc ", "make", "mkdir ", "../build/")  # what make does
_FOLDERS: Final = ("core", "models", "sample", "everyday")
_COLUMNS: Final = "100"
_BLOCK: Final = re.compile(r"^```(sh|python)\n(.*?)^```\n(?:\n```text\n.*?^```\n)?", re.M | re.S)


def written(page: str, folder: Path) -> str:
    """Return a page with the outputs of its commands, run in a folder."""
    for name in _FOLDERS:
        shutil.copytree(ROOT / name, folder / name)

    def with_output(block: re.Match[str]) -> str:
        shown = _shown(_run(block[1], block[2], folder))
        below = f"\n```text\n{shown}```\n" if shown else ""
        return f"```{block[1]}\n{block[2]}```\n{below}"

    return _BLOCK.sub(with_output, page)


def _run(language: str, code: str, folder: Path) -> str:
    search = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["sh", "-ec", code] if language == "sh" else [sys.executable, "-c", code]
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PATH": search, "COLUMNS": _COLUMNS},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{code}\n{done.stdout}\n{done.stderr}")
    return done.stdout.replace(f"{folder}/", "")


def _shown(output: str) -> str:
    """Return the lines of an output that a page shows, without what make does."""
    lines = [line.rstrip() for line in output.splitlines() if not line.startswith(_OWN)]
    if len(lines) > LONGEST:
        lines = [*lines[: LONGEST - 3], "...", *lines[-2:]]
    return "".join(f"{line}\n" for line in lines)


def main() -> None:
    """Write all guides."""
    for path in GUIDES:
        with tempfile.TemporaryDirectory() as folder:
            page = written(path.read_text(encoding="utf-8"), Path(folder))
        path.write_text(page, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
