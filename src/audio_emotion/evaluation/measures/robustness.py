"""Robustness: predictions under noise, on telephones, in rooms, at other levels.

Recall may drop by at most 0.05 under background noise and on a telephone line, and 95 % of the
predictions must stay the same under inaudible changes: the thresholds published with audEERING's
ser-tests (arXiv 2312.06270). They are applied at every level, the hardest too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.data import audio
from audio_emotion.data.folds import Indices
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import SAMPLE_RATE, FeatureVector, Samples
from audio_emotion.errors import AudioEmotionError, AudioError, InputError
from audio_emotion.evaluation.measures import non_speech
from audio_emotion.evaluation.measures.bootstrap import Array, Counts, Draws
from audio_emotion.evaluation.measures.scores import per_class
from audio_emotion.evaluation.perturbations.codecs import Coded
from audio_emotion.evaluation.perturbations.conditions import Condition
from audio_emotion.evaluation.perturbations.noises import Babble
from audio_emotion.evaluation.protocols.evaluation_split import EvaluationSplit
from audio_emotion.evaluation.protocols.predictions import (
    fold_places,
    map_recordings,
    random_generator,
)
from audio_emotion.evaluation.protocols.subsample import stratified
from audio_emotion.progress import RunOptions
from audio_emotion.recognition.model import EmotionModel, Probabilities

MAX_RECALL_DROP: Final = 0.05
MIN_UNCHANGED: Final = 0.95
RECALL_GROUPS: Final = ("noise", "kind of noise", "telephone")
UNCHANGED_GROUPS: Final = ("tiny",)

N_UTTERANCES: Final = 480


@dataclass(frozen=True)
class _Extracted:
    """Features of one recording under all conditions."""

    rows: FeatureVector  # (1 + n_conditions, n_values); the first is the recording as it is
    n_bytes: npt.NDArray[np.float64]  # (n_conditions,), NaN unless coded
    seconds: float


def measure(
    split: EvaluationSplit,
    catalogue: pd.DataFrame,
    rows: Indices,
    conditions: Sequence[Condition],
    *,
    n_utterances: int = N_UTTERANCES,
    options: RunOptions = RunOptions(),
) -> pd.DataFrame:
    """Predict the same recordings as they are and under every condition.

    Parameters
    ----------
    split : EvaluationSplit
    catalogue : DataFrame
        Columns as `corpora.COLUMNS`.
    rows : int array
        Of the catalogue; those with a model are sampled evenly (`subsample.stratified`).
    conditions : sequence of Condition
    n_utterances : int
        Largest number of recordings.
    options : RunOptions, optional

    Returns
    -------
    DataFrame
        One row per condition: `group`, `condition`, `level`, `unit`, `n_utterances`,
        `n_speakers`, `uar_clean`, `uar`, `change` of the UAR with its interval over speakers
        (`change_low`, `change_high`), `change_<emotion>` of the recalls, the share of `unchanged`
        predictions, the mean largest probability (`confidence_clean`, `confidence`), the share of
        confident predictions (`confident_clean`, `confident`; None without a threshold), the
        measured `kbit_s` of a codec with its container, and the published `threshold` with whether
        it `holds`: None where none is published. Then one row per noise without speech, of the
        group `non_speech.GROUP`; see there.

    Raises
    ------
    InputError
        None of the rows has a model, or there is no condition.
    AudioError
        A recording cannot be read, and there is no `options.failures`.
    """
    allowed = np.intersect1d(rows, split.rows)
    if not len(allowed) or not conditions:
        raise InputError(
            f"{len(allowed)} recordings and {len(conditions)} conditions: needs at least one of "
            "each. Give recordings of speakers that the model was not trained on."
        )
    chosen = stratified(catalogue, allowed, n_utterances)
    probabilities, confident, kbit_s = _predict(split, catalogue, chosen, conditions, options)
    clean, *altered = probabilities.transpose(1, 0, 2)
    confident_clean, *confident_altered = confident.T
    utterances = catalogue.iloc[chosen]
    has_threshold = any(fold.model.threshold for fold, _ in fold_places(split, chosen))
    entries = []
    for place, condition in enumerate(conditions):
        valid = np.isfinite(clean).all(axis=1) & np.isfinite(altered[place]).all(axis=1)
        entries.append(
            {
                "group": condition.group,
                "condition": condition.name,
                "level": condition.level,
                "unit": condition.unit,
                **_compare(utterances[valid], clean[valid], altered[place][valid]),
                "confident_clean": _mean(confident_clean[valid]) if has_threshold else None,
                "confident": _mean(confident_altered[place][valid]) if has_threshold else None,
                "kbit_s": kbit_s[place],
            }
        )
    without_speech = non_speech.measure(split, conditions, options.jobs)
    table = pd.DataFrame([*(entry | _verdict(entry) for entry in entries), *without_speech])
    return table.astype({"n_speakers": "Int64"})  # noise has no speakers


def _predict(
    split: EvaluationSplit,
    catalogue: pd.DataFrame,
    rows: Indices,
    conditions: Sequence[Condition],
    options: RunOptions,
) -> tuple[Probabilities, npt.NDArray[np.float64], list[float | None]]:
    """Decode each recording once, and predict it under all conditions.

    Returns
    -------
    probabilities : array of shape (n_rows, 1 + n_conditions, n_emotions)
        NaN where there is no prediction.
    confident : array of shape (n_rows, 1 + n_conditions)
        1 where the prediction is confident, else 0.
    kbit_s : list of float or None
        Of each condition, over all recordings; None unless it codes.
    """
    shape = (len(rows), 1 + len(conditions))
    probabilities = np.full((*shape, len(EMOTIONS)), np.nan)
    confident = np.zeros(shape)
    n_bytes, seconds = np.zeros(len(conditions)), 0.0
    paths = catalogue["path"].to_numpy(dtype=str)[rows].tolist()
    speakers = catalogue["speaker"].to_numpy(dtype=str)[rows].tolist()

    def extract(model: EmotionModel, place: int) -> _Extracted | AudioError:
        return _extract(model, paths[place], speakers[place], conditions)

    for fold, extracted in map_recordings(split, paths, rows, extract, options):
        for place, one in extracted.items():
            there = np.isfinite(one.rows).all(axis=1)
            probabilities[place, there] = fold.model.probabilities(one.rows[there])
            confident[place] = probabilities[place].max(axis=1) >= fold.model.threshold
            n_bytes, seconds = n_bytes + one.n_bytes, seconds + one.seconds
    rates = 8 * n_bytes / max(seconds, 1 / SAMPLE_RATE) / 1000
    return probabilities, confident, [None if np.isnan(rate) else float(rate) for rate in rates]


def _extract(
    model: EmotionModel, path: str, speaker: str, conditions: Sequence[Condition]
) -> _Extracted | AudioError:
    """Extract the features of a recording as it is and under every condition."""
    extractor = model.extractor()

    def features(samples: Samples) -> FeatureVector:
        extractor.reset()
        extractor.process(samples)
        return extractor.finish()

    try:
        samples = audio.read(path)
        rows = [features(samples)]
    except AudioError as error:
        return error
    except AudioEmotionError as error:
        return AudioError(f"{path}: {error}")
    n_bytes = np.full(len(conditions), np.nan)
    for place, condition in enumerate(conditions):
        # The same noise at every level, so that levels differ by nothing else.
        random = random_generator(path, f"{condition.group} {condition.name}")
        if isinstance(condition, Coded):
            encoded = condition.encode(samples)
            n_bytes[place] = len(encoded)
            altered = condition.decode(encoded, len(samples))
        elif isinstance(condition, Babble):
            altered = condition.without(speaker)(samples, random)
        else:
            altered = condition(samples, random)
        rows.append(features(altered))
    return _Extracted(np.stack(rows), n_bytes, len(samples) / SAMPLE_RATE)


def _compare(
    utterances: pd.DataFrame, clean: Probabilities, altered: Probabilities
) -> dict[str, Any]:
    """Compare the predictions of the same utterances; NaN if there are none."""
    truth = utterances["emotion"].to_numpy(dtype=str)
    draws = Draws(utterances["speaker"].to_list(), utterances["corpus"].to_list())
    predictions = [np.array(EMOTIONS)[given.argmax(axis=1)] for given in (clean, altered)]
    before, after = (draws.counts(truth, given) for given in predictions)
    uar_clean, uar, change, *changes = draws.estimate(_recalls, before, after, within=(-1, 1))
    return {
        "n_utterances": len(utterances),
        "n_speakers": draws.n_speakers,
        "uar_clean": uar_clean["value"],
        "uar": uar["value"],
        "uar_low": uar["low"],
        "uar_high": uar["high"],
        "change": change["value"],
        "change_low": change["low"],
        "change_high": change["high"],
        **{
            f"change_{emotion}": of_one["value"]
            for emotion, of_one in zip(EMOTIONS, changes, strict=True)
        },
        "unchanged": _mean(predictions[0] == predictions[1]),
        "confidence_clean": _mean(clean.max(axis=1)),
        "confidence": _mean(altered.max(axis=1)),
    }


def _recalls(before: Counts, after: Counts) -> Array:
    """Return UAR before and after, its change, and those of the recalls."""
    first, second = (
        per_class(counts).reshape(*counts.shape[:-1], -1)[..., 0] for counts in (before, after)
    )
    with np.errstate(invalid="ignore"):
        there = np.isfinite(first)
        n = there.sum(axis=-1)
        uars = [np.where(there, recall, 0).sum(axis=-1) / n for recall in (first, second)]
    summary = np.stack([*uars, uars[1] - uars[0]], axis=-1)
    return np.concatenate([summary, second - first], axis=-1)


def _verdict(entry: dict[str, Any]) -> dict[str, Any]:
    """Compare a condition with the threshold published for its group."""
    if entry["group"] in RECALL_GROUPS and entry["change"] is not None:
        rule, holds = f"recall drops by at most {MAX_RECALL_DROP:g}", entry["change"]
        return {"threshold": rule, "holds": bool(holds >= -MAX_RECALL_DROP)}
    if entry["group"] in UNCHANGED_GROUPS and entry["unchanged"] is not None:
        rule = f"{MIN_UNCHANGED:.0%} of predictions unchanged"
        return {"threshold": rule, "holds": bool(entry["unchanged"] >= MIN_UNCHANGED)}
    return {"threshold": None, "holds": None}


def _mean(values: npt.NDArray[Any]) -> float | None:
    return float(np.mean(values)) if len(values) else None
