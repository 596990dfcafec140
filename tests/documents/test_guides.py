"""The guides show what their commands print: they are followed to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import guides
from tools.measurements import ROOT


@pytest.mark.parametrize("path", guides.GUIDES, ids=lambda path: path.stem)
def test_every_command_prints_what_stands_below_it(path: Path, tmp_path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert guides.written(page, tmp_path) == page, "python -m tools.guides"


def test_an_output_is_replaced_and_shortened(tmp_path: Path) -> None:
    page = (
        "```sh\nseq 3\n```\n\n```text\nold\n```\n\nWords.\n\n"
        "```python\nfor n in range(99):\n    print(n)\n```\n"
    )
    found = guides.written(page, tmp_path)
    assert found.startswith("```sh\nseq 3\n```\n\n```text\n1\n2\n3\n```\n\nWords.\n")
    assert "\n10\n...\n97\n98\n```\n" in found
    assert guides.written(found, tmp_path / "again") == found
    with pytest.raises(RuntimeError, match="no such"):
        guides.written("```sh\necho no such >&2; false\n```\n", tmp_path / "third")


def test_the_shown_folders_are_those_of_the_repository() -> None:
    assert all((ROOT / name).is_dir() for name in guides._FOLDERS)
