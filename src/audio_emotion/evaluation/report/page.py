"""The report of an evaluation: a page made from `evaluation.json` and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.evaluation.measures import robustness
from audio_emotion.evaluation.measures import speech_length as length
from audio_emotion.evaluation.measures.bootstrap import FEWEST_SPEAKERS, N_RESAMPLES
from audio_emotion.evaluation.measures.comparison import shown_p
from audio_emotion.evaluation.measures.confidence import N_BINS
from audio_emotion.evaluation.measures.scores import MEASURES
from audio_emotion.evaluation.report import figures
from audio_emotion.report.figures import confusion_matrix
from audio_emotion.report.page import NOT_DEFINED, Report

Document = dict[str, Any]
Estimate = dict[str, Any]

NAMES = {
    "uar": "UAR",
    "macro_f1": "macro F1",
    "weighted_f1": "weighted F1",
    "accuracy": "accuracy",
}

WARNINGS = {
    "unseen speakers": "The figure to quote: nobody is in training and test.",
    "unseen corpus": (
        "Trained on the other corpora, asked about this one: other people, rooms, microphones and "
        "sentences at once."
    ),
    "unseen sentence": (
        "Trained without the sentence, as the catalogue names it; the same speakers said others in "
        "training. Where a corpus has few sentences, RAVDESS two, this is few tests."
    ),
    "random 70/30": (
        "The original system's protocol. Speakers and sentences are in both parts, so this "
        "measures mostly whether they are recognized. It is no forecast for anybody new."
    ),
}


def compose(document: Document) -> Report:
    """Lay a document out as a page, its answer first."""
    report = Report(f"How well {document['model']} hears emotions", lead(document), _made(document))
    unseen = document["protocols"][0]
    _asked(report, document)
    _protocol(report, unseen)
    _classes(report, unseen)
    _corpora(report, unseen)
    for entry in document["protocols"][1:]:
        _protocol(report, entry)
        _corpora(report, entry)
    _confidence(report, document["confidence"])
    _fairness(report, document["fairness"])
    if document["robustness"]:
        robustness.add_section(report, pd.DataFrame(document["robustness"]))
        length.add_section(report, pd.DataFrame(document["length"]))
        _failed(report, document["not_altered"], "could not be altered")
    if document["comparison"]:
        _comparison(report, document)
    if document["cost"]:
        _cost(report, document["cost"])
    _how(report)
    return report


def lead(document: Document) -> str:
    """Say in two sentences how well it does on people whom it has not heard."""
    unseen = document["protocols"][0]
    overall = unseen["all"]
    recalls = ", ".join(
        f"{entry['corpus']} {shown(entry['uar'])}" for entry in unseen["corpora"] if "uar" in entry
    )
    return (
        f"On {_count(overall['n_utterances'], 'utterance')} of "
        f"{_count(overall['n_speakers'], 'speaker')} whom it has never heard, {document['model']} "
        f"reaches an unweighted average recall (UAR) of {shown(overall['uar'])}; guessing scores "
        f"{overall['chance']:.3f}."
        + (f" By corpus: {recalls}." if recalls else "")
        + _weight(unseen)
    )


def _weight(entry: Document) -> str:
    """Warn of a corpus of which a few speakers make up much of the figure over all."""
    total = entry["all"]["n_utterances"]
    heavy = [
        f"{corpus['corpus']}, {_count(corpus['n_speakers'], 'speaker')}, "
        f"{corpus['n_utterances'] / total:.0%} of the utterances"
        for corpus in entry["corpora"]
        if "uar" in corpus
        and corpus["n_speakers"] < FEWEST_SPEAKERS
        and corpus["n_utterances"] > total / 4
    ]
    return f" Over all, few weigh much: {'; '.join(heavy)}." if heavy else ""


def shown(estimate: Estimate | None) -> str:
    """Write an estimate with its 95 % interval."""
    if estimate is None or estimate["value"] is None:
        return NOT_DEFINED
    if estimate["low"] is None:
        return f"{estimate['value']:.3f} (interval {NOT_DEFINED})"
    words = f"{estimate['value']:.3f} ({estimate['low']:.3f} to {estimate['high']:.3f})"
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def _asked(report: Report, document: Document) -> None:
    """Who was asked about whom, and who was not."""
    catalogue = document["catalogue"]
    report.section(
        "What was asked",
        f"{document['model']}: {document['kind']}. The catalogue names "
        f"{_count(catalogue['n_utterances'], 'utterance')} of "
        f"{_count(catalogue['n_speakers'], 'speaker')}. Each whole recording gets one answer, as "
        "audio-emotion predict gives it. No model is asked about a speaker whom it was trained on, "
        "except where a heading says that speakers are seen.",
    )
    rows = [
        {
            "protocol": entry["protocol"],
            "model": judge["name"],
            "trained on speakers": judge["trained_on_n_speakers"],
            "asked about utterances": judge["n_utterances"],
        }
        for entry in document["protocols"]
        for judge in entry["judges"]
    ]
    report.table(pd.DataFrame(rows), "who was asked about how many")
    for entry in document["protocols"]:
        for refusal in entry["refusals"]:
            report.text(
                f"Not asked, {entry['protocol']}: {_count(refusal['n_utterances'], 'utterance')} "
                f"of {_count(len(refusal['speakers']), 'speaker')}; {refusal['rule']}."
            )
        for one in entry["never_answered"]:
            report.text(
                f"{entry['protocol'].capitalize()}: {_count(one['n_utterances'], 'utterance')} of "
                f"{one['emotion']} went to a model that was not trained on this emotion, so its "
                "recall there is 0 whatever it hears."
            )
    for one in document["not_asked"]:
        report.text(f"{one['protocol'].capitalize()}: {NOT_DEFINED}; {one['why']}.")
    _failed(report, document["failures"], "could not be heard and count nowhere")


def _failed(report: Report, failures: list[Document], what: str) -> None:
    if failures:
        report.text(f"{_count(len(failures), 'recording')} {what}:")
        report.table(pd.DataFrame(failures))


def _protocol(report: Report, entry: Document) -> None:
    """All measures of a protocol, beside what needs no hearing."""
    seen = ", speakers seen" if entry["speakers_seen"] else ""
    report.section(
        f"{entry['protocol'].capitalize()}{seen}",
        WARNINGS[entry["protocol"]],
    )
    overall = entry["all"]
    majority = overall["majority"]
    rows = [
        {
            "measure": NAMES[name],
            "with 95 % interval": shown(overall[name]),
            f"always {majority['emotion']}": majority[name],
            "guessing": overall["guessing"][name],
        }
        for name in MEASURES
    ]
    report.table(
        pd.DataFrame(rows),
        f"{_count(overall['n_utterances'], 'utterance')}, "
        f"{_count(overall['n_speakers'], 'speaker')}; intervals by resampling speakers",
    )
    _reasons(report, (overall[name] for name in MEASURES))


def _classes(report: Report, entry: Document) -> None:
    """Each emotion, and what it is taken for."""
    overall = entry["all"]
    there = [one for one in overall["per_class"] if one["n_utterances"]]
    report.section("Each emotion", "Unseen speakers, all corpora together.")
    names = [one["emotion"] for one in there]
    series = {name: [one[name] for one in there] for name in ("recall", "precision")}
    report.figure(
        figures.intervals(names, series, "share", guessing=[overall["chance"]] * len(names)),
        "Recall: how many of those who acted it were heard. Precision: how many of the answers are "
        "right. With 95 % intervals over speakers; guessing is meant for recall.",
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
    report.figure(
        confusion_matrix(counts, EMOTIONS, "unseen speakers"),
        f"What each emotion is taken for: share of the row, and how many. {worst}",
        worst,
    )


def _confused(counts: np.ndarray[Any, Any]) -> str:
    """Name the commonest mistake."""
    wrong = counts.astype(float) / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(wrong, 0)
    if not wrong.any():
        return "No emotion is taken for another."
    row, column = np.unravel_index(wrong.argmax(), wrong.shape)
    return (
        f"Most often mistaken: {EMOTIONS[row]} for {EMOTIONS[column]}, {wrong[row, column]:.0%} "
        "of the time."
    )


def _corpora(report: Report, entry: Document) -> None:
    """Each corpus by itself."""
    scored = [one for one in entry["corpora"] if "uar" in one]
    if scored:
        report.figure(
            figures.intervals(
                [f"{one['corpus']}, {_count(one['n_speakers'], 'speaker')}" for one in scored],
                {"UAR": [one["uar"] for one in scored]},
                "UAR",
                guessing=[one["chance"] for one in scored],
            ),
            f"{entry['protocol'].capitalize()}, each corpus over the emotions of which it has "
            "enough utterances.",
            ", ".join(f"{one['corpus']} {shown(one['uar'])}" for one in scored),
        )
        rows = [
            {
                "corpus": one["corpus"],
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
        _reasons(report, (one["uar"] for one in scored))
    for one in entry["corpora"]:
        if one["left_out"]:
            few = ", ".join(f"{emotion} {n}" for emotion, n in one["left_out"].items())
            report.text(
                f"{one['corpus']}: too few utterances to have a recall of their own: {few}."
            )


def _confidence(report: Report, confidence: Document) -> None:
    """Calibration, abstaining, and what the stored figures should be."""
    stored = confidence["stored_threshold"]
    calibration = confidence["as_stored"]
    report.section(
        "How sure it may be",
        f"Its answers have a mean probability of {calibration['mean_probability']:.3f} and "
        f"{calibration['accuracy']:.3f} of them are right; expected calibration error "
        f"{calibration['expected_calibration_error']:.3f}. With the threshold that the model "
        f"holds it answers {stored['answered']:.1%} of the time"
        + (f", and {stored['accuracy']:.1%} of that is right." if stored["answered"] else "."),
    )
    if confidence["temperature_fitted_on"]:
        report.text(
            f"The stored temperature was fitted on {len(confidence['temperature_fitted_on'])} of "
            "these speakers, so that its calibration here flatters a little; no answer depends on "
            "it. What is fitted on other speakers than it is measured on stands beside it."
        )
    report.figure(
        figures.reliability(confidence),
        "Reliability: on the dashed line, answers with a probability of p are right p of the time. "
        f"{N_BINS} bins.",
        f"expected calibration error {calibration['expected_calibration_error']:.3f}",
    )
    curve = confidence["risk_coverage"]
    report.figure(
        figures.risk_coverage(confidence),
        "What abstaining is worth: right answers when only the surest are given. Area of the wrong "
        f"ones {curve['area']:.3f}; were confidence ideal {curve['area_if_ideal']:.3f}, were it "
        f"useless {curve['area_if_useless']:.3f}.",
        f"area under the risk-coverage curve {curve['area']:.3f}",
    )
    rows = [
        {
            "wanted, right answers": one["wanted"],
            "probability at least": one["threshold"],
            "answered": one.get("answered"),
            "of these right": one.get("accuracy"),
        }
        for one in confidence["thresholds"]
    ]
    if rows:
        report.table(
            pd.DataFrame(rows).astype(float),
            "thresholds that other speakers' answers ask for, and what they give",
        )
    reasons = {one["why"] for one in confidence["thresholds"]} | {confidence["why"]}
    report.text(*(f"{NOT_DEFINED.capitalize()}: {why}." for why in sorted(reasons - {""})))
    temperatures = ", ".join(f"{value:g}" for value in confidence["stored_temperatures"])
    fitted = (confidence["cross_fitted"] or {}).get("temperatures", [])
    report.text(
        f"Temperature stored: {temperatures}; on top of it, other speakers ask for "
        + (", ".join(f"{value:.2f}" for value in fitted) or NOT_DEFINED)
        + f". Threshold stored: {stored['lowest']:g}."
    )


def _fairness(report: Report, fairness: Document) -> None:
    """For whom it works worse."""
    limit = fairness["limit"]
    report.section(
        "For whom it works worse",
        "Differences of recall and precision, means over the emotions of which each side has "
        f"enough utterances. The published limit is {limit:g} (audEERING's ser-tests); "
        "whether a difference is within it is judged by the figure itself, not by its interval.",
    )
    for title, key, minus in (
        ("Women less men", "sex", "women less men"),
        ("Each corpus less the others", "corpus", "this corpus less the others"),
    ):
        defined = [one for one in fairness[key] if not one["why"]]
        for one in fairness[key]:
            if one["why"]:
                report.text(f"{title}, {one['where']}: {NOT_DEFINED}; {one['why']}.")
        if not defined:
            continue
        report.figure(
            figures.intervals(
                [one["where"] for one in defined],
                {gap: [one[gap] for one in defined] for gap in ("recall", "precision")},
                minus,
                limit=limit,
            ),
            f"{title}, with 95 % intervals over speakers.",
            ", ".join(f"{one['where']} recall {shown(one['recall'])}" for one in defined),
        )
        report.table(_gaps(defined, limit), title)


def _gaps(entries: Iterable[Document], limit: float) -> pd.DataFrame:
    """Means, then each emotion."""
    rows = []
    for entry in entries:
        sizes = " and ".join(str(group["n_speakers"]) for group in entry["groups"])
        for one in ({"emotion": "mean"} | entry, *entry["per_class"]):
            gaps = [one[gap]["value"] for gap in ("recall", "precision")]
            known = [abs(gap) <= limit for gap in gaps if gap is not None]
            within = "yes" if len(known) == len(gaps) else NOT_DEFINED
            rows.append(
                {
                    "where": entry["where"],
                    "speakers": sizes,
                    "emotion": one["emotion"],
                    "recall": shown(one["recall"]),
                    "precision": shown(one["precision"]),
                    f"within {limit:g}": within if all(known) else "no",
                }
            )
    return pd.DataFrame(rows)


def _comparison(report: Report, document: Document) -> None:
    """Two models on the same utterances."""
    comparison = document["comparison"]
    report.section(
        f"Against {comparison['model']}",
        f"On the {_count(comparison['n_utterances'], 'utterance')} of "
        f"{_count(comparison['n_speakers'], 'speaker')} that neither was trained on: only "
        f"{document['model']} is right {comparison['only_ours_right']} times, only "
        f"{comparison['model']} {comparison['only_theirs_right']} times. So uneven a "
        "division, or a more uneven one, would happen with probability "
        f"{shown_p(comparison['mcnemar_p'])} if they were equally good (McNemar's exact test).",
    )
    named = [(NAMES[one["measure"]], one) for one in comparison["measures"]]
    named += [(f"UAR, {one['corpus']}", one) for one in comparison["corpora"]]
    rows = [
        {
            "measure": name,
            document["model"]: shown(one["ours"]),
            comparison["model"]: shown(one["theirs"]),
            "difference": shown(one["difference"]),
        }
        for name, one in named
    ]
    report.table(pd.DataFrame(rows), "differences with 95 % intervals over the same speakers")
    _reasons(report, (one["difference"] for _, one in named))


def _cost(report: Report, cost: Document) -> None:
    """Put recall beside what it costs on a board."""
    report.section("What it costs on a device")
    if cost["why"]:
        report.text(f"{NOT_DEFINED.capitalize()}: {cost['why']}.")
        return
    report.figure(
        figures.cost(cost["points"], cost["board"]),
        f"Recall on unseen RAVDESS speakers against memory and time on the {cost['board']}; this "
        "model is the filled square.",
        "; ".join(
            f"{one['model']}: {one['flash_bytes']:.0f} bytes of flash, UAR {one['uar']:.3f}"
            for one in cost["points"]
        ),
    )


def _how(report: Report) -> None:
    """How everything was made."""
    report.section(
        "How it was made",
        "UAR is the mean of the recalls of the emotions, each counting the same. Intervals are "
        f"the middle 95 % of {N_RESAMPLES:,} resamples of the speakers, each corpus keeping its "
        f"number of them, widened for small numbers of them as Student's t is; with fewer than "
        f"{FEWEST_SPEAKERS} speakers there is none. "
        "Always answering the commonest emotion, and answering each as likely, stand beside the "
        "figures, for they need no hearing. Guessing is meant among the emotions tested there; a "
        "model may answer all seven.",
        "Everything on this page is in evaluation.json, every answer in answers.csv, all scores in "
        "scores.csv.",
    )


def _made(document: Document) -> str:
    made = document["made"]
    return (
        f"audio-emotion evaluate {made['model']} {made['catalogue']}, version {made['version']}, "
        f"{made['seconds']:.0f} s"
    )


def _reasons(report: Report, estimates: Iterable[Estimate]) -> None:
    """Say why some have no interval."""
    reasons = sorted({one["why"] for one in estimates} - {""})
    report.text(*(f"Interval {NOT_DEFINED}: {reason}." for reason in reasons))


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"
