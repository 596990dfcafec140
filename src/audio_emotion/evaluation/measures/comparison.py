"""Comparison of two models on the same utterances, with McNemar's test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from audio_emotion.errors import InputError
from audio_emotion.evaluation.measures.bootstrap import Array, Counts, Draws
from audio_emotion.evaluation.measures.scores import MEASURES, measures
from audio_emotion.training.metrics import SMALLEST_CLASS


def compare(ours: pd.DataFrame, theirs: pd.DataFrame) -> dict[str, Any]:
    """Compare predictions of the utterances that both models may predict.

    Parameters
    ----------
    ours, theirs : DataFrame
        Columns `path`, `corpus`, `speaker`, `truth`, `prediction`.

    Returns
    -------
    dict
        Utterances and speakers, how many only one of the two got right, the probability of so
        uneven a division if both were equally good (`mcnemar_p`, exact), and per measure the
        figures of both and the difference, ours minus theirs, with its interval over speakers; and
        the UAR of each corpus (`corpora`), over the emotions of which it has `SMALLEST_CLASS`
        utterances.

    Raises
    ------
    InputError
        They have no utterance in common.
    """
    both = ours.merge(theirs[["path", "prediction"]], on="path", suffixes=("", "_theirs"))
    if both.empty:
        raise InputError(
            "no utterance is of a speaker that neither model was trained on, so they cannot be "
            "compared: compare models that were trained without the same speakers."
        )
    right = (both["prediction"] == both["truth"]).to_numpy()
    theirs_right = (both["prediction_theirs"] == both["truth"]).to_numpy()
    only_ours, only_theirs = int((right & ~theirs_right).sum()), int((~right & theirs_right).sum())
    return {
        "n_utterances": len(both),
        "n_speakers": int(both["speaker"].nunique()),
        "only_ours_right": only_ours,
        "only_theirs_right": only_theirs,
        "mcnemar_p": mcnemar(only_ours, only_theirs),
        "measures": [{"measure": name, **one} for name, one in _paired(both)],
        "corpora": list(_by_corpus(both)),
    }


def _paired(both: pd.DataFrame) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each measure of both, and the difference over the same speakers."""
    truth = both["truth"].to_numpy(dtype=str)
    draws = Draws(both["speaker"].to_list(), both["corpus"].to_list())
    first, second = (
        draws.counts(truth, both[column].to_numpy(dtype=str))
        for column in ("prediction", "prediction_theirs")
    )
    for name, one, other, difference in zip(
        MEASURES,
        draws.estimate(measures, first),
        draws.estimate(measures, second),
        draws.estimate(_difference, first, second, within=(-1, 1)),
        strict=True,
    ):
        yield name, {"ours": one, "theirs": other, "difference": difference}


def _by_corpus(both: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for corpus, here in both.groupby("corpus"):
        counts = here["truth"].value_counts()
        kept = here[here["truth"].isin(counts.index[counts >= SMALLEST_CLASS])]
        if len(kept):
            yield {"corpus": str(corpus), **dict(_paired(kept))["uar"]}


def mcnemar(only_ours: int, only_theirs: int) -> float:
    """Return the probability of a division at least as uneven, by chance (McNemar, exact).

    Examples
    --------
    >>> mcnemar(0, 0), mcnemar(3, 3), mcnemar(10, 0)
    (1.0, 1.0, 0.001953125)
    """
    n = only_ours + only_theirs
    return float(np.round(binomtest(only_ours, n).pvalue, 12)) if n else 1.0


def shown_p(p: float) -> str:
    """Format a probability of `mcnemar`, which is rounded: 0 means below 1e-12.

    Examples
    --------
    >>> shown_p(0.0), shown_p(0.0314)
    ('below 1e-12', '0.031')
    """
    return f"{p:.2g}" if p else "below 1e-12"


def _difference(ours: Counts, theirs: Counts) -> Array:
    return measures(ours) - measures(theirs)
