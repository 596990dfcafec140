# /// script
# requires-python = ">=3.11"
# dependencies = ["cffi", "numpy", "praat-parselmouth==0.4.7", "scipy", "soundfile"]
# ///
"""Compare pitch, jitter, shimmer and harmonicity of the core with Praat's.

    python benchmarks/voice_against_praat.py speech-emotion-recognition-en/Ravdess

Praat measures with its standard settings for 75 to 600 Hz. Writes
benchmarks/results/voice_against_praat.csv: errors of f0 over the frames that both call
voiced (gross is beyond 20 %), how often they agree on voicing, and Spearman's
correlation of the recordings' jitter, shimmer and mean harmonics-to-noise ratio, with
the median of the core's values and of Praat's.
"""

import csv
import sys
from pathlib import Path

import numpy as np
import soundfile
from scipy.stats import spearmanr

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests" / folder) for folder in (".", "golden", "helpers")]

from make_praat_voice import praat_voice  # noqa: E402

from core_voice_quality import SR, voice  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "voice_against_praat.csv"
GROSS_CENTS = 1200 * np.log2(1.2)


def main(folder: Path) -> None:
    f0_hz, utterances = [], []
    for path in sorted([*folder.rglob("*.flac"), *folder.rglob("*.ogg"), *folder.rglob("*.wav")]):
        pcm, rate = soundfile.read(path, dtype="int16")
        assert rate == SR, path
        core, (frames, praat) = voice(pcm), praat_voice(pcm)
        f0_hz.append([core.f0_hz, frames[:, 0]])
        utterances.append([[core.jitter, core.shimmer, core.hnr_db], praat])
    core_hz, praat_hz = np.concatenate(f0_hz, axis=1)
    ours, theirs = core_hz > 0, praat_hz > 0
    cents = np.abs(1200 * np.log2(core_hz[ours & theirs] / praat_hz[ours & theirs]))
    rows = [
        ("recordings", len(utterances)),
        ("frames", len(core_hz)),
        ("f0_median_error_cents", np.median(cents)),
        ("f0_gross_error_percent", 100 * np.mean(cents > GROSS_CENTS)),
        ("voicing_agreement_percent", 100 * np.mean(ours == theirs)),
        ("voicing_recall_percent", 100 * np.mean(ours[theirs])),
        ("voicing_precision_percent", 100 * np.mean(theirs[ours])),
    ]
    values = np.array(utterances)  # recording, core or Praat, feature
    for feature, name in enumerate(("jitter_local", "shimmer_local", "hnr_db")):
        core, praat = values[np.isfinite(values[:, 1, feature]), :, feature].T
        rows.append((f"{name}_spearman", spearmanr(core, praat).statistic))
        rows.append((f"{name}_median", np.median(core)))
        rows.append((f"{name}_median_praat", np.median(praat)))
    with RESULT.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["quantity", "value"])
        table.writerows((name, f"{value:.5g}" if value % 1 else int(value)) for name, value in rows)
    print(RESULT.read_text(), end="")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
