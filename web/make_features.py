"""Write web/features.json: the distribution of acoustic features per emotion in the corpora.

    python web/make_features.py generated_dataset/extracted_acoustic_features.csv

Quantiles of four features over all recordings of an emotion. Corpora have equal weight, as their
microphones differ more than their emotions do; a corpus with fewer than 20 recordings of an emotion
is left out of it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.engine.emotions import EMOTIONS

OUT: Final = Path(__file__).parent / "features.json"

FEATURES: Final = ("f0_mean", "rms_db_mean", "jitter_local", "shimmer_local")
QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
MIN_RECORDINGS: Final = 20

Floats = npt.NDArray[np.float64]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the file from a table of features."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("table", type=Path)
    given = parser.parse_args(arguments)
    table = pd.read_csv(given.table, usecols=["corpus", "emotion", *FEATURES])
    lines = [json.dumps(name) + ": " + json.dumps(distribution(table, name)) for name in FEATURES]
    head = json.dumps({"quantiles": QUANTILES, "recordings": len(table)})[1:-1]
    OUT.write_text(f"{{\n{head},\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"wrote {OUT.name}")


def distribution(table: pd.DataFrame, name: str) -> dict[str, list[float]]:
    """Return quantiles of a feature per emotion, without zeros (no voiced frame)."""
    found: dict[str, list[float]] = {}
    for emotion in EMOTIONS:
        rows = table[(table["emotion"] == emotion) & (table[name] != 0)]
        size: Any = rows.groupby("corpus")[name].transform("size")
        rows, size = rows[size >= MIN_RECORDINGS], size[size >= MIN_RECORDINGS]
        values = quantiles(rows[name].to_numpy(float), 1 / size.to_numpy(float))
        found[emotion] = [float(f"{value:.4g}") for value in values]
    return found


def quantiles(values: Floats, weights: Floats) -> Floats:
    """Return weighted quantiles, interpolated at the midpoints of the cumulative weights."""
    order = np.argsort(values)
    cumulated = np.cumsum(weights[order]) - weights[order] / 2
    found: Floats = np.interp(QUANTILES, cumulated / weights.sum(), values[order])
    return found


if __name__ == "__main__":
    main()
