"""Fairness: differences of recall and precision between women and men, and between corpora.

A gap is a difference of means over emotions, so that it does not depend on how often a group was
recorded with each emotion. The limit is the one published with audEERING's ser-tests
(arXiv 2312.06270).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.evaluation.measures.bootstrap import FEWEST_SPEAKERS, Array, Counts, Draws
from audio_emotion.evaluation.measures.scores import per_class
from audio_emotion.training.metrics import SMALLEST_CLASS

LIMIT: Final = 0.075
SEXES: Final = ("female", "male")
MOST_NAMED: Final = 3
GAPS: Final = ("recall", "precision")


def measure(predictions: pd.DataFrame) -> dict[str, Any]:
    """Compare women with men, within each corpus that has both, and each corpus with the others.

    Parameters
    ----------
    predictions : DataFrame
        Columns `corpus`, `speaker`, `sex`, `truth`, `prediction`.
    """
    return {
        "limit": LIMIT,
        "sex": list(_of_sexes(predictions)),
        "corpus": list(_of_corpora(predictions)),
    }


def _of_sexes(predictions: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Compare within corpora: TESS has only women and SAVEE only men."""
    both = []
    for corpus, here in predictions.groupby("corpus"):
        missing = [sex for sex in SEXES if not (here["sex"] == sex).any()]
        if missing:
            yield {"where": str(corpus), "why": f"no speaker there is known to be {missing[0]}"}
        else:
            both.append(str(corpus))
            yield {"where": str(corpus), **_gap(here, "sex", SEXES)}
    if len(both) > 1:
        pooled = predictions[predictions["corpus"].isin(both)]
        where = " and ".join(both) if len(both) <= MOST_NAMED else f"these {len(both)} corpora"
        yield {"where": where, **_gap(pooled, "sex", SEXES)}


def _of_corpora(predictions: pd.DataFrame) -> Iterator[dict[str, Any]]:
    corpora = sorted(set(predictions["corpus"]))
    for corpus in corpora if len(corpora) > 1 else ():
        named = predictions.assign(
            group=np.where(predictions["corpus"] == corpus, corpus, "the others")
        )
        yield {"where": corpus, **_gap(named, "group", (corpus, "the others"))}


def _gap(predictions: pd.DataFrame, column: str, groups: Sequence[str]) -> dict[str, Any]:
    """Subtract the second group's figures from the first one's, over emotions both have."""
    predictions = predictions[predictions[column].isin(groups)]
    n = predictions.groupby([column, "truth"]).size()
    shared = [
        emotion
        for emotion in EMOTIONS
        if all(n.get((group, emotion), 0) >= SMALLEST_CLASS for group in groups)
    ]
    if not shared:
        return {"why": f"no emotion has {SMALLEST_CLASS} utterances of each"}
    predictions = predictions[predictions["truth"].isin(shared)]
    draws = Draws(
        predictions["speaker"].to_list(), (predictions[column] + predictions["corpus"]).to_list()
    )
    truth = predictions["truth"].to_numpy(dtype=str)
    prediction = predictions["prediction"].to_numpy(dtype=str)
    of_groups = []
    for group in groups:
        mine = (predictions[column] == group).to_numpy()
        of_groups.append(draws.counts(truth, prediction, where=mine))
    places = [EMOTIONS.index(emotion) for emotion in shared]

    def differences(first: Counts, second: Counts) -> Array:
        """Return gaps of recall and precision: means over emotions, then those of each emotion."""
        of_each = (per_class(first) - per_class(second)).reshape(*first.shape[:-2], -1, 3)
        of_each = of_each[..., places, :2]
        means = of_each.mean(axis=-2)
        return np.concatenate([means, of_each.reshape(*means.shape[:-1], -1)], axis=-1)

    means_and_each = draws.estimate(differences, *of_groups, within=(-1, 1))
    fewest = min(predictions.groupby(column)["speaker"].nunique())
    if fewest < FEWEST_SPEAKERS:
        for estimate in means_and_each:
            estimate["low"] = estimate["high"] = None
            estimate["why"] = estimate["why"] or f"a group of {fewest}: too few for an interval"
    return {
        "groups": [
            {
                "name": group,
                "n_utterances": int((predictions[column] == group).sum()),
                "n_speakers": int(predictions["speaker"][predictions[column] == group].nunique()),
            }
            for group in groups
        ],
        "emotions": shared,
        **dict(zip(GAPS, means_and_each, strict=False)),
        "per_class": [
            {
                "emotion": emotion,
                **dict(zip(GAPS, means_and_each[2 + 2 * k : 4 + 2 * k], strict=True)),
            }
            for k, emotion in enumerate(shared)
        ],
        "why": "",
    }
