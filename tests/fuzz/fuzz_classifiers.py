"""A classifier of any kind with an array or a number changed: refused, or it gives probabilities.

Compiled code of scikit-learn follows the numbers, so a file that got past the check would crash.
"""

from __future__ import annotations

import random
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Final

import atheris
import numpy as np

with atheris.instrument_imports(
    include=["audio_emotion.recognition.skops_file", "audio_emotion.recognition.skops_check"]
):
    from audio_emotion.engine import features
    from audio_emotion.errors import ModelError
    from audio_emotion.recognition.model import load_model

import hostile_classifiers
from audio_emotion.training.classifiers import ZOO

PATH: Final = Path(tempfile.mkdtemp(prefix="audio_emotion_fuzz_")) / "m.skops"
NAMES: Final = tuple(ZOO)
UTTERANCES: Final = np.random.default_rng(1).normal(size=(2, len(features.names())))


def one_input(data: bytes) -> None:
    """Change a sound file up to three times; load it and predict."""
    draw = random.Random(data)
    members = hostile_classifiers.members(NAMES[data[0] % len(NAMES) if data else 0])
    for _ in range(draw.choice((1, 1, 2, 3))):
        members = hostile_classifiers.mutated(members, draw)
    try:
        loaded = load_model(hostile_classifiers.written(PATH, members))
        probabilities = loaded.probabilities(UTTERANCES.astype(np.float32))
        speech = loaded.speech(UTTERANCES.astype(np.float32))
    except ModelError:
        return
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert ((speech >= 0) & (speech <= 1)).all()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    for name in NAMES:
        hostile_classifiers.members(name)  # once, before inputs are timed
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
