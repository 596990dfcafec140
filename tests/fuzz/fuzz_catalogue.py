"""Any manifest, any names of files: every recording is an utterance or skipped for a reason."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["audio_emotion.data.catalogue", "audio_emotion.data.corpora"]
):
    from audio_emotion.data.catalogue import catalogue
    from audio_emotion.data.corpora import COLUMNS
    from audio_emotion.engine.emotions import EMOTIONS
    from audio_emotion.errors import CorpusError

ROOT = Path(tempfile.mkdtemp(prefix="audio_emotion_fuzz_"))


def one_input(data: bytes) -> None:
    """Catalogue a folder that has such a manifest, or files of such names."""
    root = ROOT / "mine"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    (root / "A.wav").touch()
    if data[:1] == b"\1":
        for name in data[1:].split(b"\n")[:20]:
            make(root, name.decode(errors="surrogateescape"))
    else:
        (root / "manifest.csv").write_bytes(data)
    try:
        found = catalogue(root)
    except CorpusError:
        return
    assert list(found.utterances.columns) == list(COLUMNS)
    assert set(found.utterances["emotion"]) <= set(EMOTIONS)
    assert found.utterances["path"].is_unique
    assert all(skipped.reason for skipped in found.skipped)


def make(root: Path, name: str) -> None:
    """Make an empty file of that name below `root`, if that can be."""
    parts = [part for part in name.replace("\0", "").split("/") if part not in {"", ".", ".."}]
    try:
        path = root.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError:  # too long, or a file and a folder at once
        return


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
