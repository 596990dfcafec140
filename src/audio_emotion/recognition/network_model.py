"""A network as a model that can be asked like any other: see `recognition.EmotionModel`."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from audio_emotion.engine import _core
from audio_emotion.engine.features import Floats, Samples
from audio_emotion.engine.listener import Listener, NetworkListener
from audio_emotion.engine.network_file import NetworkModel
from audio_emotion.engine.utterance_recognizer import Adaptation, Recognizer, answer

_ffi, _lib = _core.ffi, _core.lib


class NeuralModel:
    """A network; it describes an utterance by its embedding, integers in 256ths."""

    adapts: ClassVar[bool] = True

    def __init__(self, network: NetworkModel) -> None:
        self.network = network
        self.metadata = network.metadata

    @property
    def name(self) -> str:
        """What the network is called."""
        return self.metadata.name

    @property
    def threshold(self) -> float:
        """If the largest probability is smaller, the network is not sure."""
        return self.network.network.threshold

    @property
    def arena_bytes(self) -> int:
        """AE_NET_ARENA that the network needs: where its last row ends, a multiple of 8."""
        layers = self.network.network.layers
        state = _ffi.new("struct ae_net_state *")
        last = _lib.ae_net_row(state, self.network.net, len(layers))
        begins = int(_ffi.cast("uintptr_t", last)) - int(_ffi.cast("uintptr_t", state))
        return -(-(begins + layers[-1].out_channels) // 8) * 8

    def extractor(self) -> Embedder:
        """Describe utterances as `probabilities` wants them."""
        return Embedder(self.network)

    def listener(self, **config: int) -> Listener:
        """Find and describe the utterances of a stream."""
        return NetworkListener(self.network, **config)

    def speaker(self) -> Acquaintance:
        """Somebody to get used to, of whom nothing is known yet."""
        return Acquaintance(self.network)

    def probabilities(self, utterances: Floats) -> npt.NDArray[np.float64]:
        """Probability of each emotion, of nobody in particular.

        Parameters
        ----------
        utterances : array of shape (n_utterances, n_embedding)

        Returns
        -------
        array of shape (n_utterances, n_emotions)
            In the order of `EMOTIONS`.
        """
        return _probabilities(self.network, utterances, None)


class Embedder:
    """Describes one utterance after another, from chunks of any size."""

    def __init__(self, network: NetworkModel) -> None:
        self._recognizer = Recognizer(network)

    def reset(self) -> None:
        """Begin a new utterance."""
        self._recognizer.reset()

    def process(self, samples: Samples) -> int:
        """Take some samples; the number of frames completed."""
        return self._recognizer.process(samples)

    def finish(self) -> Floats:
        """Embedding of everything heard since `reset`; more samples may follow.

        Raises
        ------
        InputError
            Fewer samples than one frame.
        """
        return self._recognizer.estimate().embedding.astype(np.float32)


class Acquaintance:
    """A speaker whose voice becomes known: `core/adapt.h`."""

    def __init__(self, network: NetworkModel) -> None:
        self._network = network
        self._adaptation = Adaptation()

    def probabilities(self, utterances: Floats) -> npt.NDArray[np.float64]:
        """Probability of each emotion, each utterance being the next one; none is remembered."""
        return _probabilities(self._network, utterances, self._adaptation)

    def remember(self, utterance: Floats) -> None:
        """Get used to the speaker by an utterance that has ended."""
        answer(self._network, utterance.astype(np.int16), self._adaptation)


def _probabilities(
    network: NetworkModel, utterances: Floats, adaptation: Adaptation | None
) -> npt.NDArray[np.float64]:
    rows = [
        answer(network, utterance.astype(np.int16), adaptation, remember=False)[1]
        for utterance in utterances
    ]
    return np.array(rows, np.float64)
