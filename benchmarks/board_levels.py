"""Of the sample's recordings, how many an exported sketch finds and names, by level and gain.

    python benchmarks/board_levels.py

The sketch of the Pico runs in the double of its I2S driver (tests/board_interfaces): each recording
with AE_GAIN 0, which are the upper 16 bits, and 24. Writes benchmarks/results/board_levels.csv. The
likeliest emotion counts, confident or not.
"""

import re
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "helpers")]

import board_doubles  # noqa: E402
from audio_emotion.data import audio  # noqa: E402
from audio_emotion.data.catalogue import catalogue  # noqa: E402
from audio_emotion.export import export  # noqa: E402
from audio_emotion.recognition.model import load_model  # noqa: E402

RESULT = Path(__file__).parent / "results" / "board_levels.csv"
SKETCH = board_doubles.EXAMPLES["RP2040_I2S"]
GAINS_DB = (0, 24)
# Level of the recordings, and an offset in units of the upper 16 bits.
CONDITIONS = ((0, 0), (-12, 0), (-22, 0), (-32, 0), (-22, 300))
BEFORE, AFTER = np.zeros(8000, np.int16), np.zeros(20_000, np.int16)


def sketch(root: Path, gain_db: int) -> Path:
    """Compile the sketch with a gain, and without a threshold of confidence."""
    header = root / "arduino" / "src" / "AudioEmotion.h"
    header.write_text(
        re.sub(r"spoken && ae_net_is_confident\([^;]*;", "spoken;", header.read_text())
    )
    source = root / "arduino" / SKETCH.source
    source.write_text(re.sub(r"(#define AE_GAIN +)\d+", rf"\g<1>{gain_db}", source.read_text()))
    return board_doubles.build(root, SKETCH, root / f"gain{gain_db}")


def words_of(path: str, level_db: float, offset: int) -> board_doubles.Words:
    samples = np.concatenate([BEFORE, audio.read(path), AFTER]).astype(np.float64)
    words = samples * 10 ** (level_db / 20) * 2**16 + offset * 2**16
    return (np.clip(np.rint(words / 256), -(2**23), 2**23 - 1) * 256).astype(np.int32)


def main() -> None:
    clips = catalogue(ROOT / "sample").utterances
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        export.export(load_model(), root / "arduino", "arduino")
        for gain_db in GAINS_DB:
            program = sketch(root, gain_db)
            for level_db, offset in CONDITIONS:
                found = right = 0
                for path, emotion in zip(clips["path"], clips["emotion"], strict=True):
                    answers = board_doubles.run(program, words_of(path, level_db, offset)).answers()
                    found += answers != []
                    right += emotion in answers
                rows.append((gain_db, level_db, offset, len(clips), found, right))
                print(*rows[-1], flush=True)
    columns = ["gain_db", "level_db", "offset", "recordings", "found", "right"]
    pd.DataFrame(rows, columns=columns).to_csv(RESULT, index=False)


if __name__ == "__main__":
    main()
