"""What becomes of the answers where it is noisy, on the telephone, in a room, at another level.

Recall may drop by at most 0.05 under background noise and on a telephone line, and 95 % of the
answers must stay the same under changes nobody hears: the thresholds published with audEERING's
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
from audio_emotion.evaluation.measures import non_speech as speechless
from audio_emotion.evaluation.measures.bootstrap import Array, Counts, Draws
from audio_emotion.evaluation.measures.scores import per_class
from audio_emotion.evaluation.perturbations.codecs import Coded
from audio_emotion.evaluation.perturbations.conditions import Condition
from audio_emotion.evaluation.perturbations.noises import BACKGROUND, Babble
from audio_emotion.evaluation.protocols.evaluation_split import Panel
from audio_emotion.evaluation.protocols.predictions import generator, in_batches
from audio_emotion.evaluation.protocols.subsample import stratified
from audio_emotion.evaluation.report import robustness_figures as figures
from audio_emotion.progress import Progress, no_progress
from audio_emotion.recognition.model import EmotionModel, Probabilities
from audio_emotion.report.page import Report

MAX_RECALL_DROP: Final = 0.05
MIN_UNCHANGED: Final = 0.95
RECALL_GROUPS: Final = ("noise", "kind of noise", "telephone")
UNCHANGED_GROUPS: Final = ("tiny",)

N_UTTERANCES: Final = 480


@dataclass(frozen=True)
class _Heard:
    """One recording under all conditions."""

    rows: FeatureVector  # (1 + n_conditions, n_values); the first is the recording as it is
    n_bytes: npt.NDArray[np.float64]  # (n_conditions,), NaN unless coded
    seconds: float


def measure(
    panel: Panel,
    catalogue: pd.DataFrame,
    rows: Indices,
    conditions: Sequence[Condition],
    *,
    n_utterances: int = N_UTTERANCES,
    failures: dict[str, str] | None = None,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """Ask about the same recordings as they are and under every condition.

    Parameters
    ----------
    panel : Panel
    catalogue : DataFrame
        Columns as `corpora.COLUMNS`.
    rows : int array
        Of the catalogue; those with a judge are chosen from, evenly (`subsample.stratified`).
    conditions : sequence of Condition
    n_utterances : int
        How many recordings are heard at most.
    failures : dict, optional
        Filled with path and reason of recordings that cannot be heard. Without it the first of
        them ends everything.
    jobs : int, optional
        Threads; one per core by default.
    progress : callable, optional
        Told how many recordings are done, and of how many.

    Returns
    -------
    DataFrame
        One row per condition: `group`, `condition`, `level`, `unit`, `n_utterances`,
        `n_speakers`, `uar_clean`, `uar`, `change` of the UAR with its interval over speakers
        (`change_low`, `change_high`), `change_<emotion>` of the recalls, the share of `unchanged`
        answers, the mean largest probability (`confidence_clean`, `confidence`), the share of
        answers the model is sure of (`sure_clean`, `sure`; None if it always is), the measured
        `kbit_s` of a codec with its container, and the published `threshold` with whether it
        `holds`: None where none is published. Then one row per noise without speech, of the
        group `speechless.GROUP`; see there.

    Raises
    ------
    InputError
        None of the rows has a judge, or there is no condition.
    AudioError
        A recording cannot be heard, and there is no `failures`.
    """
    allowed = np.intersect1d(rows, panel.rows)
    if not len(allowed) or not conditions:
        raise InputError(
            f"{len(allowed)} recordings and {len(conditions)} conditions to hear them under: "
            "needs at least one of each. Give recordings that the model may be asked about."
        )
    chosen = stratified(catalogue, allowed, n_utterances)
    probabilities, sure, kbit_s = _ask(
        panel, catalogue, chosen, conditions, failures=failures, jobs=jobs, progress=progress
    )
    clean, *altered = probabilities.transpose(1, 0, 2)
    sure_clean, *sure_altered = sure.T
    utterances = catalogue.iloc[chosen]
    always = all(
        judge.model.threshold == 0 for judge in panel.judges if np.isin(chosen, judge.rows).any()
    )
    entries = []
    for place, condition in enumerate(conditions):
        answered = np.isfinite(clean).all(axis=1) & np.isfinite(altered[place]).all(axis=1)
        entries.append(
            {
                "group": condition.group,
                "condition": condition.name,
                "level": condition.level,
                "unit": condition.unit,
                **_compared(utterances[answered], clean[answered], altered[place][answered]),
                "sure_clean": None if always else _mean(sure_clean[answered]),
                "sure": None if always else _mean(sure_altered[place][answered]),
                "kbit_s": kbit_s[place],
            }
        )
    silent = speechless.measure(panel, conditions, jobs=jobs)
    table = pd.DataFrame([*(entry | _verdict(entry) for entry in entries), *silent])
    return table.astype({"n_speakers": "Int64"})  # which noise has none of


def _ask(
    panel: Panel,
    catalogue: pd.DataFrame,
    rows: Indices,
    conditions: Sequence[Condition],
    *,
    failures: dict[str, str] | None,
    jobs: int | None,
    progress: Progress,
) -> tuple[Probabilities, npt.NDArray[np.float64], list[float | None]]:
    """Decode each recording once, and ask its judge about it under all conditions.

    Returns
    -------
    probabilities : array of shape (n_rows, 1 + n_conditions, n_emotions)
        NaN where there is no answer.
    sure : array of shape (n_rows, 1 + n_conditions)
        1 where the judge is sure, else 0.
    kbit_s : list of float or None
        Of each condition, over all recordings; None unless it codes.
    """
    shape = (len(rows), 1 + len(conditions))
    probabilities = np.full((*shape, len(EMOTIONS)), np.nan)
    sure = np.zeros(shape)
    n_bytes, seconds = np.zeros(len(conditions)), 0.0
    paths = catalogue["path"].to_numpy(dtype=str)[rows]
    speakers = catalogue["speaker"].to_numpy(dtype=str)[rows]

    def hear(model: EmotionModel, places: Indices) -> list[_Heard | AudioError]:
        return _hear(model, paths[places].tolist(), speakers[places].tolist(), conditions)

    for judge, places, heard in in_batches(panel, rows, hear, jobs=jobs, progress=progress):
        for place, one in zip(places, heard, strict=True):
            if isinstance(one, AudioError):
                if failures is None:
                    raise one
                failures[paths[place]] = str(one)
                continue
            there = np.isfinite(one.rows).all(axis=1)
            probabilities[place, there] = judge.model.probabilities(one.rows[there])
            n_bytes, seconds = n_bytes + one.n_bytes, seconds + one.seconds
        sure[places] = probabilities[places].max(axis=2) >= judge.model.threshold
    rates = 8 * n_bytes / max(seconds, 1 / SAMPLE_RATE) / 1000
    return probabilities, sure, [None if np.isnan(rate) else float(rate) for rate in rates]


def _hear(
    model: EmotionModel,
    paths: Sequence[str],
    speakers: Sequence[str],
    conditions: Sequence[Condition],
) -> list[_Heard | AudioError]:
    """Describe recordings as they are and under every condition."""
    extractor = model.extractor()

    def described(samples: Samples) -> FeatureVector:
        extractor.reset()
        extractor.process(samples)
        return extractor.finish()

    found: list[_Heard | AudioError] = []
    for path, speaker in zip(paths, speakers, strict=True):
        try:
            samples = audio.read(path)
            rows = [described(samples)]
        except AudioError as error:
            found.append(error)
            continue
        except AudioEmotionError as error:
            found.append(AudioError(f"{path}: {error}"))
            continue
        n_bytes = np.full(len(conditions), np.nan)
        for place, condition in enumerate(conditions):
            # The same noise at every level, so that levels differ by nothing else.
            random = generator(path, f"{condition.group} {condition.name}")
            if isinstance(condition, Coded):
                encoded = condition.encode(samples)
                n_bytes[place] = len(encoded)
                altered = condition.decode(encoded, len(samples))
            elif isinstance(condition, Babble):
                altered = condition.without(speaker)(samples, random)
            else:
                altered = condition(samples, random)
            rows.append(described(altered))
        found.append(_Heard(np.stack(rows), n_bytes, len(samples) / SAMPLE_RATE))
    return found


def _compared(
    utterances: pd.DataFrame, clean: Probabilities, altered: Probabilities
) -> dict[str, Any]:
    """Compare the answers about the same utterances; NaN if there are none."""
    truth = utterances["emotion"].to_numpy(dtype=str)
    draws = Draws(utterances["speaker"].to_list(), utterances["corpus"].to_list())
    answers = [np.array(EMOTIONS)[given.argmax(axis=1)] for given in (clean, altered)]
    before, after = (draws.counts(truth, given) for given in answers)
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
        "unchanged": _mean(answers[0] == answers[1]),
        "confidence_clean": _mean(clean.max(axis=1)),
        "confidence": _mean(altered.max(axis=1)),
    }


def _recalls(before: Counts, after: Counts) -> Array:
    """UAR before and after, its change, and those of the recalls."""
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
    """Hold a condition against what is published for its group."""
    if entry["group"] in RECALL_GROUPS and entry["change"] is not None:
        rule, holds = f"recall drops by at most {MAX_RECALL_DROP:g}", entry["change"]
        return {"threshold": rule, "holds": bool(holds >= -MAX_RECALL_DROP)}
    if entry["group"] in UNCHANGED_GROUPS and entry["unchanged"] is not None:
        rule = f"{MIN_UNCHANGED:.0%} of answers unchanged"
        return {"threshold": rule, "holds": bool(entry["unchanged"] >= MIN_UNCHANGED)}
    return {"threshold": None, "holds": None}


def _mean(values: npt.NDArray[Any]) -> float | None:
    return float(np.mean(values)) if len(values) else None


def add_section(report: Report, table: pd.DataFrame) -> None:
    """Show in a report what `measure` found; the rows may have been to JSON and back."""
    silent = table["group"] == speechless.GROUP
    altered = table[~silent]
    report.section("Noise, telephones, rooms, levels", _summary(altered), *_notes(altered))
    if (altered["group"] == "noise").any():
        report.figure(
            figures.against_noise(altered, MAX_RECALL_DROP),
            "UAR against the ratio of speech to noise, with intervals over speakers.",
            _in_words(altered[altered["group"] == "noise"], "uar"),
        )
    report.figure(
        figures.changes(altered, MAX_RECALL_DROP),
        "Change of the UAR under every condition, with its interval over speakers.",
        _in_words(altered, "change"),
    )
    report.table(
        _shown(altered),
        f"Clean UAR {_clean(altered):.3f}. Unchanged: share of answers that stay the same. "
        "Confidence: mean probability of the answer.",
    )
    report.figure(
        figures.recalls(altered),
        "Change of each emotion's recall, in hundredths.",
        "A table of changes of recall by condition and emotion.",
    )
    if silent.any():
        _add_speechless(report, table[silent], altered)


def _add_speechless(report: Report, silent: pd.DataFrame, altered: pd.DataFrame) -> None:
    """Show what is answered when nobody speaks."""
    clean = float(altered["confidence_clean"].astype(float).iloc[0])
    alone = float(silent["confidence"].astype(float).mean())
    sure = silent["sure"].astype(float)
    how_sure = (
        "It has no threshold, so that it is always sure."
        if sure.isna().all()
        else f"It is sure of {sure.mean():.0%} of these answers."
    )
    report.section(
        "Noise without speech",
        f"Asked about {speechless.SECONDS:g} s in which nobody speaks, it answers all the same, "
        f"with a mean probability of {alone:.2f}; about speech it is {clean:.2f}. {how_sure} "
        "Noticed: the share in which the listener, which stands before the model on a device, "
        "takes something for an utterance; the others would never be asked about.",
    )
    report.figure(
        figures.without_speech(silent),
        "Mean probability of the answer where there is no speech; the line is guessing.",
        _in_words(silent, "confidence"),
    )
    report.table(
        pd.DataFrame(
            {
                "nobody speaks": figures.labels(silent),
                "answers": silent["n_utterances"].to_numpy(dtype=int),
                "confidence": silent["confidence"].to_numpy(dtype=float),
                "sure": sure.to_numpy(),
                "commonest answer": silent["commonest"].to_numpy(),
                "its share": silent["commonest_share"].to_numpy(dtype=float),
                "noticed": silent["noticed"].to_numpy(dtype=float),
            }
        ),
        "Answers about noise alone",
    )


def _summary(altered: pd.DataFrame) -> str:
    """Say in how many conditions the published thresholds hold."""
    parts = [f"{int(altered['n_utterances'].max())} utterances, chosen evenly over corpora,"]
    parts.append("emotions and speakers, were heard again under every condition.")
    for groups, what in (
        (
            RECALL_GROUPS,
            f"under noise and on the telephone the UAR drops by at most {MAX_RECALL_DROP:g}",
        ),
        (UNCHANGED_GROUPS, f"at least {MIN_UNCHANGED:.0%} of the answers stay the same"),
    ):
        judged = altered[altered["group"].isin(groups) & altered["holds"].notna()]
        if len(judged):
            n = int(judged["holds"].astype(bool).sum())
            case = "noises and lines" if groups is RECALL_GROUPS else "changes that nobody hears"
            parts.append(f"In {n} of {len(judged)} {case}, {what}.")
    change = altered["change"].astype(float)
    if change.notna().any():
        worst = altered.loc[[change.idxmin()]]
        parts.append(f"Worst is {figures.labels(worst)[0]}: {change.min():+.3f}.")
    return " ".join(parts)


def _notes(altered: pd.DataFrame) -> list[str]:
    """Say what a reader has to know to judge the figures."""
    notes = [
        "The signal-to-noise ratio is that of the active speech to the noise under it. The "
        "thresholds are those published with ser-tests (arXiv 2312.06270), here applied at every "
        "ratio, 0 dB too. Whether one holds is judged by the figure itself, not by its interval."
    ]
    if altered["condition"].eq(BACKGROUND).any():
        notes.append(
            "If the model was trained with the same recordings of noise, it knows them, and only "
            "babble, white and pink noise are new to it."
        )
    return notes


def _shown(altered: pd.DataFrame) -> pd.DataFrame:
    """Columns of the table in a report."""
    interval = [
        "" if pd.isna(low) else f"{low:+.3f} to {high:+.3f}"
        for low, high in zip(altered["change_low"], altered["change_high"], strict=True)
    ]
    rates = [
        name if pd.isna(rate) else f"{name} ({rate:.1f} measured)"
        for name, rate in zip(figures.labels(altered), altered["kbit_s"], strict=True)
    ]
    return pd.DataFrame(
        {
            "group": altered["group"].to_numpy(),
            "condition": rates,
            "UAR": altered["uar"].to_numpy(dtype=float),
            "change": altered["change"].to_numpy(dtype=float),
            "95 %": interval,
            "unchanged": altered["unchanged"].to_numpy(dtype=float),
            "confidence": altered["confidence"].to_numpy(dtype=float),
            "sure": altered["sure"].to_numpy(dtype=float),
            "threshold": [
                "" if pd.isna(holds) else "holds" if holds else "missed"
                for holds in altered["holds"]
            ],
        }
    )


def _clean(altered: pd.DataFrame) -> float:
    return float(altered["uar_clean"].astype(float).iloc[0])


def _in_words(table: pd.DataFrame, column: str) -> str:
    values = table[column].astype(float)
    return "; ".join(
        f"{name}: {value:.2f}"
        for name, value in zip(figures.labels(table), values, strict=True)
        if pd.notna(value)
    )
