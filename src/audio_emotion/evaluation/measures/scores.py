"""Recall, precision and F1: in all, per emotion and per corpus, with intervals over speakers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.evaluation.measures.bootstrap import Array, Counts, Draws
from audio_emotion.training.metrics import SMALLEST_CLASS

MEASURES: Final = ("uar", "macro_f1", "weighted_f1", "accuracy")
PER_CLASS: Final = ("recall", "precision", "f1")


def measures(counts: Counts) -> Array:
    """Compute UAR, macro F1, weighted F1 and accuracy of confusion matrices, as `metrics` does.

    Parameters
    ----------
    counts : array of shape (..., n_emotions, n_emotions + 1)
        Rows are the truth; the last column, of answers that nobody speaks, may be missing.

    Returns
    -------
    array of shape (..., 4)
        In the order of `MEASURES`; NaN where there is no utterance.
    """
    recall, _, f1 = np.moveaxis(per_class(counts).reshape(*counts.shape[:-1], 3), -1, 0)
    support = counts.sum(axis=-1)
    total = support.sum(axis=-1)
    there = support > 0
    correct = np.trace(counts, axis1=-2, axis2=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        n_classes = there.sum(axis=-1)
        uar = np.where(there, recall, 0).sum(axis=-1) / n_classes
        macro = np.where(there, f1, 0).sum(axis=-1) / n_classes
        weighted = (np.where(there, f1, 0) * support).sum(axis=-1) / total
        return np.stack([uar, macro, weighted, correct / total], axis=-1)


def per_class(counts: Counts) -> Array:
    """Compute recall, precision and F1 of each emotion.

    Returns
    -------
    array of shape (..., n_emotions * 3)
        NaN where the emotion does not occur, in the truth (recall), among the predictions
        (precision), or in either (F1).
    """
    correct = np.diagonal(counts, axis1=-2, axis2=-1)
    support, predicted = counts.sum(axis=-1), counts.sum(axis=-2)[..., : len(EMOTIONS)]
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.stack(
            [correct / support, correct / predicted, 2 * correct / (support + predicted)], axis=-1
        )
    return values.reshape(*values.shape[:-2], -1)


def score(predictions: pd.DataFrame) -> dict[str, Any]:
    """Score predictions.

    Parameters
    ----------
    predictions : DataFrame
        At least one row; columns `corpus`, `speaker`, `truth`, `prediction`.

    Returns
    -------
    dict
        Numbers of utterances and speakers, `MEASURES` as estimates, the same of `guessing` (each
        emotion that occurs is predicted as often; its UAR is also `chance`) and of always
        predicting the `majority`, `per_class` and the confusion matrix.
    """
    truth = predictions["truth"].to_numpy(dtype=str)
    draws = Draws(predictions["speaker"].to_list(), predictions["corpus"].to_list())
    counts = draws.counts(truth, predictions["prediction"].to_numpy(dtype=str))
    found = dict(zip(MEASURES, draws.estimate(measures, counts), strict=True))
    classes = [emotion for emotion in EMOTIONS if emotion in set(truth)]
    of_classes = draws.estimate(per_class, counts)
    return {
        "n_utterances": len(predictions),
        "n_speakers": draws.n_speakers,
        "classes": classes,
        **found,
        "chance": 1 / len(classes),
        "guessing": _guessing(truth, classes),
        "majority": _majority(truth),
        "per_class": [
            {
                "emotion": emotion,
                "n_utterances": int((truth == emotion).sum()),
                **dict(zip(PER_CLASS, of_classes[3 * place : 3 * place + 3], strict=True)),
            }
            for place, emotion in enumerate(EMOTIONS)
        ],
        "confusion": counts.sum(axis=0).astype(int).tolist(),
    }


def by_corpus(predictions: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Score each corpus over the emotions of which it has `SMALLEST_CLASS` utterances."""
    for corpus, here in predictions.groupby("corpus"):
        counts = here["truth"].value_counts()
        enough = [emotion for emotion in EMOTIONS if counts.get(emotion, 0) >= SMALLEST_CLASS]
        kept = here[here["truth"].isin(enough)]
        entry = {
            "corpus": str(corpus),
            "left_out": {
                str(emotion): int(n) for emotion, n in counts.items() if emotion not in enough
            },
        }
        if kept.empty:
            reason = f"no emotion has {SMALLEST_CLASS} utterances there"
            yield entry | {"n_utterances": len(here), "why": reason}
        else:
            yield entry | score(kept)


def flat(entry: dict[str, Any], **where: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of `scores.csv` of a result of `score`."""
    sizes = {"n_utterances": entry["n_utterances"], "n_speakers": entry["n_speakers"]}
    for name in MEASURES:
        baselines = {"guessing": entry["guessing"][name], "majority": entry["majority"][name]}
        yield _row(where, "all", name, entry[name]) | sizes | baselines
    for one in entry["per_class"]:
        sizes["n_utterances"] = one["n_utterances"]
        for name in PER_CLASS:
            yield _row(where, one["emotion"], name, one[name]) | sizes


def _row(
    where: dict[str, str], emotion: str, measure: str, estimate: dict[str, Any]
) -> dict[str, Any]:
    return where | {"emotion": emotion, "measure": measure} | estimate


def _guessing(truth: npt.NDArray[np.str_], classes: list[str]) -> dict[str, float]:
    """Compute the expected scores of predicting each emotion as often, whatever the truth."""
    counts = np.zeros((len(EMOTIONS), len(EMOTIONS)))
    places = [EMOTIONS.index(emotion) for emotion in classes]
    for emotion, place in zip(classes, places, strict=True):
        counts[place, places] = (truth == emotion).sum() / len(classes)
    return dict(zip(MEASURES, map(float, measures(counts)), strict=True))


def _majority(truth: npt.NDArray[np.str_]) -> dict[str, Any]:
    """Score always predicting the commonest emotion."""
    emotions, n = np.unique(truth, return_counts=True)
    commonest = str(emotions[n.argmax()])
    counts = np.zeros((len(EMOTIONS), len(EMOTIONS)))
    for emotion, support in zip(emotions, n, strict=True):
        counts[EMOTIONS.index(str(emotion)), EMOTIONS.index(commonest)] = support
    return {
        "emotion": commonest,
        **dict(zip(MEASURES, map(float, measures(counts)), strict=True)),
    }
