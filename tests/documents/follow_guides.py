"""Follow the guides to the letter in a fresh clone of the last commit, as somebody new would.

    python tests/documents/follow_guides.py [docs/students.md ...]

Set-up, extras that a guide installs, then its blocks of `sh` one after the other; at the end git
must know nothing of what they left. Needs the network for packages, and some minutes.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
GUIDES: Final = ("docs/index.md", "docs/students.md", "docs/embedded.md", "docs/research.md")

_BLOCK: Final = re.compile(r"^```sh\n(.*?)^```$|^    (pip install [^\n]*)$", re.M | re.S)


def steps(guide: str) -> Iterator[str]:
    """Yield what a guide tells to type, in its order."""
    yield from (block or line for block, line in _BLOCK.findall((ROOT / guide).read_text()))


def follow(clone: Path, guide: str) -> None:
    """Type what a guide says into one shell; raise if a command fails or leaves files behind."""
    typed = "\n".join(["source .venv/bin/activate", *steps(guide)])
    run(["bash", "-exc", typed], clone)
    left = run(["git", "status", "--porcelain"], clone)
    if left:
        raise SystemExit(f"{guide} leaves files that git does not know:\n{left}")
    print(f"{guide}: followed")


def run(command: list[str], folder: Path) -> str:
    """Run a command as it would be in a new terminal; return what it prints."""
    environment = {
        name: os.environ[name] for name in ("HOME", "PATH", "LANG") if name in os.environ
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{command[-1]}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def main() -> None:
    """Clone, set up, and follow one guide after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("guides", nargs="*", default=GUIDES)
    guides = parser.parse_args().guides
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        run(["git", "clone", "--quiet", str(ROOT), str(clone)], Path(folder))
        print(run(["make", "demo"], clone)[-200:], file=sys.stderr)
        for guide in guides:
            follow(clone, guide)


if __name__ == "__main__":
    main()
