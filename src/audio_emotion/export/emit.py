"""Conversion of a fitted pipeline to the constant arrays that its classifier in `core/` reads.

Scores are in octaves of probability (log2), as the core's exponential wants them: log2(e) is
multiplied into the weights here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from audio_emotion.engine import _core
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.errors import ExportError
from audio_emotion.export.forest import flatten
from audio_emotion.export.input_scaling import InputScaling, fold_scaling
from audio_emotion.recognition.classifier_file import SMALLEST_PROBABILITY, ClassifierModel

LOG2_E: Final = float(np.log2(np.e))

# Quantized inputs count this many steps per standard deviation, up to 32767, so that +-64
# standard deviations fit: real speech reaches 40.
STEPS: Final = 512

NO_FLOOR: Final = -1e9  # the smallest score of a decision function

MAX_UNITS: Final[int] = _core.lib.AE_MAX_UNITS  # of a layer

_CLASSES: Final = (*EMOTIONS, NO_SPEECH)  # by the core's numbers

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Layer:
    """One `struct ae_layer`."""

    weights: npt.NDArray[np.int16]
    step: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Emitted:
    """A model as constants: `kind` names the C files, the struct and the function."""

    kind: str
    emotions: npt.NDArray[np.uint8]
    inputs: InputScaling | None
    arrays: Mapping[str, npt.NDArray[Any]]
    scalars: Mapping[str, int | float | bool]
    layers: Sequence[Layer]
    smallest_score: float
    inverse_temperature: float
    speech_threshold: float
    threshold: float

    @property
    def n_bytes(self) -> int:
        """Flash that the arrays take."""
        arrays = [self.emotions, *self.arrays.values()]
        arrays += self.inputs.arrays.values() if self.inputs else ()
        for layer in self.layers:
            arrays += [layer.weights, layer.step, layer.bias]
        return sum(array.nbytes for array in arrays)


def emit(model: ClassifierModel) -> Emitted:
    """Return a model as constants for the core.

    Raises
    ------
    ExportError
        The core has no such classifier, or not with these settings.
    """
    classifier = model.pipeline[-1]
    convert = _CONVERTERS.get(type(classifier))
    if convert is None:
        known = ", ".join(sorted(kind.__name__ for kind in _CONVERTERS))
        raise ExportError(
            f"a {type(classifier).__name__} cannot be exported. Train one of: {known}."
        )
    floor = hasattr(model.pipeline, "predict_proba")
    return Emitted(
        **convert(model.pipeline)._asdict(),
        emotions=np.array([_CLASSES.index(name) for name in model.pipeline.classes_], np.uint8),
        smallest_score=float(np.log2(SMALLEST_PROBABILITY)) if floor else NO_FLOOR,
        inverse_temperature=1 / model.metadata.temperature,
        speech_threshold=model.speech_threshold,
        threshold=model.threshold,
    )


class _Parameters(NamedTuple):
    """Fields of `Emitted` that depend on the classifier."""

    kind: str
    inputs: InputScaling | None
    arrays: Mapping[str, npt.NDArray[Any]]
    scalars: Mapping[str, int | float | bool] = {}
    layers: Sequence[Layer] = ()


def _linear(pipeline: Pipeline) -> _Parameters:
    classifier = pipeline[-1]
    weights, bias = _two_sided(np.atleast_2d(classifier.coef_).T, classifier.intercept_)
    arrays = {
        "weights": (weights * LOG2_E).astype(np.float32),
        "bias": (bias * LOG2_E).astype(np.float32),
    }
    return _Parameters("linear", fold_scaling(pipeline, 1.0), arrays)


def _quadratic(pipeline: Pipeline) -> _Parameters:
    """Factorize the inverse covariances; see core/quadratic.h."""
    qda = pipeline[-1]
    n_inputs = qda.n_features_in_
    n_even = n_inputs + n_inputs % 2
    factors, steps, centers, bias = [], [], [], []
    for mean, rotation, scaling, prior in zip(
        qda.means_, qda.rotations_, qda.scalings_, qda.priors_, strict=True
    ):
        whitening = rotation * scaling**-0.5  # (n_inputs, rank), inverse covariance = W W^T
        upper = np.zeros((n_inputs, n_inputs))
        triangle = np.linalg.qr(whitening.T, mode="r") * np.sqrt(LOG2_E / 2)
        upper[: len(triangle)] = triangle
        quantized, step = _quantize_rows(np.pad(upper, ((0, 0), (0, n_even - n_inputs))))
        factors += [row[r - r % 2 :] for r, row in enumerate(quantized)]
        steps.append(step / STEPS)
        centers.append(upper @ mean)
        bias.append(LOG2_E * (np.log(prior) - np.log(scaling).sum() / 2))
    arrays = {
        "factors": np.concatenate(factors),
        "step": np.concatenate(steps).astype(np.float32),
        "center": np.concatenate(centers).astype(np.float32),
        "bias": np.array(bias, np.float32),
    }
    return _Parameters("quadratic", fold_scaling(pipeline, STEPS), arrays)


def _forest(pipeline: Pipeline) -> _Parameters:
    return _Parameters("forest", None, *flatten(pipeline))


def _svm(pipeline: Pipeline) -> _Parameters:
    svm = pipeline[-1]
    if svm.kernel != "rbf":
        raise ExportError(f"an SVC of kernel {svm.kernel!r} cannot be exported. Use kernel='rbf'.")
    # As fine as 16 bits allow: votes change where a pair of classes is all but undecided. An input
    # farther out than any vector is taken for the farthest.
    steps = 32767 / float(np.abs(svm.support_vectors_).max())
    vectors = np.rint(svm.support_vectors_ * steps).astype(np.int16)
    # scikit-learn turns the sign around for two classes.
    sign = -1 if len(svm.classes_) == 2 else 1
    arrays = {
        "vectors": np.pad(vectors, ((0, 0), (0, vectors.shape[1] % 2))),
        "coefficients": (sign * svm.dual_coef_.T).astype(np.float32),
        "n_vectors": svm.n_support_.astype(np.uint16),
        "intercepts": (sign * svm.intercept_).astype(np.float32),
    }
    scalars = {"gamma": float(svm._gamma * LOG2_E / steps**2)}
    return _Parameters("svm", fold_scaling(pipeline, steps), arrays, scalars)


def _mlp(pipeline: Pipeline) -> _Parameters:
    mlp = pipeline[-1]
    widest = max(len(bias) for bias in mlp.intercepts_)
    if mlp.activation != "relu" or widest > MAX_UNITS:
        raise ExportError(
            f"an MLPClassifier of activation {mlp.activation!r} with {widest} hidden units cannot "
            f"be exported. Use activation='relu' and at most {MAX_UNITS} units in a layer."
        )
    coefs, biases = list(mlp.coefs_), list(mlp.intercepts_)
    coefs[-1], biases[-1] = _two_sided(coefs[-1], biases[-1])
    coefs[-1], biases[-1] = coefs[-1] * LOG2_E, biases[-1] * LOG2_E
    coefs[0] = coefs[0] / STEPS
    layers = []
    for coef, bias in zip(coefs, biases, strict=True):
        weights, step = _quantize_rows(np.pad(coef.T, ((0, 0), (0, len(coef) % 2))))
        layers.append(Layer(weights, step.astype(np.float32), bias.astype(np.float32)))
    return _Parameters("mlp", fold_scaling(pipeline, STEPS), {}, {"n_layers": len(layers)}, layers)


_CONVERTERS: Final[dict[type, Callable[[Pipeline], _Parameters]]] = {
    LinearDiscriminantAnalysis: _linear,
    LogisticRegression: _linear,
    RidgeClassifier: _linear,
    QuadraticDiscriminantAnalysis: _quadratic,
    DecisionTreeClassifier: _forest,
    RandomForestClassifier: _forest,
    ExtraTreesClassifier: _forest,
    BaggingClassifier: _forest,
    HistGradientBoostingClassifier: _forest,
    SVC: _svm,
    MLPClassifier: _mlp,
}


def _two_sided(weights: Floats, bias: Floats) -> tuple[Floats, Floats]:
    """Return one score for each of two classes, which share one in scikit-learn."""
    if weights.shape[1] > 1:
        return weights, bias
    return np.hstack([np.zeros_like(weights), weights]), np.concatenate([[0.0], bias])


def _quantize_rows(matrix: Floats) -> tuple[npt.NDArray[np.int16], Floats]:
    """Return 16-bit integers, and the step per row that multiplies them back to the matrix."""
    step = np.maximum(np.abs(matrix).max(axis=1), 1e-30) / 32767
    return np.rint(matrix / step[:, None]).astype(np.int16), step
