"""How far less gain moves each acoustic feature, in standard deviations over recordings.

    python benchmarks/level_dependence.py generated_dataset/audio_dataframe.csv

Every tenth recording, 20 and 30 dB quieter. Writes benchmarks/results/level_dependence.csv, from
which `training.classifiers.LEVEL_FEATURES` are taken.
"""

import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from audio_emotion.data import audio
from audio_emotion.data.feature_table import read_catalogue
from audio_emotion.engine import features
from audio_emotion.training.classifiers import LEVEL_FEATURES

RESULT = Path(__file__).parent / "results" / "level_dependence.csv"
GAINS_DB = (0, -20, -30)
EVERY = 10


def at_gains(path: str) -> list[features.FeatureVector]:
    samples = audio.read(path).astype(np.float64)
    return [
        features.extract(np.rint(samples * 10 ** (gain_db / 20)).astype(np.int16))
        for gain_db in GAINS_DB
    ]


def main() -> None:
    paths = read_catalogue(Path(sys.argv[1]))["path"].to_list()[::EVERY]
    parallel = joblib.Parallel(n_jobs=-1)
    values = np.array(parallel(joblib.delayed(at_gains)(path) for path in paths), np.float64)
    recorded, *quieter = np.moveaxis(values, 1, 0)
    table = pd.DataFrame({"feature": features.names()})
    for gain_db, moved in zip(GAINS_DB[1:], quieter, strict=True):
        shift = np.abs(moved - recorded).mean(axis=0) / recorded.std(axis=0)
        table[f"shift_{-gain_db}_db"] = shift
    table["level"] = table["feature"].isin(LEVEL_FEATURES)
    table = table.sort_values(f"shift_{-GAINS_DB[-1]}_db", ascending=False)
    table.to_csv(RESULT, index=False, float_format="%.3g")
    print(table.head(20).to_string(index=False))


if __name__ == "__main__":
    main()
