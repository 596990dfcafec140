"""Scores of predictions against the truth.

All functions take (truth, prediction), in that order. A class that never occurs in the truth has
no recall: it counts as *not defined* and stays out of every mean, rather than entering it as 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.metrics import confusion_matrix, f1_score

from audio_emotion.errors import InputError

Labels = Sequence[str] | npt.NDArray[np.str_]

# A class with fewer utterances of a corpus is left out of its scores: CREMA-D's six angry clips at
# hand would otherwise weigh as much as its 871 happy ones.
SMALLEST_CLASS: Final = 20


def uar(truth: Labels, prediction: Labels) -> float:
    r"""Compute the unweighted average recall: the mean of the per-class recalls.

    .. math:: \mathrm{UAR} = \frac{1}{|C|} \sum_{c \in C} \frac{TP_c}{N_c}

    with :math:`C` the classes that occur in the truth. Every emotion counts the same however few
    utterances carry it, so always answering the commonest one scores only 1 / n_classes.

    Examples
    --------
    >>> uar(["sad", "sad", "happy", "happy"], ["sad", "happy", "happy", "happy"])
    0.75
    """
    classes = _classes(truth, prediction)
    return float(np.mean(list(recall(truth, prediction, classes).values())))


def recall(truth: Labels, prediction: Labels, classes: Sequence[str]) -> dict[str, float]:
    r"""Compute the recall of each class, :math:`TP_c / N_c`; NaN if the truth lacks the class.

    Examples
    --------
    >>> recall(["sad", "sad"], ["sad", "happy"], ["happy", "sad"])
    {'happy': nan, 'sad': 0.5}
    """
    _classes(truth, prediction)
    is_truth = np.asarray(truth)[:, None] == np.asarray(classes)
    is_found = is_truth & (np.asarray(prediction)[:, None] == np.asarray(classes))
    support = is_truth.sum(axis=0)
    found = is_found.sum(axis=0)
    return {
        name: float(hits / n) if n else float("nan")
        for name, hits, n in zip(classes, found, support, strict=True)
    }


def macro_f1(truth: Labels, prediction: Labels) -> float:
    r"""Compute the mean of the per-class F1 scores, over the classes that occur in the truth.

    .. math:: F_{1,c} = \frac{2\,TP_c}{2\,TP_c + FP_c + FN_c}

    Examples
    --------
    >>> round(macro_f1(["sad", "sad", "happy", "happy"], ["sad", "happy", "happy", "happy"]), 3)
    0.733
    """
    classes = _classes(truth, prediction)
    return float(f1_score(truth, prediction, labels=classes, average="macro", zero_division=0))


def weighted_f1(truth: Labels, prediction: Labels) -> float:
    r"""Compute the mean of the per-class F1 scores, weighted by the support of each class.

    .. math:: \sum_c \frac{N_c}{N} F_{1,c}

    Examples
    --------
    >>> round(weighted_f1(["sad", "happy", "happy"], ["sad", "sad", "happy"]), 3)
    0.667
    """
    classes = _classes(truth, prediction)
    return float(f1_score(truth, prediction, labels=classes, average="weighted", zero_division=0))


def confusion(truth: Labels, prediction: Labels, classes: Sequence[str]) -> npt.NDArray[np.int64]:
    """Count how often each true class (row) was predicted as each class (column).

    Raises
    ------
    InputError
        A label is not in `classes`, so it would be missing from the counts.

    Examples
    --------
    >>> confusion(["sad", "sad", "happy"], ["sad", "happy", "happy"], ["happy", "sad"])
    array([[1, 0],
           [1, 1]])
    """
    _classes(truth, prediction)
    unknown = sorted({*map(str, truth), *map(str, prediction)} - set(classes))
    if unknown:
        raise InputError(f"label {unknown[0]!r} is not one of the classes {', '.join(classes)}.")
    counts = confusion_matrix(truth, prediction, labels=list(classes))
    return np.asarray(counts, dtype=np.int64)


def by_corpus(
    corpora: npt.NDArray[np.str_], truth: npt.NDArray[np.str_], prediction: npt.NDArray[np.str_]
) -> dict[str, dict[str, float]]:
    """Compute `uar` and `macro_f1` of each corpus over its `n_classes` large enough classes.

    A class with fewer than `SMALLEST_CLASS` utterances of a corpus is left out there.

    Examples
    --------
    >>> sad = np.full(20, "sad")
    >>> by_corpus(np.full(20, "tess"), sad, sad)
    {'tess': {'uar': 1.0, 'macro_f1': 1.0, 'n_classes': 1}}
    """
    result = {}
    for corpus in sorted(set(corpora.tolist())):
        here = corpora == corpus
        emotions, counts = np.unique(truth[here], return_counts=True)
        classes = emotions[counts >= SMALLEST_CLASS]
        here &= np.isin(truth, classes)
        if here.any():
            result[corpus] = {
                "uar": uar(truth[here], prediction[here]),
                "macro_f1": macro_f1(truth[here], prediction[here]),
                "n_classes": len(classes),
            }
    return result


def _classes(truth: Labels, prediction: Labels) -> list[str]:
    """Return the classes that occur in the truth, sorted; check that the two are comparable."""
    if len(truth) != len(prediction):
        raise InputError(
            f"{len(truth)} true labels and {len(prediction)} predictions: there must be one "
            "prediction for each."
        )
    if not len(truth):
        raise InputError("no utterances to score: give at least one true label.")
    return sorted({str(label) for label in truth})
