"""Measure the error of the integer log-mel against double precision on real speech.

    python benchmarks/frontend_error.py speech-emotion-recognition-en/Ravdess

Writes benchmarks/results/frontend_error.csv: one row per range, the bands that lie within
so many dB of their frame's strongest; errors in nat (natural logarithm of energy). The
target is stated for 50 dB: 0.1 at most, 0.02 in the mean.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from audio_emotion.data import audio

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "helpers")]

from front_end import FrontEnd  # noqa: E402
from reference import mel, spectrum  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "frontend_error.csv"
FRAME_LENGTH, HOP_LENGTH = 400, 160
RANGES_DB = (30, 50, 70)
PERCENTILES = (50, 99, 99.9, 99.99)
NAT_PER_OCTAVE = np.log(2)

Values = NDArray[np.float32]


def recordings(folder: Path) -> list[Path]:
    """Return all audio below the folder."""
    return sorted(p for p in folder.rglob("*") if p.suffix in {".wav", ".flac", ".ogg", ".opus"})


def frames(path: Path) -> NDArray[np.int16]:
    """Return all frames of a recording, shape (n, 400)."""
    windows = np.lib.stride_tricks.sliding_window_view(audio.read(path), FRAME_LENGTH)
    return windows[::HOP_LENGTH]


def measure(paths: list[Path]) -> Iterator[tuple[int, Values, Values]]:
    """Yield frames, errors in nat and levels in dB re the strongest band of each recording.

    A band that holds less than a unit of energy, log-mel's floor, is left out.
    """
    front_end = FrontEnd()
    for path in track(paths, "measuring"):
        signal = frames(path)
        truth = mel.log2_mel(spectrum.power(signal)) * NAT_PER_OCTAVE
        got = np.array([front_end.log_mel(frame) for frame in signal]) / 512 * NAT_PER_OCTAVE
        level_db = (truth - truth.max(axis=1, keepdims=True)) * 10 / np.log(10)
        audible = truth > 0
        error = np.abs(got - truth)
        yield len(signal), error[audible].astype(np.float32), level_db[audible].astype(np.float32)


def main(folder: Path) -> None:
    """Measure and write the table."""
    paths = recordings(folder)
    n_frames, errors, levels = zip(*measure(paths), strict=True)
    error, level_db = np.concatenate(errors), np.concatenate(levels)
    RESULT.parent.mkdir(exist_ok=True)
    with RESULT.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        percentiles = [f"p{p:g}_nat" for p in PERCENTILES]
        counts = ["corpus", "recordings", "frames", "within_db", "bands"]
        table.writerow([*counts, "max_nat", "mean_nat", *percentiles])
        for range_db in RANGES_DB:
            within = error[level_db >= -range_db]
            figures = [within.max(), within.mean(dtype=float), *np.percentile(within, PERCENTILES)]
            counts = [folder.name, len(paths), sum(n_frames), range_db, len(within)]
            table.writerow([*counts, *(f"{figure:.4g}" for figure in figures)])
    print(RESULT.read_text(), end="")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
