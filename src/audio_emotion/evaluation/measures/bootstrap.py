"""Intervals by resampling speakers: how the figures vary from one group of speakers to another.

Utterances of one speaker are alike, so that resampling utterances would give intervals that are
too narrow. Speakers are drawn with replacement, each corpus keeping its number of them, and a
statistic is computed of the utterances of those drawn. Everything that is measured depends on
confusion matrices alone, so that one matrix per speaker is enough to draw thousands of times.

Percentiles of resamples are too narrow where speakers are few: of four, such an interval holds the
truth 79 times in 100. They are widened as Student's t is wider than the normal distribution, and by
the variance that resampling n loses (Hesterberg, 2015, The American Statistician 69:371).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypedDict

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH

N_RESAMPLES: Final = 2000
SEED: Final = 0
FEWEST_SPEAKERS: Final = 3
LEVEL: Final = 0.95
PERCENTILES: Final = (50 * (1 - LEVEL), 50 * (1 + LEVEL))

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.float64]
"""Confusion matrices of shape (..., n_emotions, n_emotions + 1): rows are the truth, the last
column counts answers that nobody speaks."""
Statistic = Callable[..., Array]


class Estimate(TypedDict):
    """A figure with its 95 % interval; None where it is not defined, and then `why`."""

    value: float | None
    low: float | None
    high: float | None
    why: str


class Draws:
    """Speakers, and how often each of them is drawn in each resample.

    Parameters
    ----------
    speakers, strata : sequence of str
        Of each utterance; the number of speakers in each stratum is kept.
    """

    def __init__(self, speakers: Sequence[str], strata: Sequence[str]) -> None:
        code, self.names = pd.factorize(pd.Series(list(speakers), dtype=object), sort=True)
        self._code = np.asarray(code, dtype=np.intp)
        self.n_speakers = len(self.names)
        stratum = np.empty(self.n_speakers, dtype=object)
        stratum[self._code] = list(strata)
        self.n_strata = len(set(stratum.tolist()))
        random = np.random.default_rng(SEED)
        self.times = np.zeros((N_RESAMPLES, self.n_speakers))
        for name in sorted(set(stratum.tolist())):
            members = np.flatnonzero(stratum == name)
            n = len(members)
            self.times[:, members] = random.multinomial(n, np.full(n, 1 / n), N_RESAMPLES)

    def counts(
        self,
        truth: npt.NDArray[np.str_],
        prediction: npt.NDArray[np.str_],
        where: npt.NDArray[np.bool_] | None = None,
    ) -> Counts:
        """Return confusion matrices of shape (n_speakers, n_emotions, n_emotions + 1)."""
        counts = np.zeros((self.n_speakers, len(EMOTIONS), len(EMOTIONS) + 1))
        counted = np.ones(len(truth)) if where is None else where.astype(float)
        np.add.at(counts, (self._code, codes(truth), codes(prediction)), counted)
        return counts

    def sums(self, values: Array) -> Array:
        """Return sums of shape (n_speakers, n_values) of values of each utterance."""
        result = np.zeros((self.n_speakers, values.shape[1]))
        np.add.at(result, self._code, values)
        return result

    @property
    def widening(self) -> float:
        """Factor of the distances of the percentiles from the figure."""
        free = self.n_speakers - self.n_strata
        if free < 1:
            return np.inf
        wider = float(t_quantile(free)) / stats.norm.ppf((1 + LEVEL) / 2)
        return float(wider * np.sqrt(self.n_speakers / free))

    def estimate(
        self, statistic: Statistic, *counts: Counts, within: tuple[float, float] = (0.0, 1.0)
    ) -> list[Estimate]:
        """Compute a statistic of all speakers, and its interval.

        Parameters
        ----------
        statistic : callable
            Computes from counts without their first axis, one argument for each of `counts`, values
            of shape (..., n_values); NaN where one is not defined.
        *counts : array of shape (n_speakers, ...)
            For example confusion matrices.
        within : (float, float)
            Range of the figures; differences of shares go from -1 to 1.
        """
        values = statistic(*(of_each.sum(axis=0) for of_each in counts))
        if self.n_speakers < FEWEST_SPEAKERS:
            reason = (
                f"{self.n_speakers} speaker{'s' * (self.n_speakers > 1)}: an interval over "
                f"speakers needs {FEWEST_SPEAKERS}"
            )
            return [_estimate(float(value), None, reason) for value in values]
        if not np.isfinite(self.widening):
            reason = f"{self.n_speakers} speakers, each the only one of a group"
            return [_estimate(float(value), None, reason) for value in values]
        drawn = statistic(*(np.tensordot(self.times, of_each, axes=1) for of_each in counts))
        wide = values + self.widening * (drawn - values)
        return [
            _estimate(float(value), np.clip(wide[:, column], *within), "")
            for column, value in enumerate(values)
        ]


def shares(
    speakers: Sequence[str], strata: Sequence[str], **among: npt.NDArray[np.bool_]
) -> dict[str, Estimate]:
    """Estimate shares of utterances, with intervals over speakers.

    Parameters
    ----------
    speakers, strata : sequence of str
        Of each utterance, as `Draws` takes them.
    **among : bool array of shape (n_utterances,)
        Whether each utterance counts, by the name of the share.
    """
    draws = Draws(speakers, strata)
    counts = draws.sums(np.column_stack([*among.values(), np.ones(len(speakers))]))

    def share(sums: Array) -> Array:
        with np.errstate(invalid="ignore"):
            return sums[..., :-1] / sums[..., -1:]

    return dict(zip(among, draws.estimate(share, counts), strict=True))


def t_quantile(free: int | Array) -> Array:
    """Return half the width of an interval in standard deviations, by Student's t.

    Parameters
    ----------
    free : int or array
        Degrees of freedom: speakers less groups of them whose means are estimated, at least 1.

    Examples
    --------
    >>> np.round(t_quantile(np.array([2.0, 100.0])), 2)
    array([4.3 , 1.98])
    """
    return np.asarray(stats.t.ppf((1 + LEVEL) / 2, free), dtype=np.float64)


def codes(labels: npt.NDArray[np.str_]) -> npt.NDArray[np.intp]:
    """Return the place of each label in `EMOTIONS`; after them comes `NO_SPEECH`."""
    place = {label: index for index, label in enumerate((*EMOTIONS, NO_SPEECH))}
    return np.array([place[str(label)] for label in labels], dtype=np.intp)


def _estimate(value: float, drawn: Array | None, why: str) -> Estimate:
    if not np.isfinite(value):
        return Estimate(value=None, low=None, high=None, why="no utterance to compute it from")
    defined = drawn[np.isfinite(drawn)] if drawn is not None else np.empty(0)
    if drawn is None or not len(defined):
        return Estimate(value=value, low=None, high=None, why=why)
    low, high = np.percentile(defined, PERCENTILES)
    return Estimate(value=value, low=float(low), high=float(high), why="")
