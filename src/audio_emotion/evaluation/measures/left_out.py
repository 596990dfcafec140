"""Corpora that were left out of training: recall, and confidence that was fitted on the others.

Every utterance is predicted by a model that was trained without its whole corpus. Temperature and
threshold for a corpus are fitted on the other corpora, each counting the same: they have not met
it either, so that the accuracy of confident answers is what a stranger may expect.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.evaluation.measures import confidence, scores
from audio_emotion.evaluation.measures.bootstrap import Draws
from audio_emotion.evaluation.measures.confidence import WANTED, Floats
from audio_emotion.evaluation.protocols.temperature import temperature_of, with_temperature
from audio_emotion.recognition.model import Probabilities
from audio_emotion.training.metrics import SMALLEST_CLASS

FEWEST_CORPORA: Final = 2


def measure(predictions: pd.DataFrame, probabilities: Probabilities) -> dict[str, Any] | None:
    """Score corpora that were left out, each among the emotions that it has.

    Parameters
    ----------
    predictions : DataFrame
        Columns `corpus`, `speaker`, `truth`, `prediction`, each by a model without the corpus.
    probabilities : array of shape (n_utterances, n_emotions)

    Returns
    -------
    dict or None
        Of each corpus (`corpora`) its sizes, its `emotions`, the `uar` of the answers as they are,
        and `uar_among`, where the answer is the likeliest of the emotions that the corpus has;
        their means over corpora (`mean_uar`, `mean_uar_among`); and `transfer`, see there.
        Emotions of which a corpus has fewer than `SMALLEST_CLASS` utterances are left out; None if
        no corpus has two.
    """
    predictions = predictions.reset_index(drop=True)
    parts = list(_parts(predictions))
    if not parts:
        return None
    corpora = [
        _of_corpus(str(here["corpus"].iloc[0]), here, probabilities[here.index]) for here in parts
    ]
    kept = pd.concat(parts)
    return {
        "corpora": corpora,
        **{
            f"mean_{key}": float(np.mean([one[key]["value"] for one in corpora]))
            for key in ("uar", "uar_among")
        },
        "transfer": transfer(kept, probabilities[kept.index]),
    }


def among(
    probabilities: Probabilities, prediction: npt.NDArray[np.str_], emotions: list[str]
) -> npt.NDArray[np.str_]:
    """Return the likeliest of some emotions; where nobody speaks, the answer stays."""
    columns = [EMOTIONS.index(emotion) for emotion in emotions]
    likeliest = np.array(emotions)[probabilities[:, columns].argmax(axis=1)]
    return np.where(prediction == NO_SPEECH, prediction, likeliest)


def transfer(predictions: pd.DataFrame, probabilities: Probabilities) -> dict[str, Any]:
    """Measure confidence on each corpus with temperature and threshold of the other corpora.

    Returns
    -------
    dict
        Of each corpus (`corpora`) the `temperature`, the area under its risk-coverage curve
        (`area`), and per share of right answers `wanted` the `threshold`, `coverage` and
        `accuracy`; `risk_coverage` of all corpora; and `fitted_on_all`, temperature and thresholds
        for a model's file. `why` tells what cannot be measured.
    """
    truth = predictions["truth"].to_numpy(dtype=str)
    prediction = predictions["prediction"].to_numpy(dtype=str)
    right = truth == prediction
    is_speech = prediction != NO_SPEECH
    corpora = predictions["corpus"].to_numpy(dtype=str)
    names = sorted(set(corpora.tolist()))
    if len(names) < FEWEST_CORPORA:
        why = f"{len(names)} corpus was left out: fitting on others needs {FEWEST_CORPORA}"
        return {"corpora": [], "risk_coverage": None, "fitted_on_all": None, "why": why}
    confident = np.zeros(len(truth))
    entries = []
    for name in names:
        here, others = corpora == name, corpora != name
        fitted = _fit(probabilities[others], truth[others], right[others], corpora[others])
        confident[here] = is_speech[here] * _confidence(probabilities[here], fitted["temperature"])
        entries.append(
            {
                "corpus": name,
                "temperature": fitted["temperature"],
                "area": confidence.risk_coverage(confident[here], right[here])["area"],
                "thresholds": [
                    one | _effect(confident[here], right[here], one["threshold"])
                    for one in fitted["thresholds"]
                ],
            }
        )
    return {
        "corpora": entries,
        "risk_coverage": confidence.risk_coverage(confident, right),
        "fitted_on_all": _fit(probabilities, truth, right, corpora),
        "why": "",
    }


def _parts(predictions: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the utterances of each corpus, of emotions that are large enough."""
    for _corpus, here in predictions.groupby("corpus"):
        counts = here["truth"].value_counts()
        kept = here[here["truth"].isin(counts.index[counts >= SMALLEST_CLASS])]
        if kept["truth"].nunique() > 1:
            yield kept


def _of_corpus(corpus: str, here: pd.DataFrame, probabilities: Probabilities) -> dict[str, Any]:
    emotions = [emotion for emotion in EMOTIONS if (here["truth"] == emotion).any()]
    truth, prediction = (here[column].to_numpy(dtype=str) for column in ("truth", "prediction"))
    draws = Draws(here["speaker"].to_list(), here["corpus"].to_list())
    free, chosen = (
        draws.estimate(scores.measures, draws.counts(truth, labels))[0]
        for labels in (prediction, among(probabilities, prediction, emotions))
    )
    return {
        "corpus": corpus,
        "n_utterances": len(here),
        "n_speakers": draws.n_speakers,
        "emotions": emotions,
        "chance": 1 / len(emotions),
        "uar": free,
        "uar_among": chosen,
    }


def _fit(
    probabilities: Probabilities,
    truth: npt.NDArray[np.str_],
    right: npt.NDArray[np.bool_],
    corpora: npt.NDArray[np.str_],
) -> dict[str, Any]:
    """Fit temperature and thresholds, every corpus counting the same for the thresholds."""
    temperature = temperature_of(probabilities, truth)
    _, place, n = np.unique(corpora, return_inverse=True, return_counts=True)
    reached = _confidence(probabilities, temperature)
    thresholds = [
        confidence.smallest_threshold(reached, right, wanted, 1 / n[place]) for wanted in WANTED
    ]
    return {
        "temperature": temperature,
        "thresholds": [
            {"wanted": wanted, "threshold": None if np.isnan(threshold) else threshold}
            for wanted, threshold in zip(WANTED, thresholds, strict=True)
        ],
    }


def _confidence(probabilities: Probabilities, temperature: float) -> Floats:
    result: Floats = with_temperature(probabilities, temperature).max(axis=1)
    return result


def _effect(
    confident: Floats, right: npt.NDArray[np.bool_], threshold: float | None
) -> dict[str, Any]:
    if threshold is None:
        return {"coverage": 0.0, "accuracy": None}
    return confidence.coverage(confident >= threshold, right)
