"""Made-up catalogues, tables and predictions for the tests of evaluation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from audio_emotion.data.corpora import COLUMNS
from audio_emotion.data.feature_table import FeatureTable
from audio_emotion.engine import features
from audio_emotion.engine import network_file as network
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.network_file import Metadata
from random_networks import example


def write(data: FeatureTable, folder: Path) -> Path:
    """Write catalogue and features as `audio-emotion dataset` does; the catalogue."""
    values = pd.DataFrame(data.utterances, columns=list(features.names()))
    table = pd.concat([data.catalogue, values], axis=1)
    table.to_csv(folder / "extracted_acoustic_features.csv", index=False, float_format="%.9g")
    path = folder / "audio_dataframe.csv"
    data.catalogue.to_csv(path, index=False)
    return path


def catalogue(speakers: dict[str, list[str]], *, per_emotion: int = 1) -> pd.DataFrame:
    """Return utterances of every speaker and emotion without recordings."""
    rows = [
        (f"{speaker}_{emotion}_{take}.wav", corpus, speaker, "", emotion, "", "", str(take), "")
        for corpus, members in speakers.items()
        for speaker in members
        for emotion in EMOTIONS
        for take in range(per_emotion)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def model_file(path: Path, speakers: list[str], *, first: int = 0) -> Path:
    """Write a network of random weights, trained on these speakers by its metadata.

    Networks with another `first` give their emotions in another order.
    """
    metadata = Metadata("Random", "random weights", "0", "made up", "0", speakers)
    made = example()
    emotions = made.emotions[first:] + made.emotions[:first]
    network.write(replace(made, emotions=emotions), path, metadata)
    return path


def predictions(
    n_speakers: int = 6, per_emotion: int = 5, *, right: float = 0.5, seed: int = 0
) -> pd.DataFrame:
    """Return predictions of speakers of two corpora, a share of them right, the others random."""
    random = np.random.default_rng(seed)
    table = catalogue(
        {
            "a": [f"a_{k}" for k in range(n_speakers // 2)],
            "b": [f"b_{k}" for k in range(n_speakers - n_speakers // 2)],
        },
        per_emotion=per_emotion,
    ).rename(columns={"emotion": "truth"})
    table["sex"] = ["female" if name[-1] in "02468" else "male" for name in table["speaker"]]
    guesses = random.choice(EMOTIONS, len(table))
    table["prediction"] = np.where(random.random(len(table)) < right, table["truth"], guesses)
    table["confident"] = True
    return table
