"""Tables of an analysis: ranking of features, pairs of emotions, distributions, agreement."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd

from audio_emotion.analysis.clusters import Clusters
from audio_emotion.analysis.effects import MEDIUM, OverallEffects, PairEffects
from audio_emotion.analysis.feature_labels import feature_family, feature_label
from audio_emotion.analysis.importance import Importance
from audio_emotion.analysis.population import NotDefined, Population
from audio_emotion.analysis.statistics import Floats, Values, benjamini_hochberg

QUANTILES: Final = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}

_ONE_SPEAKER: Final = "interval: a corpus has only one speaker to tell how speakers differ"


def ranking(
    population: Population, overall: OverallEffects, pairs: PairEffects, clusters: Clusters
) -> pd.DataFrame:
    """Tabulate one row per feature, by decreasing effect; the last column gives reasons."""
    names = population.names
    table = pd.DataFrame(
        {
            "feature": names,
            "meaning": [feature_label(name) for name in names],
            "family": [feature_family(name) for name in names],
            "cluster": [names[clusters.centers[label]] for label in clusters.labels],
            "epsilon2": overall.effect,
            "low": overall.low,
            "high": overall.high,
            "kruskal_h": overall.h,
            "df": overall.df,
            "p": overall.p,
            "q": benjamini_hochberg(overall.p),
            "epsilon2_raw": overall.raw,
            "speaker_epsilon2": overall.speaker,
        }
        | {
            f"epsilon2_{corpus}": values
            for corpus, values in zip(population.corpora, overall.corpora, strict=True)
        }
    )
    table["agreement"] = _sign_agreement(pairs)
    table["not_defined"] = _missing_reasons(population, overall.low)
    table = table.sort_values(
        ["epsilon2", "feature"], ascending=[False, True], na_position="last", ignore_index=True
    )
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def pair_table(population: Population, pairs: PairEffects) -> pd.DataFrame:
    """Tabulate one row per feature and pair of emotions."""
    n_pairs, n_features = pairs.delta.shape
    first, second = (
        [population.emotions[pair[side]] for pair in pairs.pairs] * n_features for side in (0, 1)
    )
    table = pd.DataFrame(
        {
            "feature": np.repeat(population.names, n_pairs),
            "first": first,
            "second": second,
            "delta": pairs.delta.T.ravel(),
            "low": pairs.low.T.ravel(),
            "high": pairs.high.T.ravel(),
            "corpora": pairs.counted.T.ravel(),
            "agreeing": pairs.agreeing.T.ravel(),
        }
        | {
            f"delta_{corpus}": values.T.ravel()
            for corpus, values in zip(population.corpora, pairs.corpora, strict=True)
        }
    )
    table["not_defined"] = np.select(
        [np.repeat(population.constant(), n_pairs), table["delta"].isna(), table["low"].isna()],
        [
            "the same value in every utterance",
            "no speaker of a corpus with enough of both acted both",
            _ONE_SPEAKER,
        ],
        "",
    )
    return table


def distributions(population: Population) -> pd.DataFrame:
    """Tabulate quantiles of each feature in each emotion, as measured and within speaker."""
    weights = population.weights()
    frames = []
    scales: dict[str, Values] = {
        "as measured": population.values,
        "within speaker": population.normalized,
    }
    for scale, values in scales.items():
        quantiles = population.quantiles(values, weights, list(QUANTILES.values()))
        for emotion, marks in quantiles.items():
            columns = {
                "feature": population.names,
                "scale": scale,
                "emotion": population.emotions[emotion],
                "utterances": np.count_nonzero((population.emotion == emotion) & (weights > 0)),
            }
            frames.append(pd.DataFrame(columns | dict(zip(QUANTILES, marks, strict=True))))
    return pd.concat(frames, ignore_index=True)


def corpus_agreement(population: Population, pairs: PairEffects) -> pd.DataFrame:
    """Tabulate the share of effects, medium in two corpora, that have the same sign in both."""
    rows = []
    for one, other in combinations(range(len(population.corpora)), 2):
        medium = (np.abs(pairs.corpora[[one, other]]) >= MEDIUM).all(axis=0)
        same = np.sign(pairs.corpora[one]) == np.sign(pairs.corpora[other])
        n = int(medium.sum())
        rows.append(
            {
                "corpus": population.corpora[one],
                "other": population.corpora[other],
                "effects": n,
                "same_sign": float(same[medium].mean()) if n else np.nan,
            }
        )
    return pd.DataFrame(rows, columns=["corpus", "other", "effects", "same_sign"])


def importance_table(
    population: Population, clusters: Clusters, importances: Sequence[Importance]
) -> pd.DataFrame:
    """Tabulate one row per classifier and group of features: first clusters, then features."""
    named = [" ".join(population.names[f] for f in members) for members in clusters.members]
    frames = [
        pd.DataFrame(
            {"model": one.name, "recall": one.recall, "group": group, "features": rows}
            | {"loss": loss.mean, "low": loss.low, "high": loss.high}
        )
        for one in importances
        for group, rows, loss in (
            ("cluster", named, one.clusters),
            ("feature", list(population.names), one.features),
        )
    ]
    columns = ["model", "recall", "group", "features", "loss", "low", "high"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def not_defined(population: Population, table: pd.DataFrame) -> list[NotDefined]:
    """List what the population and a `ranking` leave undefined, with reasons."""
    features = table[table["not_defined"] != ""]
    found = zip(features["feature"], features["not_defined"], strict=True)
    return [*population.not_defined, *(NotDefined(name, reason) for name, reason in found)]


def _sign_agreement(pairs: PairEffects) -> Floats:
    """Return the share of each feature's medium effects with one sign in all of several corpora."""
    counts = (np.abs(pairs.delta) >= MEDIUM) & (pairs.counted > 1)
    agrees = counts & (pairs.agreeing == pairs.counted)
    n = counts.sum(axis=0)
    return np.where(n > 0, agrees.sum(axis=0) / np.maximum(n, 1), np.nan)


def _missing_reasons(population: Population, low: Floats) -> list[str]:
    """Return why a feature has no effect or no interval; empty where it has both."""
    constant = {population.corpora[c]: population.constant(c) for c in population.full_corpora}
    reasons = []
    for feature, same in enumerate(population.constant()):
        partly = [corpus for corpus, there in constant.items() if there[feature]]
        if same:
            reasons.append(f"{population.values[0, feature]:.9g} in every utterance")
        elif partly:
            reasons.append(f"the same value in every utterance of {', '.join(partly)}")
        else:
            reasons.append(_ONE_SPEAKER if np.isnan(low[feature]) else "")
    return reasons
