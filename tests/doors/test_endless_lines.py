"""Tables in which a line has no end: one sentence, before memory is filled with it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio_emotion.data import manifests
from audio_emotion.data.extraction_cache import Extraction, ExtractionCache
from audio_emotion.data.feature_table import read_catalogue, read_features
from audio_emotion.errors import AudioEmotionError
from audio_emotion.evaluation.measures.cost import read_profile
from audio_emotion.power.trace import open_trace

N_BYTES = 64 << 20

READERS: dict[str, Callable[[Path], Any]] = {
    "manifest": lambda path: list(manifests.rows(path)),
    "catalogue": read_catalogue,
    "features": read_features,
    "profile": read_profile,
    "trace": open_trace,
}


def endless(path: Path, head: bytes) -> Path:
    """A file of one line and zeros, which takes no room on the disk."""
    path.write_bytes(head)
    with path.open("r+b") as file:
        file.truncate(N_BYTES)
    return path


@pytest.mark.parametrize("head", [b"", b"path,emotion\n", b"time_s,power_w\n0,1\n"])
@pytest.mark.parametrize("name", READERS)
def test_a_line_without_end_is_a_sentence(name: str, head: bytes, tmp_path: Path) -> None:
    """Of 5 GB it was a MemoryError, or 5 GB of memory."""
    path = endless(tmp_path / "table.csv", head)
    tracemalloc.start()
    try:
        with pytest.raises(AudioEmotionError, match="a line of more than 1024 KB"):
            READERS[name](path)
        assert tracemalloc.get_traced_memory()[1] < N_BYTES / 4
    finally:
        tracemalloc.stop()


def test_a_cache_of_another_making_is_begun_anew_without_reading_it(tmp_path: Path) -> None:
    path = endless(tmp_path / "cache", b"")
    tracemalloc.start()
    try:
        ExtractionCache(path, 1, str).close()
        assert tracemalloc.get_traced_memory()[1] < N_BYTES / 4
    finally:
        tracemalloc.stop()
    assert path.stat().st_size < 1000


def test_an_entry_of_some_megabytes_is_kept(tmp_path: Path) -> None:
    """Of a long recording: it threw away all that was known of the others."""
    large = Extraction("0" * 32, np.zeros(800_000, np.float32))
    with closing(ExtractionCache(tmp_path / "cache", 1, str)) as cache:
        cache.add("long.wav", large)
    with closing(ExtractionCache(tmp_path / "cache", 1, str)) as cache:
        found = cache.find("long.wav")
    assert found is not None
    np.testing.assert_array_equal(found.features, large.features)
