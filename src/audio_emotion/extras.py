"""Optional packages: what is missing, and the command that installs it here."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from audio_emotion.errors import ToolError

_CHECKOUT: Final = Path(__file__).parents[2]


def installation(extra: str) -> str:
    """Return the command that installs an extra for the Python that runs.

    In a checkout it names the folder, as its package may be at no index of packages.
    """
    python = Path(sys.executable)
    if python.is_relative_to(Path.cwd()):
        python = python.relative_to(Path.cwd())
    in_checkout = (_CHECKOUT / "pyproject.toml").is_file()
    here = in_checkout and Path.cwd() == _CHECKOUT
    name = "." if here else str(_CHECKOUT) if in_checkout else "embedded-audio-emotion"
    option = "-e " if in_checkout else ""
    quote = '"' if os.name == "nt" else "'"
    return f"{python} -m pip install {option}{quote}{name}[{extra}]{quote}"


def require(extra: str, purpose: str, *modules: str) -> None:
    """Raise before the work if packages are missing.

    Raises
    ------
    ToolError
        One of the modules, of the package's extra, is not installed.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise ToolError(
            f"{purpose} needs {', '.join(missing)}, not installed here. "
            f"Install with: {installation(extra)}"
        )
