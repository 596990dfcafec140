"""Run a day of sound through the core: nothing may drift, no counter may overflow.

    python benchmarks/soak.py [--hours 24]

Recordings of `sample/`, with pauses in between, are processed again and again by `soak.c`: by both
listeners, whose utterances must be the same in every round, and as one utterance that lasts all
day, by the acoustic features and by the network. Writes `results/soak.csv`.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np

from audio_emotion.data import audio
from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent
CSV: Final = HERE / "results" / "soak.csv"

FLAGS: Final = ("-std=c99", "-O3", "-ffp-contract=off", "-D_XOPEN_SOURCE=600")
PAUSE_S: Final = 1.0
# What follows the noise counts in blocks of 0.8 s; else every round would begin elsewhere in one.
ROUND: Final = 80 * features.HOP_LENGTH
SMALL: Final = 0.001  # a value below it is compared with it
HISTORY: Final = {
    "acoustic": "listener with acoustic features",
    "network": "listener with the network, getting used to the speaker",
    "utterance": "one utterance, acoustic features",
    "recognizer": "one utterance, network",
}


def minutes_of_sound() -> np.ndarray:
    """The sample of RAVDESS, with pauses of faint noise."""
    random = np.random.default_rng(1)
    pieces = []
    for path in sorted((ROOT / "sample" / "Ravdess").rglob("*.*")):
        noise = random.normal(0, 3, int(PAUSE_S * features.SAMPLE_RATE))
        pieces += [audio.read(path), np.rint(noise).astype(np.int16)]
    sound = np.concatenate(pieces)
    return sound[: len(sound) // ROUND * ROUND]


def run(program: Path, what: str, sound: Path, hours: int) -> tuple[list[list[float]], float]:
    """Rows of soak.c, and the seconds they took."""
    began = time.perf_counter()
    network = ROOT / "models" / "default.aem"
    done = subprocess.run(
        [program, what, sound, network, str(hours)], capture_output=True, text=True, check=True
    )
    rows = [[float(value) for value in line.split(",")] for line in done.stdout.splitlines()]
    return rows, time.perf_counter() - began


def drift(what: str, rows: list[list[float]]) -> tuple[str, float]:
    """The value that changed most since the first hour, and by how much of itself."""
    names = list(features.names()) if what == "utterance" else list(EMOTIONS)
    first, last = np.array(rows[0][3:]), np.array(rows[-1][3:])
    if not len(first):
        return "", 0.0
    assert np.isfinite(last).all()
    change = np.abs(last - first) / np.maximum(np.abs(first), SMALL)
    return names[int(change.argmax())], float(change.max())


def main() -> None:
    """Run all four at two at a time, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=int, default=24)
    hours = parser.parse_args().hours
    with tempfile.TemporaryDirectory() as folder:
        program, sound = Path(folder) / "soak", Path(folder) / "sound"
        sources = [HERE / "soak.c", *sorted((ROOT / "core").glob("*.c"))]
        subprocess.run(["cc", *FLAGS, f"-I{ROOT / 'core'}", "-o", program, *sources], check=True)
        samples = minutes_of_sound()
        samples.tofile(sound)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = dict(
                zip(
                    HISTORY,
                    pool.map(lambda what: run(program, what, sound, hours), HISTORY),
                    strict=True,
                )
            )
    table = []
    for what, (rows, seconds) in results.items():
        n_rounds, n_utterances, last_change = (int(value) for value in rows[-1][:3])
        listener = what in ("acoustic", "network")
        most, change = drift(what, rows)
        table.append(
            {
                "what": HISTORY[what],
                "hours": hours,
                "samples": n_rounds * len(samples),
                "rounds": n_rounds,
                "utterances": n_utterances if listener else 1,
                "same_since_round": last_change if listener else "",
                "largest_change": "" if listener else f"{change:.3g}",
                "of": most,
                "times_real_time": round(hours * 3600 / seconds),
            }
        )
    with CSV.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    for row in table:
        print(*(f"{name}={value}" for name, value in row.items() if value != ""), sep="  ")
    late = [
        row["what"]
        for row in table
        if row["same_since_round"] not in ("",)
        and (int(row["same_since_round"]) > row["rounds"] // 2)
    ]
    if late:
        sys.exit(f"soak: {late[0]} has not come to rest")


if __name__ == "__main__":
    main()
