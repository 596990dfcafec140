"""Sections of a report about noise, telephones, rooms and levels, non-speech and length."""

from __future__ import annotations

import pandas as pd

from audio_emotion.data.corpora import corpus_title
from audio_emotion.evaluation.measures import non_speech
from audio_emotion.evaluation.measures.robustness import (
    MAX_RECALL_DROP,
    MIN_UNCHANGED,
    RECALL_GROUPS,
    UNCHANGED_GROUPS,
)
from audio_emotion.evaluation.measures.speech_length import ALL, STEP_S
from audio_emotion.evaluation.perturbations.noises import BACKGROUND
from audio_emotion.evaluation.report import robustness_figures as figures
from audio_emotion.report.page import Report


def add_robustness(report: Report, table: pd.DataFrame) -> None:
    """Add the sections of `robustness.measure`; the rows may have been to JSON and back."""
    is_non_speech = table["group"] == non_speech.GROUP
    altered = table[~is_non_speech]
    report.section("Noise, telephones, rooms, levels", _summary(altered), *_notes(altered))
    if (altered["group"] == "noise").any():
        report.figure(
            figures.against_noise(altered, MAX_RECALL_DROP),
            "UAR against the signal-to-noise ratio, with intervals over speakers.",
            _alternative(altered[altered["group"] == "noise"], "uar"),
        )
    others = altered[altered["group"] != "noise"]
    if len(others):
        report.figure(
            figures.changes(others, MAX_RECALL_DROP),
            "Change of the UAR under every other condition, with its interval over speakers.",
            _alternative(others, "change"),
        )
    report.table(
        _table(altered),
        f"Clean UAR {float(altered['uar_clean'].astype(float).iloc[0]):.3f}. Unchanged: share of "
        "predictions that stay the same. Confidence: mean probability of the prediction.",
    )
    report.figure(
        figures.recalls(altered),
        "Change of each emotion's recall, in hundredths.",
        "A table of changes of recall by condition and emotion.",
        folded=True,
    )
    if is_non_speech.any():
        _add_non_speech(report, table[is_non_speech], altered)


def _add_non_speech(report: Report, noise: pd.DataFrame, altered: pd.DataFrame) -> None:
    """Add the section of `non_speech.measure`."""
    clean = float(altered["confidence_clean"].astype(float).iloc[0])
    alone = float(noise["confidence"].astype(float).mean())
    confident = noise["confident"].astype(float)
    share = (
        "The model has no threshold, so all of these predictions count as confident."
        if confident.isna().all()
        else f"{confident.mean():.0%} of these predictions are confident."
    )
    report.section(
        "Noise without speech",
        f"{noise['answered'].astype(float).mean():.0%} of pieces of {non_speech.SECONDS:g} s "
        "without speech are answered with an emotion. The mean probability of the likeliest is "
        f"{alone:.2f}; for speech it is {clean:.2f}. {share} "
        "Detected: the share in which the voice activity detector, which runs before the model on "
        "a device, finds an utterance; a device would predict nothing for the others.",
    )
    report.figure(
        figures.without_speech(noise),
        "Mean probability of the prediction without speech; the line is guessing.",
        _alternative(noise, "confidence"),
    )
    report.table(
        pd.DataFrame(
            {
                "noise": figures.labels(noise),
                "predictions": noise["n_utterances"].to_numpy(dtype=int),
                "answered": noise["answered"].to_numpy(dtype=float),
                "confidence": noise["confidence"].to_numpy(dtype=float),
                "confident": confident.to_numpy(),
                "commonest prediction": noise["commonest"].to_numpy(),
                "its share": noise["commonest_share"].to_numpy(dtype=float),
                "detected": noise["vad_triggered"].to_numpy(dtype=float),
            }
        ),
        "Predictions for noise alone",
    )


def _summary(altered: pd.DataFrame) -> str:
    """Write in how many conditions the published thresholds hold."""
    parts = [
        f"{int(altered['n_utterances'].max())} utterances, chosen evenly over corpora, emotions "
        "and speakers, were predicted again under every condition."
    ]
    for groups, case, what in (
        (RECALL_GROUPS, "noises and lines", f"the UAR drops by at most {MAX_RECALL_DROP:g}"),
        (
            UNCHANGED_GROUPS,
            "inaudible changes",
            f"at least {MIN_UNCHANGED:.0%} of the predictions stay the same",
        ),
    ):
        tested = altered[altered["group"].isin(groups) & altered["holds"].notna()]
        if len(tested):
            n = int(tested["holds"].astype(bool).sum())
            parts.append(f"In {n} of {len(tested)} {case}, {what}.")
    change = altered["change"].astype(float)
    if change.notna().any():
        worst = altered.loc[[change.idxmin()]]
        parts.append(f"Worst is {figures.labels(worst)[0]}: {change.min():+.3f}.")
    return " ".join(parts)


def _notes(altered: pd.DataFrame) -> list[str]:
    """Write what a reader has to know about the figures."""
    notes = [
        "The signal-to-noise ratio is that of the active speech to the noise under it. The "
        "thresholds are those published with ser-tests (arXiv 2312.06270), here applied at every "
        "ratio, 0 dB too. They are compared with the figure itself, not with its interval."
    ]
    if altered["condition"].eq(BACKGROUND).any():
        notes.append(
            "If the model was trained with the same recordings of noise, it knows them, and only "
            "babble, white and pink noise are new to it."
        )
    return notes


def _table(altered: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of the table in a report."""
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
            "confident": altered["confident"].to_numpy(dtype=float),
            "threshold": [
                "" if pd.isna(holds) else "holds" if holds else "missed"
                for holds in altered["holds"]
            ],
        }
    )


def _alternative(table: pd.DataFrame, column: str) -> str:
    values = table[column].astype(float)
    return "; ".join(
        f"{name}: {value:.2f}"
        for name, value in zip(figures.labels(table), values, strict=True)
        if pd.notna(value)
    )


def add_length(report: Report, table: pd.DataFrame) -> None:
    """Add the section of `speech_length.measure`."""
    recalls = table[(table["measure"] == "uar") & (table["corpus"] == ALL)]
    stable = table[table["measure"] == "stable"]
    together = stable[stable["corpus"] == ALL].iloc[0]
    names = [
        "whole recording" if pd.isna(seconds) else f"{seconds:g}" for seconds in recalls["seconds"]
    ]
    report.section(
        "How much speech a prediction needs",
        f"Half of the predictions no longer change after {together['value']:.2f} s of speech, "
        f"three quarters after {together['high']:.2f} s ({int(together['n_utterances'])} "
        f"utterances, predicted every {1000 * STEP_S:.0f} ms).",
        "Seconds count from the first speech, found by its energy. Utterances that have ended "
        "count with their last prediction, so the same utterances stand behind every figure.",
    )
    report.table(
        pd.DataFrame(
            {
                "seconds of speech": names,
                "UAR": recalls["value"].to_numpy(dtype=float),
                "from": recalls["low"].to_numpy(dtype=float),
                "to": recalls["high"].to_numpy(dtype=float),
                "as at the end": recalls["settled"].to_numpy(dtype=float),
                "had ended": recalls["ended"].to_numpy(dtype=float),
            }
        ),
        "UAR with its 95 % interval over speakers; share of predictions that are already the last "
        "one; share of utterances without more speech",
    )
    report.figure(
        figures.against_length(table),
        "UAR against seconds of speech; right of the line, of whole recordings.",
        "; ".join(
            f"{name}: {value:.2f}"
            for name, value in zip(names, recalls["value"].astype(float), strict=True)
        ),
    )
    report.table(
        pd.DataFrame(
            {
                "corpus": [corpus_title(corpus) for corpus in stable["corpus"]],
                "a quarter": stable["low"].to_numpy(dtype=float),
                "half": stable["value"].to_numpy(dtype=float),
                "three quarters": stable["high"].to_numpy(dtype=float),
                "utterances": stable["n_utterances"].to_numpy(dtype=int),
            }
        ),
        "Seconds of speech after which so many of the predictions no longer change",
    )
