"""A classifier trained on the recordings of sample/, for tests that only need some model."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

import separable_dataset
from audio_emotion.data import audio
from audio_emotion.data.dataset import build
from audio_emotion.data.feature_table import FeatureTable, read_features
from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.engine.features import Samples
from audio_emotion.recognition.classifier_file import ClassifierModel, Metadata
from audio_emotion.recognition.predict import expand
from audio_emotion.training.classifiers import ZOO, Recipe, fit
from conftest import REPOSITORY

SAMPLE = REPOSITORY / "sample"


@cache
def clips() -> dict[Path, Samples]:
    """The recordings of sample/ as the core hears them."""
    paths, _ = expand([SAMPLE])
    return {path: audio.read(path) for path in paths}


@cache
def on_sample(name: str, folder: Path) -> ClassifierModel:
    """Train classifier `name` of the zoo; tables are written to `folder`."""
    build(SAMPLE, folder, jobs=1)
    return _model(name, read_features(folder / "extracted_acoustic_features.csv"), "sample/")


@cache
def on_made_up(name: str) -> ClassifierModel:
    """Train classifier `name` of the zoo on a few synthetic utterances of every emotion."""
    return _model(name, separable_dataset.dataset(per_emotion=1), "made up")


# Fewer trees than in the zoo: everything that a file of them can have.
_FEW_TREES = {
    "RandomForest": {"classifier__n_estimators": 3},
    "ExtraTrees": {"classifier__n_estimators": 3},
    "Bagging": {"classifier__n_estimators": 3},
    "GradientBoosting": {"classifier__max_iter": 2},
}


@cache
def small(name: str) -> ClassifierModel:
    """Train the same with few trees, which takes little time to read."""
    recipe = ZOO[name]
    few = replace(recipe, build=lambda: recipe.build().set_params(**_FEW_TREES.get(name, {})))
    return _model(name, separable_dataset.dataset(per_emotion=1), "made up", few)


@cache
def with_no_speech(name: str, lacking: str = "surprise") -> ClassifierModel:
    """The same, but with the utterances of one emotion as recordings in which nobody speaks."""
    data = separable_dataset.dataset(per_emotion=2)
    return _model(name, relabelled(data, lacking), "made up")


def relabelled(data: FeatureTable, emotion: str) -> FeatureTable:
    """Return a table in which nobody speaks in the utterances of an emotion."""
    labels = data.catalogue["emotion"].replace({emotion: NO_SPEECH})
    return FeatureTable(data.catalogue.assign(emotion=labels), data.utterances)


def _model(
    name: str, data: FeatureTable, training_data: str, recipe: Recipe | None = None
) -> ClassifierModel:
    recipe = recipe or ZOO[name]
    metadata = Metadata(
        name=name,
        recipe=recipe.describe(),
        version="0",
        schema_hash=features.schema_hash(),
        feature_names=list(features.names()),
        training_data=training_data,
        data_hash=data.hash(),
        speakers=sorted(set(data.catalogue["speaker"])),
    )
    return ClassifierModel(fit(recipe, data.utterances, data.catalogue), metadata)


def emotion_of(probabilities: np.ndarray) -> str:
    """The likeliest."""
    return EMOTIONS[int(np.argmax(probabilities))]
