"""Measure the time of each stage of `audio-emotion dataset`, beside the original's method.

    python -m pip install . librosa
    python benchmarks/dataset_stages.py speech-emotion-recognition-en

Recordings from the whole of the corpora, every stage in turn on each; processor time, one thread.
The front end alone is what a network needs and is no stage of `dataset`. Writes
results/dataset_stages.csv.
"""

import csv
import hashlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Read when the threads of numpy and numba are made, so set before anything imports them.
os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
)

import numpy as np
import soundfile
from rich.progress import track

import recordings
from audio_emotion.data import audio
from audio_emotion.data.listing import AUDIO_SUFFIXES
from audio_emotion.engine import features
from peers import original_method, ours

RESULT = Path(__file__).parent / "results" / "dataset_stages.csv"
N_RECORDINGS = 640
EVERY = 16  # of them, the original's method has one

DECODE = "decode (libsndfile)"
STAGES = (DECODE, "check, resample, round", "digest", "acoustic features")
FRONT_END = "front end alone"
(ORIGINAL,) = original_method.METHODS


def main(root: Path) -> None:
    paths = sorted(path for path in root.rglob("*") if path.suffix.lower() in AUDIO_SUFFIXES)
    chosen = paths[:: max(1, len(paths) // N_RECORDINGS)]
    time_stages(chosen[0], original=True)  # numba compiles and libraries load their tables
    spent: dict[str, list[float]] = {}
    audio_s: dict[str, float] = {}
    for index, path in enumerate(track(chosen, "recordings")):
        duration_s, taken = time_stages(path, original=index % EVERY == 0)
        for stage, seconds in taken.items():
            spent.setdefault(stage, []).append(seconds)
            audio_s[stage] = audio_s.get(stage, 0) + duration_s
    write(spent, audio_s)
    print(RESULT.read_text(), end="")


def time_stages(path: Path, *, original: bool) -> tuple[float, dict[str, float]]:
    """Return the length of a recording and the processor time of every stage, s."""
    taken = {}

    def timed(stage: str, work: Callable[[], Any]) -> Any:
        start = time.process_time()
        result = work()
        taken[stage] = time.process_time() - start
        return result

    signal, rate = timed(DECODE, lambda: soundfile.read(path, dtype="float32"))
    whole = timed("read", lambda: audio.read(path))
    taken["check, resample, round"] = taken.pop("read") - taken[DECODE]
    timed("digest", lambda: hashlib.blake2b(whole.tobytes(), digest_size=16).hexdigest())
    timed("acoustic features", lambda: features.extract(whole))
    duration_s = len(signal) / rate
    clip = recordings.Recording(path, rate, duration_s, whole)
    timed(FRONT_END, lambda: ours.front_end(clip))
    if original:
        timed(ORIGINAL, lambda: original_method.METHODS[ORIGINAL](clip))
    return duration_s, taken


def write(spent: dict[str, list[float]], audio_s: dict[str, float]) -> None:
    together = {
        "file to features": np.sum([spent[stage] for stage in STAGES], axis=0),
        "without decoding": np.sum([spent[stage] for stage in STAGES[1:]], axis=0),
    }
    audio_s |= dict.fromkeys(together, audio_s[DECODE])
    with RESULT.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["stage", "recordings", "hours", "ms_per_recording", "times_real_time"])
        for stage, seconds in {**spent, **together}.items():
            total = float(np.sum(seconds))
            row = [audio_s[stage] / 3600, 1000 * total / len(seconds), audio_s[stage] / total]
            writer.writerow([stage, len(seconds), *(f"{value:.4g}" for value in row)])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
