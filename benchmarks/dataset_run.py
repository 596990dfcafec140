"""Time `audio-emotion dataset` over a folder of corpora, from nothing to both tables.

    python benchmarks/dataset_run.py speech-emotion-recognition-en

Writes results/dataset_run.csv.
"""

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import soundfile

from audio_emotion.data.listing import AUDIO_SUFFIXES

RESULT = Path(__file__).parent / "results" / "dataset_run.csv"


def main(root: Path) -> None:
    recordings = [path for path in root.rglob("*") if path.suffix.lower() in AUDIO_SUFFIXES]
    seconds = sum(soundfile.info(path).duration for path in recordings)
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        command = [sys.executable, "-c", "from audio_emotion.cli import main; main()"]
        subprocess.run([*command, "dataset", str(root), "--out", out], check=True)
        wall = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = used.ru_utime + used.ru_stime
    row = {
        "recordings": len(recordings),
        "hours_of_speech": seconds / 3600,
        "cores": os.cpu_count(),
        "wall_s": wall,
        "processor_s": processor,
        "times_real_time_per_core": seconds / processor,
        "largest_process_mb": used.ru_maxrss / 1024,
    }
    with RESULT.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(row)
        writer.writerow(
            f"{value:.4g}" if isinstance(value, float) else value for value in row.values()
        )
    print(RESULT.read_text(), end="")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
