"""Selection and standardization of features before the classifier, as the core applies them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from audio_emotion.engine.classifier import InputScaling
from audio_emotion.errors import ExportError
from audio_emotion.recognition.skops_check import SCALER
from audio_emotion.recognition.skops_file import Object


def type_of(estimator: Any) -> str:
    """Return module and class of an estimator of scikit-learn, or of one read from a file."""
    if isinstance(estimator, Object):
        return estimator.type
    return f"{type(estimator).__module__}.{type(estimator).__qualname__}"


def fold_scaling(pipeline: Any, steps: float) -> InputScaling:
    """Fold everything before the classifier into one center and one scale per feature.

    Parameters
    ----------
    pipeline : Pipeline or Object
    steps : float
        Value that one standard deviation is scaled to.

    Raises
    ------
    ExportError
        Something other than a scaler or a selection of features comes before the classifier.
    """
    feature = np.arange(pipeline.steps[0][1].n_features_in_)
    center, scale = np.zeros(len(feature)), np.ones(len(feature))
    for _, step in pipeline.steps[:-1]:
        if type_of(step) == SCALER:
            if step.with_mean:
                center = center + step.mean_ / scale
            if step.with_std:
                scale = scale / step.scale_
        else:
            kept = _support(step)
            feature, center, scale = feature[kept], center[kept], scale[kept]
    return InputScaling(
        feature.astype(np.uint16), center.astype(np.float32), (scale * steps).astype(np.float32)
    )


def scale_columns(
    pipeline: Any, columns: npt.NDArray[np.integer[Any]], values: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Scale values as scikit-learn does, in float32.

    Parameters
    ----------
    pipeline : Pipeline or Object
        Of steps that `fold_scaling` knows.
    columns : int array of shape (n,)
        The feature of each value, numbered as after the steps before the classifier.
    values : float32 array of shape (n,)
    """
    feature = np.arange(pipeline.steps[0][1].n_features_in_)
    scalers = []  # each with the features that it is given
    for _, step in pipeline.steps[:-1]:
        if type_of(step) == SCALER:
            scalers.append((step, feature))
        else:
            feature = feature[_support(step)]
    raw = feature[columns]
    for scaler, given in scalers:
        here = np.searchsorted(given, raw)
        if scaler.with_mean:
            values = values - scaler.mean_.astype(np.float32)[here]
        if scaler.with_std:
            values = values / scaler.scale_.astype(np.float32)[here]
    return values


def _support(step: Any) -> npt.NDArray[np.bool_]:
    """Return which features a selection keeps."""
    if isinstance(step, Object):
        return np.asarray(step.variances_ > step.threshold)
    if not hasattr(step, "get_support"):
        raise ExportError(
            f"a pipeline with a {type(step).__name__} cannot be exported. "
            "Before the classifier may come a StandardScaler and a selection of features."
        )
    return np.asarray(step.get_support())
