"""The HTML report of an analysis, made from its findings, tables and figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, Final

import numpy as np
import pandas as pd

from audio_emotion.analysis.effects import MEDIUM
from audio_emotion.analysis.feature_labels import MINUS, feature_label, signed
from audio_emotion.analysis.findings import FALSE_DISCOVERIES, STRONG
from audio_emotion.analysis.population import NotDefined
from audio_emotion.analysis.statistics import RESAMPLES, Floats
from audio_emotion.analysis.study import Study
from audio_emotion.analysis.tables import corpus_agreement
from audio_emotion.data.corpora import corpus_title
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.report.figures import CaptionedFigure
from audio_emotion.report.page import NOT_DEFINED, Report
from audio_emotion.training.metrics import SMALLEST_CLASS

_SECTIONS: Final = {
    "violins": (
        "Which features does emotion move most?",
        "Values are normalized by speaker: 0 is the speaker's own mean, in which each emotion "
        "counts the same. So a speaker's voice or microphone does not count as an emotion.",
    ),
    "emotions": (
        "How does each emotion sound?",
        "Cliff's delta is the probability that one utterance is higher less the probability that "
        "it is lower, two utterances of the same speaker being compared.",
    ),
    "pairs": ("What separates any two emotions?",),
    "ranking": (
        "How much does emotion explain?",
        "Epsilon-squared is the share of the variance of ranks that emotion explains: 0: "
        "emotion has no effect; 1: it alone determines the feature. It is computed within each "
        "corpus and then averaged, so that 2,800 utterances of two speakers weigh no more than "
        "others.",
    ),
    "importance": (
        "Which features does a classifier need?",
        "A feature may depend on emotion and yet not be needed, because others carry the same "
        "information. So groups of features were permuted among the utterances of a speaker "
        "unknown to the classifier, and the recall that it lost was measured.",
    ),
    "clusters": (
        "Which features are redundant?",
        "Of correlated features one is enough: a smaller set costs a device less.",
    ),
}
_TOPICS: Final = {
    "violins": "Largest effects",
    "emotions": "|".join(EMOTIONS).title(),
    "pairs": ".* or .*|Hard and easy pairs",
    "ranking": "Speaker normalization",
    "importance": "Importance for .*",
    "clusters": "Redundant features",
    "corpora": "Corpora",
    "original": "The original's box plots",
}
"""Patterns of the findings that a section shows."""

_LIMITS: Final = (
    "The emotions were acted, by few people, in studios.",
    "Level and MFCC 1 follow the gain of the recording; where an actor or an engineer changed it "
    "between emotions, the change counts as emotion.",
    "Intervals are for other speakers of the same corpora. How far other corpora would differ is "
    "shown by the columns of each, not by the intervals.",
    "Kruskal-Wallis assumes independent utterances, which those of one speaker are not: its p "
    "values are too small. Effect sizes and intervals do not depend on it.",
    "Where sentences differ between emotions, as most of SAVEE's do, their sounds change the "
    "spectrum as well.",
)


def report(
    study: Study,
    findings: Sequence[Mapping[str, str]],
    original: Sequence[CaptionedFigure],
    drawn: Sequence[CaptionedFigure],
    footer: str,
) -> Report:
    """Build the report; `findings` are topics and texts of the document."""
    page = Report("How emotion changes the voice", findings[0]["text"], footer)
    _tiles(page, study)
    figures = {one.name: one for one in drawn}
    for name, (heading, *explained) in _SECTIONS.items():
        if one := figures.get(name):
            page.section(heading, *_texts(findings, name), *explained)
            page.figure(one.figure, one.caption, one.alternative)
    page.section("Do the corpora agree?", *_texts(findings, "corpora"))
    _agreement(page, study)
    page.section(
        "What did the original's box plots show?",
        *_texts(findings, "original"),
        "Zero crossing rate, energy, shimmer and MFCC 1, on the left as the original system showed "
        "them, on the right within speaker.",
    )
    for one in original:
        page.figure(one.figure, one.caption, one.alternative)
    _data(page, study)
    page.section(
        "All features",
        "q: false discovery rate after Benjamini and Hochberg. Raw: across speakers, as measured. "
        "Speaker: share of the variance of ranks that lies between speakers. Agreement: of the "
        "feature's medium effects, the share with the same direction in each corpus.",
    )
    page.table(_features(study), "by decreasing epsilon-squared", shown=_two_digits)
    page.section("What could not be computed, and why")
    rows = list(study.not_defined) or [NotDefined("nothing", "")]
    page.table(pd.DataFrame(rows, columns=["what", "reason"]), "What is not defined")
    page.section("Limits", *_LIMITS)
    return page


def _texts(findings: Sequence[Mapping[str, str]], section: str) -> list[str]:
    """Return the findings of a section."""
    return [one["text"] for one in findings if re.fullmatch(_TOPICS[section], one["topic"])]


def _tiles(page: Report, study: Study) -> None:
    """Add key figures: how many features emotion moves, the largest effect, the agreement."""
    effect, population, pairs = study.overall.effect, study.population, study.pairs
    if np.isnan(effect).all():
        return
    n = len(effect)
    significant = int((study.ranking["q"] < FALSE_DISCOVERIES).sum())
    page.tile(f"{significant} of {n}", "features change with emotion, within one speaker")
    strong = int((effect >= STRONG).sum())
    page.tile(f"{strong}", "features of which emotion explains a large part", f"over {STRONG:g}")
    top = int(np.nanargmax(effect))
    label = feature_label(population.names[top])
    page.tile(f"{effect[top]:.2f}", f"is explained of the {label}", "most of all features")
    medium = (np.abs(pairs.delta) >= MEDIUM) & (pairs.counted > 1)
    if medium.any():
        share = (pairs.agreeing == pairs.counted)[medium].mean()
        note = f"{int(medium.sum()):,} effects of a feature on two emotions"
        page.tile(f"{share:.0%}", "of medium effects have one direction in every corpus", note)
    page.tile(f"{len(population.values):,}", "utterances", f"{len(population.corpus_of)} speakers")


def _features(study: Study) -> pd.DataFrame:
    """Return the ranking of all features for readers."""
    population, table = study.population, study.ranking
    profile = study.pairs.profile(len(population.emotions))
    columns = [population.names.index(name) for name in table["feature"]]
    return pd.DataFrame(
        {
            "rank": table["rank"],
            "feature": table["feature"],
            "epsilon²": table["epsilon2"],
            "95 %": [
                _unbroken(NOT_DEFINED if np.isnan(low) else f"{low:.2f} to {high:.2f}")
                for low, high in zip(table["low"], table["high"], strict=True)
            ],
            "q": [_unbroken(_q(value)) for value in table["q"]],
            "highest in": [_extreme(population.emotions, profile[:, f], 1) for f in columns],
            "lowest in": [_extreme(population.emotions, profile[:, f], -1) for f in columns],
            "raw": table["epsilon2_raw"],
            "speaker": table["speaker_epsilon2"],
        }
        | {corpus_title(name): table[f"epsilon2_{name}"] for name in population.corpora}
        | {"agreement": table["agreement"]}
    )


def _data(page: Report, study: Study) -> None:
    population = study.population
    full = ", ".join(corpus_title(population.corpora[corpus]) for corpus in population.full_corpora)
    page.section(
        "Which recordings are compared?",
        f"{len(population.values):,} utterances of {len(population.corpus_of)} speakers. Speakers "
        "are compared only with themselves, and each corpus counts the same. An emotion of which a "
        f"corpus has fewer than {SMALLEST_CLASS} utterances is left out there. Results over all "
        f"emotions are of the corpora that have most of them: {full}. Intervals: {RESAMPLES:,} "
        "bootstrap resamples of the speakers of each corpus.",
    )
    counts = pd.DataFrame(population.counts, columns=list(population.emotions))
    counts.insert(0, "speakers", study.speakers())
    counts.insert(0, "corpus", [corpus_title(corpus) for corpus in population.corpora])
    page.table(counts, "utterances that are compared")


def _agreement(page: Report, study: Study) -> None:
    both = corpus_agreement(study.population, study.pairs)
    if len(both):
        both[["corpus", "other"]] = both[["corpus", "other"]].map(corpus_title)
        both.columns = pd.Index(["corpus", "other", "effects medium in both", "same direction"])
        page.table(both, "Effects that are medium in two corpora")


def _extreme(emotions: Sequence[str], profile: Floats, sign: int) -> str:
    """Return the emotion of the largest (or, with sign -1, smallest) delta, and the delta."""
    if np.isnan(profile).all():
        return NOT_DEFINED
    place = int(np.nanargmax(sign * profile))
    return _unbroken(f"{emotions[place]} ({signed(profile[place])})")


def _q(value: float) -> str:
    if np.isnan(value):
        return NOT_DEFINED
    # The smallest positive float stands for whatever is smaller.
    return ("< 1e-300" if value < 1e-300 else f"{value:.1e}").replace("-", MINUS)


def _two_digits(value: Any) -> str:
    return f"{value}" if isinstance(value, Integral) else f"{value:.2f}"


def _unbroken(words: str) -> str:
    return words.replace(" ", "\N{NO-BREAK SPACE}")
