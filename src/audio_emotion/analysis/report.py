"""The report of a study: what was found, in words, pictures and tables."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, Final

import numpy as np
import pandas as pd

from audio_emotion.analysis import effects
from audio_emotion.analysis.feature_labels import MINUS, signed
from audio_emotion.analysis.figures import ReportFigure
from audio_emotion.analysis.findings import Finding
from audio_emotion.analysis.population import NotDefined
from audio_emotion.analysis.statistics import RESAMPLES
from audio_emotion.analysis.study import Study
from audio_emotion.report.page import NOT_DEFINED, Report
from audio_emotion.training.metrics import SMALLEST_CLASS

_SECTIONS: Final = {
    "violins": (
        "How the most moved features lie",
        "Speakers are measured by themselves: 0 is a speaker's own mean, in which each emotion "
        "counts the same. So nobody's voice or microphone counts as an emotion.",
    ),
    "ranking": (
        "What emotion moves most",
        "Epsilon-squared is the share of the variance of ranks that emotion explains: 0 says that "
        "emotion does not matter, 1 that it decides. It is computed within each corpus and then "
        "averaged, so that 2,800 utterances of two speakers weigh no more than others.",
    ),
    "emotions": (
        "What each emotion does to the voice",
        "Cliff's delta is the probability that one utterance is higher less the probability that "
        "it is lower, two utterances of the same speaker being compared.",
    ),
    "pairs": ("Any two emotions", "What parts each pair, and which pairs nothing parts."),
    "clusters": (
        "Features that mean the same",
        "Of features that move together one is enough: a smaller set costs a device less.",
    ),
    "importance": (
        "What classifiers need",
        "A feature may move with emotion and yet not be needed, because others tell the same. So "
        "groups of features were exchanged between the utterances of a speaker whom the classifier "
        "did not know, and what it lost was counted.",
    ),
}

_LIMITS: Final = (
    "The emotions were acted, by few people, in English, in studios.",
    "Level and MFCC 1 follow the gain of the recording; where an actor or an engineer moved it "
    "between emotions, it is counted as emotion.",
    "Intervals say how sure the figures are for other speakers of the same corpora. How far other "
    "corpora would differ is shown by the columns of each, not by the intervals.",
    "Kruskal-Wallis takes utterances as independent, which those of one speaker are not quite: its "
    "p values are too small. Effect sizes and intervals do not rest on it.",
    "Where sentences differ between emotions, as most of SAVEE's do, their sounds move the "
    "spectrum as well.",
)


def of(
    study: Study,
    found: Sequence[Finding],
    original: Sequence[ReportFigure],
    pictures: Sequence[ReportFigure],
    footer: str,
) -> Report:
    """Lay the report out."""
    report = Report("How emotion moves the voice", found[0].text, footer)
    report.section("What was found")
    report.table(
        pd.DataFrame([(f.topic, f.text) for f in found[1:]], columns=["about", "finding"]),
        "computed from the numbers below",
    )
    _data(report, study)
    for picture in pictures:
        report.section(*_SECTIONS[picture.name])
        report.figure(picture.figure, picture.caption, picture.alternative)
        if picture.name == "pairs":
            _agreement(report, study)
    report.section(
        "The original's four box plots",
        "Zero crossing rate, energy, shimmer and MFCC 1, on the left as the original system showed "
        "them, on the right within speaker.",
    )
    for picture in original:
        report.figure(picture.figure, picture.caption, picture.alternative)
    report.section(
        "All features",
        "q: false discovery rate after Benjamini and Hochberg. Raw: across speakers, as measured. "
        "Speaker: how much of the variance of ranks lies between speakers. Agreement: of the "
        "feature's medium effects, how many have the same direction in each corpus.",
    )
    report.table(all_features(study), "in the order of epsilon-squared", shown=_two_digits)
    report.section("Not defined", "What could not be computed, and why.")
    rows = list(study.not_defined) or [NotDefined("nothing", "")]
    report.table(pd.DataFrame(rows, columns=["what", "reason"]))
    report.section("Limits", *_LIMITS)
    return report


def all_features(study: Study) -> pd.DataFrame:
    """Rank all features, as people read it."""
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
        | {name: table[f"epsilon2_{name}"] for name in population.corpora}
        | {"agreement": table["agreement"]}
    )


def _data(report: Report, study: Study) -> None:
    population = study.population
    report.section(
        "What was compared",
        f"{len(population.values):,} utterances of {len(population.corpus_of)} speakers. "
        "Speakers are compared only with themselves, and each corpus counts the same. An emotion of "
        f"which a corpus has fewer than {SMALLEST_CLASS} utterances is left out there. What is said of all "
        "emotions at once is of the corpora that have most of them: "
        f"{', '.join(population.corpora[corpus] for corpus in population.full_corpora)}. "
        f"Intervals: {RESAMPLES:,} bootstrap resamples of the speakers of each corpus.",
    )
    counts = pd.DataFrame(population.counts, columns=list(population.emotions))
    counts.insert(0, "speakers", study.speakers())
    counts.insert(0, "corpus", list(population.corpora))
    report.table(counts, "utterances that are compared")


def _agreement(report: Report, study: Study) -> None:
    both = effects.corpus_agreement(study.population, study.pairs)
    if len(both):
        both.columns = pd.Index(["corpus", "other", "effects medium in both", "same direction"])
        report.table(both, "Do the corpora agree?")


def _extreme(emotions: Sequence[str], profile: Any, sign: int) -> str:
    if np.isnan(profile).all():
        return NOT_DEFINED
    place = int(np.nanargmax(sign * profile))
    return _unbroken(f"{emotions[place]} ({signed(profile[place])})")


def _q(value: float) -> str:
    if np.isnan(value):
        return NOT_DEFINED
    # The smallest number there is stands for whatever is smaller.
    text = "< 1e-300" if value < 1e-300 else f"{value:.1e}"
    return text.replace("-", MINUS)


def _two_digits(value: Any) -> str:
    return f"{value}" if isinstance(value, Integral) else f"{value:.2f}"


def _unbroken(words: str) -> str:
    return words.replace(" ", "\N{NO-BREAK SPACE}")
