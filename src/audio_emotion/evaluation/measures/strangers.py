"""Strangers who just talk, and sounds in which nobody speaks.

Reading aloud is neutral, so an emotion is a false answer there, and a confident one a harmful one.
Sounds without speech have no right answer but that nobody speaks.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.evaluation.measures.bootstrap import shares
from audio_emotion.evaluation.protocols.evaluation_split import READ_SPEECH

NEUTRAL: Final = "neutral"
ALL: Final = "all"


def read_speech(predictions: pd.DataFrame) -> dict[str, Any] | None:
    """Measure the answers to neutral sentences of strangers.

    Parameters
    ----------
    predictions : DataFrame
        Columns `corpus`, `speaker`, `truth`, `prediction`, `confident`.

    Returns
    -------
    dict or None
        Sizes; the shares `confident_false` (a confident emotion other than neutral),
        `neutral_or_not_confident`, `neutral`, `confident` and `no_speech`, as estimates; and per
        emotion (`predictions`) the share of answers and of confident ones. None without read
        speech.
    """
    here = predictions[predictions["corpus"] == READ_SPEECH]
    if here.empty:
        return None
    prediction = here["prediction"].to_numpy(dtype=str)
    confident = here["confident"].to_numpy(dtype=bool)
    is_neutral = prediction == NEUTRAL
    found = shares(
        here["speaker"].to_list(),
        here["corpus"].to_list(),
        confident_false=confident & ~is_neutral,
        neutral_or_not_confident=is_neutral | ~confident,
        neutral=is_neutral,
        confident=confident,
        no_speech=prediction == NO_SPEECH,
    )
    return {
        "n_utterances": len(here),
        "n_speakers": int(here["speaker"].nunique()),
        **found,
        "predictions": [
            {
                "emotion": emotion,
                "share": float(np.mean(prediction == emotion)),
                "confident": float(np.mean(confident & (prediction == emotion))),
            }
            for emotion in EMOTIONS
        ],
    }


def non_speech(predictions: pd.DataFrame) -> list[dict[str, Any]]:
    """Measure the answers to sounds in which nobody speaks, of all and of each corpus.

    Returns
    -------
    list of dict
        `corpus`, sizes, and the shares that are `answered` with an emotion and `confident`, with
        intervals over sources; empty if there are no such sounds.
    """
    return _by_corpus(
        predictions[predictions["truth"] == NO_SPEECH],
        answered=lambda here: here["prediction"] != NO_SPEECH,
        confident=lambda here: here["confident"],
    )


def speech_missed(predictions: pd.DataFrame) -> list[dict[str, Any]]:
    """Measure how much speech is called no speech, of all and of each corpus, read speech too."""
    return _by_corpus(
        predictions[predictions["truth"] != NO_SPEECH],
        no_speech=lambda here: here["prediction"] == NO_SPEECH,
    )


def _by_corpus(predictions: pd.DataFrame, **what: Any) -> list[dict[str, Any]]:
    if predictions.empty:
        return []
    return [
        {
            "corpus": str(corpus),
            "n_utterances": len(here),
            "n_speakers": int(here["speaker"].nunique()),
            **shares(
                here["speaker"].to_list(),
                here["corpus"].to_list(),
                **{name: of(here).to_numpy(dtype=bool) for name, of in what.items()},
            ),
        }
        for corpus, here in ((ALL, predictions), *predictions.groupby("corpus"))
    ]
