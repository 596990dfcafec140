# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "embedded-audio-emotion", "librosa==0.11.0", "numpy", "opensmile==2.6.0",
#     "praat-parselmouth==0.4.7", "rich", "soundfile", "soxr",
# ]
# [tool.uv.sources]
# embedded-audio-emotion = { path = ".." }
# ///
"""Time per clip of the acoustic features, side by side with other ways to get some.

    python benchmarks/extraction_speed.py

Writes results/extraction_speed.csv and the table in README.md. In every round each
method takes its turn on the same recording, on one core; ratios are taken within a
round, so that a machine that slows down in between slows both sides of them.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Read when numpy's and numba's threads are made, so set before anything imports them.
os.environ.update(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
)

try:
    from rich.progress import track

    import recordings
    import speed_table
    from peers import mfcc_alone, opensmile_sets, original_method, ours, praat
except ModuleNotFoundError as error:
    sys.exit(
        f"extraction_speed: {error}. It needs this package and its peers:\n"
        "    python -m pip install . librosa opensmile praat-parselmouth"
    )

Method = Callable[[recordings.Recording], Any]

METHODS: dict[str, Method] = {
    **ours.METHODS,
    **original_method.METHODS,
    **opensmile_sets.METHODS,
    **praat.METHODS,
    **mfcc_alone.METHODS,
}
SAMPLE_RATES = (44_100, 16_000)
N_ROUNDS = 15


def main() -> None:
    use_one_core()
    turns = []
    with tempfile.TemporaryDirectory() as folder:
        for sr in SAMPLE_RATES:
            turns += time_rounds(recordings.write(Path(folder), sr))
    speed_table.write_csv(speed_table.summarize(turns, reference=next(iter(ours.METHODS))))
    speed_table.write_readme()
    speed_table.show()


def use_one_core() -> None:
    if hasattr(os, "sched_setaffinity"):  # Linux
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def time_rounds(clips: list[recordings.Recording]) -> list[speed_table.Turn]:
    """Every method once in each round; each round takes the next of the recordings."""
    for method in METHODS.values():  # numba compiles and libraries load their tables
        method(clips[0])
    turns = []
    for round_number in track(range(N_ROUNDS), f"{clips[0].sr} Hz"):
        clip = clips[round_number % len(clips)]
        for name, method in METHODS.items():
            seconds = processor_time(method, clip)
            turns.append(speed_table.Turn(clip.sr, round_number, name, seconds, clip.duration_s))
    return turns


def processor_time(method: Method, clip: recordings.Recording) -> float:
    """Seconds of computing: what other programs do in between does not count."""
    start = time.process_time()
    method(clip)
    return time.process_time() - start


if __name__ == "__main__":
    main()
