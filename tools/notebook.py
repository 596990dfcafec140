"""Run the notebook of the examples and store what it shows.

    .venv/bin/python -m tools.notebook

Outputs hold no path of this machine and no time, so that running it again changes what changed.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any, Final

import nbformat
from nbclient import NotebookClient

from tools.measurements import ROOT

PATH: Final = ROOT / "examples" / "whole_way.ipynb"
_COLUMNS: Final = "100"  # of the tables that commands print


def executed(path: Path = PATH) -> Any:
    """Return the notebook, run from its first cell to its last."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["COLUMNS"] = _COLUMNS
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    where = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(
        notebook,
        timeout=900,
        kernel_name="python3",
        resources=where,
        record_timing=False,
        coalesce_streams=True,
    )
    client.execute()
    notebook.metadata.language_info = {"name": "python"}
    return notebook


def texts(notebook: Any) -> list[str]:
    """Return what each cell of code has printed."""
    return [
        "".join(output.get("text", "") for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def n_pictures(notebook: Any) -> int:
    """Return the number of stored pictures."""
    return sum(
        "image/png" in output.get("data", {})
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )


def _without_place(notebook: Any) -> Any:
    """Drop absolute paths, which differ from machine to machine, and bars of progress."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "text" in output:
                plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output.text.replace("\r", "\n"))
                lines = [line.rstrip() for line in plain.splitlines() if "\u2501" not in line]
                output.text = "\n".join(lines).replace(f"{ROOT}/", "") + "\n"
    return notebook


if __name__ == "__main__":
    nbformat.write(_without_place(executed()), PATH)  # type: ignore[no-untyped-call]
    print(f"wrote {PATH.relative_to(ROOT)}")
