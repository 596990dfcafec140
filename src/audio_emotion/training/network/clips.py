"""Log-mel energies of a catalogue's recordings at several speeds, kept on disk between runs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import joblib
import numpy as np
import numpy.typing as npt
import pandas as pd
import soxr

from audio_emotion.data import audio
from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import N_MELS, SAMPLE_RATE, Samples
from audio_emotion.errors import AudioError, InputError
from audio_emotion.files import replacing
from audio_emotion.progress import RunOptions

# A faster recording has a higher voice and a shorter vocal tract: more speakers for free.
SPEEDS: Final = (1.0, 0.84, 0.89, 0.945, 1.06, 1.12, 1.19)

# Speech is what lies within this of the loudest frame; octaves of energy, 3 dB each.
_WITHIN: Final = 10.0
_OCTAVE: Final = 512  # Q9

_INDEX: Final = "clips.json"

NOISE_FRAMES: Final = 490  # used of each recording of noise


@dataclass(frozen=True)
class Clips:
    """Labels and log-mel energies of the recordings of a catalogue, row by row."""

    catalogue: pd.DataFrame
    labels: npt.NDArray[np.int64]
    """Index into `EMOTIONS`, shape (n_clips,)."""
    fingerprint: str
    """Hash of the recordings and the front end."""
    starts: npt.NDArray[np.int64]
    """First frame of each clip, shape (n_speeds, n_clips + 1)."""
    spans: npt.NDArray[np.int64]
    """Where each clip's speech begins and ends, in frames, shape (n_speeds, n_clips, 2)."""
    frames: tuple[npt.NDArray[np.int16], ...]
    """Of each speed, all clips after one another, shape (n_frames, N_MELS), Q9."""

    def log_mel(self, clip: int, speed: int = 0) -> npt.NDArray[np.int16]:
        """Return the log-mel energies of one clip, shape (n_frames, N_MELS), Q9."""
        begin, end = self.starts[speed, clip : clip + 2]
        return self.frames[speed][begin:end]

    def column(self, name: str) -> npt.NDArray[np.str_]:
        """Return a column of the catalogue as an array of text."""
        return self.catalogue[name].to_numpy(dtype=str)


def load_clips(
    catalogue: pd.DataFrame,
    cache: Path,
    options: RunOptions = RunOptions(),
) -> Clips:
    """Compute the log-mel energies of every recording, or read those of an earlier run.

    Parameters
    ----------
    catalogue : DataFrame
        As `audio-emotion dataset` writes it.
    cache : Path
        Folder for the energies: about 60 KB per second of recording.
    options : RunOptions
        `jobs` are processes.

    Raises
    ------
    InputError
        An emotion is none of `EMOTIONS`.
    AudioError
        A recording cannot be read, or is too short.
    """
    unknown = set(catalogue["emotion"]) - set(EMOTIONS)
    if unknown or catalogue.empty:
        raise InputError(
            f"{len(catalogue)} recordings with unknown emotions {sorted(unknown)[:3]}. "
            f"Every recording needs one of {', '.join(EMOTIONS)}."
        )
    fingerprint = _fingerprint(catalogue)
    index: dict[str, object] = {"contents": fingerprint, "speeds": list(SPEEDS)}
    if not _is_current(cache, index):
        _compute(catalogue["path"].to_list(), cache, options)
        with replacing(cache / _INDEX) as temporary:
            temporary.write_text(json.dumps(index))
    layout = np.load(cache / "layout.npz")
    return Clips(
        catalogue=catalogue.reset_index(drop=True),
        labels=np.array([EMOTIONS.index(emotion) for emotion in catalogue["emotion"]]),
        fingerprint=fingerprint,
        starts=layout["starts"],
        spans=layout["spans"],
        frames=tuple(np.load(_file(cache, k), mmap_mode="r") for k in range(len(SPEEDS))),
    )


def speech_span(log_mel: npt.NDArray[np.int16]) -> tuple[int, int]:
    """Return the first frame of speech and the first after it: loud frames and those between."""
    level = np.logaddexp2.reduce(log_mel.astype(np.float32) / _OCTAVE, axis=1)
    loud = np.flatnonzero(level > level.max() - _WITHIN)
    return int(loud[0]), int(loud[-1]) + 1


def _fingerprint(catalogue: pd.DataFrame) -> str:
    digest = hashlib.sha256(f"{features.schema_hash():08x}".encode())
    for path in catalogue["path"]:
        status = Path(path).stat() if Path(path).exists() else None
        digest.update(f"{path}|{status and (status.st_size, status.st_mtime_ns)}".encode())
    return digest.hexdigest()


def _is_current(cache: Path, index: dict[str, object]) -> bool:
    try:
        return bool(json.loads((cache / _INDEX).read_text()) == index)
    except (OSError, ValueError):
        return False


def _compute(paths: list[str], cache: Path, options: RunOptions) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    (cache / _INDEX).unlink(missing_ok=True)  # the cache is invalid until it is complete
    log_mels: list[list[npt.NDArray[np.int16]]] = []
    parallel = joblib.Parallel(n_jobs=options.jobs or -1, return_as="generator", batch_size=16)
    for of_clip in parallel(joblib.delayed(_at_all_speeds)(path) for path in paths):
        log_mels.append(of_clip)
        options.progress(len(log_mels), len(paths))
    starts, spans = [], []
    for k in range(len(SPEEDS)):
        of_speed = [of_clip[k] for of_clip in log_mels]
        starts.append(np.cumsum([0, *map(len, of_speed)]))
        spans.append([speech_span(log_mel) for log_mel in of_speed])
        with replacing(_file(cache, k)) as temporary, temporary.open("wb") as file:
            np.save(file, np.concatenate(of_speed))
    with replacing(cache / "layout.npz") as temporary, temporary.open("wb") as file:
        np.savez(file, starts=starts, spans=spans)


def _file(cache: Path, speed: int) -> Path:
    return cache / f"log_mel_{SPEEDS[speed]:.3f}.npy"


def _at_all_speeds(path: str) -> list[npt.NDArray[np.int16]]:
    samples = audio.read(path)
    of_speeds = [features.log_mel(at_speed(samples, speed)) for speed in SPEEDS]
    if not all(map(len, of_speeds)):
        raise AudioError(
            f"{path}: {len(samples)} samples are too short for all speeds. "
            "Leave it out of the catalogue."
        )
    return of_speeds


def at_speed(samples: Samples, speed: float) -> Samples:
    """Resample a recording to another speed, which changes tempo and pitch; int16 to int16."""
    if speed == 1.0:
        return samples
    resampled = soxr.resample(samples.astype(np.float32), SAMPLE_RATE * speed, SAMPLE_RATE)
    samples_at_speed: Samples = np.clip(np.rint(resampled), -32768, 32767).astype(np.int16)
    return samples_at_speed


def read_noises(folder: Path) -> npt.NDArray[np.int16]:
    """Read the log-mel energies of all recordings below a folder, `NOISE_FRAMES` of each.

    Returns
    -------
    int16 array of shape (n_noises, n_frames, N_MELS)
        Q9. Recordings shorter than `NOISE_FRAMES` are left out.

    Raises
    ------
    InputError
        No recording is long enough.
    """
    found = [
        features.log_mel(audio.read(path))
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in {".wav", ".flac", ".ogg", ".mp3"}
    ]
    usable = [log_mel[:NOISE_FRAMES] for log_mel in found if len(log_mel) >= NOISE_FRAMES]
    if not usable:
        raise InputError(
            f"{folder}: {len(found)} recordings, none of {NOISE_FRAMES / 100:.1f} s or more. "
            "Give a folder with recordings of background noise."
        )
    return np.stack(usable).reshape(len(usable), NOISE_FRAMES, N_MELS)
