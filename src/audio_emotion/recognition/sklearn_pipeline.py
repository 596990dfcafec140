"""Classifiers by scikit-learn, whose version may be another than the one that trained them.

The core predicts from the arrays of a file, whatever wrote it. scikit-learn is needed where a
classifier is permuted, fitted again or not one of the core's, and every version may read the
attributes of another one's objects differently.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.errors import ModelError, ModelWarning, reason_of
from audio_emotion.recognition import skops_check
from audio_emotion.recognition.emit import SMALLEST_PROBABILITY
from audio_emotion.recognition.stored_examples import Examples

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

Floats = npt.NDArray[np.float64]


def build(
    content: bytes,
    name: str,
    made_with: str,
    examples: Examples,
    labels: Callable[[Pipeline, features.FeatureVector], list[str]],
) -> Pipeline:
    """Build the pipeline of a model file, and check the labels of its stored examples.

    Parameters
    ----------
    content : bytes
        Of the file, which is checked.
    name : str
        Of the model.
    made_with : str
        Version of scikit-learn.
    examples : Examples
    labels : callable
        Predicts with a pipeline.

    Warns
    -----
    ModelWarning
        Another version of scikit-learn made it; the labels are the same.

    Raises
    ------
    ModelError
        The version that runs cannot predict with it, or gives other labels.
    """
    import skops.io  # noqa: PLC0415
    from sklearn import __version__ as running  # noqa: PLC0415
    from sklearn.exceptions import InconsistentVersionWarning  # noqa: PLC0415

    versions = f"{name}: made with scikit-learn {made_with}, {running} runs"
    way_out = f"Install scikit-learn=={made_with}, or train it again with: audio-emotion train."
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InconsistentVersionWarning)
            pipeline = skops.io.loads(content, trusted=skops_check.TRUSTED_TYPES)
        different = examples.n_different(partial(labels, pipeline))
    except Exception as error:  # attributes come and go from version to version
        reason = reason_of(error)
        raise ModelError(f"{versions} and cannot read it ({reason}). {way_out}") from error
    n_examples = len(examples.labels)
    if different:
        raise ModelError(
            f"{versions} and gives {different} of its {n_examples} stored examples another label. "
            f"{way_out}"
        )
    if made_with != running:
        checked = f"gives its {n_examples} stored examples the same labels"
        if not n_examples:
            checked = "cannot be checked, as the file keeps no examples"
        warnings.warn(f"{versions} and {checked}.", ModelWarning, stacklevel=2)
    return pipeline


def answers(
    pipeline: Pipeline, utterances: features.FeatureVector, temperature: float
) -> tuple[Floats, Floats]:
    """Compute the probabilities of the emotions, and of speech."""
    classes: Sequence[str] = pipeline.classes_
    logits = scores(pipeline, utterances) / temperature
    spoken = np.array([name != NO_SPEECH for name in classes])
    result = np.zeros((len(utterances), len(EMOTIONS)))
    columns = [EMOTIONS.index(emotion) for emotion in classes if emotion != NO_SPEECH]
    result[:, columns] = _softmax(logits[:, spoken])
    return result, 1 - _softmax(logits) @ ~spoken


def scores(pipeline: Pipeline, utterances: features.FeatureVector) -> Floats:
    """Compute the score of each class of a fitted classifier: its softmax is a probability.

    Log probabilities, of `SMALLEST_PROBABILITY` at least, where the classifier has them, else its
    decision function.

    Returns
    -------
    array of shape (n_utterances, n_classes)
        In the order of `pipeline.classes_`.
    """
    if hasattr(pipeline, "predict_proba"):
        probability = np.asarray(pipeline.predict_proba(utterances), dtype=np.float64)
        return np.log(np.maximum(probability, SMALLEST_PROBABILITY))
    decision = np.asarray(pipeline.decision_function(utterances), dtype=np.float64)
    if decision.ndim == 1:  # two classes share one value, positive for the second
        decision = np.stack([np.zeros_like(decision), decision], axis=1)
    return decision


def _softmax(logits: Floats) -> Floats:
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))
