"""The statistics, each over all features at once.

Everything works on ranks, so that neither units nor a few extreme utterances matter.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from audio_emotion.evaluation.measures.bootstrap import t_quantile
from audio_emotion.training.classifiers import SEED

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Values = npt.NDArray[np.floating]

RESAMPLES: Final = 1000
SMALLEST: Final = float(np.finfo(np.float64).tiny)


def ranks(values: Values) -> Floats:
    """Return the ranks of each column, equal values sharing their mean rank."""
    return np.asarray(stats.rankdata(values, axis=0), dtype=np.float64)


def epsilon_squared(sums: Floats, squares: Floats, counts: Floats) -> Floats:
    r"""Compute the share of the variance of ranks between groups; NaN where all ranks are equal.

    .. math:: \varepsilon^2 = \frac{H}{n - 1} = \frac{SS_{between}}{SS_{total}}

    with Kruskal-Wallis' :math:`H`, corrected for ties (M. Tomczak, E. Tomczak, Trends in Sport
    Sciences 21(1), 2014). 0: the groups' ranks are alike; 1: the groups do not overlap.

    Parameters
    ----------
    sums : array of shape (..., n_groups, n_features)
        Of the ranks of each group.
    squares : array of shape (..., n_features)
        Sum of the squared ranks.
    counts : array of shape (..., n_groups)
        Utterances of each group; a group may be empty.
    """
    n = counts.sum(axis=-1)[..., None]
    correction = sums.sum(axis=-2) ** 2 / n
    filled = np.where(counts > 0, counts, 1)[..., None]
    between = (sums**2 / filled).sum(axis=-2) - correction
    total = squares - correction
    # Ranks are halves of integers: a variance of less than one tie is none.
    return np.where(total > 1e-6, between / np.where(total > 1e-6, total, 1), np.nan)


def epsilon_squared_of(values: Values, groups: Codes) -> Floats:
    """Compute epsilon-squared of each column over groups 0, 1, ...

    Examples
    --------
    >>> epsilon_squared_of(np.array([[1.0], [2.0], [8.0], [9.0]]), np.array([0, 0, 1, 1]))
    array([0.8])
    """
    ranked = ranks(values)
    member = groups[:, None] == np.arange(groups.max() + 1)
    return epsilon_squared(
        member.T.astype(np.float64) @ ranked,
        (ranked**2).sum(axis=0),
        member.sum(axis=0).astype(np.float64),
    )


def chi_squared_p(statistic: Floats, df: npt.NDArray[np.integer]) -> Floats:
    """Return the probability of so large a statistic by chance, at least the smallest float."""
    return np.asarray(np.maximum(stats.chi2.sf(statistic, df), SMALLEST), dtype=np.float64)


def benjamini_hochberg(p: Floats) -> Floats:
    """Return q values: the false discovery rate at which each is just accepted; NaN stays NaN.

    Y. Benjamini, Y. Hochberg, J. Royal Statistical Society B 57(1), 1995.
    """
    q = np.full(p.shape, np.nan)
    defined = ~np.isnan(p)
    if defined.any():
        q[defined] = stats.false_discovery_control(p[defined])
    return q


def cliffs_delta(first: Values, second: Values) -> Floats:
    r"""Compute Cliff's delta of each column: :math:`P(x > y) - P(x < y)`.

    1: each value of the first is above each of the second; 0: neither is higher; -1: below.
    N. Cliff, Psychological Bulletin 114(3), 1993; from ranks, as the Mann-Whitney U.

    Parameters
    ----------
    first, second : arrays of shape (n_first, n_features) and (n_second, n_features)

    Examples
    --------
    >>> cliffs_delta(np.array([[1.0], [5.0]]), np.array([[2.0], [3.0], [0.0]]))
    array([0.33333333])
    """
    n, m = len(first), len(second)
    u = ranks(np.concatenate([first, second]))[:n].sum(axis=0) - n * (n + 1) / 2
    return np.asarray(2 * u / (n * m) - 1, dtype=np.float64)


def speaker_weights(corpus_of: Codes, n_resamples: int = RESAMPLES, seed: int = SEED) -> Floats:
    """Draw weights of speakers in bootstrap resamples within each corpus.

    Of a corpus of n speakers n - 1 are drawn and weighted by n / (n - 1): with n draws, the
    spread of two speakers would come out at 0.7 of what it is (J. Rao, C. Wu, J. American
    Statistical Association 83(401), 1988). Weights are NaN where a corpus has one speaker, who
    does not show how speakers differ.

    Parameters
    ----------
    corpus_of : int array of shape (n_speakers,)
    n_resamples, seed : int

    Returns
    -------
    array of shape (n_resamples, n_speakers)
    """
    generator = np.random.default_rng(seed)
    weights = np.full((n_resamples, len(corpus_of)), np.nan)
    for corpus in np.unique(corpus_of):
        members = np.flatnonzero(corpus_of == corpus)
        n = len(members)
        if n > 1:
            drawn = generator.multinomial(n - 1, np.full(n, 1 / n), size=n_resamples)
            weights[:, members] = drawn * (n / (n - 1))
    return weights


def interval(
    estimate: Floats, replicates: Floats, df: int | Floats, lowest: float, highest: float
) -> tuple[Floats, Floats]:
    """Compute the 95 % interval: the estimate, plus and minus `t_quantile` standard deviations.

    Percentiles would miss small epsilon-squared: in a resample chance effects of some speakers
    count twice, so all its values lie above the estimate.

    Parameters
    ----------
    estimate : array of any shape
    replicates : array of shape (n_resamples, ...)
    df : int or array shaped as `estimate`
        Degrees of freedom, speakers less corpora: the spread of few is itself uncertain.
    lowest, highest : float
        Range of the statistic.

    Returns
    -------
    low, high : arrays shaped as `estimate`
        NaN where a replicate is not defined.
    """
    far = t_quantile(df) * replicates.std(axis=0, ddof=1)
    return np.clip(estimate - far, lowest, highest), np.clip(estimate + far, lowest, highest)


def weighted_quantiles(values: Floats, weights: Floats, shares: Floats) -> Floats:
    """Compute weighted quantiles of each column.

    Returns
    -------
    array of shape (n_shares, n_columns)
        The smallest value at which the share of weight is reached.
    """
    order = np.argsort(values, axis=0, kind="stable")
    reached = np.cumsum(weights[order], axis=0)
    reached /= reached[-1]
    last = len(values) - 1
    found = [
        order[np.minimum((reached < share - 1e-12).sum(axis=0), last), np.arange(order.shape[1])]
        for share in shares
    ]
    return np.take_along_axis(values, np.array(found), axis=0)
