"""Search for the best model within a budget: train smaller ones, test each on unseen speakers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from audio_emotion.data import folds
from audio_emotion.data.feature_table import FeatureTable
from audio_emotion.devices.budget import CPU, Budget, Footprint, measure
from audio_emotion.devices.figures import pareto_front
from audio_emotion.errors import ExportError, InputError
from audio_emotion.files import replacing
from audio_emotion.progress import RunOptions
from audio_emotion.recognition.classifier_file import ClassifierModel
from audio_emotion.report.figures import can_draw, save_figure
from audio_emotion.training import metrics, unseen
from audio_emotion.training.calibration import fit_temperature
from audio_emotion.training.classical import test_scores
from audio_emotion.training.classifiers import Recipe, fit, selected_features


class Reduction(NamedTuple):
    """Settings that make a model smaller than the one given."""

    label: str
    n_features: int | None
    """Number of features kept, the best by themselves; None for all."""
    settings: dict[str, Any]
    """Parameters of the classifier."""


def _features(*numbers: int) -> list[Reduction]:
    return [Reduction(f"{n} features", n, {}) for n in numbers]


def _trees(*sizes: tuple[int, int]) -> list[Reduction]:
    return [
        Reduction(
            f"{n} trees, {leaves} leaves", None, {"n_estimators": n, "max_leaf_nodes": leaves}
        )
        for n, leaves in sizes
    ]


_FOREST: Final = _trees((5, 16), (10, 32), (20, 32), (20, 64), (40, 64), (80, 64), (80, 128))

# Smallest first. Types that are not listed are made smaller by features alone.
_REDUCTIONS: Final[dict[type, list[Reduction]]] = {
    DecisionTreeClassifier: [
        Reduction(f"{n} leaves", None, {"max_leaf_nodes": n}) for n in (8, 16, 32, 64, 128, 256)
    ],
    RandomForestClassifier: _FOREST,
    ExtraTreesClassifier: _FOREST,
    BaggingClassifier: [
        Reduction(
            f"{n} trees, {leaves} leaves",
            None,
            {"n_estimators": n, "estimator": DecisionTreeClassifier(max_leaf_nodes=leaves)},
        )
        for n, leaves in ((3, 32), (5, 64), (10, 64), (10, 128), (20, 128))
    ],
    HistGradientBoostingClassifier: [
        Reduction(f"{n} rounds, {leaves} leaves", None, {"max_iter": n, "max_leaf_nodes": leaves})
        for n, leaves in ((5, 8), (10, 8), (20, 8), (20, 16), (40, 16), (80, 16))
    ],
    MLPClassifier: [
        Reduction(f"{n} features, {units} units", n, {"hidden_layer_sizes": (units,)})
        for n, units in ((20, 8), (40, 8), (40, 16), (80, 16), (80, 32), (80, 64))
    ],
    # Few features make support vectors short.
    SVC: _features(10, 20, 40, 60, 80),
}
_OTHERS: Final = _features(10, 20, 40, 80, 120)


class Candidate(NamedTuple):
    """A smaller model, its size and its recall."""

    settings: str
    model: ClassifierModel
    footprint: Footprint
    uar: float
    """Unweighted average recall on unseen speakers."""


@dataclass(frozen=True)
class Fit:
    """All candidates, smallest first, and the one chosen."""

    candidates: Sequence[Candidate]
    chosen: Candidate


def fit_to(
    model: ClassifierModel,
    dataset: FeatureTable,
    budget: Budget,
    *,
    options: RunOptions = RunOptions(),
) -> Fit:
    """Train smaller versions of a model and return them with the best that fits.

    Parameters
    ----------
    model : ClassifierModel
        All settings but those of size are kept.
    dataset : FeatureTable
        Only the speakers that the model was trained on are used.
    budget : Budget
    options : RunOptions
        Its jobs are processes; its progress counts candidates and names the next.

    Raises
    ------
    ExportError
        None fits.
    """
    dataset = _training_speakers(dataset, model)
    weighted = model.metadata.recipe.endswith("weighted=True")
    recipes = {settings: Recipe(build, weighted) for settings, build in _smaller(model.pipeline)}
    candidates: list[Candidate] = []
    without_model: Footprint | None = None
    for done, (settings, recipe) in enumerate(recipes.items()):
        options.progress(done, len(recipes), settings)
        smaller, uar = _train(model, recipe, dataset, options.jobs or -1)
        n_bytes = smaller.parameters.n_bytes
        if without_model is None:  # the code is the same for all of a kind
            measured = measure(smaller)
            without_model = replace(measured, flash=measured.flash - n_bytes)
        footprint = replace(without_model, flash=without_model.flash + n_bytes)
        candidates.append(Candidate(settings, smaller, footprint, uar))
    options.progress(len(recipes), len(recipes))
    candidates.sort(key=lambda candidate: candidate.footprint.flash)
    fitting = [candidate for candidate in candidates if budget.admits(candidate.footprint)]
    if not fitting:
        smallest = candidates[0]
        raise ExportError(
            f"no {model.metadata.name} fits into {budget}: the smallest, {smallest.settings}, "
            f"takes {smallest.footprint} on a {CPU}. Allow that, or give a model of another kind."
        )
    return Fit(candidates, max(fitting, key=lambda candidate: candidate.uar))


def table(fit: Fit, budget: Budget) -> pd.DataFrame:
    """Return one row per candidate, smallest first."""
    return pd.DataFrame(
        {
            "settings": candidate.settings,
            "flash_bytes": candidate.footprint.flash,
            "ram_bytes": candidate.footprint.ram,
            "unseen_uar": candidate.uar,
            "fits": budget.admits(candidate.footprint),
            "chosen": candidate is fit.chosen,
        }
        for candidate in fit.candidates
    )


def save_pareto(fit: Fit, budget: Budget, logs: Path) -> list[Path]:
    """Write pareto.csv and, with matplotlib, pareto.png: recall on unseen speakers against size."""
    rows = table(fit, budget)
    logs.mkdir(parents=True, exist_ok=True)
    with replacing(logs / "pareto.csv") as partial_file:
        rows.to_csv(partial_file, index=False, float_format="%.9g")
    if not can_draw():
        return [logs / "pareto.csv"]
    figure = pareto_front(rows, budget.flash, fit.chosen.model.metadata.name)
    return [logs / "pareto.csv", *save_figure(figure, logs / "pareto", ["png"])]


def _training_speakers(dataset: FeatureTable, model: ClassifierModel) -> FeatureTable:
    others = set(dataset.catalogue["speaker"]) - set(model.metadata.speakers)
    if others >= set(dataset.catalogue["speaker"]):
        raise InputError(
            f"none of the speakers that {model.metadata.name} was trained on is in the features "
            "file. Give the one it was trained on."
        )
    return dataset.without_speakers(others)


def _train(
    model: ClassifierModel, recipe: Recipe, dataset: FeatureTable, jobs: int
) -> tuple[ClassifierModel, float]:
    """Return a model fitted to all speakers, and the recall on unseen ones."""
    splits = list(folds.split(folds.assign(dataset.catalogue)))
    outputs = np.concatenate(
        Parallel(n_jobs=jobs)(delayed(test_scores)(recipe, dataset, *split) for split in splits)
    )
    tested = dataset.catalogue.iloc[np.concatenate([rows for _, rows in splits])]
    temperature = fit_temperature(outputs, tested["emotion"].to_numpy(dtype=str))
    found = unseen.decide(tested, outputs, temperature)
    _, truth, label = unseen.speech(found)
    uar = metrics.uar(truth, label)
    pipeline = _one_selection(fit(recipe, dataset.utterances, dataset.catalogue))
    metadata = replace(
        model.metadata,
        recipe=recipe.describe(),
        training_data=dataset.description(),
        data_hash=dataset.hash(),
        speakers=sorted(set(dataset.catalogue["speaker"])),
        scores={"uar": uar},
        temperature=temperature,
        threshold=unseen.threshold(found),
        selected_features=selected_features(pipeline),
    )
    return ClassifierModel(pipeline, metadata).with_examples(dataset.utterances), uar


def _smaller(pipeline: Pipeline) -> Iterator[tuple[str, Callable[[], Pipeline]]]:
    """Yield label and builder of each candidate; the last is the model itself."""
    for reduction in _REDUCTIONS.get(type(pipeline[-1]), _OTHERS):
        if reduction.n_features is None or reduction.n_features < pipeline[-1].n_features_in_:
            yield reduction.label, partial(_reduced, pipeline, reduction)
    yield "as it is", partial(clone, pipeline)


def _reduced(pipeline: Pipeline, reduction: Reduction) -> Pipeline:
    """Return the pipeline unfitted, with other settings and fewer features."""
    fresh = clone(pipeline)
    fresh[-1].set_params(**reduction.settings)
    if reduction.n_features is not None:
        # Features of level never change in training.
        best = SelectKBest(k=reduction.n_features)
        fresh.steps[-1:-1] = [("changing", VarianceThreshold()), ("best", best)]
    return fresh


def _one_selection(pipeline: Pipeline) -> Pipeline:
    """Return a fitted pipeline as every file holds one: with all its selections in the first."""
    scaler, (name, selection), *others, classifier = pipeline.steps
    kept = selection.get_support(indices=True)
    for _, later in others:
        kept = kept[later.get_support()]
    every = np.zeros_like(selection.variances_)
    every[kept] = selection.variances_[kept]
    selection.variances_ = every
    return Pipeline([scaler, (name, selection), classifier])
