"""The report of an evaluation: a page made from `evaluation.json` alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from audio_emotion.data.corpora import corpus_title
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.evaluation.document import of_protocol
from audio_emotion.evaluation.measures.bootstrap import FEWEST_SPEAKERS, N_RESAMPLES
from audio_emotion.evaluation.measures.scores import MEASURES
from audio_emotion.evaluation.report import (
    figures,
    measures_page,
    robustness_page,
    strangers_page,
)
from audio_emotion.evaluation.report.estimates import add_reasons, count, shown
from audio_emotion.evaluation.report.measures_page import MEASURE_TITLES
from audio_emotion.report.figures import confusion_matrix
from audio_emotion.report.page import Report

Document = dict[str, Any]

NOTES = {
    "unseen speakers": "The figure to quote: no speaker is in training and test.",
    "unseen corpus": (
        "Trained on the other corpora, tested on this one: other speakers, rooms, microphones and "
        "sentences at once."
    ),
    "unseen sentence": (
        "Trained without the sentence, as the catalogue names it, but with other sentences of the "
        "same speakers. Where a corpus has few sentences, RAVDESS two, these are few tests."
    ),
    "random 70/30": (
        "The original system's protocol. Speakers and sentences are in both parts, so that this "
        "measures mostly how well they are recognized again. It is no estimate for new speakers."
    ),
}


def report(document: Document) -> Report:
    """Compose the page of a document, its result first."""
    result = Report(f"Emotion recognition by {document['model']}", lead(document), _made(document))
    add_tiles(result, document)
    strangers_page.add_strangers(result, document["strangers"])
    _splits(result, document)
    for entry in document["protocols"]:
        _protocol(result, entry)
        add_corpora(result, entry)
        if entry["protocol"] == "unseen speakers":
            _add_classes(result, entry)
    measures_page.add_confidence(result, document["confidence"])
    measures_page.add_fairness(result, document["fairness"])
    if document["robustness"]:
        robustness_page.add_robustness(result, pd.DataFrame(document["robustness"]))
        robustness_page.add_length(result, pd.DataFrame(document["length"]))
        _failed(result, document["robustness_failures"], "could not be altered")
    if document["adaptation"]:
        strangers_page.add_adaptation(result, document["adaptation"])
    if document["comparison"]:
        measures_page.add_comparison(result, document)
    if document["cost"]:
        measures_page.add_cost(result, document["cost"])
    _how(result)
    return result


def lead(document: Document) -> str:
    """Write what a stranger may expect, then the recall on unseen speakers in two sentences."""
    unseen = of_protocol(document, "unseen speakers")
    overall = unseen["all"]
    strangers = strangers_page.lead(document["strangers"])
    return (
        f"{strangers}{' ' * bool(strangers)}On {count(overall['n_utterances'], 'utterance')} of "
        f"{count(overall['n_speakers'], 'speaker')} that it was not trained on, "
        f"{document['model']} reaches an unweighted average recall (UAR) of "
        f"{shown(overall['uar'])}; guessing scores {overall['chance']:.3f}." + _weight(unseen)
    )


def add_tiles(report: Report, document: Document) -> None:
    """Add the key figures to the top of the page, strangers first."""
    strangers_page.add_tiles(report, document["strangers"])
    overall = of_protocol(document, "unseen speakers")["all"]
    report.tile(
        f"{overall['uar']['value']:.2f}",
        "UAR on speakers that it was not trained on",
        f"{count(overall['n_speakers'], 'speaker')}; guessing scores {overall['chance']:.2f}",
    )
    stored = document["confidence"]["stored_threshold"]
    if stored["accuracy"] is not None:
        report.tile(
            f"{stored['accuracy']:.0%}",
            "of its confident predictions for these speakers are right",
            f"{stored['coverage']:.0%} are confident",
        )


def _weight(entry: Document) -> str:
    """Write a warning if few speakers of a corpus make up much of the figure over all."""
    total = entry["all"]["n_utterances"]
    heavy = [
        f"{corpus_title(corpus['corpus'])}, {count(corpus['n_speakers'], 'speaker')}, "
        f"{corpus['n_utterances'] / total:.0%} of the utterances"
        for corpus in entry["corpora"]
        if "uar" in corpus
        and corpus["n_speakers"] < FEWEST_SPEAKERS
        and corpus["n_utterances"] > total / 4
    ]
    return f" Few speakers have a large weight in it: {'; '.join(heavy)}." if heavy else ""


def _splits(report: Report, document: Document) -> None:
    """Add the models, their training data and test utterances, and what is excluded."""
    catalogue = document["catalogue"]
    report.section(
        "Models and utterances",
        f"{document['model']}: {document['kind']}. The catalogue names "
        f"{count(catalogue['n_utterances'], 'utterance')} of "
        f"{count(catalogue['n_speakers'], 'speaker')}. Each whole recording is predicted "
        "once, as by audio-emotion predict. No model is tested on a speaker that it was trained "
        "on, except where a heading says that speakers are seen.",
    )
    rows = [
        {
            "protocol": entry["protocol"],
            "model": fold["name"],
            "training speakers": fold["trained_on_n_speakers"],
            "test utterances": fold["n_utterances"],
        }
        for entry in document["protocols"]
        for fold in entry["fold_models"]
    ]
    report.table(pd.DataFrame(rows), "training and test")
    for entry in document["protocols"]:
        for exclusion in entry["exclusions"]:
            report.text(
                f"Excluded, {entry['protocol']}: {count(exclusion['n_utterances'], 'utterance')} "
                f"of {count(len(exclusion['speakers']), 'speaker')}; {exclusion['reason']}."
            )
        for one in entry["untrained_emotions"]:
            report.text(
                f"{entry['protocol'].capitalize()}: {count(one['n_utterances'], 'utterance')} of "
                f"{one['emotion']} went to a model that was not trained on this emotion, so that "
                "its recall there is 0."
            )
    for one in document["skipped_protocols"]:
        report.text(f"{one['protocol'].capitalize()}: skipped; {one['why']}.")
    _failed(report, document["failures"], "could not be read and are left out")


def _failed(report: Report, failures: list[Document], what: str) -> None:
    if failures:
        report.text(f"{count(len(failures), 'recording')} {what}:")
        report.table(pd.DataFrame(failures))


def _protocol(report: Report, entry: Document) -> None:
    """Add all measures of a protocol beside those of guessing and of the commonest emotion."""
    seen = ", speakers seen" if entry["speakers_seen"] else ""
    report.section(
        f"{entry['protocol'].capitalize()}{seen}",
        NOTES[entry["protocol"]],
    )
    overall = entry["all"]
    majority = overall["majority"]
    rows = [
        {
            "measure": MEASURE_TITLES[name],
            "with 95 % interval": shown(overall[name]),
            f"always {majority['emotion']}": majority[name],
            "guessing": overall["guessing"][name],
        }
        for name in MEASURES
    ]
    report.table(
        pd.DataFrame(rows),
        f"{count(overall['n_utterances'], 'utterance')}, "
        f"{count(overall['n_speakers'], 'speaker')}; intervals by resampling speakers",
    )
    add_reasons(report, (overall[name] for name in MEASURES))


def _add_classes(report: Report, entry: Document) -> None:
    """Add recall and precision of each emotion, and the confusion matrix."""
    overall = entry["all"]
    there = [one for one in overall["per_class"] if one["n_utterances"]]
    report.section("Each emotion", "Unseen speakers, all corpora together.")
    names = [one["emotion"] for one in there]
    series = {name: [one[name] for one in there] for name in ("recall", "precision")}
    report.figure(
        figures.intervals(names, series, "share", guessing=[overall["chance"]] * len(names)),
        "Recall: share of the utterances of an emotion that are predicted as such. Precision: "
        "share of its predictions that are right. With 95 % intervals over speakers; the line of "
        "guessing is that of the recall.",
        ", ".join(f"{one['emotion']} recall {shown(one['recall'])}" for one in there),
    )
    rows = [
        {
            "emotion": one["emotion"],
            "utterances": one["n_utterances"],
            **{name: shown(one[name]) for name in ("recall", "precision", "f1")},
        }
        for one in there
    ]
    report.table(pd.DataFrame(rows), "per emotion")
    counts = np.array(overall["confusion"])
    worst = _confused(counts)
    columns = (*EMOTIONS, NO_SPEECH)[: counts.shape[1]]
    report.figure(
        confusion_matrix(counts, EMOTIONS, "unseen speakers", columns),
        f"Confusion matrix: share of the row, and number of utterances. {worst}",
        worst,
    )


def _confused(counts: np.ndarray[Any, Any]) -> str:
    """Write the commonest confusion."""
    wrong = counts.astype(float) / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(wrong, 0)
    if not wrong.any():
        return "No emotion is confused with another."
    row, column = np.unravel_index(wrong.argmax(), wrong.shape)
    return (
        f"Most often confused: {EMOTIONS[row]} with {(*EMOTIONS, NO_SPEECH)[column]}, "
        f"{wrong[row, column]:.0%} of the utterances."
    )


def add_corpora(report: Report, entry: Document) -> None:
    """Add the recall of each corpus."""
    scored = [one for one in entry["corpora"] if "uar" in one]
    if scored and not entry["speakers_seen"]:
        report.figure(
            figures.intervals(
                [
                    f"{corpus_title(one['corpus'])}, {count(one['n_speakers'], 'speaker')}"
                    for one in scored
                ],
                {"UAR": [one["uar"] for one in scored]},
                "UAR",
                guessing=[one["chance"] for one in scored],
            ),
            f"{entry['protocol'].capitalize()}, each corpus over the emotions of which it has "
            "enough utterances.",
            ", ".join(f"{corpus_title(one['corpus'])} {shown(one['uar'])}" for one in scored),
        )
    if scored:
        rows = [
            {
                "corpus": corpus_title(one["corpus"]),
                "utterances": one["n_utterances"],
                "speakers": one["n_speakers"],
                "emotions": len(one["classes"]),
                "UAR": shown(one["uar"]),
                "guessing": one["chance"],
                "accuracy": shown(one["accuracy"]),
                "always the commonest": one["majority"]["accuracy"],
            }
            for one in scored
        ]
        report.table(pd.DataFrame(rows), f"{entry['protocol']}, by corpus")
        add_reasons(report, (one["uar"] for one in scored))
    for one in entry["corpora"]:
        if one["left_out"]:
            few = ", ".join(f"{emotion} {n}" for emotion, n in one["left_out"].items())
            report.text(
                f"{corpus_title(one['corpus'])}: too few utterances to have a recall of their own: "
                f"{few}."
            )


def _how(report: Report) -> None:
    """Add how everything was computed."""
    report.section(
        "Method",
        "UAR is the mean of the recalls of the emotions, each counting the same. Intervals are "
        f"the middle 95 % of {N_RESAMPLES:,} resamples of the speakers, each corpus keeping its "
        f"number of them, widened for small numbers of them as Student's t is; with fewer than "
        f"{FEWEST_SPEAKERS} speakers there is none. "
        "Beside the figures stand those of always predicting the commonest emotion, and of "
        "guessing among the emotions tested there; a model may predict all seven.",
        "Everything on this page is in evaluation.json, every prediction in predictions.csv, all "
        "scores in scores.csv.",
    )


def command(document: Document) -> str:
    """Return the command that an evaluation was made by."""
    made = document["made"]
    return f"audio-emotion evaluate {made['catalogue']} --model {made['model']}"


def _made(document: Document) -> str:
    return f"{command(document)}, version {document['made']['version']}"
