"""Write web/features.json: how each emotion sounds in the corpora, for people without them.

    python web/make_features.py generated_dataset/extracted_acoustic_features.csv

Quantiles of four features over all recordings of an emotion. Every corpus counts the same,
however many recordings it has, as their microphones differ more than their emotions do; corpora
with fewer than 20 of an emotion do not count for it.
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
FEWEST: Final = 20

Floats = npt.NDArray[np.float64]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the file for the table that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("table", type=Path)
    given = parser.parse_args(arguments)
    table = pd.read_csv(given.table, usecols=["corpus", "emotion", *FEATURES])
    lines = [json.dumps(name) + ": " + json.dumps(distribution(table, name)) for name in FEATURES]
    head = json.dumps({"quantiles": QUANTILES, "recordings": len(table)})[1:-1]
    OUT.write_text(f"{{\n{head},\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"wrote {OUT.name}")


def distribution(table: pd.DataFrame, name: str) -> dict[str, list[float]]:
    """Quantiles of a feature for each emotion; 0 stands for a voice that was not found."""
    found: dict[str, list[float]] = {}
    for emotion in EMOTIONS:
        rows = table[(table["emotion"] == emotion) & (table[name] != 0)]
        size: Any = rows.groupby("corpus")[name].transform("size")
        rows, size = rows[size >= FEWEST], size[size >= FEWEST]
        values = quantiles(rows[name].to_numpy(float), 1 / size.to_numpy(float))
        found[emotion] = [float(f"{value:.4g}") for value in values]
    return found


def quantiles(values: Floats, weights: Floats) -> Floats:
    """Quantiles of weighted values: where the cumulated weight, half of its own in, gets to."""
    order = np.argsort(values)
    cumulated = np.cumsum(weights[order]) - weights[order] / 2
    found: Floats = np.interp(QUANTILES, cumulated / weights.sum(), values[order])
    return found


if __name__ == "__main__":
    main()
