"""Conversion of a fitted pipeline to the constant arrays that its classifier in `core/` reads.

Scores are in octaves of probability (log2), as the core's exponential wants them: log2(e) is
multiplied into the weights here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from audio_emotion.engine.classifier import MAX_UNITS, InputScaling, Layer, Parameters
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.errors import ExportError
from audio_emotion.recognition import skops_check
from audio_emotion.recognition.forest import flatten
from audio_emotion.recognition.input_scaling import fold_scaling, type_of
from audio_emotion.recognition.skops_file import Object

SMALLEST_PROBABILITY: Final = 1e-9  # of a class, before its logarithm is taken

LOG2_E: Final = float(np.log2(np.e))

# Quantized inputs count this many steps per standard deviation, up to 32767, so that +-64
# standard deviations fit: real speech reaches 40.
STEPS: Final = 512

NO_FLOOR: Final = -1e9  # the smallest score of a decision function

_CLASSES: Final = (*EMOTIONS, NO_SPEECH)  # by the core's numbers

Floats = npt.NDArray[np.floating[Any]]


class Settings(Protocol):
    """Settings of a model's answers, beside its classifier; `classifier_file.Metadata` is one."""

    @property
    def temperature(self) -> float:
        """Divisor of the scores before the softmax."""

    @property
    def threshold(self) -> float:
        """Largest probability below which a prediction is not confident."""

    @property
    def speech_threshold(self) -> float:
        """Probability that somebody speaks below which nobody does."""


def emit(pipeline: Any, settings: Settings) -> Parameters:
    """Return a classifier as constants for the core.

    Parameters
    ----------
    pipeline : Pipeline or Object
        Of scikit-learn, fitted, or read from a file by `skops_file.read` and checked.
    settings : Settings

    Raises
    ------
    ExportError
        The core has no such classifier, or not with these settings.
    ValueError
        The numbers of the classifier are too large.
    """
    classifier = pipeline.steps[-1][1]
    convert = _CONVERTERS.get(type_of(classifier))
    if convert is None:
        known = ", ".join(sorted(name.rpartition(".")[2] for name in _CONVERTERS))
        raise ExportError(
            f"a {type_of(classifier).rpartition('.')[2]} cannot be exported. Train one of: {known}."
        )
    with np.errstate(all="ignore"):  # what is not finite is found below
        converted = convert(pipeline, classifier)
    floor = _has_probabilities(classifier)
    parameters = Parameters(
        **converted._asdict(),
        emotions=np.array([_CLASSES.index(name) for name in classifier.classes_], np.uint8),
        smallest_score=float(np.log2(SMALLEST_PROBABILITY)) if floor else NO_FLOOR,
        inverse_temperature=1 / settings.temperature,
        speech_threshold=settings.speech_threshold,
        threshold=settings.threshold,
    )
    with np.errstate(over="ignore"):
        scalars = np.array(
            [*converted.scalars.values(), parameters.inverse_temperature], np.float32
        )
    if not all(np.isfinite(array).all() for array in (*parameters.all_arrays, scalars)):
        raise ValueError("some of its numbers are too large for the core")
    return parameters


def _has_probabilities(classifier: Any) -> bool:
    """Return whether scores are log probabilities, and not a decision function."""
    if isinstance(classifier, Object):
        return classifier.type not in {skops_check.RIDGE, skops_check.SVM}
    return hasattr(classifier, "predict_proba")


class _Parameters(NamedTuple):
    """Fields of `Parameters` that depend on the classifier."""

    kind: str
    inputs: InputScaling | None
    arrays: Mapping[str, npt.NDArray[Any]]
    scalars: Mapping[str, int | float | bool] = {}
    layers: Sequence[Layer] = ()


def _linear(pipeline: Any, linear: Any) -> _Parameters:
    weights, bias = _two_sided(np.atleast_2d(linear.coef_).T, linear.intercept_)
    arrays = {
        "weights": (weights * LOG2_E).astype(np.float32),
        "bias": (bias * LOG2_E).astype(np.float32),
    }
    return _Parameters("linear", fold_scaling(pipeline, 1.0), arrays)


def _quadratic(pipeline: Any, qda: Any) -> _Parameters:
    """Factorize the inverse covariances; see core/quadratic.h."""
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


def _forest(pipeline: Any, _: Any) -> _Parameters:
    return _Parameters("forest", None, *flatten(pipeline))


def _svm(pipeline: Any, svm: Any) -> _Parameters:
    if svm.kernel != "rbf":
        raise ExportError(f"an SVC of kernel {svm.kernel!r} cannot be exported. Use kernel='rbf'.")
    # As fine as 16 bits allow: votes change where a pair of classes is all but undecided. An input
    # farther out than any vector is taken for the farthest.
    steps = 32767 / float(np.abs(svm.support_vectors_).max())
    vectors = np.rint(svm.support_vectors_ * steps).astype(np.int16)
    counts = svm._n_support
    if counts.max() > np.iinfo(np.uint16).max:
        raise ExportError(
            f"an SVC of {counts.max()} support vectors in a class cannot be exported. Use fewer."
        )
    # With underscores: for two classes the public ones have another sign.
    arrays = {
        "vectors": np.pad(vectors, ((0, 0), (0, vectors.shape[1] % 2))),
        "coefficients": svm._dual_coef_.T.astype(np.float32),
        "n_vectors": counts.astype(np.uint16),
        "intercepts": svm._intercept_.astype(np.float32),
    }
    scalars = {"gamma": float(svm._gamma * LOG2_E / steps**2)}
    return _Parameters("svm", fold_scaling(pipeline, steps), arrays, scalars)


def _mlp(pipeline: Any, mlp: Any) -> _Parameters:
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


_CONVERTERS: Final[dict[str, Callable[[Any, Any], _Parameters]]] = {
    skops_check.LDA: _linear,
    skops_check.LOGISTIC_REGRESSION: _linear,
    skops_check.RIDGE: _linear,
    skops_check.QDA: _quadratic,
    skops_check.DECISION_TREE: _forest,
    skops_check.RANDOM_FOREST: _forest,
    skops_check.EXTRA_TREES: _forest,
    skops_check.BAGGING: _forest,
    skops_check.GRADIENT_BOOSTING: _forest,
    skops_check.SVM: _svm,
    skops_check.MLP: _mlp,
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
