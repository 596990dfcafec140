"""Run an analysis of a table of features and write its results."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from audio_emotion import files
from audio_emotion.analysis.clusters import cluster_features
from audio_emotion.analysis.document import csv_tables
from audio_emotion.analysis.effects import overall_effects, pair_effects
from audio_emotion.analysis.figures import original_figures, study_figures
from audio_emotion.analysis.importance import Importance, load_classifier, measure_importance
from audio_emotion.analysis.population import NotDefined, select_population
from audio_emotion.analysis.report import report
from audio_emotion.analysis.study import Study
from audio_emotion.analysis.tables import distributions, not_defined, ranking
from audio_emotion.data.feature_table import FeatureTable
from audio_emotion.errors import InputError
from audio_emotion.progress import RunOptions
from audio_emotion.report.figures import save_figure

FOLDER: Final = "analysis"


def analyze(
    dataset: FeatureTable,
    *,
    models: Sequence[Path] = (),
    with_importance: bool = True,
    options: RunOptions = RunOptions(),
) -> Study:
    """Analyze a table of features.

    Parameters
    ----------
    dataset : FeatureTable
    models : sequence of Path
        Classifiers whose importances are measured; without them, some are trained in folds.
    with_importance : bool
        Measure permutation importance, which takes most of the time.
    options : RunOptions

    Raises
    ------
    InputError
        There are too few utterances to compare, or a model was trained on every speaker or is a
        network.
    ModelError
        A file is not a model.
    """
    classifiers = [load_classifier(path) for path in models]
    population = select_population(dataset)
    options.progress(0, 1, "effects")
    overall, pairs = overall_effects(population), pair_effects(population)
    clusters = cluster_features(population, overall.effect)
    ranked = ranking(population, overall, pairs, clusters)
    missing = not_defined(population, ranked)
    importances: list[Importance] = []
    if with_importance:
        try:
            importances = measure_importance(population, clusters, classifiers, options)
        except InputError as error:
            if models:
                raise
            missing.append(NotDefined("importance for classifiers", str(error)))
    return Study(
        population=population,
        overall=overall,
        pairs=pairs,
        clusters=clusters,
        importances=tuple(importances),
        ranking=ranked,
        distributions=distributions(population),
        not_defined=tuple(missing),
    )


def write(study: Study, document: dict[str, Any], out: Path, command: str) -> list[Path]:
    """Write the report, the JSON document, the tables and the figures.

    Parameters
    ----------
    study : Study
    document : dict
        Made by `document.document`.
    out : Path
        Folder of the original's box plots; its folder `analysis` gets everything else.
    command : str
        The command that made them, for the last line of the report.

    Returns
    -------
    list of Path
        The files written, the report first.
    """
    folder = files.folder(out / FOLDER, "--out")
    original, own = original_figures(study), study_figures(study)
    footer = f"{command}, version {version('embedded-audio-emotion')}"
    page = report(study, document["findings"], original, own, footer)
    written = [page.write(folder / "report.html")]
    for name, table in csv_tables(study).items():
        with files.replacing(folder / f"{name}.csv") as partial:
            table.to_csv(partial, index=False, float_format="%.6g")
        written.append(folder / f"{name}.csv")
    written.append(files.write_json(document, folder / "analysis.json"))
    for place, drawn in ((out, original), (folder, own)):
        for one in drawn:
            written += save_figure(one.figure, place / one.name)
    return written
