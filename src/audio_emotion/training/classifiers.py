"""The classifiers that are compared: the original system's seven and the strongest light ones.

Each is a scikit-learn pipeline that begins with its own scaler, so that fitting it on the training
speakers fits the scaler on them alone; then it drops the features of absolute level, which say more
about the microphone than about the speaker.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.feature_selection import VarianceThreshold
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from audio_emotion.engine import features

SEED: Final = 42

# Utterances of one emotion in one corpus from which it has its full weight.
FULL_GROUP: Final = 100

# Features that 30 dB less gain moves by more than one standard deviation, and all others by at most
# 0.57: benchmarks/level_dependence.py.
LEVEL_FEATURES: Final = frozenset(
    {"rms_db_mean", "rms_db_p20", "rms_db_p50", "rms_db_p80", "mfcc_01_mean"}
    | {"rms_mean", "rms_std", "rms_range", "rms_delta_std"}
)


@dataclass(frozen=True)
class Recipe:
    """Recipe of a classifier: its pipeline and whether it is weighted."""

    build: Callable[[], Pipeline]
    weighted: bool
    """Fitted with the weights of `balance`; the original's seven are fitted without, as there."""

    def describe(self) -> str:
        """Return all settings on one line: equal exactly when the recipe is the same."""
        return f"{' '.join(repr(self.build()).split())}, weighted={self.weighted}"


def _scaled(classifier: Any) -> Pipeline:
    steps = [
        ("scaler", StandardScaler()),
        ("selection", VarianceThreshold()),
        ("classifier", classifier),
    ]
    return Pipeline(steps)


# The original's settings: scikit-learn's defaults, random state 42.
ORIGINAL: Final[dict[str, Recipe]] = {
    "RandomForest": Recipe(
        lambda: _scaled(RandomForestClassifier(random_state=SEED)), weighted=False
    ),
    "ExtraTrees": Recipe(lambda: _scaled(ExtraTreesClassifier(random_state=SEED)), weighted=False),
    "Bagging": Recipe(lambda: _scaled(BaggingClassifier(random_state=SEED)), weighted=False),
    # The one setting that differs. Without regularization a class with fewer utterances than
    # features has a singular covariance matrix and scikit-learn refuses it, so a tenth of each
    # covariance is replaced by its mean variance times the identity (Friedman 1989).
    "QDA": Recipe(
        lambda: _scaled(QuadraticDiscriminantAnalysis(solver="eigen", shrinkage=0.1)),
        weighted=False,
    ),
    "LDA": Recipe(lambda: _scaled(LinearDiscriminantAnalysis()), weighted=False),
    "Ridge": Recipe(lambda: _scaled(RidgeClassifier(random_state=SEED)), weighted=False),
    "DecisionTree": Recipe(
        lambda: _scaled(DecisionTreeClassifier(random_state=SEED)), weighted=False
    ),
}

LIGHT: Final[dict[str, Recipe]] = {
    # break_ties: the label is the largest score, not the winner of the pairwise votes.
    "SVM": Recipe(lambda: _scaled(SVC(C=3.0, break_ties=True, random_state=SEED)), weighted=True),
    "LogisticRegression": Recipe(
        lambda: _scaled(LogisticRegression(C=0.01, max_iter=1000)), weighted=True
    ),
    "GradientBoosting": Recipe(
        lambda: _scaled(HistGradientBoostingClassifier(random_state=SEED)), weighted=True
    ),
    "MLP": Recipe(
        lambda: _scaled(
            # As wide as the core takes. So large a tolerance counts every epoch as "no better":
            # exactly 40 are trained. How long is best for unseen speakers cannot be told from
            # those that are trained on.
            MLPClassifier((128,), alpha=1.0, n_iter_no_change=38, tol=1e9, random_state=SEED)
        ),
        weighted=True,
    ),
    "ShrinkageLDA": Recipe(
        lambda: _scaled(LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")),
        weighted=False,
    ),
}

ZOO: Final[dict[str, Recipe]] = LIGHT | ORIGINAL


def fit(recipe: Recipe, utterances: npt.NDArray[np.float32], catalogue: pd.DataFrame) -> Pipeline:
    """Fit a fresh classifier, its scaler included, without `LEVEL_FEATURES`.

    Parameters
    ----------
    recipe : Recipe
    utterances : array of shape (n_utterances, n_features)
    catalogue : DataFrame of n_utterances rows
        With columns `corpus` and `emotion`.
    """
    settings = {"classifier__sample_weight": balance(catalogue)} if recipe.weighted else {}
    # The selection drops what never changes.
    known = np.where(np.isin(features.names(), list(LEVEL_FEATURES)), np.float32(0), utterances)
    with warnings.catch_warnings():
        # A small folder: an emotion of one utterance has no covariance, and its shrunk one is 0.
        warnings.filterwarnings("ignore", "Only one sample available", UserWarning)
        return recipe.build().fit(known, catalogue["emotion"].to_numpy(), **settings)


def selected_features(pipeline: Pipeline) -> list[str]:
    """Return the names of the features that a fitted classifier reads."""
    return [str(name) for name in pipeline[:-1].get_feature_names_out(list(features.names()))]


def balance(catalogue: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Compute the weight of each utterance: all emotions have the same sum.

    Without it a model learns that every recording of CREMA-D is happy or sad, if nearly all of its
    clips at hand are. The weights of one emotion of one corpus add up to the same for all that
    have at least `FULL_GROUP` utterances and to proportionally less for smaller ones; then each
    emotion is scaled to the same sum.

    Returns
    -------
    array of shape (n_utterances,)
        With mean 1.
    """
    emotion = catalogue["emotion"]
    group_size = catalogue.groupby(["corpus", "emotion"])["emotion"].transform("size")
    weight = 1.0 / group_size.clip(lower=FULL_GROUP)
    weight /= weight.groupby(emotion).transform("sum")
    return np.asarray(weight / weight.mean(), dtype=np.float64)
