"""Confidence: calibration, and coverage with the stored and with cross-fitted thresholds.

Temperature and threshold of the model's file are measured as they are. Beside them stand a
temperature and a threshold that are fitted on some speakers and measured on others, so that no
utterance takes part in choosing its own.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import GroupKFold

from audio_emotion.evaluation.protocols.temperature import temperature_of, with_temperature
from audio_emotion.recognition.model import Probabilities

N_BINS: Final = 20
CROSS_FITS: Final = 5
WANTED: Final = (0.5, 0.7, 0.8)
CURVE_POINTS: Final = 100

_ROUNDING: Final = 1e-9  # of sums of weights

Booleans = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def measure(
    predictions: pd.DataFrame, probabilities: Probabilities, thresholds: Floats
) -> dict[str, Any]:
    """Measure how well the largest probability predicts whether the prediction is right.

    Parameters
    ----------
    predictions : DataFrame
        Columns `speaker`, `truth`, `prediction`, `confident`.
    probabilities : array of shape (n_utterances, n_emotions)
    thresholds : array of shape (n_utterances,)
        Of the models that predicted.
    """
    truth = predictions["truth"].to_numpy(dtype=str)
    right = (predictions["truth"] == predictions["prediction"]).to_numpy()
    confidence = probabilities.max(axis=1)
    speakers = predictions["speaker"].to_numpy(dtype=str)
    result = {
        "as_stored": calibration(confidence, right),
        "stored_threshold": {
            "lowest": float(thresholds.min()),
            "highest": float(thresholds.max()),
            **coverage(predictions["confident"].to_numpy(dtype=bool), right),
        },
        "risk_coverage": risk_coverage(confidence, right),
    }
    groups = _groups(speakers)
    if groups is None:
        reason = f"one speaker, {speakers[0]}: fitting and measuring need two"
        return result | {"cross_fitted": None, "thresholds": [], "why": reason}
    temperatures, refitted = _recalibrated(probabilities, truth, groups)
    return result | {
        "cross_fitted": {"temperatures": temperatures, **calibration(refitted.max(axis=1), right)},
        "thresholds": [cross_fit_threshold(confidence, right, groups, share) for share in WANTED],
        "why": "",
    }


def calibration(confidence: Floats, right: Booleans) -> dict[str, Any]:
    r"""Compare the largest probability with the share of right predictions, in `N_BINS` bins.

    The expected calibration error is :math:`\sum_b \frac{n_b}{n} |\mathrm{right}_b -
    \mathrm{confidence}_b|` (Guo et al. 2017).

    Parameters
    ----------
    confidence : array of shape (n_utterances,)
    right : bool array of shape (n_utterances,)
    """
    place = np.clip((confidence * N_BINS).astype(int), 0, N_BINS - 1)
    bins = []
    error = 0.0
    for number in range(N_BINS):
        here = place == number
        if here.any():
            mean, share = float(confidence[here].mean()), float(right[here].mean())
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
        "mean_probability": float(confidence.mean()),
        "accuracy": float(right.mean()),
        "bins": bins,
    }


def risk_coverage(confidence: Floats, right: Booleans) -> dict[str, Any]:
    """Compute the share of wrong predictions among the most confident ones.

    Returns
    -------
    dict
        `area` below the curve, that is the mean risk over all coverages (Geifman and El-Yaniv
        2017); `area_if_ideal`, were each right prediction more confident than each wrong one;
        `area_if_useless`, were the confidence unrelated; and `curve`. Utterances of equal
        confidence count as their mean.
    """
    levels, place = np.unique(-confidence, return_inverse=True)
    n_at = np.bincount(place, minlength=len(levels))
    wrong_at = np.bincount(place, weights=~right, minlength=len(levels)) / n_at
    wrong = np.repeat(wrong_at, n_at)  # by falling confidence, ties shared
    covered = np.arange(1, len(wrong) + 1)
    risk = np.cumsum(wrong) / covered
    ideal = np.maximum(covered - right.sum(), 0) / covered
    points = np.unique(np.ceil(np.linspace(0.01, 1, CURVE_POINTS) * len(risk)).astype(int) - 1)
    ordered = np.sort(confidence)[::-1]
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


def smallest_threshold(
    confidence: Floats, right: Booleans, wanted: float, weights: Floats | None = None
) -> float:
    """Return the smallest threshold with at least the share `wanted` of right predictions.

    Parameters
    ----------
    confidence : array of shape (n_utterances,)
    right : bool array of shape (n_utterances,)
    wanted : float
    weights : array of shape (n_utterances,), optional
        How much each utterance counts; by default all the same.

    Returns
    -------
    float
        NaN if there is none.
    """
    order = np.argsort(-confidence, kind="stable")
    ordered = confidence[order]
    weight = np.ones(len(order)) if weights is None else weights[order]
    share = np.cumsum(weight * right[order]) / np.cumsum(weight)
    last_of_its_kind = np.append(ordered[1:] < ordered[:-1], True)  # no threshold separates ties
    good = np.flatnonzero((share >= wanted - _ROUNDING) & last_of_its_kind)
    return float(ordered[good[-1]]) if len(good) else float("nan")


def cross_fit_threshold(
    confidence: Floats, right: Booleans, groups: list[npt.NDArray[np.intp]], wanted: float
) -> dict[str, Any]:
    """Choose a threshold on the other speakers and measure it on each group of speakers."""
    confident = np.zeros(len(confidence), dtype=bool)
    thresholds = []
    for rows in groups:
        others = np.setdiff1d(np.arange(len(confidence)), rows)
        threshold = smallest_threshold(confidence[others], right[others], wanted)
        thresholds.append(threshold)
        confident[rows] = confidence[rows] >= threshold
    if np.isnan(thresholds).any():
        return {
            "wanted": wanted,
            "threshold": None,
            "why": f"no threshold has {wanted:.0%} right predictions of other speakers",
        }
    return {
        "wanted": wanted,
        "threshold": float(np.mean(thresholds)),
        "lowest": min(thresholds),
        "highest": max(thresholds),
        **coverage(confident, right),
        "why": "",
    }


def _groups(speakers: npt.NDArray[np.str_]) -> list[npt.NDArray[np.intp]] | None:
    """Return the rows of groups of speakers, of about the same size; None of one speaker alone."""
    n = min(CROSS_FITS, len(set(speakers.tolist())))
    if n < 2:
        return None
    return [rows for _, rows in GroupKFold(n).split(speakers, groups=speakers)]


def _recalibrated(
    probabilities: Probabilities, truth: npt.NDArray[np.str_], groups: list[npt.NDArray[np.intp]]
) -> tuple[list[float], Probabilities]:
    """Divide each group's scores by the temperature fitted on the others."""
    result = np.empty_like(probabilities)
    temperatures = []
    for rows in groups:
        others = np.setdiff1d(np.arange(len(truth)), rows)
        temperatures.append(temperature_of(probabilities[others], truth[others]))
        result[rows] = with_temperature(probabilities[rows], temperatures[-1])
    return temperatures, result


def coverage(confident: Booleans, right: Booleans) -> dict[str, Any]:
    """Return the share of confident predictions, and of these the share of right ones."""
    return {
        "coverage": float(confident.mean()),
        "accuracy": float(right[confident].mean()) if confident.any() else None,
    }
