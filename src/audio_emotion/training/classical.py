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
import sklearn
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline

from audio_emotion.data import folds
from audio_emotion.data.corpora import HOW_TO_LABEL, LABELS
from audio_emotion.data.feature_table import FeatureTable, is_speech
from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.errors import InputError, ModelError
from audio_emotion.files import folder, replacing
from audio_emotion.progress import Progress, no_progress
from audio_emotion.recognition.classifier_file import ClassifierModel, Metadata, load, save
from audio_emotion.recognition.sklearn_pipeline import scores
from audio_emotion.report.figures import can_draw, confusion_matrix, save_figure
from audio_emotion.training import metrics, unseen
from audio_emotion.training.calibration import UNTRAINED_CLASS_SCORE, fit_temperature
from audio_emotion.training.classifiers import SEED, ZOO, Recipe, fit, selected_features

TEST_SHARE: Final = 0.3
CROSS_VALIDATION_FOLDS: Final = 5

Split = tuple[folds.Indices, folds.Indices]
Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ClassifierReport:
    """Scores of one classifier."""

    name: str
    uar: float
    """On unseen speakers, all corpora pooled, as is `macro_f1`."""
    macro_f1: float
    corpora: dict[str, dict[str, float]]
    """On unseen speakers of each corpus: `uar` and `macro_f1` of its classes, `n_classes`."""
    answers: dict[str, dict[str, float]]
    """On unseen speakers and sources of each corpus, shares of its recordings: `answered` with an
    emotion rather than no speech, `confident`, and `confident_wrong`."""
    unseen_corpora: dict[str, dict[str, float]]
    """As `corpora`, without training on any recording of the corpus; empty of a single one."""
    unseen_corpora_answers: dict[str, dict[str, float]]
    random_precision: float
    """On a random 30 % of the speech, weighted by class, as are recall and F1. Speakers are
    *seen*."""
    random_recall: float
    random_f1: float
    cross_f1_mean: float
    """Weighted F1 over stratified folds with seen speakers."""
    cross_f1_std: float
    confusion: list[list[int]]
    """On unseen speakers; rows are the truth, in the order of `LABELS`."""
    temperature: float
    """Scores are divided by it, so that the probabilities are calibrated on unseen speakers."""
    threshold: float
    """Confidence from which on 80 % of the predictions for unseen speakers are right."""
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
        if can_draw():
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
    catalogue, spoken = dataset.catalogue, dataset.rows(is_speech(dataset.catalogue))
    seen = _splits_of_seen(spoken.catalogue["emotion"].to_numpy(dtype=str))
    speakers, corpora = list(folds.split(folds.assign(catalogue))), _corpus_splits(catalogue)
    tasks = [(spoken, split) for split in seen]
    tasks += [(dataset, split) for split in (*speakers, *corpora)]
    outputs = joblib.Parallel(n_jobs=jobs)(
        joblib.delayed(test_scores)(ZOO[name], table, *split) for table, split in tasks
    )
    n_seen, n_grouped = len(seen), len(seen) + len(speakers)
    tested, scores_of_all = _joined(catalogue, speakers, outputs[n_seen:n_grouped])
    temperature = fit_temperature(scores_of_all, tested["emotion"].to_numpy(dtype=str))
    found = unseen.decide(tested, scores_of_all, temperature)
    left_out = unseen.decide(*_joined(catalogue, corpora, outputs[n_grouped:]), temperature)
    threshold = unseen.threshold(found)
    corpus, truth, label = unseen.speech(found)
    return ClassifierReport(
        name=name,
        uar=metrics.uar(truth, label),
        macro_f1=metrics.macro_f1(truth, label),
        corpora=metrics.by_corpus(corpus, truth, label),
        answers=unseen.answers_by_corpus(found, threshold),
        unseen_corpora=metrics.by_corpus(*unseen.speech(left_out)),
        unseen_corpora_answers=unseen.answers_by_corpus(left_out, threshold),
        confusion=unseen.confusion(found),
        temperature=temperature,
        threshold=threshold,
        **_scores_of_seen(spoken.catalogue, seen, outputs[:n_seen]),
    )


def _splits_of_seen(truth: npt.NDArray[np.str_]) -> list[Split]:
    """Return the original's random split, then those of its cross-validation."""
    return [random_split(truth), *_stratified_folds(truth)]


def _corpus_splits(catalogue: pd.DataFrame) -> list[Split]:
    """Return (train, test) rows without each corpus, tested on labels that the others have, too."""
    truth = catalogue["emotion"].to_numpy(dtype=str)
    splits = [
        (train_rows, test_rows[np.isin(truth[test_rows], truth[train_rows])])
        for train_rows, test_rows in folds.split_corpora(catalogue)
    ]
    return [
        (train_rows, test_rows)
        for train_rows, test_rows in splits
        if len(test_rows) and len({*truth[train_rows]} - {NO_SPEECH}) > 1
    ]


def _joined(
    catalogue: pd.DataFrame, splits: Sequence[Split], outputs: Sequence[Scores]
) -> tuple[pd.DataFrame, Scores]:
    """Return all tested rows of splits and their scores."""
    rows = np.concatenate([np.empty(0, np.intp), *(test_rows for _, test_rows in splits)])
    return catalogue.iloc[rows], np.concatenate([np.empty((0, len(LABELS))), *outputs])


def _scores_of_seen(
    catalogue: pd.DataFrame, splits: Sequence[Split], outputs: Sequence[Scores]
) -> dict[str, Any]:
    """Return the scores of a report that are of speakers who are trained on."""
    truth = catalogue["emotion"].to_numpy(dtype=str)
    pairs = [
        (truth[rows], np.array(LABELS)[output.argmax(axis=1)])
        for (_, rows), output in zip(splits, outputs, strict=True)
    ]
    precision, recall, f1, _ = precision_recall_fscore_support(
        *pairs[0], average="weighted", zero_division=0
    )
    cross_f1 = [metrics.weighted_f1(*pair) for pair in pairs[1:]]
    return {
        "random_precision": float(precision),
        "random_recall": float(recall),
        "random_f1": float(f1),
        "cross_f1_mean": float(np.mean(cross_f1)),
        "cross_f1_std": float(np.std(cross_f1)),
    }


def performance(reports: Sequence[ClassifierReport]) -> pd.DataFrame:
    """Tabulate the reports, one row per classifier, scores on unseen speakers first.

    Corpora and their scores are in alphabetic order, as those of a report read from a file.
    """
    rows = []
    for report in reports:
        row: dict[str, Any] = {
            "name": report.name,
            "unseen_uar": report.uar,
            "unseen_macro_f1": report.macro_f1,
        }
        for protocol, corpora in (
            ("unseen", report.corpora),
            ("unseen", report.answers),
            ("left_out", report.unseen_corpora),
            ("left_out", report.unseen_corpora_answers),
        ):
            for corpus, values in sorted(corpora.items()):
                row |= {f"{protocol}_{key}_{corpus}": values[key] for key in sorted(values)}
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


def random_split(truth: npt.NDArray[np.str_]) -> Split:
    """Split rows as the original system did: at random, so that speakers are in both parts."""
    rows = np.arange(len(truth))
    train_rows, test_rows = train_test_split(rows, test_size=TEST_SHARE, random_state=SEED)
    return train_rows, test_rows


def _stratified_folds(
    truth: npt.NDArray[np.str_],
) -> list[Split]:
    emotions, counts = np.unique(truth, return_counts=True)
    if len(emotions) < 2 or counts.min() < CROSS_VALIDATION_FOLDS:
        fewest = "no utterances"
        if len(emotions):
            fewest = f"{counts.min()} utterances of {str(emotions[counts.argmin()])!r}"
        raise InputError(
            f"{fewest} and {len(emotions)} emotions: needs at least {CROSS_VALIDATION_FOLDS} "
            f"utterances of each of two or more. {HOW_TO_LABEL}."
        )
    splitter = StratifiedKFold(CROSS_VALIDATION_FOLDS, shuffle=True, random_state=SEED)
    return list(splitter.split(truth, truth))


def test_scores(
    recipe: Recipe, dataset: FeatureTable, train_rows: folds.Indices, test_rows: folds.Indices
) -> npt.NDArray[np.float64]:
    """Compute the scores of test rows after fitting on training rows, columns as `LABELS`."""
    pipeline = fit(recipe, dataset.utterances[train_rows], dataset.catalogue.iloc[train_rows])
    return all_scores(pipeline, dataset.utterances[test_rows])


def all_scores(pipeline: Pipeline, utterances: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Compute the scores of a fitted classifier.

    Columns as `LABELS`, `UNTRAINED_CLASS_SCORE` for those that it was not trained on.
    """
    result = np.full((len(utterances), len(LABELS)), UNTRAINED_CLASS_SCORE)
    columns = [LABELS.index(label) for label in pipeline.classes_]
    result[:, columns] = scores(pipeline, utterances)
    return result


def _finished(path: Path, name: str, data_hash: str) -> ClassifierReport | None:
    """Read the report of an earlier run with the same data, recipe and scikit-learn, if any."""
    try:
        model = load(path)
        metadata = model.metadata
        report = ClassifierReport(**metadata.scores)
    except (ModelError, TypeError):
        return None
    if (
        metadata.data_hash != data_hash
        or metadata.recipe != ZOO[name].describe()
        or model.scikit_learn != sklearn.__version__
    ):
        return None
    return replace(report, resumed=True)


def _fitted(report: ClassifierReport, dataset: FeatureTable, data_hash: str) -> ClassifierModel:
    """Fit on all speakers; the scores are those of the report."""
    recipe = ZOO[report.name]
    pipeline = fit(recipe, dataset.utterances, dataset.catalogue)
    return ClassifierModel(
        pipeline,
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
            threshold=report.threshold,
            selected_features=selected_features(pipeline),
        ),
    ).with_examples(dataset.utterances)


def _draw(report: ClassifierReport, logs: Path) -> None:
    title = f"{report.name} on unseen speakers, UAR {report.uar:.2f}"
    counts = np.array(report.confusion)
    shown = LABELS if counts[-1].any() else EMOTIONS
    figure = confusion_matrix(counts[: len(shown), : len(shown)], shown, title)
    save_figure(figure, logs / f"matrix_{report.name}")
