"""Adaptation to a speaker: recall against utterances heard before, and whom it harms.

Every speaker's utterances are predicted in random orders, without labels. An adapted answer is
compared with the answer to the same utterance of a model that has not met the speaker, so that
groups of other utterances do not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from audio_emotion.engine.features import FeatureVector
from audio_emotion.evaluation.protocols.answers import answer
from audio_emotion.evaluation.protocols.evaluation_split import EvaluationSplit
from audio_emotion.progress import RunOptions
from audio_emotion.recognition.model import EmotionModel
from audio_emotion.training import metrics

FEWEST_EMOTIONS: Final = 4
N_ORDERS: Final = 10
SEED: Final = 0
PREVIOUS: Final = {"none": 0, "1 to 4": 1, "5 to 9": 5, "10 to 19": 10, "20 or more": 20}
"""Numbers of utterances of the speaker before, in groups: single numbers have too few."""
MUCH_WORSE: Final = 0.05


def measure(
    split: EvaluationSplit,
    predictions: pd.DataFrame,
    extracted: Mapping[str, FeatureVector],
    options: RunOptions,
) -> list[dict[str, Any]] | None:
    """Predict every speaker's utterances in random orders, adapting to the speaker.

    Parameters
    ----------
    split : EvaluationSplit
    predictions : DataFrame
        Columns `path`, `fold`, `corpus`, `speaker`, `truth`, `prediction`, without adaptation.
    extracted : mapping
        What the model of its fold extracted from each path.
    options : RunOptions

    Returns
    -------
    list of dict, or None
        Of each corpus with `FEWEST_EMOTIONS` emotions: `uar`, a list of the UAR by `previous`
        utterances with `n` predictions, beside that of the same utterances `without` adaptation;
        and `harm`, see `_harm`. None if the models do not adapt.
    """
    models = {fold.name: fold.model for fold in split.fold_models}
    if not all(model.adapts for model in models.values()):
        return None
    found = []
    for corpus, here in predictions.groupby("corpus"):
        counts = here["truth"].value_counts()
        kept = here[here["truth"].isin(counts.index[counts >= metrics.SMALLEST_CLASS])]
        if kept["truth"].nunique() < FEWEST_EMOTIONS:
            continue
        adapted = pd.concat(
            _in_orders(models[str(fold)], of_speaker, extracted)
            for (fold, _speaker), of_speaker in kept.groupby(["fold", "speaker"])
        )
        found.append(
            {"corpus": str(corpus), "uar": list(_by_previous(adapted)), "harm": _harm(adapted)}
        )
        options.progress(len(found), None)
    return found


def _in_orders(
    model: EmotionModel, utterances: pd.DataFrame, extracted: Mapping[str, FeatureVector]
) -> pd.DataFrame:
    """Predict one speaker's utterances in `N_ORDERS` orders."""
    rows = [extracted[path] for path in utterances["path"]]
    random = np.random.default_rng(SEED)
    adapted = []
    for _ in range(N_ORDERS):
        adaptation = model.adaptation()
        for n_before, place in enumerate(random.permutation(len(rows))):
            label = str(answer(model, rows[place][None], adaptation).labels[0])
            adapted.append((n_before, place, label))
            adaptation.update(rows[place])
    previous, places, labels = zip(*adapted, strict=True)
    table = utterances.iloc[list(places)][["speaker", "truth", "prediction"]]
    return table.assign(previous=previous, adapted=labels)


def _by_previous(adapted: pd.DataFrame) -> Iterator[dict[str, Any]]:
    group = np.searchsorted(list(PREVIOUS.values()), adapted["previous"], side="right") - 1
    for number, name in enumerate(PREVIOUS):
        here = adapted[group == number]
        if len(here):
            truth = here["truth"].to_numpy(dtype=str)
            yield {
                "previous": name,
                "n": len(here),
                "adapted": metrics.uar(truth, here["adapted"].to_numpy(dtype=str)),
                "without": metrics.uar(truth, here["prediction"].to_numpy(dtype=str)),
            }


def _harm(adapted: pd.DataFrame) -> dict[str, Any]:
    """Compare the accuracy of each speaker's later utterances with and without adaptation.

    Returns
    -------
    dict
        `n_speakers`, the share of them that are `worse` by anything and `much_worse` by more than
        `MUCH_WORSE`, the `mean` change of the accuracy and that of the speaker with the `worst`.
    """
    later = adapted[adapted["previous"] > 0]
    gain = (later["adapted"] == later["truth"]).astype(float)
    gain -= (later["prediction"] == later["truth"]).astype(float)
    change = gain.groupby(later["speaker"]).mean()
    if change.empty:
        return {"n_speakers": 0, "worse": None, "much_worse": None, "mean": None, "worst": None}
    return {
        "n_speakers": len(change),
        "worse": float((change < 0).mean()),
        "much_worse": float((change < -MUCH_WORSE).mean()),
        "mean": float(change.mean()),
        "worst": float(change.min()),
    }
