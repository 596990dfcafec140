"""Features already extracted, kept on disk so that a killed run goes on where it was."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from audio_emotion.engine.features import Floats
from audio_emotion.files import writing


class Measurement(NamedTuple):
    """What was found in one recording."""

    digest: str
    """Hash of the samples: equal exactly when two recordings are the same audio."""
    features: Floats


class Journal:
    """One line for every recording measured, valid for one version of the features.

    A recording counts as measured while its path, size and modification time are the same. A line
    is appended when a recording is done; what a kill leaves of the last line is cut off.

    Parameters
    ----------
    path : Path
    schema_hash : int
        Of the features; a journal of another version is begun anew.
    """

    def __init__(self, path: Path, schema_hash: int) -> None:
        self._path = path
        self._measured: dict[str, Measurement] = {}
        header = json.dumps({"schema_hash": schema_hash}).encode() + b"\n"
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
        content = self._path.read_bytes() if self._path.exists() else b""
        if not content.startswith(header):
            return 0
        valid_bytes = len(header)
        complete = content[: content.rfind(b"\n") + 1]
        for line in complete[valid_bytes:].splitlines(keepends=True):
            try:
                key, digest, features = json.loads(line)
                values = np.frombuffer(base64.b64decode(features), dtype="<f4")
                self._measured[key] = Measurement(str(digest), values)
            except (ValueError, TypeError):  # not written by us, or by a machine that lost power
                break
            valid_bytes += len(line)
        return valid_bytes

    def find(self, recording: str) -> Measurement | None:
        """Look up the measurement of a recording that has not changed since."""
        return self._measured.get(_key(recording))

    def add(self, recording: str, measurement: Measurement) -> None:
        """Remember a measurement.

        Raises
        ------
        OutputError
            The disk is full: a run that begins again goes on from here.
        """
        features = base64.b64encode(measurement.features.astype("<f4").tobytes()).decode()
        line = json.dumps([_key(recording), measurement.digest, features])
        self._write(line.encode() + b"\n")

    def _write(self, line: bytes) -> None:
        """Append a line; without a buffer, a write may take a part of it."""
        with writing(self._path):
            while line:
                line = line[self._file.write(line) :]

    def close(self) -> None:
        """Keep the journal for the next run."""
        self._file.close()

    def remove(self) -> None:
        """Forget everything: the results have been written."""
        self._file.close()
        self._path.unlink()


def _key(recording: str) -> str:
    try:
        status = Path(recording).stat()
    except OSError:  # gone: reading it will say so
        return recording
    return f"{recording}|{status.st_size}|{status.st_mtime_ns}"
