"""How much a model's confidence is worth: calibration, abstaining, and what both should be.

What the model's file holds, temperature and threshold, is measured as it is. Beside it stands what
could be had: a temperature and a threshold that are fitted on some speakers and measured on others,
so that nobody's utterances choose their own.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import GroupKFold

from audio_emotion.evaluation.measures.bootstrap import codes
from audio_emotion.recognition.model import Probabilities
from audio_emotion.training.calibration import UNTRAINED_CLASS_SCORE, fit_temperature

N_BINS: Final = 20
CROSS_FITS: Final = 5
WANTED: Final = (0.5, 0.7, 0.8)
CURVE_POINTS: Final = 100

Booleans = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def confidence(
    answers: pd.DataFrame, probabilities: Probabilities, thresholds: Floats
) -> dict[str, Any]:
    """Measure how well the largest probability says whether the answer is right.

    Parameters
    ----------
    answers : DataFrame
        Columns `speaker`, `truth`, `prediction`.
    probabilities : array of shape (n_utterances, n_emotions)
    thresholds : array of shape (n_utterances,)
        Of the model that answered.
    """
    truth = answers["truth"].to_numpy(dtype=str)
    right = (answers["truth"] == answers["prediction"]).to_numpy()
    surest = probabilities.max(axis=1)
    speakers = answers["speaker"].to_numpy(dtype=str)
    result = {
        "as_stored": calibration(surest, right),
        "stored_threshold": {
            "lowest": float(thresholds.min()),
            "highest": float(thresholds.max()),
            **_answered(surest >= thresholds, right),
        },
        "risk_coverage": risk_coverage(surest, right),
    }
    groups = _groups(speakers)
    if groups is None:
        reason = f"one speaker, {speakers[0]}: fitting and measuring need two"
        return result | {"cross_fitted": None, "thresholds": [], "why": reason}
    temperatures, refitted = _recalibrated(probabilities, truth, groups)
    best = refitted.max(axis=1)
    return result | {
        "cross_fitted": {"temperatures": temperatures, **calibration(best, right)},
        "thresholds": [chosen(surest, right, groups, wanted) for wanted in WANTED],
        "why": "",
    }


def calibration(surest: Floats, right: Booleans) -> dict[str, Any]:
    r"""Compare the largest probability with how often the answer is right, in `N_BINS` bins.

    The expected calibration error is :math:`\sum_b \frac{n_b}{n} |\mathrm{right}_b -
    \mathrm{confidence}_b|` (Guo et al. 2017).

    Parameters
    ----------
    surest : array of shape (n_utterances,)
    right : bool array of shape (n_utterances,)
    """
    place = np.clip((surest * N_BINS).astype(int), 0, N_BINS - 1)
    bins = []
    error = 0.0
    for number in range(N_BINS):
        here = place == number
        if here.any():
            mean, share = float(surest[here].mean()), float(right[here].mean())
            error += here.mean() * abs(mean - share)
            bins.append(
                {
                    "from": number / N_BINS,
                    "n_utterances": int(here.sum()),
                    "probability": mean,
                    "right": share,
                }
            )
    return {
        "expected_calibration_error": float(error),
        "mean_probability": float(surest.mean()),
        "accuracy": float(right.mean()),
        "bins": bins,
    }


def risk_coverage(surest: Floats, right: Booleans) -> dict[str, Any]:
    """Share of wrong answers when only the surest are given.

    Returns
    -------
    dict
        `area` below the curve, that is the mean risk over all coverages (Geifman and El-Yaniv
        2017); `area_if_ideal`, were each right answer surer than each wrong one;
        `area_if_useless`, were the confidence unrelated; and `curve`. Utterances that are equally
        sure count as their mean.
    """
    levels, place = np.unique(-surest, return_inverse=True)
    n_at = np.bincount(place, minlength=len(levels))
    wrong_at = np.bincount(place, weights=~right, minlength=len(levels)) / n_at
    wrong = np.repeat(wrong_at, n_at)  # by falling confidence, ties shared
    covered = np.arange(1, len(wrong) + 1)
    risk = np.cumsum(wrong) / covered
    ideal = np.maximum(covered - right.sum(), 0) / covered
    points = np.unique(np.ceil(np.linspace(0.01, 1, CURVE_POINTS) * len(risk)).astype(int) - 1)
    ordered = np.sort(surest)[::-1]
    return {
        "area": float(risk.mean()),
        "area_if_ideal": float(ideal.mean()),
        "area_if_useless": float((~right).mean()),
        "curve": [
            {
                "coverage": float(covered[point] / len(risk)),
                "risk": float(risk[point]),
                "probability": float(ordered[point]),
            }
            for point in points
        ],
    }


def smallest_threshold(surest: Floats, right: Booleans, wanted: float) -> float:
    """Smallest probability from which on at least the share `wanted` of answers is right.

    Returns
    -------
    float
        NaN if there is none.
    """
    order = np.argsort(-surest, kind="stable")
    ordered = surest[order]
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last_of_its_kind = np.append(ordered[1:] < ordered[:-1], True)  # a threshold parts no ties
    good = np.flatnonzero((share >= wanted) & last_of_its_kind)
    return float(ordered[good[-1]]) if len(good) else float("nan")


def chosen(
    surest: Floats, right: Booleans, groups: list[npt.NDArray[np.intp]], wanted: float
) -> dict[str, Any]:
    """Choose a threshold on the other speakers and measure it on each group of them."""
    sure = np.zeros(len(surest), dtype=bool)
    thresholds = []
    for rows in groups:
        others = np.setdiff1d(np.arange(len(surest)), rows)
        threshold = smallest_threshold(surest[others], right[others], wanted)
        thresholds.append(threshold)
        sure[rows] = surest[rows] >= threshold
    if np.isnan(thresholds).any():
        return {
            "wanted": wanted,
            "threshold": None,
            "why": f"no threshold has {wanted:.0%} right answers among other speakers",
        }
    return {
        "wanted": wanted,
        "threshold": float(np.mean(thresholds)),
        "lowest": min(thresholds),
        "highest": max(thresholds),
        **_answered(sure, right),
        "why": "",
    }


def _groups(speakers: npt.NDArray[np.str_]) -> list[npt.NDArray[np.intp]] | None:
    """Rows of groups of speakers, of about the same size; None of one speaker alone."""
    n = min(CROSS_FITS, len(set(speakers.tolist())))
    if n < 2:
        return None
    return [rows for _, rows in GroupKFold(n).split(speakers, groups=speakers)]


def _recalibrated(
    probabilities: Probabilities, truth: npt.NDArray[np.str_], groups: list[npt.NDArray[np.intp]]
) -> tuple[list[float], Probabilities]:
    """Divide each group's scores by the temperature that the others need."""
    scores = np.where(
        probabilities > 0, np.log(np.maximum(probabilities, 1e-300)), UNTRAINED_CLASS_SCORE
    )
    result = np.empty_like(scores)
    temperatures = []
    for rows in groups:
        others = np.setdiff1d(np.arange(len(truth)), rows)
        possible = others[scores[others, codes(truth[others])] > UNTRAINED_CLASS_SCORE]
        temperature = fit_temperature(scores[possible], truth[possible]) if len(possible) else 1.0
        temperatures.append(temperature)
        odds = scores[rows] / temperature
        odds = np.exp(odds - odds.max(axis=1, keepdims=True))
        result[rows] = odds / odds.sum(axis=1, keepdims=True)
    return temperatures, result


def _answered(sure: Booleans, right: Booleans) -> dict[str, Any]:
    """Count what a threshold lets through."""
    return {
        "answered": float(sure.mean()),
        "accuracy": float(right[sure].mean()) if sure.any() else None,
    }
