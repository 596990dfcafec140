"""Endpointing and feature extraction on a stream, by the C core as on the device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from audio_emotion.engine import _core
from audio_emotion.engine.features import FeatureVector, Samples, as_pcm
from audio_emotion.engine.utterance_recognizer import OpenNetwork
from audio_emotion.errors import InputError

_ffi, _lib = _core.ffi, _core.lib

Kind = Literal["began", "estimate", "ended"]
_KINDS: Final[dict[int, Kind]] = {
    _lib.AE_UTTERANCE_BEGAN: "began",
    _lib.AE_ESTIMATE: "estimate",
    _lib.AE_UTTERANCE_ENDED: "ended",
    _lib.AE_NO_SPEECH: "ended",
}
_FIELDS: Final = tuple(name for name, _ in _ffi.typeof("struct ae_endpointer_config").fields)


class Event(NamedTuple):
    """Event on a stream; times are in samples since its beginning."""

    kind: Kind
    start: int
    end: int
    """The first sample after the utterance, or after what the estimate is of."""
    cut: bool
    """The utterance reached the greatest length; its speaker goes on."""
    features: FeatureVector | None
    """Of the samples from start to end; None when the utterance has just begun."""


class Listener:
    """Endpointer that finds the utterances of a stream and extracts their features.

    Chunks may have any size; memory is fixed.

    Chunking changes no bit of the result, and the features of an utterance are those that
    `features.extract` gives for the samples from its start to its end.

    Parameters
    ----------
    **config : int, optional
        Fields of `struct ae_endpointer_config` other than by default; core/endpointer.h has
        units and limits.

    Raises
    ------
    InputError
        No such field, or a value outside its limits.
    """

    def __init__(self, **config: int) -> None:
        self._open("ae_listener", (), config)

    def process(self, samples: Samples) -> Iterator[Event]:
        """Process some samples and yield their events.

        Parameters
        ----------
        samples : int16 array of shape (n,)
            Mono, `SAMPLE_RATE` Hz.
        """
        samples = as_pcm(samples)
        pcm = _ffi.from_buffer("int16_t[]", samples)
        done = 0
        while done < len(samples):
            event = self._process(*self._self, pcm + done, len(samples) - done, self._used)
            done += self._used[0]
            if event != _lib.AE_NOTHING:
                yield self._event(event)

    def finish(self) -> Iterator[Event]:
        """End the stream and yield the utterance that was going on, if any."""
        event = self._finish(*self._self)
        if event != _lib.AE_NOTHING:
            yield self._event(event)

    def _open(self, name: str, given: tuple[Any, ...], config: Mapping[str, int]) -> None:
        """Create the core's struct `name`; `given` are further arguments of its functions."""
        self._listener = _ffi.new(f"struct {name} *")
        self._self = (self._listener, *given)
        self._used = _ffi.new("size_t *")
        self._process = getattr(_lib, f"{name}_process")
        self._finish = getattr(_lib, f"{name}_finish")
        if getattr(_lib, f"{name}_reset")(*self._self, _configuration(config)) < 0:
            raise InputError(f"{config} is outside the limits that core/endpointer.h states.")

    def _event(self, event: int) -> Event:
        utterance = self._listener.utterance
        kind = _KINDS[event]
        if kind == "began":
            return Event(kind, utterance.start, utterance.start, False, None)
        return Event(kind, utterance.start, utterance.end, utterance.cut, self._features())

    def _features(self) -> FeatureVector:
        features = self._listener.utterance.result.features
        return np.frombuffer(_ffi.buffer(features), np.float32).copy()


class NetworkListener(Listener):
    """Endpointer that computes the embedding of each utterance by a network.

    Parameters
    ----------
    model : OpenNetwork
    **config : int, optional
        As for `Listener`.
    """

    def __init__(self, model: OpenNetwork, **config: int) -> None:
        self._model = model  # the core reads its memory
        self._open("ae_net_stream", (model.net,), config)

    def _features(self) -> FeatureVector:
        embedding = np.frombuffer(_ffi.buffer(self._listener.utterance.result.embedding), np.int16)
        return embedding[: self._model.network.n_embedding].copy()


def _configuration(config: Mapping[str, int]) -> Any:
    chosen = _ffi.new("struct ae_endpointer_config *", _lib.ae_endpointer_defaults)
    for name, value in config.items():
        if name not in _FIELDS:
            raise InputError(
                f"a listener has no option {name!r}. Choose from: {', '.join(_FIELDS)}."
            )
        setattr(chosen, name, value)
    return chosen
