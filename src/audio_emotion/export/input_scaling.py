"""Selection and standardization of features before the classifier, as the core applies them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_selection import SelectorMixin
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from audio_emotion.errors import ExportError


@dataclass(frozen=True)
class InputScaling:
    """Features that are read, and (feature - center) * scale of each."""

    feature: npt.NDArray[np.uint16]
    center: npt.NDArray[np.float32]
    scale: npt.NDArray[np.float32]

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Fields of `struct ae_input_scaling`."""
        return {"feature": self.feature, "center": self.center, "scale": self.scale}


def fold_scaling(pipeline: Pipeline, steps: float) -> InputScaling:
    """Fold everything before the classifier into one center and one scale per feature.

    Parameters
    ----------
    pipeline : Pipeline
    steps : float
        Value that one standard deviation is scaled to.

    Raises
    ------
    ExportError
        Something other than a scaler or a selection of features comes before the classifier.
    """
    feature = np.arange(pipeline.n_features_in_)
    center, scale = np.zeros(len(feature)), np.ones(len(feature))
    for _, step in pipeline.steps[:-1]:
        if isinstance(step, SelectorMixin):
            kept = step.get_support()
            feature, center, scale = feature[kept], center[kept], scale[kept]
        elif isinstance(step, StandardScaler):
            if step.with_mean:
                center = center + step.mean_ / scale
            if step.with_std:
                scale = scale / step.scale_
        else:
            raise ExportError(
                f"a pipeline with a {type(step).__name__} cannot be exported. "
                "Before the classifier may come a StandardScaler and a selection of features."
            )
    return InputScaling(
        feature.astype(np.uint16), center.astype(np.float32), (scale * steps).astype(np.float32)
    )
