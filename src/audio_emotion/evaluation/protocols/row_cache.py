"""Rows that models extracted from recordings, kept on disk, from which a killed run is resumed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from audio_emotion import files
from audio_emotion.data.extraction_cache import Extraction, ExtractionCache
from audio_emotion.engine import features
from audio_emotion.engine.features import FeatureVector
from audio_emotion.recognition.model import EmotionModel
from audio_emotion.recognition.network_model import NetworkModel


class Extracted(NamedTuple):
    """Rows that a model extracted from one recording, perhaps from several versions of it."""

    rows: FeatureVector
    """Shape (n_versions, n_features)."""
    facts: npt.NDArray[np.float32]
    """Shape (n_facts,): of the recording, such as its seconds."""


class Rows:
    """Rows of one model, of recordings that have not changed since."""

    def __init__(self, model: EmotionModel, n_facts: int, cache: ExtractionCache | None) -> None:
        self._width, self._is_network = len(features.names()), isinstance(model, NetworkModel)
        if isinstance(model, NetworkModel):
            self._width = len(model.network.embedding_bias)
        self._n_facts, self._cache = n_facts, cache

    def find(self, recording: str) -> Extracted | None:
        """Return what was extracted from a recording, if it is kept."""
        found = self._cache.find(recording) if self._cache else None
        n_values = 0 if found is None else len(found.features) - self._n_facts
        if found is None or n_values <= 0 or n_values % self._width:
            return None
        rows = found.features[self._n_facts :].reshape(-1, self._width)
        rows_of_type = rows.astype(np.int16) if self._is_network else rows
        return Extracted(rows_of_type, found.features[: self._n_facts])

    def add(self, recording: str, extracted: Extracted) -> None:
        """Keep what was extracted from a recording; an int16 is exact as a float32."""
        if self._cache:
            flat = np.concatenate([extracted.facts, extracted.rows.astype(np.float32).ravel()])
            self._cache.add(recording, Extraction("", flat))


class RowCache:
    """Folder with a file for each model and for each way in which recordings are altered.

    A file is known by the model's content and by how recordings are altered, not by the core that
    extracted: after a change of the core, the folder has to be removed.

    Parameters
    ----------
    folder : Path, optional
        Made if it is not there; without one nothing is kept.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder and files.folder(folder, "--cache")

    @contextmanager
    def of(
        self, model: EmotionModel, altered: Sequence[object] = (), n_facts: int = 0
    ) -> Iterator[Rows]:
        """Open the rows of a model.

        Parameters
        ----------
        model : EmotionModel
        altered : sequence, optional
            What else the rows depend on; their `repr` must tell them apart.
        n_facts : int
            Of each recording.
        """
        if self._folder is None:
            yield Rows(model, n_facts, None)
            return
        digest = sha256(repr((*altered, n_facts)).encode())
        content, values = b"acoustic features", features.values_hash()
        if isinstance(model, NetworkModel):
            content, values = model.content, features.log_mel_hash()
        digest.update(content)
        path = self._folder / f"{digest.hexdigest()[:24]}.rows"
        with closing(ExtractionCache(path, values)) as cache:
            yield Rows(model, n_facts, cache)


NO_CACHE: Final = RowCache()
