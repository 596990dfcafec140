"""Train the classifiers and measure them: on speakers they never heard, and as the original did."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import joblib
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize_scalar
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline

from audio_emotion.data import folds
from audio_emotion.data.corpora import COLUMNS
from audio_emotion.data.dataset import DIGEST
from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import InputError, ModelError
from audio_emotion.files import folder, replacing
from audio_emotion.recognition.classifier_file import (
    ClassifierModel,
    Metadata,
    read_metadata,
    save,
    scores,
)
from audio_emotion.report import plots
from audio_emotion.training import metrics
from audio_emotion.training.classifiers import SEED, ZOO, Recipe, fit

TEST_SHARE: Final = 0.3
CROSS_VALIDATION_FOLDS: Final = 5

# A class with fewer utterances of a corpus has no recall worth the name there: CREMA-D's six
# angry clips at hand would otherwise weigh as much as its 871 happy ones.
SMALLEST_CLASS: Final = 20

# Score of an emotion that no training speaker of the fold showed: never the largest.
UNHEARD: Final = -1e9


@dataclass(frozen=True)
class Dataset:
    """Utterances with their labels and features, row by row."""

    catalogue: pd.DataFrame
    """Columns as `corpora.COLUMNS`."""
    utterances: npt.NDArray[np.float32]
    """Shape (n_utterances, n_features), in the order of `features.names()`."""

    def without_speakers(self, speakers: Iterable[str]) -> Dataset:
        """Leave some speakers out, for example those of a demonstration.

        Raises
        ------
        InputError
            One of them is not in the dataset.
        """
        unknown = sorted(set(speakers) - set(self.catalogue["speaker"]))
        if unknown:
            raise InputError(
                f"speaker {unknown[0]!r} is not in the features file. Its speakers are named "
                f"like {self.catalogue['speaker'].iloc[0]!r}."
            )
        keep = ~self.catalogue["speaker"].isin(set(speakers)).to_numpy()
        return Dataset(self.catalogue[keep].reset_index(drop=True), self.utterances[keep])

    def hash(self) -> str:
        """SHA-256 of everything that training depends on."""
        digest = hashlib.sha256("\n".join(features.names()).encode())
        digest.update(np.ascontiguousarray(self.utterances).tobytes())
        for column in ("corpus", "speaker", "emotion"):
            digest.update("\n".join(self.catalogue[column]).encode())
        return digest.hexdigest()

    def description(self) -> str:
        """How many utterances and speakers of which corpus there are, in words."""
        groups = self.catalogue.groupby("corpus")["speaker"]
        return ", ".join(
            f"{corpus}: {len(speaker)} utterances of {speaker.nunique()} speakers"
            for corpus, speaker in groups
        )


@dataclass(frozen=True)
class Report:
    """How well one classifier does."""

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
    """Divides the scores so that the probabilities are right on unseen speakers."""
    resumed: bool = False
    """Read from the model file of an earlier run on the same data."""


def read_features(path: Path) -> Dataset:
    """Read the table that `audio-emotion dataset` writes.

    Parameters
    ----------
    path : Path
        CSV, or Parquet by its ending: a file, or the folder of partitions that a cluster wrote. Of
        recordings with the same audio the first is taken.

    Raises
    ------
    InputError
        No such table, columns missing, features of another version, or values not finite.
    """
    try:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    except (OSError, ValueError, ImportError) as error:
        raise InputError(
            f"{path}: not a table of features ({str(error).strip()}). "
            "Make one with: audio-emotion dataset."
        ) from error
    if DIGEST in table:
        table = table.sort_values("path").drop_duplicates(DIGEST).drop(columns=DIGEST)
        table = table.reset_index(drop=True)
    names = [*COLUMNS, *features.names()]
    wrong = [*(set(names) - set(table.columns)), *(set(table.columns) - set(names))]
    if wrong:
        raise InputError(
            f"{path}: column {min(wrong)!r} is missing or not one of this version's, as are "
            f"{len(wrong) - 1} others. Make the table again with: audio-emotion dataset."
        )
    unknown = {str(emotion) for emotion in table["emotion"]} - set(EMOTIONS)
    if unknown or table.empty:
        raise InputError(
            f"{path}: {len(table)} rows, {len(unknown)} unknown emotions {sorted(unknown)[:3]}. "
            f"Every row needs one of {', '.join(EMOTIONS)}."
        )
    numbers = table[list(features.names())].apply(pd.to_numeric, errors="coerce")
    with np.errstate(over="ignore"):  # what is too large is not finite, which is said below
        utterances = numbers.to_numpy(np.float32)
    finite = np.isfinite(utterances).all(axis=1)
    if not finite.all():
        raise InputError(
            f"{path}: row {int(np.argmin(finite)) + 2} has a value that is missing, not finite or "
            "no number. Make the table again with: audio-emotion dataset."
        )
    return Dataset(table[list(COLUMNS)].fillna("").astype(str), utterances)


def read_catalogue(path: Path) -> pd.DataFrame:
    """Read the catalogue that `audio-emotion dataset` writes, columns `corpora.COLUMNS`, all text.

    Raises
    ------
    InputError
        No such table, or columns missing.
    """
    try:
        table = _read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: not a catalogue ({str(error).strip()}). Make one with: audio-emotion dataset."
        ) from error
    missing = set(COLUMNS) - set(table.columns)
    if missing or table.empty:
        raise InputError(
            f"{path}: {len(table)} rows, columns missing: {', '.join(sorted(missing)) or 'none'}. "
            "Make a catalogue with: audio-emotion dataset."
        )
    return table[list(COLUMNS)].fillna("").astype(str)


def train(
    dataset: Dataset,
    models: Path,
    logs: Path,
    *,
    names: Sequence[str] = tuple(ZOO),
    force: bool = False,
    jobs: int = 1,
    progress: Callable[[int, int, str], None] = lambda _done, _total, _name: None,
) -> list[Report]:
    """Train and measure classifiers; write models, confusion matrices and `performance.csv`.

    Parameters
    ----------
    dataset : Dataset
    models, logs : Path
        Folders for `<Name>.skops`, and for `performance.csv` and `matrix_<Name>.pdf` and `.png`.
    names : sequence of str
        Of `classifiers.ZOO`.
    force : bool
        Train again what an earlier run on the same data has finished.
    jobs : int
        Processes; -1 for one per core.
    progress : callable
        Told how many classifiers are done, of how many, and which comes next.

    Returns
    -------
    list of Report
        Best on unseen speakers first.
    """
    unknown = [name for name in names if name not in ZOO]
    if unknown:
        raise InputError(f"classifier {unknown[0]!r} is unknown: choose from {', '.join(ZOO)}.")
    plots.require_matplotlib()
    folder(models, "--models")
    folder(logs, "--logs")
    data_hash = dataset.hash()
    reports: list[Report] = []
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


def measure(name: str, dataset: Dataset, jobs: int = 1) -> Report:
    """Measure one classifier by all protocols; each of its fits sees only training rows.

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
    return Report(
        name=name,
        uar=metrics.uar(truth[unseen], prediction),
        macro_f1=metrics.macro_f1(truth[unseen], prediction),
        corpora=_per_corpus(corpora[unseen], truth[unseen], prediction),
        random_precision=float(precision),
        random_recall=float(recall),
        random_f1=float(f1),
        cross_f1_mean=float(np.mean(cross_f1)),
        cross_f1_std=float(np.std(cross_f1)),
        confusion=metrics.confusion(truth[unseen], prediction, EMOTIONS).tolist(),
        temperature=fit_temperature(np.concatenate(outputs[first_grouped:]), truth[unseen]),
    )


def performance(reports: Sequence[Report]) -> pd.DataFrame:
    """One row per classifier, unseen speakers first; a corpus that is not in the data is absent."""
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


def _read_csv(path: Path) -> pd.DataFrame:
    # A sentence or take may be "01" and a label "NA": text stays what it is.
    return pd.read_csv(
        path, dtype=dict.fromkeys(COLUMNS, str), na_values=[""], keep_default_na=False
    )


def random_split(truth: npt.NDArray[np.str_]) -> tuple[folds.Indices, folds.Indices]:
    """Divide rows as the original system did: at random, so that speakers are in both parts."""
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
    recipe: Recipe, dataset: Dataset, train_rows: folds.Indices, test_rows: folds.Indices
) -> npt.NDArray[np.float64]:
    """Scores of the test rows after fitting on the training rows, columns as `EMOTIONS`."""
    pipeline = fit(recipe, dataset.utterances[train_rows], dataset.catalogue.iloc[train_rows])
    return all_scores(pipeline, dataset.utterances[test_rows])


def all_scores(pipeline: Pipeline, utterances: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Scores of a fitted classifier, columns as `EMOTIONS`, `UNHEARD` where it knows of none."""
    result = np.full((len(utterances), len(EMOTIONS)), UNHEARD)
    columns = [EMOTIONS.index(emotion) for emotion in pipeline.classes_]
    result[:, columns] = scores(pipeline, utterances)
    return result


def _per_corpus(
    corpora: npt.NDArray[np.str_],
    truth: npt.NDArray[np.str_],
    prediction: npt.NDArray[np.str_],
) -> dict[str, dict[str, float]]:
    """UAR and macro F1 over the classes of which a corpus has `SMALLEST_CLASS` utterances."""
    result = {}
    for corpus in sorted(set(corpora)):
        here = corpora == corpus
        emotions, counts = np.unique(truth[here], return_counts=True)
        enough = emotions[counts >= SMALLEST_CLASS]
        here &= np.isin(truth, enough)
        if here.any():
            result[corpus] = {
                "uar": metrics.uar(truth[here], prediction[here]),
                "macro_f1": metrics.macro_f1(truth[here], prediction[here]),
                "n_classes": len(enough),
            }
    return result


def fit_temperature(outputs: npt.NDArray[np.float64], truth: npt.NDArray[np.str_]) -> float:
    """Temperature with the smallest cross entropy on unseen speakers (Guo et al. 2017).

    A classifier is surer of itself than it has a right to be about people it has not heard. One
    number corrects that and changes no label.
    """
    column = np.array([EMOTIONS.index(emotion) for emotion in truth])
    rows = np.arange(len(truth))

    def cross_entropy(log_temperature: float) -> float:
        logits = outputs / np.exp(log_temperature)
        logits -= logits.max(axis=1, keepdims=True)
        log_probability = logits[rows, column] - np.log(np.exp(logits).sum(axis=1))
        # An unheard emotion is no fault of the temperature.
        return -float(log_probability[outputs[rows, column] > UNHEARD].mean())

    best = minimize_scalar(cross_entropy, bounds=(np.log(0.05), np.log(20)), method="bounded")
    return float(np.round(np.exp(best.x), 4))


def _finished(path: Path, name: str, data_hash: str) -> Report | None:
    """Report of an earlier run with the same data, recipe and version; None if there is none."""
    try:
        metadata = read_metadata(path)
        report = Report(**metadata.scores)
    except (ModelError, TypeError):
        return None
    if (
        metadata.data_hash != data_hash
        or metadata.recipe != ZOO[name].describe()
        or metadata.schema_hash != features.schema_hash()
    ):
        return None
    return replace(report, resumed=True)


def _fitted(report: Report, dataset: Dataset, data_hash: str) -> ClassifierModel:
    """Fit on everybody, for use; how it does on others is what the report says."""
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


def _draw(report: Report, logs: Path) -> None:
    plots.save_confusion(
        np.array(report.confusion),
        EMOTIONS,
        f"{report.name} on unseen speakers, UAR {report.uar:.2f}",
        logs / f"matrix_{report.name}",
    )
