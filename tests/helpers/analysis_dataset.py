"""Made-up tables of features with known effects of emotion and speaker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from audio_emotion.data.corpora import COLUMNS
from audio_emotion.data.feature_table import FeatureTable
from audio_emotion.engine import features

CORPORA = {
    "ravdess": ["ravdess_01", "ravdess_02", "ravdess_05"],
    "mine": ["mine_ada", "mine_bob", "mine_cy"],
}
EMOTIONS = ("anger", "fear", "neutral", "sadness")

# What is added to a feature, in standard deviations of its noise, by emotion and speaker.
Effect = Callable[[str, str], float]


def dataset(
    effects: Mapping[str, Effect] = MappingProxyType({}),
    *,
    corpora: Mapping[str, Sequence[str]] = CORPORA,
    emotions: Sequence[str] = EMOTIONS,
    takes: int = 10,
    seed: int = 0,
) -> FeatureTable:
    """Return `takes` utterances of each speaker and emotion; features are noise plus effects."""
    rows = [
        (f"{speaker}/{emotion}_{take}.wav", corpus, speaker, "", emotion, "", "", str(take), "")
        for corpus, speakers in corpora.items()
        for speaker in speakers
        for emotion in emotions
        for take in range(takes)
    ]
    catalogue = pd.DataFrame(rows, columns=list(COLUMNS))
    values = np.random.default_rng(seed).normal(size=(len(rows), len(features.names())))
    for name, effect in effects.items():
        values[:, features.names().index(name)] += [
            effect(emotion, speaker)
            for emotion, speaker in zip(catalogue["emotion"], catalogue["speaker"], strict=True)
        ]
    return FeatureTable(catalogue, values.astype(np.float32))


def write(data: FeatureTable, path: Path) -> Path:
    """Write the table as `audio-emotion dataset` does."""
    values = pd.DataFrame(data.utterances, columns=list(features.names()))
    table = pd.concat([data.catalogue, values], axis=1)
    table.to_csv(path, index=False, float_format="%.9g")
    return path
