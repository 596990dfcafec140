"""Folders of empty recordings and manifests, and what was catalogued of them by name."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from audio_emotion.data.catalogue import Catalogue


def touch(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def by_name(result: Catalogue) -> dict[str, pd.Series[str]]:
    return {Path(row["path"]).name: row for _, row in result.utterances.iterrows()}


def write_manifest(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "manifest.csv"
    manifest.write_text(text, encoding=encoding, newline="")
    return manifest
