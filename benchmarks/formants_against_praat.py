# /// script
# requires-python = ">=3.11"
# dependencies = ["cffi", "numpy", "praat-parselmouth==0.4.7", "scipy", "soundfile"]
# ///
"""Compare the ranks of recordings by the formants of the core and of Praat.

    python benchmarks/formants_against_praat.py speech-emotion-recognition-en/Ravdess

Both see the frames that Praat calls voiced; Praat measures with its defaults ("To
Formant (burg)": five formants below 5500 Hz). Writes
benchmarks/results/formants_against_praat.csv: for each formant and statistic over the
frames of a recording, Spearman's correlation over the recordings and the median of the
difference, core minus Praat.
"""

import csv
import sys
from pathlib import Path

import numpy as np
import soundfile
from scipy.stats import spearmanr

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests" / folder) for folder in (".", "golden", "helpers")]

from make_praat_formants import praat_formants  # noqa: E402

from core_formants import SR, formants, frames_of  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "formants_against_praat.csv"
STATISTICS = {"median": np.nanmedian, "mean": np.nanmean, "std": np.nanstd}
FEWEST_FRAMES = 10  # voiced ones; a statistic of fewer says little


def main(folder: Path) -> None:
    summaries, n_frames, n_incomplete = [], 0, 0
    for path in sorted(folder.rglob("*.flac")):
        pcm, rate = soundfile.read(path, dtype="int16")
        assert rate == SR, path
        frame, *praat = praat_formants(pcm).T.astype(np.float64)
        if len(frame) < FEWEST_FRAMES:
            continue
        core = formants(frames_of(pcm)[frame.astype(int)])
        n_frames += len(core)
        n_incomplete += int(np.isnan(core).any(axis=1).sum())
        both = core, np.transpose(praat)
        summaries.append([[f(hz, axis=0) for f in STATISTICS.values()] for hz in both])
    values = np.array(summaries)  # recording, core or Praat, statistic, formant
    with RESULT.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["formant", "statistic", "recordings", "spearman", "median_difference_hz"])
        for formant in range(3):
            for index, statistic in enumerate(STATISTICS):
                core, praat = values[:, :, index, formant].T
                spearman = spearmanr(core, praat).statistic
                difference = np.median(core - praat)
                row = [f"f{formant + 1}", statistic, len(core)]
                table.writerow([*row, f"{spearman:.4f}", f"{difference:.1f}"])
    print(RESULT.read_text() + f"{n_incomplete} of {n_frames} frames without three formants")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
