"""The one interface of all models: classifiers of acoustic features and networks.

A model turns an utterance into a row of numbers, acoustic features or the network's embedding, and
rows into probabilities: that somebody speaks, and of the emotions if so. `answers` decides what
follows from them. Whoever predicts, exports, profiles or evaluates need not know which model it is.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final, Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from audio_emotion.engine import network_file
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import FeatureVector, Samples
from audio_emotion.engine.listener import Listener
from audio_emotion.errors import ModelError, reason_of
from audio_emotion.files import path_text
from audio_emotion.recognition.network_model import NetworkModel

SUFFIXES: Final = (".aem", ".skops")
DEFAULT: Final = "default"  # name of the model that ships

Kind = Literal["network", "classifier"]
Probabilities = npt.NDArray[np.float64]
AnyPath = str | os.PathLike[str]


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
        """Adapt to the speaker by an utterance that has ended, if it is speech."""


class Metadata(Protocol):
    """Metadata that the file of a model of any kind holds."""

    @property
    def name(self) -> str:
        """Name of the model."""

    @property
    def version(self) -> str:
        """Version of the package that trained it."""

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
    def speech_threshold(self) -> float:
        """Probability that somebody speaks below which nobody does."""

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

    @property
    def crc32(self) -> int:
        """CRC-32, which tells it from other models of its name."""

    def adaptation(self, voice: AnyPath | None = None) -> Adaptation:
        """Return the adaptation state of a new speaker, or of the one of a file of the page.

        Raises
        ------
        InputError
            The model does not adapt, or the file is not one of this model.
        """

    def extractor(self) -> Extractor:
        """Return an extractor of what `probabilities` takes."""

    def listener(self, **config: int) -> Listener:
        """Return a listener that finds the utterances of a stream and extracts their features."""

    def probabilities(self, utterances: FeatureVector) -> Probabilities:
        """Compute the probabilities of utterances of unknown speakers, if somebody speaks.

        Parameters
        ----------
        utterances : array of shape (n_utterances, n_features)

        Returns
        -------
        array of shape (n_utterances, n_emotions)
            In the order of `EMOTIONS`.
        """

    def speech(self, utterances: FeatureVector) -> Probabilities:
        """Compute the probability that somebody speaks: array of shape (n_utterances,)."""


class Answer(NamedTuple):
    """Answer of a model about one utterance.

    Attributes
    ----------
    emotion : str or None
        The likeliest of `EMOTIONS`; None where nobody speaks.
    confident : bool
        Whether somebody speaks and the largest probability reaches the model's threshold.
    speech : float
        Probability that somebody speaks.
    probabilities : dict of str to float
        By emotion, if somebody speaks.
    """

    emotion: str | None
    confident: bool
    speech: float
    probabilities: dict[str, float]


@dataclass(frozen=True)
class NoAdaptation:
    """Adaptation that leaves the probabilities of the model unchanged."""

    model: EmotionModel

    def probabilities(self, utterances: FeatureVector) -> Probabilities:
        """Compute the model's own probabilities."""
        return self.model.probabilities(utterances)

    def update(self, utterance: FeatureVector) -> None:
        """Leave everything as it is."""


def adaptation_for(model: EmotionModel, adapt: bool | AnyPath) -> Adaptation:
    """Return an adaptation state, or none.

    Parameters
    ----------
    model : EmotionModel
    adapt : bool or path
        Whether one person speaks, or the file of that person's voice, which the page saves.

    Raises
    ------
    InputError
        The model cannot adapt, or the file is not one of this model.
    """
    if isinstance(adapt, str | os.PathLike):
        return model.adaptation(adapt)
    return model.adaptation() if adapt else NoAdaptation(model)


def answers(
    model: EmotionModel, utterances: FeatureVector, adaptation: Adaptation | None = None
) -> list[Answer]:
    """Answer what each utterance is.

    Parameters
    ----------
    model : EmotionModel
    utterances : array of shape (n_utterances, n_features)
        As the model's extractor gives them.
    adaptation : Adaptation, optional
        To the speaker of all of them; it is left as it is.

    Returns
    -------
    list of Answer
    """
    probabilities = (model if adaptation is None else adaptation).probabilities(utterances)
    speech = model.speech(utterances)
    is_speech = speech >= model.speech_threshold
    is_confident = is_speech & (probabilities.max(axis=1) >= model.threshold)
    return [
        Answer(
            emotion=likeliest(row) if is_speech[i] else None,
            confident=bool(is_confident[i]),
            speech=float(speech[i]),
            probabilities=named(row),
        )
        for i, row in enumerate(probabilities)
    ]


def described(model: EmotionModel) -> str:
    """Return the name of a model and what tells it from others of that name.

    Examples
    --------
    >>> described(load_model("small")).partition(",")[0]
    'small (network'
    """
    size = f"{model.size_bytes / 1000:.0f} KB"
    return (
        f"{model.name} ({model.kind}, {size}, version {model.metadata.version}, {model.crc32:08x})"
    )


def likeliest(probabilities: npt.NDArray[np.float64]) -> str:
    """Return the emotion of the largest of `n_emotions` probabilities."""
    return EMOTIONS[int(probabilities.argmax())]


def named(probabilities: npt.NDArray[np.float64]) -> dict[str, float]:
    """Return `n_emotions` probabilities by emotion."""
    return {
        emotion: float(probability)
        for emotion, probability in zip(EMOTIONS, probabilities, strict=True)
    }


def load_model(model: str | os.PathLike[str] | None = None) -> EmotionModel:
    """Read a model file of any kind, detected by its first bytes.

    Parameters
    ----------
    model : str or path, optional
        The name of a model that ships, such as "small", or the path of a network (.aem) or a
        classifier (.skops); by default the network "default".

    Returns
    -------
    EmotionModel

    Raises
    ------
    ModelError
        Not a model file, not a safe one, or one made for another core.
    InputError
        `model` is neither a name nor a path.

    Examples
    --------
    >>> load_model().name
    'default'
    """
    path = find_model(model)
    way_out = f"Give a model's file, .aem or .skops, or one of: {', '.join(shipped_models())}."
    try:
        # A device never ends, and a pipe can be read once only.
        if path.exists() and not path.is_file():
            raise ModelError(f"{path}: not a file. {way_out}")
        with path.open("rb") as file:
            first_bytes = file.read(len(network_file.MAGIC))
    except (OSError, ValueError) as error:  # a name that no file can have is a ValueError
        raise ModelError(f"{path}: cannot be read ({reason_of(error)}). {way_out}") from error
    if first_bytes == network_file.MAGIC or path.suffix == ".aem":
        return NetworkModel.load(path)
    # Imports scikit-learn (and PyTorch, where it is installed), which a network never needs.
    from audio_emotion.recognition import classifier_file  # noqa: PLC0415

    return classifier_file.load(path)


def find_model(model: str | os.PathLike[str] | None = None) -> Path:
    """Return the path of a model: of one that ships by its name, by default of "default".

    Raises
    ------
    InputError
        `model` is neither a name nor a path.

    Examples
    --------
    >>> find_model("default").name, find_model("./default").name
    ('default.aem', 'default')
    """
    text = DEFAULT if model is None else path_text(model)
    return shipped_models().get(text) or Path(text)


def shipped_models() -> dict[str, Path]:
    """Return the paths of the models that ship, by name; a network comes before a classifier."""
    folder = Path(str(resources.files("audio_emotion.models")))
    paths = [path for suffix in reversed(SUFFIXES) for path in sorted(folder.glob(f"*{suffix}"))]
    return {path.stem: path for path in paths}


def default_model_path() -> Path:
    """Return the path of the model that ships with the package."""
    return find_model(DEFAULT)
