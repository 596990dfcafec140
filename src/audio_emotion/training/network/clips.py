"""Log-mel energies of a catalogue's recordings in several variants, kept on disk between runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import joblib
import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.data import audio
from audio_emotion.data.corpora import LABELS
from audio_emotion.engine import features
from audio_emotion.engine.features import N_MELS
from audio_emotion.errors import AudioError, InputError
from audio_emotion.files import write_json
from audio_emotion.progress import RunOptions
from audio_emotion.training.network.variants import N_VARIANTS, Impulses, read_impulses, variant

# Speech is what lies within this of the loudest frame; octaves of energy, 3 dB each.
_WITHIN: Final = 10.0
_OCTAVE: Final = 512  # Q9

_INDEX, _FRAMES = "clips.json", "log_mel.int16"
_FRAME_BYTES: Final = 2 * N_MELS


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

    An interrupted run is resumed after the last complete variant.

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
        An emotion is none of `LABELS`, or `rooms` has no recording.
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
    fingerprint = _fingerprint(catalogue, impulses)
    layout = _compute(catalogue["path"].to_list(), impulses, cache, fingerprint, options)
    return Clips(
        catalogue=catalogue.reset_index(drop=True),
        labels=np.array([LABELS.index(emotion) for emotion in catalogue["emotion"]]),
        fingerprint=fingerprint,
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
    digest = hashlib.sha256(f"{features.values_hash():08x}".encode())
    for impulse in impulses:
        digest.update(impulse.tobytes())
    for path in catalogue["path"]:
        status = Path(path).stat() if Path(path).exists() else None
        digest.update(f"{path}|{status and (status.st_size, status.st_mtime_ns)}".encode())
    return digest.hexdigest()


Layout = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


def _compute(
    paths: list[str], impulses: Impulses, cache: Path, fingerprint: str, options: RunOptions
) -> list[Layout]:
    """Append the variants that are missing, and return (starts, spans) of each."""
    cache.mkdir(parents=True, exist_ok=True)
    lengths = _complete(cache, fingerprint)
    n_frames = sum(sum(of_clips) for of_clips, _ in lengths)
    with (cache / _FRAMES).open("ab") as file:
        file.truncate(n_frames * _FRAME_BYTES)
        for number in range(len(lengths), N_VARIANTS):
            of_clips, spans = [], []
            for log_mel in _log_mels(paths, number, impulses, options.jobs):
                file.write(log_mel.tobytes())
                of_clips.append(len(log_mel))
                spans.append(speech_span(log_mel))
                options.progress(number * len(paths) + len(spans), N_VARIANTS * len(paths))
            file.flush()
            lengths.append((of_clips, spans))
            write_json({"contents": fingerprint, "variants": lengths}, cache / _INDEX)
    ends = np.cumsum([length for of_clips, _ in lengths for length in of_clips])
    bounds = pairwise(range(0, len(ends) + 1, len(paths)))
    starts = [np.concatenate([[ends[a - 1] if a else 0], ends[a:b]]) for a, b in bounds]
    return [(start, np.array(spans)) for start, (_, spans) in zip(starts, lengths, strict=True)]


def _complete(cache: Path, fingerprint: str) -> list[tuple[list[int], list[tuple[int, int]]]]:
    """Return lengths and spans of the variants that an earlier run completed."""
    try:
        index = json.loads((cache / _INDEX).read_text())
        return list(index["variants"]) if index["contents"] == fingerprint else []
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _log_mels(
    paths: list[str], number: int, impulses: Impulses, jobs: int | None
) -> Iterator[npt.NDArray[np.int16]]:
    parallel = joblib.Parallel(n_jobs=jobs or -1, return_as="generator", batch_size=16)
    yield from parallel(joblib.delayed(_log_mel)(path, number, impulses) for path in paths)


def _log_mel(path: str, number: int, impulses: Impulses) -> npt.NDArray[np.int16]:
    samples = audio.read(path)
    log_mel = features.log_mel(variant(Path(path).name, samples, number, impulses))
    if not len(log_mel):
        raise AudioError(
            f"{path}: {len(samples)} samples are too short at another speed. "
            "Leave it out of the catalogue."
        )
    return log_mel
