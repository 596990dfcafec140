"""Cache of extracted features on disk, from which a killed run is resumed."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from audio_emotion.engine.features import Floats
from audio_emotion.files import writing


class Extraction(NamedTuple):
    """Acoustic features of one recording."""

    digest: str
    """Hash of the samples: equal exactly when two recordings are the same audio."""
    features: Floats
    warnings: tuple[str, ...] = ()
    """What is wrong with the recording, which was read all the same."""


class ExtractionCache:
    """File with one line per extracted recording, valid for one version of the core.

    A recording counts as extracted while its key is the same. A line is appended when a recording
    is done, with its checksum; what a kill leaves of the last line is cut off, and so is everything
    from the first damaged line on.

    Parameters
    ----------
    path : Path
    values_hash : int
        Of the core; a cache of another version is discarded.
    key : callable, optional
        Takes the path of a recording; `by_date` or `by_content`.
    """

    def __init__(
        self, path: Path, values_hash: int, key: Callable[[str], str] | None = None
    ) -> None:
        self._path = path
        self._key = key or by_date
        self._extracted: dict[str, Extraction] = {}
        header = json.dumps({"values_hash": values_hash}).encode() + b"\n"
        valid_bytes = self._load(header)
        with writing(path):
            # Without a buffer, what a full disk did not take is not tried again when it is closed.
            self._file = path.open("r+b" if valid_bytes else "wb", buffering=0)
            self._file.truncate(valid_bytes)
            self._file.seek(valid_bytes)
        if not valid_bytes:
            self._write(header)

    def _load(self, header: bytes) -> int:
        """Read complete lines of the right version; return how many bytes they take."""
        try:
            with self._path.open("rb") as file:
                if file.read(len(header)) != header:  # not written by us, however large
                    return 0
                content = header + file.read()
        except FileNotFoundError:  # none yet
            return 0
        valid_bytes = len(header)
        complete = content[: content.rfind(b"\n") + 1]
        for line in complete[valid_bytes:].splitlines(keepends=True):
            try:
                key, digest, encoded, *rest = json.loads(line)  # earlier versions had no more
                warnings = rest[1:]
                if rest and rest[0] != _checksum(encoded, warnings):
                    break
                values = np.frombuffer(base64.b64decode(encoded), dtype="<f4")
                self._extracted[key] = Extraction(str(digest), values, tuple(warnings))
            except (
                ValueError,
                TypeError,
                AttributeError,
            ):  # not written by us, or by a machine that lost power
                break
            valid_bytes += len(line)
        return valid_bytes

    def find(self, recording: str) -> Extraction | None:
        """Return the features of a recording that has not changed since, if known."""
        return self._extracted.get(self._key(recording)) if self._extracted else None

    def add(self, recording: str, extraction: Extraction) -> None:
        """Append the features of a recording.

        Raises
        ------
        OutputError
            The disk is full: a run that begins again goes on from here.
        """
        encoded = base64.b64encode(extraction.features.astype("<f4").tobytes()).decode()
        checksum = _checksum(encoded, extraction.warnings)
        line = json.dumps(
            [self._key(recording), extraction.digest, encoded, checksum, *extraction.warnings]
        )
        self._write(line.encode() + b"\n")

    def _write(self, line: bytes) -> None:
        """Append a line; without a buffer, a write may take a part of it."""
        with writing(self._path):
            while line:
                line = line[self._file.write(line) :]

    def close(self) -> None:
        """Keep the cache for the next run."""
        self._file.close()

    def remove(self) -> None:
        """Delete the cache: the results have been written."""
        self._file.close()
        self._path.unlink()


def _checksum(encoded: str, warnings: Sequence[str]) -> int:
    return zlib.crc32("\n".join([encoded, *warnings]).encode(errors="surrogateescape"))


def by_date(recording: str) -> str:
    """Return path, size and date of a recording."""
    try:
        status = Path(recording).stat()
    except OSError:  # gone: reading it will say so
        return recording
    return f"{recording}|{status.st_size}|{status.st_mtime_ns}"


def by_content(recording: str) -> str:
    """Return path and hash of a recording."""
    try:
        with Path(recording).open("rb") as file:
            return f"{recording}|{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError:  # gone: reading it will say so
        return recording
