"""The results of an analysis as one JSON document and as tables."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final

import numpy as np
import pandas as pd

from audio_emotion.analysis.feature_labels import feature_label
from audio_emotion.analysis.findings import findings
from audio_emotion.analysis.study import Study
from audio_emotion.analysis.tables import corpus_agreement, importance_table, pair_table

SCHEMA: Final = 2
_BEST: Final = 5


def document(study: Study) -> dict[str, Any]:
    """Return all results but the longest tables, ready for JSON; undefined numbers are None."""
    population, found = study.population, csv_tables(study)
    return {
        "schema": SCHEMA,
        "version": version("embedded-audio-emotion"),
        "utterances": {
            corpus: {emotion: n for emotion, n in zip(population.emotions, row, strict=True) if n}
            for corpus, row in zip(population.corpora, population.counts.tolist(), strict=True)
        },
        "speakers": dict(zip(population.corpora, study.speakers().tolist(), strict=True)),
        "corpora_of_all_emotions": [population.corpora[c] for c in population.full_corpora],
        "findings": _records(found["findings"]),
        "features": _records(found["features"]),
        "separation": _records(found["separation"]),
        "clusters": [
            [population.names[feature] for feature in members] for members in study.clusters.members
        ],
        "agreement": _records(found["agreement"]),
        "importance": _records(found["importance"]),
        "not_defined": [missing._asdict() for missing in study.not_defined],
    }


def csv_tables(study: Study) -> dict[str, pd.DataFrame]:
    """Return the tables that are written as CSV, by the names of their files."""
    population, pairs = study.population, study.pairs
    return {
        "findings": pd.DataFrame(findings(study)),
        "features": study.ranking,
        "pairs": pair_table(population, pairs),
        "separation": separation(study),
        "distributions": study.distributions,
        "agreement": corpus_agreement(population, pairs),
        "importance": importance_table(population, study.clusters, study.importances),
    }


def separation(study: Study) -> pd.DataFrame:
    """Tabulate the features that separate each pair of emotions best, one per cluster."""
    population, pairs = study.population, study.pairs
    return pd.DataFrame(
        {
            "first": population.emotions[first],
            "second": population.emotions[second],
            "feature": population.names[feature],
            "meaning": feature_label(population.names[feature]),
            "delta": pairs.delta[row, feature],
            "low": pairs.low[row, feature],
            "high": pairs.high[row, feature],
            "corpora": int(pairs.counted[row, feature]),
            "agreeing": int(pairs.agreeing[row, feature]),
        }
        for row, (first, second) in enumerate(pairs.pairs)
        for feature in study.distinct(np.abs(pairs.delta[row]), _BEST)
    )


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table; undefined numbers are None."""
    return [
        {str(key): _rounded(value) for key, value in row.items()}
        for row in table.to_dict(orient="records")
    ]


def _rounded(value: Any) -> Any:
    """Round a float to six digits, more than any of them is exact to."""
    if not isinstance(value, float):
        return value
    return None if np.isnan(value) else float(f"{value:.6g}")
