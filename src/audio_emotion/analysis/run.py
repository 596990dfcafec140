"""Analyze a table of features and write everything that was found."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from audio_emotion import files
from audio_emotion.analysis import effects, figures, importance, report
from audio_emotion.analysis.feature_labels import feature_label
from audio_emotion.analysis.findings import findings
from audio_emotion.analysis.study import Study
from audio_emotion.report.figures import save_figure

FOLDER: Final = "analysis"
_BEST: Final = 5


def document(study: Study) -> dict[str, Any]:
    """Everything for programs, save the tables that are too long: one JSON document."""
    population, pairs = study.population, study.pairs
    return {
        "version": version("embedded-audio-emotion"),
        "utterances": {
            corpus: {
                emotion: int(n)
                for emotion, n in zip(population.emotions, population.counts[row], strict=True)
                if n
            }
            for row, corpus in enumerate(population.corpora)
        },
        "speakers": {
            corpus: int(n) for corpus, n in zip(population.corpora, study.speakers(), strict=True)
        },
        "corpora_of_all_emotions": [
            population.corpora[corpus] for corpus in population.full_corpora
        ],
        "findings": [finding._asdict() for finding in findings(study)],
        "features": _records(study.ranking),
        "pairs": _records(parting(study)),
        "clusters": [
            [population.names[feature] for feature in members] for members in study.clusters.members
        ],
        "agreement": _records(effects.corpus_agreement(population, pairs)),
        "importance": _records(importance.table(population, study.clusters, study.importances)),
        "not_defined": [missing._asdict() for missing in study.not_defined],
    }


def parting(study: Study) -> pd.DataFrame:
    """Name the features that part each pair of emotions best, no two of one cluster."""
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


def write(study: Study, out: Path, command: str) -> list[Path]:
    """Write the report, the tables and the pictures.

    Parameters
    ----------
    study : Study
    out : Path
        Gets the original's box plots; its folder `analysis` all the rest.
    command : str
        That made them, for the report's last line.

    Returns
    -------
    list of Path
        The files written, the report first.
    """
    folder = files.folder(out / FOLDER, "--out")
    original, pictures = list(figures.original_figures(study)), figures.study_figures(study)
    footer = f"{command}, version {version('embedded-audio-emotion')}"
    found = findings(study)
    page = report.of(study, found, original, pictures, footer)
    written = [page.write(folder / "report.html")]
    tables = {
        "findings.csv": pd.DataFrame(found),
        "features.csv": study.ranking,
        "pairs.csv": effects.pair_table(study.population, study.pairs),
        "parting.csv": parting(study),
        "distributions.csv": study.distributions,
        "agreement.csv": effects.corpus_agreement(study.population, study.pairs),
        "importance.csv": importance.table(study.population, study.clusters, study.importances),
    }
    for name, table in tables.items():
        with files.replacing(folder / name) as partial:
            table.to_csv(partial, index=False, float_format="%.6g")
        written.append(folder / name)
    with files.replacing(folder / "analysis.json") as partial:
        text = json.dumps(document(study), indent=1, ensure_ascii=False, allow_nan=False)
        partial.write_text(text + "\n", encoding="utf-8")
    written.append(folder / "analysis.json")
    for place, drawn in ((out, original), (folder, pictures)):
        for picture in drawn:
            written += save_figure(picture.figure, place / picture.name)
    return written


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for JSON; what is not defined is null."""
    return [
        {str(key): _rounded(value) for key, value in row.items()}
        for row in table.to_dict(orient="records")
    ]


def _rounded(value: Any) -> Any:
    """Six digits, which is more than anything here is sure of."""
    if not isinstance(value, float):
        return value
    return None if np.isnan(value) else float(f"{value:.6g}")
