"""Sections of a report about confidence, fairness, comparison and cost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from audio_emotion.data.corpora import TITLES, corpus_title
from audio_emotion.evaluation.measures.comparison import shown_p
from audio_emotion.evaluation.measures.confidence import N_BINS
from audio_emotion.evaluation.measures.cost import CORPUS
from audio_emotion.evaluation.report import figures
from audio_emotion.evaluation.report.estimates import add_reasons, count, shown
from audio_emotion.report.page import NOT_DEFINED, Report

Document = dict[str, Any]

MEASURE_TITLES = {
    "uar": "UAR",
    "macro_f1": "macro F1",
    "weighted_f1": "weighted F1",
    "accuracy": "accuracy",
}


def add_confidence(report: Report, confidence: Document) -> None:
    """Add calibration, abstaining, and temperature and threshold fitted on other speakers."""
    stored = confidence["stored_threshold"]
    calibration = confidence["as_stored"]
    report.section(
        "Confidence",
        f"The predictions have a mean probability of {calibration['mean_probability']:.3f} and "
        f"{calibration['accuracy']:.3f} of them are right; expected calibration error "
        f"{calibration['expected_calibration_error']:.3f}. With the threshold in the model's file "
        f"{stored['coverage']:.1%} of the predictions are confident"
        + (f", and {stored['accuracy']:.1%} of these are right." if stored["coverage"] else "."),
    )
    if confidence["temperature_fitted_on"]:
        report.text(
            f"The stored temperature was fitted on {len(confidence['temperature_fitted_on'])} of "
            "these speakers, so that its calibration error here is a little too low; no predicted "
            "emotion depends on it. The error with a temperature fitted on other speakers stands "
            "beside it."
        )
    report.figure(
        figures.reliability(confidence),
        "Reliability: on the dashed line, predictions with a probability of p are right p of the "
        f"time. {N_BINS} bins.",
        f"expected calibration error {calibration['expected_calibration_error']:.3f}",
    )
    curve = confidence["risk_coverage"]
    report.figure(
        figures.risk_coverage(confidence),
        "Effect of abstaining: share of right predictions among the most confident ones. Area "
        f"under the risk-coverage curve {curve['area']:.3f}; with an ideal confidence "
        f"{curve['area_if_ideal']:.3f}, with an unrelated one {curve['area_if_useless']:.3f}.",
        f"area under the risk-coverage curve {curve['area']:.3f}",
    )
    rows = [
        {
            "wanted share of right ones": one["wanted"],
            "threshold": one["threshold"],
            "confident": one.get("coverage"),
            "of these right": one.get("accuracy"),
        }
        for one in confidence["thresholds"]
    ]
    if rows:
        report.table(
            pd.DataFrame(rows).astype(float),
            "thresholds chosen on other speakers, and their effect",
        )
    reasons = {one["why"] for one in confidence["thresholds"]} | {confidence["why"]}
    report.text(*(f"{NOT_DEFINED.capitalize()}: {why}." for why in sorted(reasons - {""})))
    temperatures = ", ".join(f"{value:g}" for value in confidence["stored_temperatures"])
    fitted = (confidence["cross_fitted"] or {}).get("temperatures", [])
    report.text(
        f"Stored temperature: {temperatures}; further temperatures, fitted on other speakers: "
        + (", ".join(f"{value:.2f}" for value in fitted) or NOT_DEFINED)
        + f". Stored threshold: {stored['lowest']:g}."
    )


def add_fairness(report: Report, fairness: Document) -> None:
    """Add differences between women and men, and between corpora."""
    limit = fairness["limit"]
    report.section(
        "Fairness",
        "Differences of recall and precision, means over the emotions of which each side has "
        f"enough utterances. The published limit is {limit:g} (audEERING's ser-tests); "
        "a difference is compared with it by the figure itself, not by its interval.",
    )
    for heading, key, minus in (
        ("Women less men", "sex", "women less men"),
        ("Each corpus less the others", "corpus", "this corpus less the others"),
    ):
        defined = [one for one in fairness[key] if not one["why"]]
        report.folded(
            f"{heading}: where it is {NOT_DEFINED}",
            [f"{corpus_title(one['where'])}: {one['why']}" for one in fairness[key] if one["why"]],
        )
        if not defined:
            continue
        report.figure(
            figures.intervals(
                [corpus_title(one["where"]) for one in defined],
                {gap: [one[gap] for one in defined] for gap in ("recall", "precision")},
                minus,
                limit=limit,
            ),
            f"{heading}, with 95 % intervals over speakers.",
            ", ".join(
                f"{corpus_title(one['where'])} recall {shown(one['recall'])}" for one in defined
            ),
        )
        report.table(_gaps(defined, limit), heading)


def _gaps(entries: Iterable[Document], limit: float) -> pd.DataFrame:
    """Return the means, then each emotion."""
    rows = []
    for entry in entries:
        sizes = " and ".join(str(group["n_speakers"]) for group in entry["groups"])
        for one in ({"emotion": "mean"} | entry, *entry["per_class"]):
            gaps = [one[gap]["value"] for gap in ("recall", "precision")]
            known = [abs(gap) <= limit for gap in gaps if gap is not None]
            within = "yes" if len(known) == len(gaps) else NOT_DEFINED
            rows.append(
                {
                    "where": corpus_title(entry["where"]),
                    "speakers": sizes,
                    "emotion": one["emotion"],
                    "recall": shown(one["recall"]),
                    "precision": shown(one["precision"]),
                    f"within {limit:g}": within if all(known) else "no",
                }
            )
    return pd.DataFrame(rows)


def add_comparison(report: Report, document: Document) -> None:
    """Add the comparison with another model on the same utterances."""
    comparison = document["comparison"]
    report.section(
        f"Comparison with {comparison['model']}",
        f"On the {count(comparison['n_utterances'], 'utterance')} of "
        f"{count(comparison['n_speakers'], 'speaker')} that neither was trained on: only "
        f"{document['model']} is right {comparison['only_ours_right']} times, only "
        f"{comparison['model']} {comparison['only_theirs_right']} times. "
        f"McNemar's exact test: p {shown_p(comparison['mcnemar_p'])}.",
    )
    named = [(MEASURE_TITLES[one["measure"]], one) for one in comparison["measures"]]
    named += [(f"UAR, {corpus_title(one['corpus'])}", one) for one in comparison["corpora"]]
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
    add_reasons(report, (one["difference"] for _, one in named))


def add_cost(report: Report, cost: Document) -> None:
    """Add recall beside flash, RAM and time on a board."""
    report.section("Cost on a device")
    if cost["why"]:
        report.text(f"{NOT_DEFINED.capitalize()}: {cost['why']}.")
        return
    report.figure(
        figures.cost(cost["points"], cost["board"]),
        f"Recall on unseen {TITLES[CORPUS]} speakers against memory and time on the "
        f"{cost['board']}; this model is the filled square.",
        "; ".join(
            f"{one['model']}: {one['flash_bytes']:.0f} bytes of flash, UAR {one['uar']:.3f}"
            for one in cost["points"]
        ),
    )
