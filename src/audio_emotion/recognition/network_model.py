"""A network as a model: see `recognition.model.EmotionModel`."""

from __future__ import annotations

import math
import os
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from audio_emotion.engine import _core, network_file
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import FeatureVector
from audio_emotion.engine.listener import Listener, NetworkListener
from audio_emotion.engine.network import Network
from audio_emotion.engine.network_file import Metadata
from audio_emotion.engine.utterance_recognizer import AdaptationState, UtteranceRecognizer, classify
from audio_emotion.recognition import voice_file

_ffi, _lib = _core.ffi, _core.lib


class NetworkModel:
    """A network that the core has checked; the features of an utterance are its embedding.

    Parameters
    ----------
    content : bytes
        The part of a file that the core reads, as it is to lie in flash.
    metadata : Metadata

    Raises
    ------
    ModelError
        Damaged, for another core, or too large for it.
    """

    kind: ClassVar[Literal["network"]] = "network"
    adapts: ClassVar[bool] = True

    def __init__(self, content: bytes, metadata: Metadata) -> None:
        self.content = content
        self.metadata = metadata
        self.net = network_file.open_network(content)

    def __repr__(self) -> str:
        """Return name and size."""
        return f"<NetworkModel {self.name!r}, {self.size_bytes} bytes>"

    @classmethod
    def load(cls, path: Path) -> NetworkModel:
        """Read a network's file.

        Raises
        ------
        ModelError
            Not a network's file, damaged, or for another core.
        """
        return cls(*network_file.read(path))

    def __reduce__(self) -> tuple[type[NetworkModel], tuple[bytes, Metadata]]:
        """Return how to pickle it: by its content, as C structs cannot be pickled."""
        return NetworkModel, (self.content, self.metadata)

    @cached_property
    def network(self) -> Network:
        """Its layers and weights."""
        return network_file.from_bytes(self.content)

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.metadata.name

    @property
    def threshold(self) -> float:
        """Largest probability below which a prediction is not confident."""
        return self.network.threshold

    @property
    def speech_threshold(self) -> float:
        """Probability that somebody speaks below which nobody does."""
        return self.network.speech_threshold

    @property
    def temperature(self) -> float:
        """Divisor of the scores, as natural logarithms, before the softmax."""
        # The core's scores are octaves of probability: the inverse of training.network.lower's.
        return round(1 / (math.log(2) * self.network.inverse_temperature), 4)

    @property
    def calibrated_on(self) -> list[str]:
        """Speakers that temperature and threshold were fitted on, none of them trained on."""
        return list(self.metadata.scores.get("calibrated_on", ()))

    @property
    def size_bytes(self) -> int:
        """Size of its file."""
        return len(self.content) + len(network_file.trailer(self.metadata))

    @property
    def arena_bytes(self) -> int:
        """Required AE_NET_ARENA: end of the last row, a multiple of 8."""
        layers = self.network.layers
        state = _ffi.new("struct ae_net_state *")
        last = _lib.ae_net_row(state, self.net, len(layers))
        begins = int(_ffi.cast("uintptr_t", last)) - int(_ffi.cast("uintptr_t", state))
        return -(-(begins + layers[-1].out_channels) // 8) * 8

    def extractor(self) -> EmbeddingExtractor:
        """Return an extractor of embeddings."""
        return EmbeddingExtractor(self)

    def listener(self, **config: int) -> Listener:
        """Return a listener that finds the utterances of a stream and extracts their embeddings."""
        return NetworkListener(self, **config)

    @property
    def crc32(self) -> int:
        """CRC-32 of what the core reads, as it stands at its end."""
        return int.from_bytes(self.content[-4:], "little")

    def adaptation(self, voice: str | os.PathLike[str] | None = None) -> SpeakerAdaptation:
        """Return the adaptation state of a new speaker, or of the one of a file."""
        if voice is None:
            return SpeakerAdaptation(self, AdaptationState())
        words = voice_file.read(voice, self.crc32, self.network.longest)
        return SpeakerAdaptation(self, AdaptationState(words))

    def probabilities(self, utterances: FeatureVector) -> npt.NDArray[np.float64]:
        """Compute the probabilities of utterances of unknown speakers, if somebody speaks.

        Parameters
        ----------
        utterances : int16 array of shape (n_utterances, n_embedding)

        Returns
        -------
        array of shape (n_utterances, n_emotions)
            In the order of `EMOTIONS`.
        """
        return _probabilities(self, utterances, None)

    def speech(self, utterances: FeatureVector) -> npt.NDArray[np.float64]:
        """Compute the probability that somebody speaks: array of shape (n_utterances,)."""
        return np.array([classify(self, utterance).speech for utterance in utterances], np.float64)


class EmbeddingExtractor:
    """Embedding of one utterance after another, from chunks of any size."""

    def __init__(self, model: NetworkModel) -> None:
        self._recognizer = UtteranceRecognizer(model)
        self.reset, self.process = self._recognizer.reset, self._recognizer.process

    def finish(self) -> npt.NDArray[np.int16]:
        """Return the embedding, in 256ths, of all samples since `reset`; more may follow.

        Raises
        ------
        InputError
            Fewer samples than one frame.
        """
        return self._recognizer.estimate().embedding


class SpeakerAdaptation:
    """Adaptation of a network to one speaker (`core/adapt.h`)."""

    def __init__(self, model: NetworkModel, state: AdaptationState) -> None:
        self._model = model
        self._state = state

    def probabilities(self, utterances: FeatureVector) -> npt.NDArray[np.float64]:
        """Compute probabilities of each utterance as if it were the next one; nothing changes."""
        return _probabilities(self._model, utterances, self._state)

    def update(self, utterance: FeatureVector) -> None:
        """Adapt to the speaker by an utterance that has ended, if it is speech."""
        classify(self._model, utterance, self._state)


def _probabilities(
    model: NetworkModel, utterances: FeatureVector, state: AdaptationState | None
) -> npt.NDArray[np.float64]:
    scores = [classify(model, utterance, state, update=False) for utterance in utterances]
    rows = [score.probabilities for score in scores]
    return np.array(rows, np.float64).reshape(-1, len(EMOTIONS))
