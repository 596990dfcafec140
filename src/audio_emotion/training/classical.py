"""Training and evaluation of the classifiers: unseen speakers, and the original's protocols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import joblib
import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline

from audio_emotion.data import folds
from audio_emotion.data.feature_table import FeatureTable
from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import InputError, ModelError
from audio_emotion.files import folder, replacing
from audio_emotion.progress import Progress, no_progress
from audio_emotion.recognition.classifier_file import (
    ClassifierModel,
    Metadata,
    read_metadata,
    save,
    scores,
)
from audio_emotion.report.figures import confusion_matrix, require_matplotlib, save_figure
from audio_emotion.training import metrics
from audio_emotion.training.calibration import UNTRAINED_CLASS_SCORE, fit_temperature
from audio_emotion.training.classifiers import SEED, ZOO, Recipe, fit

TEST_SHARE: Final = 0.3
CROSS_VALIDATION_FOLDS: Final = 5


@dataclass(frozen=True)
class ClassifierReport:
    """Scores of one classifier."""

    name: str
    uar: float
    """On unseen speakers, all corpora pooled, as is `macro_f1`."""
    macro_f1: float
    corpora: dict[str, dict[str, float]]
    """On unseen speakers of each corpus: `uar` and `macro_f1` of its classes, `n_classes`."""
    random_precision: float
    """On a random 30 %, weighted by class, as are recall and F1. Speakers are *seen*."""
    random_recall: float
    random_f1: float
    cross_f1_mean: float
    """Weighted F1 over stratified folds with seen speakers."""
    cross_f1_std: float
    confusion: list[list[int]]
    """On unseen speakers; rows are the truth, in the order of `EMOTIONS`."""
    temperature: float
    """Scores are divided by it, so that the probabilities are calibrated on unseen speakers."""
    resumed: bool = False
    """Read from the model file of an earlier run on the same data."""


def train(
    dataset: FeatureTable,
    models: Path,
    logs: Path,
    *,
    names: Sequence[str] = tuple(ZOO),
    force: bool = False,
    jobs: int = 1,
    progress: Progress = no_progress,
) -> list[ClassifierReport]:
    """Train and evaluate classifiers; write models, confusion matrices and `performance.csv`.

    Parameters
    ----------
    dataset : FeatureTable
    models, logs : Path
        Folders for `<Name>.skops`, and for `performance.csv` and `matrix_<Name>.pdf` and `.png`.
    names : sequence of str
        Of `classifiers.ZOO`.
    force : bool
        Train again what an earlier run on the same data has finished.
    jobs : int
        Processes; -1 for one per core.
    progress : Progress
        Of the classifiers; the step is the name of the next one.

    Returns
    -------
    list of ClassifierReport
        Best on unseen speakers first.
    """
    unknown = [name for name in names if name not in ZOO]
    if unknown:
        raise InputError(f"classifier {unknown[0]!r} is unknown: choose from {', '.join(ZOO)}.")
    require_matplotlib()
    folder(models, "--models")
    folder(logs, "--logs")
    data_hash = dataset.hash()
    reports: list[ClassifierReport] = []
    for done, name in enumerate(names):
        progress(done, len(names), name)
        path = models / f"{name}.skops"
        report = None if force else _finished(path, name, data_hash)
        if report is None:
            report = measure(name, dataset, jobs)
            save(_fitted(report, dataset, data_hash), path)
        _draw(report, logs)
        reports.append(report)
        reports.sort(key=lambda report: report.uar, reverse=True)
        with replacing(logs / "performance.csv") as partial:
            performance(reports).to_csv(partial, index=False, float_format="%.9g")
    progress(len(names), len(names), "")
    return reports


def measure(name: str, dataset: FeatureTable, jobs: int = 1) -> ClassifierReport:
    """Evaluate one classifier by all protocols; each of its fits sees only training rows.

    Raises
    ------
    InputError
        Too few speakers, or too few utterances of an emotion, to split.
    """
    truth = dataset.catalogue["emotion"].to_numpy(dtype=str)
    stratified = _stratified_folds(truth)
    grouped = list(folds.split(folds.assign(dataset.catalogue)))
    splits = [random_split(truth), *stratified, *grouped]
    outputs = joblib.Parallel(n_jobs=jobs)(
        joblib.delayed(test_scores)(ZOO[name], dataset, *split) for split in splits
    )
    labels = [np.array(EMOTIONS)[output.argmax(axis=1)] for output in outputs]
    first_grouped = 1 + len(stratified)
    cross_f1 = [
        metrics.weighted_f1(truth[rows], found)
        for (_, rows), found in zip(stratified, labels[1:first_grouped], strict=True)
    ]
    precision, recall, f1, _ = precision_recall_fscore_support(
        truth[splits[0][1]], labels[0], average="weighted", zero_division=0
    )
    unseen = np.concatenate([rows for _, rows in grouped])
    prediction = np.concatenate(labels[first_grouped:])
    corpora = dataset.catalogue["corpus"].to_numpy(dtype=str)
    return ClassifierReport(
        name=name,
        uar=metrics.uar(truth[unseen], prediction),
        macro_f1=metrics.macro_f1(truth[unseen], prediction),
        corpora=metrics.by_corpus(corpora[unseen], truth[unseen], prediction),
        random_precision=float(precision),
        random_recall=float(recall),
        random_f1=float(f1),
        cross_f1_mean=float(np.mean(cross_f1)),
        cross_f1_std=float(np.std(cross_f1)),
        confusion=metrics.confusion(truth[unseen], prediction, EMOTIONS).tolist(),
        temperature=fit_temperature(np.concatenate(outputs[first_grouped:]), truth[unseen]),
    )


def performance(reports: Sequence[ClassifierReport]) -> pd.DataFrame:
    """Tabulate the reports, one row per classifier, scores on unseen speakers first."""
    rows = []
    for report in reports:
        row: dict[str, Any] = {
            "name": report.name,
            "unseen_uar": report.uar,
            "unseen_macro_f1": report.macro_f1,
        }
        for corpus, values in report.corpora.items():
            row |= {f"unseen_{key}_{corpus}": value for key, value in values.items()}
        row |= {
            key: getattr(report, key)
            for key in (
                "random_precision",
                "random_recall",
                "random_f1",
                "cross_f1_mean",
                "cross_f1_std",
            )
        }
        rows.append(row)
    return pd.DataFrame(rows)


def random_split(truth: npt.NDArray[np.str_]) -> tuple[folds.Indices, folds.Indices]:
    """Split rows as the original system did: at random, so that speakers are in both parts."""
    rows = np.arange(len(truth))
    train_rows, test_rows = train_test_split(rows, test_size=TEST_SHARE, random_state=SEED)
    return train_rows, test_rows


def _stratified_folds(
    truth: npt.NDArray[np.str_],
) -> list[tuple[folds.Indices, folds.Indices]]:
    emotions, counts = np.unique(truth, return_counts=True)
    if counts.min() < CROSS_VALIDATION_FOLDS or len(emotions) < 2:
        raise InputError(
            f"{counts.min()} utterances of {str(emotions[counts.argmin()])!r} and {len(emotions)} "
            f"emotions: needs at least {CROSS_VALIDATION_FOLDS} utterances of each of two or more."
        )
    splitter = StratifiedKFold(CROSS_VALIDATION_FOLDS, shuffle=True, random_state=SEED)
    return list(splitter.split(truth, truth))


def test_scores(
    recipe: Recipe, dataset: FeatureTable, train_rows: folds.Indices, test_rows: folds.Indices
) -> npt.NDArray[np.float64]:
    """Compute the scores of test rows after fitting on training rows, columns as `EMOTIONS`."""
    pipeline = fit(recipe, dataset.utterances[train_rows], dataset.catalogue.iloc[train_rows])
    return all_scores(pipeline, dataset.utterances[test_rows])


def all_scores(pipeline: Pipeline, utterances: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Compute the scores of a fitted classifier.

    Columns as `EMOTIONS`, `UNTRAINED_CLASS_SCORE` for those that it was not trained on.
    """
    result = np.full((len(utterances), len(EMOTIONS)), UNTRAINED_CLASS_SCORE)
    columns = [EMOTIONS.index(emotion) for emotion in pipeline.classes_]
    result[:, columns] = scores(pipeline, utterances)
    return result


def _finished(path: Path, name: str, data_hash: str) -> ClassifierReport | None:
    """Read the report of an earlier run with the same data, recipe and features, if any."""
    try:
        metadata = read_metadata(path)
        report = ClassifierReport(**metadata.scores)
    except (ModelError, TypeError):
        return None
    if (
        metadata.data_hash != data_hash
        or metadata.recipe != ZOO[name].describe()
        or metadata.schema_hash != features.schema_hash()
    ):
        return None
    return replace(report, resumed=True)


def _fitted(report: ClassifierReport, dataset: FeatureTable, data_hash: str) -> ClassifierModel:
    """Fit on all speakers; the scores are those of the report."""
    recipe = ZOO[report.name]
    return ClassifierModel(
        fit(recipe, dataset.utterances, dataset.catalogue),
        Metadata(
            name=report.name,
            recipe=recipe.describe(),
            version=version("embedded-audio-emotion"),
            schema_hash=features.schema_hash(),
            feature_names=list(features.names()),
            training_data=dataset.description(),
            data_hash=data_hash,
            speakers=sorted(set(dataset.catalogue["speaker"])),
            scores=asdict(report),
            temperature=report.temperature,
        ),
    )


def _draw(report: ClassifierReport, logs: Path) -> None:
    title = f"{report.name} on unseen speakers, UAR {report.uar:.2f}"
    figure = confusion_matrix(np.array(report.confusion), EMOTIONS, title)
    save_figure(figure, logs / f"matrix_{report.name}")
