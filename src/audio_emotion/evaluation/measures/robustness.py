"""Robustness: predictions under noise, on telephones, in rooms, at other levels.

Recall may drop by at most 0.05 under background noise and on a telephone line, and 95 % of the
predictions must stay the same under inaudible changes: the thresholds published with audEERING's
ser-tests (arXiv 2312.06270). They are applied at every level, the hardest too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from audio_emotion.data import audio, isolation
from audio_emotion.data.folds import Indices
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.engine.features import SAMPLE_RATE, FeatureVector, Samples
from audio_emotion.errors import AudioEmotionError, AudioError, InputError
from audio_emotion.evaluation.measures import non_speech
from audio_emotion.evaluation.measures.bootstrap import Array, Counts, Draws
from audio_emotion.evaluation.measures.scores import per_class
from audio_emotion.evaluation.perturbations.codecs import Coded
from audio_emotion.evaluation.perturbations.conditions import Condition
from audio_emotion.evaluation.perturbations.noises import Babble
from audio_emotion.evaluation.protocols.answers import Answers, answer
from audio_emotion.evaluation.protocols.evaluation_split import EvaluationSplit
from audio_emotion.evaluation.protocols.predictions import (
    Alteration,
    fold_places,
    map_recordings,
    random_generator,
)
from audio_emotion.evaluation.protocols.row_cache import NO_CACHE, Extracted, RowCache
from audio_emotion.evaluation.protocols.subsample import stratified
from audio_emotion.progress import RunOptions
from audio_emotion.recognition.model import EmotionModel

MAX_RECALL_DROP: Final = 0.05
MIN_UNCHANGED: Final = 0.95
RECALL_GROUPS: Final = ("noise", "kind of noise", "telephone")
UNCHANGED_GROUPS: Final = ("tiny",)

N_UTTERANCES: Final = 480


def measure(
    split: EvaluationSplit,
    catalogue: pd.DataFrame,
    rows: Indices,
    conditions: Sequence[Condition],
    *,
    n_utterances: int = N_UTTERANCES,
    options: RunOptions = RunOptions(),
    cache: RowCache = NO_CACHE,
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
    cache : RowCache, optional

    Returns
    -------
    DataFrame
        One row per condition: `group`, `condition`, `level`, `unit`, `n_utterances`,
        `n_speakers`, `uar_clean`, `uar`, `change` of the UAR with its interval over speakers
        (`change_low`, `change_high`), `change_<emotion>` of the recalls, the share of `unchanged`
        answers, of answers that nobody speaks (`no_speech`), the mean largest probability
        (`confidence_clean`, `confidence`), the share of confident answers (`confident_clean`,
        `confident`; None without a threshold), the measured `kbit_s` of a codec with its container,
        and the published `threshold` with whether it `holds`: None where none is published. Then
        one row per noise without speech, of the group `non_speech.GROUP`; see there.

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
    (clean, *altered), kbit_s = _predict(
        split, catalogue, chosen, conditions, options=options, cache=cache
    )
    utterances = catalogue.iloc[chosen]
    has_threshold = any(fold.model.threshold for fold, _ in fold_places(split, chosen))
    entries = []
    for place, condition in enumerate(conditions):
        pair = (clean, altered[place])
        valid = np.logical_and.reduce([one.labels != "" for one in pair])
        confident = [_mean(one.confident[valid]) if has_threshold else None for one in pair]
        entries.append(
            {
                "group": condition.group,
                "condition": condition.name,
                "level": condition.level,
                "unit": condition.unit,
                **_compare(utterances, *pair, valid),
                "confident_clean": confident[0],
                "confident": confident[1],
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
    *,
    options: RunOptions,
    cache: RowCache,
) -> tuple[list[Answers], list[float | None]]:
    """Decode each recording once, and predict it as it is and under all conditions.

    Returns
    -------
    answers : list of Answers, 1 + n_conditions
        The first of the recordings as they are. The label is "" where there is no prediction.
    kbit_s : list of float or None
        Of each condition, over all recordings; None unless it codes.
    """
    shape = (1 + len(conditions), len(rows))
    labels = np.full(shape, "", dtype=object)
    confident, speech = np.zeros(shape, bool), np.full(shape, np.nan)
    probabilities = np.full((*shape, len(EMOTIONS)), np.nan)
    n_bytes, seconds = np.zeros(len(conditions)), 0.0
    paths = catalogue["path"].to_numpy(dtype=str)[rows].tolist()
    speakers = catalogue["speaker"].to_numpy(dtype=str)[rows].tolist()

    def extract(model: EmotionModel, place: int) -> Extracted | AudioError:
        return _extract(model, paths[place], speakers[place], conditions)

    alteration = Alteration(paths, extract, ("robustness", *conditions), len(conditions) + 1)
    for fold, extracted in map_recordings(split, rows, alteration, options, cache):
        for place, one in extracted.items():
            found = answer(fold.model, one.rows)
            labels[:, place], confident[:, place] = found.labels, found.confident
            speech[:, place], probabilities[:, place] = found.speech, found.probabilities
            *coded, lasts = one.facts.tolist()
            n_bytes, seconds = n_bytes + coded, seconds + lasts
    rates = 8 * n_bytes / max(seconds, 1 / SAMPLE_RATE) / 1000
    answers = map(Answers, labels.astype(str), confident, speech, probabilities)
    return list(answers), [None if np.isnan(rate) else float(rate) for rate in rates]


def _extract(
    model: EmotionModel, path: str, speaker: str, conditions: Sequence[Condition]
) -> Extracted | AudioError:
    """Extract a recording as it is and under every condition.

    Its facts are the bytes that each condition codes it in, NaN of those that do not, and seconds.
    """
    extractor = model.extractor()

    def features(samples: Samples) -> FeatureVector:
        extractor.reset()
        extractor.process(samples)
        return extractor.finish()

    try:
        samples = isolation.read(path, audio.ignore, allow_silence=False)
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
    facts = np.append(n_bytes, len(samples) / SAMPLE_RATE).astype(np.float32)
    return Extracted(np.stack(rows), facts)


def _compare(
    utterances: pd.DataFrame, clean: Answers, altered: Answers, valid: npt.NDArray[np.bool_]
) -> dict[str, Any]:
    """Compare the answers to the same utterances; NaN if there are none."""
    utterances = utterances[valid]
    truth = utterances["emotion"].to_numpy(dtype=str)
    draws = Draws(utterances["speaker"].to_list(), utterances["corpus"].to_list())
    labels = [one.labels[valid] for one in (clean, altered)]
    before, after = (draws.counts(truth, given) for given in labels)
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
        "unchanged": _mean(labels[0] == labels[1]),
        "no_speech": _mean(labels[1] == NO_SPEECH),
        "confidence_clean": _mean(clean.probabilities[valid].max(axis=1)),
        "confidence": _mean(altered.probabilities[valid].max(axis=1)),
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
