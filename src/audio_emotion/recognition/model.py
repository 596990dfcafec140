"""What any model can be asked, be it a classifier of acoustic features or a network.

An utterance is described by a row of numbers, acoustic features or the network's embedding; from
rows come probabilities. So whoever predicts, listens, exports or profiles need not know which.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from audio_emotion.engine import network_file as network
from audio_emotion.engine.features import Floats, Samples
from audio_emotion.engine.listener import Listener
from audio_emotion.errors import ModelError
from audio_emotion.recognition.network_model import NeuralModel

MAGIC: Final = b"AEM1"  # what a network's file begins with
SUFFIXES: Final = (".aem", ".skops")
DEFAULTS: Final = ("default.aem", "default.skops")  # the first that is there is used

Probabilities = npt.NDArray[np.float64]


class Extractor(Protocol):
    """Describes one utterance after another, from chunks of any size."""

    def reset(self) -> None:
        """Begin a new utterance."""

    def process(self, samples: Samples) -> int:
        """Take some samples; the number of frames completed."""

    def finish(self) -> Floats:
        """Describe everything heard since `reset`; more samples may follow."""


class Speaker(Protocol):
    """Somebody whose utterances are heard, one after the other."""

    def probabilities(self, utterances: Floats) -> Probabilities:
        """Probability of each emotion, each utterance being the next one; none is remembered."""

    def remember(self, utterance: Floats) -> None:
        """Get used to the speaker by an utterance that has ended."""


class Metadata(Protocol):
    """What a model says about itself, of whatever kind it is."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def training_data(self) -> str:
        """What it was trained on, in words."""

    @property
    def speakers(self) -> list[str]:
        """Whom it was trained on."""


class EmotionModel(Protocol):
    """A model that can be loaded and asked."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def metadata(self) -> Metadata:
        """What it says about itself."""

    @property
    def threshold(self) -> float:
        """If the largest probability is smaller, it is not sure."""

    @property
    def adapts(self) -> bool:
        """Whether it can get used to a speaker."""

    def speaker(self) -> Speaker:
        """Somebody to get used to, of whom nothing is known yet.

        Raises
        ------
        InputError
            It does not adapt.
        """

    def extractor(self) -> Extractor:
        """Describe utterances as `probabilities` wants them."""

    def listener(self, **config: int) -> Listener:
        """Find and describe the utterances of a stream."""

    def probabilities(self, utterances: Floats) -> Probabilities:
        """Probability of each emotion, of nobody in particular, in the order of `EMOTIONS`."""


@dataclass(frozen=True)
class Anybody:
    """A speaker whom nobody gets used to."""

    model: EmotionModel

    def probabilities(self, utterances: Floats) -> Probabilities:
        """Probability of each emotion."""
        return self.model.probabilities(utterances)

    def remember(self, utterance: Floats) -> None:
        """Forget."""


def speaker_of(model: EmotionModel, adapts: bool) -> Speaker:
    """Somebody to get used to, or anybody.

    Raises
    ------
    InputError
        `adapts` is true of a model that cannot.
    """
    return model.speaker() if adapts else Anybody(model)


def load(path: Path) -> EmotionModel:
    """Read a model file of any kind, told by its first bytes.

    Raises
    ------
    ModelError
        Not a model file, not a safe one, or one made for another core.
    """
    way_out = "Give a model's file, .aem or .skops."
    try:
        # A device never ends, and a pipe can be read once only.
        if path.exists() and not path.is_file():
            raise ModelError(f"{path}: not a file. {way_out}")
        with path.open("rb") as file:
            begins = file.read(len(MAGIC))
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}). {way_out}") from error
    if begins == MAGIC or path.suffix == ".aem":
        return NeuralModel(network.load(path))
    # Brings scikit-learn along (and PyTorch, where it is installed), which a network never needs.
    from audio_emotion.recognition.classifier_file import load as load_skops  # noqa: PLC0415

    return load_skops(path)


def default_path() -> Path:
    """Path of the model that ships with the package."""
    folder = resources.files("audio_emotion.models")
    return next(path for name in DEFAULTS if (path := Path(str(folder / name))).is_file())
