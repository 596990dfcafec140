"""Utterances that are compared: within speakers, with the same weight for each corpus.

The corpora at hand differ in size and in emotions: TESS has two speakers and 2,800 utterances,
nearly all of CREMA-D is happy or sad. Therefore

- a speaker's utterances are compared with one another only;
- an emotion of which a corpus has fewer than `SMALLEST_CLASS` utterances is left out there;
- within a corpus its speakers are pooled, and then each corpus counts the same;
- what concerns all emotions at once is measured on the `full_corpora`, those with most of them.

Recordings in which nobody speaks have no emotion: they are left out, and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from audio_emotion.analysis.statistics import Codes, Floats, Values, weighted_quantiles
from audio_emotion.data.corpora import HOW_TO_LABEL
from audio_emotion.data.feature_table import FeatureTable, is_speech
from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import InputError
from audio_emotion.training.metrics import SMALLEST_CLASS


class NotDefined(NamedTuple):
    """A figure that cannot be computed, and the reason."""

    what: str
    reason: str


@dataclass(frozen=True)
class Population:
    """Utterances that are compared; speakers, emotions and corpora are numbered."""

    dataset: FeatureTable
    """Rows of the table that are compared."""
    normalized: Floats
    """Values normalized by speaker, shape (n_utterances, n_features): see `normalize`."""
    emotions: tuple[str, ...]
    emotion: Codes
    speaker: Codes
    corpora: tuple[str, ...]
    corpus_of: Codes
    """Corpus of each speaker."""
    counts: npt.NDArray[np.int64]
    """Number of utterances, shape (n_corpora, n_emotions): 0 where there are too few."""
    not_defined: tuple[NotDefined, ...]

    @property
    def values(self) -> npt.NDArray[np.float32]:
        """Values as measured, shape (n_utterances, n_features)."""
        return self.dataset.utterances

    @property
    def corpus(self) -> Codes:
        """Corpus of each utterance."""
        return self.corpus_of[self.speaker]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features."""
        return features.names()

    @property
    def full_corpora(self) -> list[int]:
        """Corpora that have most emotions."""
        n_emotions = (self.counts > 0).sum(axis=1)
        return [int(corpus) for corpus in np.flatnonzero(n_emotions == n_emotions.max())]

    def rows(self, corpus: int) -> Codes:
        """Return the rows of a corpus."""
        return np.flatnonzero(self.corpus == corpus)

    def constant(self, corpus: int | None = None) -> npt.NDArray[np.bool_]:
        """Return which features have the same value in every utterance, of a corpus or of all."""
        values = self.values if corpus is None else self.values[self.rows(corpus)]
        return np.asarray(np.ptp(values, axis=0) == 0)

    def weights(self) -> Floats:
        """Return weights of utterances: full corpora count the same in each emotion, others 0."""
        share = np.zeros(self.counts.shape)
        for corpus in self.full_corpora:
            share[corpus] = 1 / np.maximum(self.counts[corpus], 1)
        return np.asarray(share[self.corpus, self.emotion], dtype=np.float64)

    def quantiles(
        self, values: Values, weights: Floats, shares: Sequence[float]
    ) -> dict[int, Floats]:
        """Return weighted quantiles of each emotion that has weight: (n_shares, n_columns)."""
        rows = {e: (self.emotion == e) & (weights > 0) for e in range(len(self.emotions))}
        return {
            e: weighted_quantiles(values[own].astype(np.float64), weights[own], np.array(shares))
            for e, own in rows.items()
            if own.any()
        }


def select_population(dataset: FeatureTable) -> Population:
    """Select the utterances that can be compared, and normalize them by speaker.

    Raises
    ------
    InputError
        No corpus has enough utterances of two emotions.
    """
    table = dataset.catalogue
    size = table.groupby(["corpus", "emotion"])["emotion"].transform("size")
    enough = is_speech(table) & (size >= SMALLEST_CLASS).to_numpy()
    n_emotions = table[enough].groupby("corpus")["emotion"].nunique()
    keep = enough & table["corpus"].isin(n_emotions.index[n_emotions > 1]).to_numpy()
    if not keep.any():
        raise InputError(
            f"{len(table)} utterances of {', '.join(sorted(set(table['emotion'])))}: nothing to "
            f"compare. A corpus needs at least {SMALLEST_CLASS} utterances of each of two "
            f"emotions. {HOW_TO_LABEL}."
        )
    kept = dataset.rows(keep)
    emotions = tuple(name for name in EMOTIONS if name in set(kept.catalogue["emotion"]))
    emotion = np.array([emotions.index(name) for name in kept.catalogue["emotion"]], dtype=np.intp)
    corpora, corpus = np.unique(kept.catalogue["corpus"].to_numpy(dtype=str), return_inverse=True)
    speakers = kept.catalogue["corpus"] + "\n" + kept.catalogue["speaker"]
    _, first, speaker = np.unique(
        speakers.to_numpy(dtype=str), return_index=True, return_inverse=True
    )
    counts = np.zeros((len(corpora), len(emotions)), dtype=np.int64)
    np.add.at(counts, (corpus, emotion), 1)
    return Population(
        dataset=kept,
        normalized=normalize(kept.utterances, speaker, emotion),
        emotions=emotions,
        emotion=emotion,
        speaker=speaker,
        corpora=tuple(map(str, corpora)),
        corpus_of=corpus[first],
        counts=counts,
        not_defined=_excluded(dataset, keep),
    )


def normalize(values: Values, speaker: Codes, emotion: Codes) -> Floats:
    """Return z-scores by the mean and deviation of each speaker, emotions counting the same.

    Mean and standard deviation rather than median and quartiles, since a device can keep them as
    running sums. Extreme utterances do not matter, since all statistics are of ranks: with
    median and quartiles the features rank the same on the four corpora (Spearman 0.999). A value
    that never changes for a speaker is 0.

    Parameters
    ----------
    values : array of shape (n_utterances, n_features)
    speaker, emotion : int arrays of shape (n_utterances,)
    """
    result = np.zeros(values.shape)
    for one in np.unique(speaker):
        rows = np.flatnonzero(speaker == one)
        _, place, count = np.unique(emotion[rows], return_inverse=True, return_counts=True)
        weight = 1 / (count[place] * len(count))
        own = values[rows].astype(np.float64)
        deviation = own - weight @ own
        spread = np.sqrt(weight @ deviation**2)
        moves = np.ptp(own, axis=0) > 0
        result[np.ix_(rows, moves)] = deviation[:, moves] / spread[moves]
    return result


def _excluded(dataset: FeatureTable, keep: npt.NDArray[np.bool_]) -> tuple[NotDefined, ...]:
    """Return the emotions of corpora that cannot be compared, and how often nobody speaks."""
    table, spoken = dataset.catalogue, is_speech(dataset.catalogue)
    kept = set(zip(table["corpus"][keep], table["emotion"][keep], strict=True))
    sizes = table.groupby(["corpus", "emotion"]).size()
    present = [emotion for emotion in EMOTIONS if emotion in set(table["emotion"])]
    result = []
    for corpus in sorted(set(table["corpus"][spoken])):
        for emotion in present:
            if (corpus, emotion) in kept:
                continue
            n = int(sizes.get((corpus, emotion), 0))
            reason = f"{n} utterances there, fewer than {SMALLEST_CLASS}"
            if n >= SMALLEST_CLASS:
                reason = "no other emotion there to compare it with"
            result.append(NotDefined(f"{emotion} in {corpus}", reason))
    for corpus, n in table["corpus"][~spoken].value_counts(sort=False).sort_index().items():
        result.append(NotDefined(f"emotion of {n} recordings of {corpus}", "nobody speaks in them"))
    return tuple(result)
