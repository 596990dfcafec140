"""Sections of a report about strangers: corpora left out, read speech, no speech, adaptation."""

from __future__ import annotations

from typing import Any

import pandas as pd

from audio_emotion.data.corpora import corpus_title
from audio_emotion.evaluation.measures.adaptation import MUCH_WORSE, N_ORDERS
from audio_emotion.evaluation.report import figures
from audio_emotion.evaluation.report.estimates import add_reasons, count, shown
from audio_emotion.report.page import NOT_DEFINED, Report

Document = dict[str, Any]


def lead(strangers: Document) -> str:
    """Write what a stranger may expect, in a sentence for each of what was measured."""
    sentences = []
    if found := strangers["left_out"]:
        sentences.append(
            f"On {len(found['corpora'])} corpora that were left out of training the mean UAR is "
            f"{found['mean_uar']:.3f}, and {found['mean_uar_among']:.3f} where the answer is "
            "chosen among the emotions that the corpus has."
        )
    if read := strangers["read_speech"]:
        sentences.append(
            f"Of {count(read['n_utterances'], 'neutral sentence')} read by strangers "
            f"{read['confident_false']['value']:.1%} get a confident false emotion."
        )
    for one in strangers["non_speech"][:1]:
        sentences.append(
            f"Of {count(one['n_utterances'], 'sound')} without speech "
            f"{one['answered']['value']:.1%} get an emotion, {one['confident']['value']:.1%} "
            "confidently."
        )
    return " ".join(sentences)


def add_tiles(report: Report, strangers: Document) -> None:
    """Add the figures that a stranger asks for first to the top of the page."""
    if found := strangers["left_out"]:
        n = len(found["corpora"])
        report.tile(
            f"{found['mean_uar_among']:.2f}",
            f"UAR on {count(n, 'corpus') if n == 1 else f'{n} corpora'} left out of training, "
            "among the emotions of each",
            ", ".join(corpus_title(one["corpus"]) for one in found["corpora"]),
        )
    if read := strangers["read_speech"]:
        report.tile(
            f"{read['confident_false']['value']:.1%}",
            "of neutral sentences, read by strangers, are confidently called an emotion",
            count(read["n_speakers"], "speaker"),
        )
    for one in strangers["non_speech"][:1]:
        report.tile(
            f"{one['answered']['value']:.1%}",
            "of sounds without speech are answered with an emotion",
            f"{one['confident']['value']:.1%} confidently",
        )
    for one in strangers["speech_missed"][:1]:
        report.tile(f"{one['no_speech']['value']:.1%}", "of speech is called no speech")


def add_strangers(report: Report, strangers: Document) -> None:
    """Add corpora left out, their confidence, read speech, and sounds without speech."""
    if found := strangers["left_out"]:
        add_left_out(report, found)
        _add_transfer(report, found["transfer"])
    add_speech_or_none(report, strangers)


def add_speech_or_none(report: Report, strangers: Document) -> None:
    """Add read speech, sounds without speech, and speech that is taken for none."""
    if read := strangers["read_speech"]:
        _add_read_speech(report, read)
    if strangers["non_speech"]:
        report.section(
            "Sounds without speech",
            "Nobody speaks in them, so the right answer is that there is no speech. Their sources "
            "were kept out of training.",
        )
        shares = {"answered": "answered with an emotion", "confident": "confidently"}
        _add_shares(report, strangers["non_speech"], shares, "sources")
    report.section(
        "Speech that is called no speech",
        "Whole recordings in which somebody speaks, read speech among them.",
    )
    _add_shares(report, strangers["speech_missed"], {"no_speech": "called no speech"}, "speakers")


def add_left_out(report: Report, found: Document) -> None:
    """Add the recall on corpora that were left out of training."""
    report.section(
        "Corpora left out of training",
        "Each is predicted by a model that was trained without the whole corpus: other people, "
        "rooms, microphones and sentences, often another language. Beside the answers as they are "
        "stand those chosen among the emotions that the corpus has.",
    )
    series = {"answers": "uar", "among its own emotions": "uar_among"}
    report.figure(
        figures.intervals(
            [corpus_title(one["corpus"]) for one in found["corpora"]],
            {name: [one[key] for one in found["corpora"]] for name, key in series.items()},
            "UAR",
            guessing=[one["chance"] for one in found["corpora"]],
        ),
        "UAR of corpora left out, with 95 % intervals over speakers.",
        ", ".join(f"{one['corpus']} {shown(one['uar_among'])}" for one in found["corpora"]),
    )
    rows = [
        {
            "corpus": corpus_title(one["corpus"]),
            "utterances": one["n_utterances"],
            "speakers": one["n_speakers"],
            "emotions": len(one["emotions"]),
            "UAR": shown(one["uar"]),
            "among its own emotions": shown(one["uar_among"]),
            "guessing": one["chance"],
        }
        for one in found["corpora"]
    ]
    report.table(
        pd.DataFrame(rows),
        f"Mean UAR {found['mean_uar']:.3f}; among own emotions {found['mean_uar_among']:.3f}",
    )
    add_reasons(report, (one["uar"] for one in found["corpora"]))


def _add_transfer(report: Report, transfer: Document) -> None:
    report.section(
        "Confidence of strangers",
        "Temperature and threshold for each corpus are fitted on the other corpora left out, each "
        "counting the same, so that none takes part in choosing its own.",
    )
    if transfer["why"]:
        report.text(f"{NOT_DEFINED.capitalize()}: {transfer['why']}.")
        return
    rows = [
        {
            "corpus": corpus_title(one["corpus"]),
            "temperature": one["temperature"],
            "risk-coverage area": one["area"],
            **{
                f"{effect['wanted']:.0%} right wanted": _effect(effect)
                for effect in one["thresholds"]
            },
        }
        for one in transfer["corpora"]
    ]
    report.table(
        pd.DataFrame(rows), "Share of right answers among the confident ones, and their share"
    )
    report.figure(
        figures.risk_coverage_curve(transfer["risk_coverage"]),
        "Share of right answers among the most confident ones, all corpora left out together. Area "
        f"under the risk-coverage curve {transfer['risk_coverage']['area']:.3f}.",
        f"area under the risk-coverage curve {transfer['risk_coverage']['area']:.3f}",
    )
    fitted = transfer["fitted_on_all"]
    thresholds = ", ".join(
        f"{one['threshold']:.2f} for {one['wanted']:.0%} right"
        for one in fitted["thresholds"]
        if one["threshold"] is not None
    )
    report.text(
        f"Fitted on all of them: temperature {fitted['temperature']:.2f}, thresholds "
        f"{thresholds or NOT_DEFINED}."
    )


def _effect(effect: Document) -> str:
    if effect["accuracy"] is None:
        return f"none of {effect['coverage']:.0%} confident"
    return f"{effect['accuracy']:.1%} of {effect['coverage']:.0%} confident"


def _add_read_speech(report: Report, read: Document) -> None:
    report.section(
        "People who just read",
        f"{count(read['n_utterances'], 'sentence')} and commands of "
        f"{count(read['n_speakers'], 'speaker')} who act nothing and were kept out of training. "
        "Reading aloud is neutral.",
    )
    titles = {
        "confident_false": "a confident emotion other than neutral",
        "neutral_or_not_confident": "neutral, or not confident",
        "neutral": "neutral",
        "confident": "confident",
        "no_speech": "called no speech",
    }
    rows = [{"answer": title, "share": shown(read[key])} for key, title in titles.items()]
    report.table(pd.DataFrame(rows), "Answers, with 95 % intervals over speakers")
    report.table(pd.DataFrame(read["predictions"]), "Share of each emotion, and confidently so")


def _add_shares(
    report: Report, entries: list[Document], shares: dict[str, str], sources: str
) -> None:
    rows = [
        {
            "corpus": corpus_title(one["corpus"]),
            "recordings": one["n_utterances"],
            sources: one["n_speakers"],
            **{title: shown(one[key]) for key, title in shares.items()},
        }
        for one in entries
    ]
    report.table(pd.DataFrame(rows), f"Shares, with 95 % intervals over {sources}")


def add_adaptation(report: Report, adaptation: list[Document]) -> None:
    """Add recall against utterances heard before, and the share of speakers that it harms."""
    report.section(
        "Adaptation to a speaker",
        f"Every speaker's utterances in {N_ORDERS} random orders, without labels. Beside the "
        "adapted answers stand those to the same utterances without adaptation.",
    )
    rows = [
        {
            "corpus": corpus_title(one["corpus"]),
            **{
                f"{group['previous']} before": f"{group['adapted']:.3f} ({group['without']:.3f})"
                for group in one["uar"]
            },
        }
        for one in adaptation
    ]
    report.table(pd.DataFrame(rows).fillna(""), "UAR adapted (and without adaptation)")
    rows = [
        {
            "corpus": corpus_title(one["corpus"]),
            "speakers": one["harm"]["n_speakers"],
            "worse": one["harm"]["worse"],
            f"by more than {MUCH_WORSE:g}": one["harm"]["much_worse"],
            "mean change": one["harm"]["mean"],
            "worst": one["harm"]["worst"],
        }
        for one in adaptation
    ]
    report.table(
        pd.DataFrame(rows), "Share of speakers whose accuracy it makes worse, and changes of it"
    )
