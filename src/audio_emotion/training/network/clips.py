"""Log-mel energies of a catalogue's recordings in several variants, kept on disk between runs."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import joblib
import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.data import audio, isolation
from audio_emotion.data.corpora import LABELS
from audio_emotion.engine import features
from audio_emotion.engine.features import N_MELS
from audio_emotion.errors import AudioError, InputError, ToolError
from audio_emotion.files import locked, replacing, write_json, writing
from audio_emotion.progress import RunOptions
from audio_emotion.training.network.variants import N_VARIANTS, Impulses, read_impulses, variant

# Speech is what lies within this of the loudest frame; octaves of energy, 3 dB each.
_WITHIN: Final = 10.0
_OCTAVE: Final = 512  # Q9

_INDEX, _FRAMES = "clips.json", "log_mel.int16"
_FRAME_BYTES: Final = 2 * N_MELS
_PIECE: Final = 1 << 24  # bytes read at once


@dataclass(frozen=True)
class Clips:
    """Labels and log-mel energies of the recordings of a catalogue, row by row."""

    catalogue: pd.DataFrame
    labels: npt.NDArray[np.int64]
    """Index into `LABELS`, shape (n_clips,)."""
    fingerprint: str
    """Hash of the recordings, the impulse responses and the front end."""
    starts: npt.NDArray[np.int64]
    """First frame of each clip, and where the last one ends, shape (n_variants, n_clips + 1)."""
    spans: npt.NDArray[np.int64]
    """Where each clip's speech begins and ends, in frames, shape (n_variants, n_clips, 2)."""
    frames: npt.NDArray[np.int16]
    """Of all clips, variant after variant, shape (n_frames, N_MELS), Q9."""

    def log_mel(self, clip: int, variant: int = 0) -> npt.NDArray[np.int16]:
        """Return the log-mel energies of one clip, shape (n_frames, N_MELS), Q9."""
        begin, end = self.starts[variant, clip : clip + 2]
        return self.frames[begin:end]

    def column(self, name: str) -> npt.NDArray[np.str_]:
        """Return a column of the catalogue as an array of text."""
        return self.catalogue[name].to_numpy(dtype=str)


def load_clips(
    catalogue: pd.DataFrame,
    cache: Path,
    rooms: Path | None = None,
    options: RunOptions = RunOptions(),
) -> Clips:
    """Compute the log-mel energies of every recording, or read those of an earlier run.

    An interrupted run is resumed after the last complete variant. What is damaged is computed
    again, and everything is if a recording has other content than it had, whatever its date. Files
    that another training may have mapped are left alone: new ones take their place.

    Parameters
    ----------
    catalogue : DataFrame
        As `audio-emotion dataset` writes it.
    cache : Path
        Folder for the energies: about 64 KB per second of recording.
    rooms : Path, optional
        Folder of impulse responses.
    options : RunOptions
        `jobs` are processes.

    Raises
    ------
    InputError
        An emotion is none of `LABELS`, `rooms` has no recording, or another process is writing to
        `cache`.
    AudioError
        A recording cannot be read, or is too short.
    """
    unknown = set(catalogue["emotion"]) - set(LABELS)
    if unknown or catalogue.empty:
        raise InputError(
            f"{len(catalogue)} recordings with unknown emotions {sorted(unknown)[:3]}. "
            f"Every recording needs one of {', '.join(LABELS)}."
        )
    impulses = read_impulses(rooms)
    paths = catalogue["path"].to_list()
    cache.mkdir(parents=True, exist_ok=True)
    expected = _Contents(_fingerprint(catalogue, impulses), _digest(paths, options.jobs))
    index = _read(cache, expected)
    if index is None or not index.is_complete:
        with locked(cache):
            index = _compute(paths, impulses, cache, expected, options)
    layout = _layout(index.variants)
    return Clips(
        catalogue=catalogue.reset_index(drop=True),
        labels=np.array([LABELS.index(emotion) for emotion in catalogue["emotion"]]),
        fingerprint=index.contents,
        starts=np.stack([starts for starts, _ in layout]),
        spans=np.stack([spans for _, spans in layout]),
        frames=np.memmap(cache / _FRAMES, np.int16, "c").reshape(-1, N_MELS),
    )


def speech_span(log_mel: npt.NDArray[np.int16]) -> tuple[int, int]:
    """Return the first frame of speech and the first after it: loud frames and those between."""
    level = np.logaddexp2.reduce(log_mel.astype(np.float32) / _OCTAVE, axis=1)
    loud = np.flatnonzero(level > level.max() - _WITHIN)
    return int(loud[0]), int(loud[-1]) + 1


def _fingerprint(catalogue: pd.DataFrame, impulses: Impulses) -> str:
    digest = hashlib.sha256(f"{features.log_mel_hash():08x}".encode())
    for impulse in impulses:
        digest.update(impulse.tobytes())
    for path in catalogue["path"]:
        status = Path(path).stat() if Path(path).exists() else None
        digest.update(f"{path}|{status and (status.st_size, status.st_mtime_ns)}".encode())
    return digest.hexdigest()


class _Contents(NamedTuple):
    """Sources of the energies."""

    fingerprint: str
    """Hash of names, sizes and dates: alone the name of what earlier versions computed."""
    recordings: str
    """Hash of the recordings' bytes."""

    def __str__(self) -> str:
        return hashlib.sha256("".join(self).encode()).hexdigest()


@dataclass
class _Index:
    """Contents of a cache."""

    contents: str
    recordings: str
    variants: list[tuple[list[int], list[tuple[int, int]]]]
    """Frames of each clip, and where its speech begins and ends."""
    checksums: list[int]
    """CRC-32 of the energies of each variant."""

    @property
    def is_complete(self) -> bool:
        return len(self.variants) == N_VARIANTS

    def n_bytes(self, n_variants: int | None = None) -> int:
        """Return the size of the energies of the first variants, by default of all."""
        return _FRAME_BYTES * sum(sum(frames) for frames, _ in self.variants[:n_variants])


def _digest(paths: list[str], jobs: int | None) -> str:
    """Return the hash of the content of recordings; one that is missing is found later."""
    parallel = joblib.Parallel(n_jobs=jobs or -1, prefer="threads", return_as="generator")
    digest = hashlib.sha256()
    for of_recording in parallel(joblib.delayed(_digest_of)(path) for path in paths):
        digest.update(of_recording)
    return digest.hexdigest()


def _digest_of(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123  (half the time for so many files)
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return b""


def _read(cache: Path, expected: _Contents) -> _Index | None:
    """Return what a cache holds of the expected contents, up to what is damaged."""
    try:
        found = json.loads((cache / _INDEX).read_text())
        contents, recordings = found["contents"], found.get("recordings")
        by_date = contents == expected.fingerprint and recordings in {None, expected.recordings}
        if contents != str(expected) and not by_date:
            return None
        index = _Index(contents, expected.recordings, list(found["variants"]), [])
        known = found.get("checksums")
        with (cache / _FRAMES).open("rb") as file:
            for number in range(len(index.variants)):
                n_bytes = index.n_bytes(number + 1) - index.n_bytes(number)
                checksum, is_zero = _checksum(file, n_bytes)
                if checksum is None or (is_zero if known is None else known[number] != checksum):
                    del index.variants[number:]
                    break
                index.checksums.append(checksum)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None
    if known is None and index.is_complete:
        _write(index, cache)  # of an earlier version, which kept none
    return index


def _checksum(file: BinaryIO, n_bytes: int) -> tuple[int | None, bool]:
    """Return the CRC-32 of the next bytes, None if there are fewer, and whether all are 0."""
    checksum, is_zero = 0, True
    while n_bytes > 0:
        piece = file.read(min(n_bytes, _PIECE))
        if not piece:
            return None, is_zero
        checksum, n_bytes = zlib.crc32(piece, checksum), n_bytes - len(piece)
        is_zero = is_zero and piece.count(0) == len(piece)
    return checksum, is_zero


def _write(index: _Index, cache: Path) -> None:
    write_json(asdict(index), cache / _INDEX)


def _compute(
    paths: list[str], impulses: Impulses, cache: Path, expected: _Contents, options: RunOptions
) -> _Index:
    """Append the variants that are missing."""
    index = _read(cache, expected) or _Index(str(expected), expected.recordings, [], [])
    with writing(cache / _FRAMES), _rest_of(cache / _FRAMES, index.n_bytes()) as file:
        for number in range(len(index.variants), N_VARIANTS):
            frames, spans, checksum = [], [], 0
            for log_mel in _log_mels(paths, number, impulses, options.jobs):
                content = log_mel.tobytes()
                file.write(content)
                checksum = zlib.crc32(content, checksum)
                frames.append(len(log_mel))
                spans.append(speech_span(log_mel))
                options.progress(number * len(paths) + len(spans), N_VARIANTS * len(paths))
            file.flush()
            index.variants.append((frames, spans))
            index.checksums.append(checksum)
            _write(index, cache)
    return index


def _rest_of(path: Path, n_bytes: int) -> BinaryIO:
    """Open a new file that begins with the first bytes of an old one, and replaces it."""
    with replacing(path) as partial, partial.open("wb") as copy:
        if n_bytes:
            with path.open("rb") as old:
                while piece := old.read(min(n_bytes, _PIECE)):
                    copy.write(piece)
                    n_bytes -= len(piece)
    return path.open("ab")


Layout = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


def _layout(variants: list[tuple[list[int], list[tuple[int, int]]]]) -> list[Layout]:
    """Return first frames of all clips, and where the last one ends, and spans: per variant."""
    n_clips = len(variants[0][0])
    ends = np.cumsum([length for frames, _ in variants for length in frames])
    bounds = pairwise(range(0, len(ends) + 1, n_clips))
    starts = [np.concatenate([[ends[a - 1] if a else 0], ends[a:b]]) for a, b in bounds]
    return [(start, np.array(spans)) for start, (_, spans) in zip(starts, variants, strict=True)]


def _log_mels(
    paths: list[str], number: int, impulses: Impulses, jobs: int | None
) -> Iterator[npt.NDArray[np.int16]]:
    parallel = joblib.Parallel(n_jobs=jobs or -1, return_as="generator", batch_size=isolation.BATCH)
    done = 0
    try:
        for log_mel in parallel(joblib.delayed(_log_mel)(path, number, impulses) for path in paths):
            yield log_mel
            done += 1
    except BrokenProcessPool:
        for path in isolation.suspects(paths[done:], joblib.cpu_count()):
            isolation.read(path, audio.ignore, allow_silence=False)
        raise ToolError(
            "a process that reads recordings was killed, perhaps for want of memory: none of them "
            "does it alone. Run it again with fewer processes: --jobs 1."
        ) from None


def _log_mel(path: str, number: int, impulses: Impulses) -> npt.NDArray[np.int16]:
    samples = audio.read(path, audio.ignore, allow_silence=False)
    log_mel = features.log_mel(variant(Path(path).name, samples, number, impulses))
    if not len(log_mel):
        raise AudioError(
            f"{path}: {len(samples)} samples are too short at another speed. "
            "Leave it out of the catalogue."
        )
    return log_mel
