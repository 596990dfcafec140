"""Emotions of an utterance by the streaming network, as the core computes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from audio_emotion.engine import _core
from audio_emotion.engine.features import (
    FeatureVector,
    Floats,
    Samples,
    as_pcm,
    too_short,
)
from audio_emotion.engine.network import ZERO, Network
from audio_emotion.errors import InputError

_ffi, _lib = _core.ffi, _core.lib


class OpenNetwork(Protocol):
    """Network that the core has opened; `recognition.network_model.NetworkModel` is one."""

    @property
    def net(self) -> Any:
        """The core's `struct ae_net *`."""

    @property
    def network(self) -> Network:
        """Its layers and weights."""


@dataclass(frozen=True)
class UtteranceResult:
    """Result of the network for one utterance."""

    probabilities: Floats  # (n_emotions,), in the order of `EMOTIONS`, if somebody speaks
    logits: Floats  # (n_classes,): log2 of a probability plus a constant, uncalibrated
    embedding: npt.NDArray[np.int16]  # (n_embedding,), 256ths, before adaptation
    pooled: npt.NDArray[np.int16]  # (2 * n_pooled,), 256ths: means, then deviations
    confident: bool  # the largest probability reaches the network's threshold
    speech: float  # probability that somebody speaks


class Scores(NamedTuple):
    """Result of the network's last step."""

    logits: Floats  # (n_classes,)
    probabilities: Floats  # (n_emotions,)
    speech: float


LARGEST_MEAN: Final = 1 << 23
"""Bound of a mean of embeddings: 16 bits, in 256ths."""


class AdaptationState:
    """Running mean of one speaker's embeddings, subtracted from each (`core/adapt.h`).

    Parameters
    ----------
    words : int32 array of shape (N_WORDS,), optional
        Those of `struct ae_adapt`, to go on from; by default the speaker is new.
    """

    N_WORDS: ClassVar[int] = _ffi.sizeof("struct ae_adapt") // 4

    def __init__(self, words: npt.NDArray[np.int32] | None = None) -> None:
        self._adapt = _ffi.new("struct ae_adapt *")
        if words is not None:
            _ffi.memmove(self._adapt, np.ascontiguousarray(words), 4 * self.N_WORDS)

    def reset(self) -> None:
        """Begin with a new speaker."""
        _lib.ae_adapt_reset(self._adapt)

    @property
    def n_utterances(self) -> int:
        """Utterances in the mean, at most the network's `longest`."""
        return int(self._adapt.n)

    @property
    def mean(self) -> npt.NDArray[np.int32]:
        """Mean in 65536ths; 0 beyond the units of the network."""
        return np.frombuffer(_ffi.buffer(self._adapt.mean), np.int32).copy()


def classify(
    model: OpenNetwork,
    embedding: FeatureVector,
    adaptation: AdaptationState | None = None,
    *,
    update: bool = True,
) -> Scores:
    """Classify an utterance from its embedding alone, as the core does when it ends.

    Parameters
    ----------
    model : OpenNetwork
    embedding : int16 array of shape (n_embedding,)
        Of `UtteranceResult`.
    adaptation : AdaptationState or None
        The speaker; None for an unknown one.
    update : bool
        Add the utterance to `adaptation`, if it is speech.
    """
    n = model.network.n_embedding
    if embedding.shape != (n,) or embedding.dtype != np.int16:
        raise InputError(
            f"an embedding of type {embedding.dtype} and shape {embedding.shape} is not one of "
            f"this network: needs int16 of shape ({n},), as `UtteranceRecognizer.finish` gives."
        )
    result = _ffi.new("struct ae_prediction *")
    _ffi.memmove(result.embedding, np.ascontiguousarray(embedding), 2 * n)
    adapt = adaptation._adapt if adaptation else _ffi.NULL
    _lib.ae_net_classify(model.net, adapt, result)
    if adaptation and update and _lib.ae_net_is_speech(model.net, result.speech):
        _lib.ae_adapt_update(adapt, model.net, result.embedding)
    return _scores(model, result)


def _scores(model: OpenNetwork, result: Any) -> Scores:
    logits = np.frombuffer(_ffi.buffer(result.logits), np.float32)
    probabilities = np.frombuffer(_ffi.buffer(result.probabilities), np.float32)
    return Scores(
        logits[: len(model.network.emotions)].copy(), probabilities.copy(), float(result.speech)
    )


class UtteranceRecognizer:
    """Recognition of one utterance in chunks of any size, in fixed memory.

    Chunking changes no bit of the result.
    """

    def __init__(self, model: OpenNetwork) -> None:
        self._model = model  # the core reads its memory
        self._state = _ffi.new("struct ae_net_utterance *")
        self.reset()

    def reset(self) -> None:
        """Begin a new utterance."""
        self._n_samples = 0
        _lib.ae_net_utterance_reset(self._state, self._model.net)

    def process(self, samples: Samples) -> int:
        """Process some samples.

        Parameters
        ----------
        samples : int16 array of shape (n,)
            Mono, `SAMPLE_RATE` Hz.

        Returns
        -------
        int
            Number of frames completed.
        """
        samples = as_pcm(samples)
        self._n_samples += len(samples)
        pcm = _ffi.from_buffer("int16_t[]", samples)
        net = self._model.net
        return int(_lib.ae_net_utterance_process(self._state, net, pcm, len(samples)))

    def row(self, index: int) -> npt.NDArray[np.int8]:
        """Return the newest input row of a layer, in 16ths; for -1 the output of the last."""
        layers = self._model.network.layers
        last = index == -1 or index == len(layers)
        layer = layers[-1 if last else index]
        n = layer.out_channels if last else layer.in_bands * layer.in_channels
        state = _ffi.addressof(self._state, "net")
        row = _lib.ae_net_row(state, self._model.net, len(layers) if last else index)
        return (np.frombuffer(_ffi.buffer(row, n), np.uint8).astype(int) - ZERO).astype(np.int8)

    def estimate(self, adaptation: AdaptationState | None = None) -> UtteranceResult:
        """Estimate from all samples since `reset`; more may follow, `adaptation` stays as it is.

        Raises
        ------
        InputError
            Fewer samples than one frame.
        """
        return self._result(_lib.ae_net_utterance_estimate, adaptation)

    def finish(self, adaptation: AdaptationState | None = None) -> UtteranceResult:
        """Classify all samples since `reset`, and add speech to `adaptation`.

        Raises
        ------
        InputError
            Fewer samples than one frame.
        """
        return self._result(_lib.ae_net_utterance_finish, adaptation)

    def _result(self, function: object, adaptation: AdaptationState | None) -> UtteranceResult:
        assert callable(function)
        model, network = self._model, self._model.network
        result = _ffi.new("struct ae_prediction *")
        adapt = adaptation._adapt if adaptation else _ffi.NULL
        if function(self._state, model.net, adapt, result) == _lib.AE_ERR_SHORT:
            raise too_short(self._n_samples)
        pooled = np.frombuffer(_ffi.buffer(self._state.work.net.pooled), np.int16)
        embedding = np.frombuffer(_ffi.buffer(result.embedding), np.int16)
        scores = _scores(model, result)
        return UtteranceResult(
            probabilities=scores.probabilities,
            logits=scores.logits,
            speech=scores.speech,
            embedding=embedding[: network.n_embedding].copy(),
            pooled=pooled[: 2 * network.n_pooled].copy(),
            confident=bool(_lib.ae_net_is_confident(model.net, result.probabilities)),
        )
