"""A small made-up dataset whose features separate the emotions, of unseen speakers too."""

import numpy as np
import pandas as pd

from audio_emotion.data.corpora import COLUMNS, NO_LANGUAGE
from audio_emotion.data.feature_table import FeatureTable
from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH

FIRST = features.names().index("mfcc_02_mean")

SPEAKERS = {
    "ravdess": [f"ravdess_{actor:02d}" for actor in (1, 2, 5, 6, 9, 10)],
    "tess": ["tess_OAF", "tess_YAF"],
    "mine": ["mine_ada", "mine_bob"],
}


SOUNDS = {"noise": [f"freesound_{n}" for n in range(6)], "nonspeech": ["nonspeech_n1"]}


def with_no_speech(data: FeatureTable, per_source: int = 5) -> FeatureTable:
    """Add sounds in which nobody speaks, unlike every emotion."""
    generator = np.random.default_rng(1)
    rows, values = [], []
    for corpus, sources in SOUNDS.items():
        for source in sources:
            for take in range(per_source):
                path = f"{corpus}/{source}_{take}.wav"
                rows.append((path, corpus, source, "", NO_SPEECH, "", "", "", NO_LANGUAGE))
                values.append(generator.normal(0, 1, len(features.names())) + 3)
    catalogue = pd.DataFrame(rows, columns=list(COLUMNS))
    return FeatureTable(
        pd.concat([data.catalogue, catalogue], ignore_index=True),
        np.concatenate([data.utterances, np.array(values, np.float32)]),
    )


def dataset(*, per_emotion: int = 5, shuffled: bool = False, seed: int = 0) -> FeatureTable:
    """Return `per_emotion` utterances of each speaker and emotion.

    A speaker shifts all features, an emotion seven of its own, none of which is of absolute level.
    """
    generator = np.random.default_rng(seed)
    n_features = len(features.names())
    rows, values = [], []
    for corpus, speakers in SPEAKERS.items():
        for speaker in speakers:
            offset = generator.normal(0, 0.5, n_features)
            for index, emotion in enumerate(EMOTIONS):
                for take in range(per_emotion):
                    path = f"{corpus}/{speaker}/{emotion}_{take}.wav"
                    rows.append((path, corpus, speaker, "", emotion, "", "", str(take), ""))
                    value = offset + generator.normal(0, 1, n_features)
                    value[FIRST + 7 * np.arange(7) + index] += 1.5
                    values.append(value)
    catalogue = pd.DataFrame(rows, columns=list(COLUMNS))
    if shuffled:
        catalogue["emotion"] = generator.permutation(catalogue["emotion"].to_numpy())
    return FeatureTable(catalogue, np.array(values, dtype=np.float32))
