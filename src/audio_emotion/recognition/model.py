"""The one interface of all models: classifiers of acoustic features and networks.

A model turns an utterance into a row of numbers, acoustic features or the network's embedding, and
rows into probabilities. Whoever predicts, exports, profiles or evaluates need not know which.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

from audio_emotion.engine import network_file
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import FeatureVector, Samples
from audio_emotion.engine.listener import Listener
from audio_emotion.errors import ModelError
from audio_emotion.files import path_text
from audio_emotion.recognition.network_model import NetworkModel

SUFFIXES: Final = (".aem", ".skops")
DEFAULTS: Final = ("default.aem", "default.skops")  # the first that is there is used

Kind = Literal["network", "classifier"]
Probabilities = npt.NDArray[np.float64]


class Extractor(Protocol):
    """Feature extraction from one utterance after another, in chunks of any size."""

    def reset(self) -> None:
        """Begin a new utterance."""

    def process(self, samples: Samples) -> int:
        """Process some samples; return the number of frames completed."""

    def finish(self) -> FeatureVector:
        """Return the features of all samples since `reset`; more samples may follow."""


class Adaptation(Protocol):
    """Adaptation of a model to one speaker, from utterance to utterance."""

    def probabilities(self, utterances: FeatureVector) -> Probabilities:
        """Compute probabilities of each utterance as if it were the next one; nothing changes."""

    def update(self, utterance: FeatureVector) -> None:
        """Adapt to the speaker by an utterance that has ended."""


class Metadata(Protocol):
    """Metadata that the file of a model of any kind holds."""

    @property
    def name(self) -> str:
        """Name of the model."""

    @property
    def training_data(self) -> str:
        """Training data, in words."""

    @property
    def speakers(self) -> list[str]:
        """Speakers in the training data."""


class EmotionModel(Protocol):
    """A model that predicts emotions."""

    @property
    def kind(self) -> Kind:
        """Network, or classifier of acoustic features."""

    @property
    def name(self) -> str:
        """Name of the model."""

    @property
    def metadata(self) -> Metadata:
        """Metadata that its file holds."""

    @property
    def threshold(self) -> float:
        """Largest probability below which a prediction is not confident."""

    @property
    def temperature(self) -> float:
        """Divisor of the scores, as natural logarithms, before the softmax."""

    @property
    def calibrated_on(self) -> list[str]:
        """Speakers that temperature and threshold were fitted on, none of them trained on."""

    @property
    def adapts(self) -> bool:
        """True if it can adapt to a speaker."""

    @property
    def size_bytes(self) -> int:
        """Size of its file."""

    def adaptation(self) -> Adaptation:
        """Return the adaptation state of a new speaker.

        Raises
        ------
        InputError
            The model does not adapt.
        """

    def extractor(self) -> Extractor:
        """Return an extractor of what `probabilities` takes."""

    def listener(self, **config: int) -> Listener:
        """Return a listener that finds the utterances of a stream and extracts their features."""

    def probabilities(self, utterances: FeatureVector) -> Probabilities:
        """Compute the probabilities of utterances of unknown speakers.

        Parameters
        ----------
        utterances : array of shape (n_utterances, n_features)

        Returns
        -------
        array of shape (n_utterances, n_emotions)
            In the order of `EMOTIONS`.
        """


@dataclass(frozen=True)
class NoAdaptation:
    """Adaptation that leaves the probabilities of the model unchanged."""

    model: EmotionModel

    def probabilities(self, utterances: FeatureVector) -> Probabilities:
        """Compute the model's own probabilities."""
        return self.model.probabilities(utterances)

    def update(self, utterance: FeatureVector) -> None:
        """Leave everything as it is."""


def adaptation_for(model: EmotionModel, adapt: bool) -> Adaptation:
    """Return the adaptation state of a new speaker, or none.

    Raises
    ------
    InputError
        `adapt` is true and the model cannot.
    """
    return model.adaptation() if adapt else NoAdaptation(model)


def likeliest(probabilities: npt.NDArray[np.float64]) -> str:
    """Return the emotion of the largest of `n_emotions` probabilities."""
    return EMOTIONS[int(probabilities.argmax())]


def is_confident(model: EmotionModel, probabilities: npt.NDArray[np.float64]) -> bool:
    """Return whether the largest of `n_emotions` probabilities reaches the model's threshold."""
    return bool(probabilities.max() >= model.threshold)


def named(probabilities: npt.NDArray[np.float64]) -> dict[str, float]:
    """Return `n_emotions` probabilities by emotion."""
    return {
        emotion: float(probability)
        for emotion, probability in zip(EMOTIONS, probabilities, strict=True)
    }


def load_model(path: str | os.PathLike[str] | None = None) -> EmotionModel:
    """Read a model file of any kind, detected by its first bytes.

    Parameters
    ----------
    path : path, optional
        A network (.aem) or a classifier (.skops); by default the network that ships.

    Returns
    -------
    EmotionModel

    Raises
    ------
    ModelError
        Not a model file, not a safe one, or one made for another core.
    InputError
        `path` is not a path.

    Examples
    --------
    >>> load_model().name
    'default'
    """
    way_out = "Give a model's file, .aem or .skops."
    path = default_model_path() if path is None else Path(path_text(path))
    try:
        # A device never ends, and a pipe can be read once only.
        if path.exists() and not path.is_file():
            raise ModelError(f"{path}: not a file. {way_out}")
        with path.open("rb") as file:
            first_bytes = file.read(len(network_file.MAGIC))
    except (OSError, ValueError) as error:  # a name that no file can have is a ValueError
        reason = getattr(error, "strerror", error)
        raise ModelError(f"{path}: cannot be read ({reason}). {way_out}") from error
    if first_bytes == network_file.MAGIC or path.suffix == ".aem":
        return NetworkModel.load(path)
    # Imports scikit-learn (and PyTorch, where it is installed), which a network never needs.
    from audio_emotion.recognition import classifier_file  # noqa: PLC0415

    return classifier_file.load(path)


def default_model_path() -> Path:
    """Return the path of the model that ships with the package."""
    folder = resources.files("audio_emotion.models")
    return next(path for name in DEFAULTS if (path := Path(str(folder / name))).is_file())
