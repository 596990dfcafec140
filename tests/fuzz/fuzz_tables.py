"""Any bytes as a table or as a cache: read, or refused in a sentence."""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing, suppress
from pathlib import Path

import atheris

from audio_emotion.engine import features

with atheris.instrument_imports(
    include=["audio_emotion.training.classical", "audio_emotion.data.extraction_cache"]
):
    from audio_emotion.data.extraction_cache import Extraction, ExtractionCache
    from audio_emotion.data.feature_table import read_catalogue, read_features
    from audio_emotion.errors import InputError

ROOT = Path(tempfile.mkdtemp(prefix="audio_emotion_fuzz_"))


def one_input(data: bytes) -> None:
    """Read it as what its first byte says."""
    path = ROOT / "table.csv"
    path.write_bytes(data[1:])
    if data[:1] == b"\2":
        with closing(ExtractionCache(path, features.values_hash())) as cache:
            found = cache.find("a.wav")
            assert found is None or isinstance(found, Extraction)
        return
    with suppress(InputError):
        if data[:1] == b"\1":
            table = read_features(path)
            assert table.utterances.shape == (len(table.catalogue), len(features.names()))
        else:
            read_catalogue(path)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
