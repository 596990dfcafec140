"""The classifiers of the core: constant arrays in, probabilities of an utterance out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from audio_emotion.engine import _core
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import FeatureVector, Floats

_ffi, _lib = _core.ffi, _core.lib

MAX_UNITS: Final[int] = _lib.AE_MAX_UNITS  # of a layer
NO_EMOTION: Final[int] = _lib.AE_NO_EMOTION  # number of the class of sounds that are no speech


@dataclass(frozen=True)
class InputScaling:
    """Features that are read, and (feature - center) * scale of each."""

    feature: npt.NDArray[np.uint16]
    center: npt.NDArray[np.float32]
    scale: npt.NDArray[np.float32]

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Fields of `struct ae_input_scaling`."""
        return {"feature": self.feature, "center": self.center, "scale": self.scale}


@dataclass(frozen=True)
class Layer:
    """One `struct ae_layer`."""

    weights: npt.NDArray[np.int16]
    step: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Arrays of the layer, by field."""
        return {"weights": self.weights, "step": self.step, "bias": self.bias}


@dataclass(frozen=True)
class Parameters:
    """A classifier as constants: `kind` names the C files, the struct and the function."""

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
    def all_arrays(self) -> list[npt.NDArray[Any]]:
        """Every array."""
        parts = [self.arrays, *(layer.arrays for layer in self.layers)]
        parts += [self.inputs.arrays] if self.inputs else []
        return [self.emotions, *(array for part in parts for array in part.values())]

    @property
    def n_bytes(self) -> int:
        """Flash that the arrays take."""
        return sum(array.nbytes for array in self.all_arrays)


class Answers(NamedTuple):
    """Answers of a classifier."""

    probabilities: Floats  # (n_utterances, n_emotions), in the order of `EMOTIONS`, if it is speech
    speech: Floats  # (n_utterances,)


class Classifier:
    """A classifier that the core computes, with the bits of the exported C."""

    def __init__(self, parameters: Parameters) -> None:
        self._given = parameters
        self._kept: list[Any] = []  # what the structs point to
        self._model = self._new(
            "struct ae_model *",
            schema_hash=_lib.AE_SCHEMA_HASH,
            n_classes=len(parameters.emotions),
            emotions=self._array("uint8_t *", parameters.emotions),
            score=_ffi.addressof(_lib, f"ae_{parameters.kind}_score"),
            parameters=self._parameters(parameters),
            smallest_score=parameters.smallest_score,
            inverse_temperature=parameters.inverse_temperature,
            speech_threshold=parameters.speech_threshold,
            threshold=parameters.threshold,
        )
        if parameters.inputs:
            self._model.inputs.n = len(parameters.inputs.feature)
            self._fill(self._model.inputs, parameters.inputs.arrays)

    def __reduce__(self) -> tuple[type[Classifier], tuple[Parameters]]:
        """Make the structs again in another process."""
        return Classifier, (self._given,)

    def classify(self, utterances: FeatureVector) -> Answers:
        """Compute probabilities of utterances, and whether they are speech.

        Parameters
        ----------
        utterances : float32 array of shape (n_utterances, n_features)

        Raises
        ------
        ValueError
            A score is not finite, because numbers of the classifier or features are too large.
        """
        n = len(utterances)
        answers = Answers(np.zeros((n, len(EMOTIONS)), np.float32), np.zeros(n, np.float32))
        result = _ffi.new("struct ae_result *")
        work = _ffi.new("struct ae_classifier_work *")
        features = np.frombuffer(_ffi.buffer(result.features), np.float32)
        for index, utterance in enumerate(utterances):
            features[:] = utterance
            status = _lib.ae_classify(
                self._model,
                result,
                work,
                _ffi.from_buffer("float[]", answers.probabilities[index]),
                _ffi.from_buffer("float[]", answers.speech[index : index + 1]),
            )
            if status != _lib.AE_OK:
                raise ValueError("a score is not finite")
        return answers

    def _parameters(self, given: Parameters) -> Any:
        parameters = self._new(f"struct ae_{given.kind} *", **given.scalars)
        self._fill(parameters, given.arrays)
        if given.layers:
            layers = _ffi.new("struct ae_layer[]", len(given.layers))
            self._kept.append(layers)
            for struct, layer in zip(layers, given.layers, strict=True):
                struct.n_units, struct.n_inputs = layer.weights.shape
                self._fill(struct, layer.arrays)
            parameters.layers = layers
        return parameters

    def _new(self, ctype: str, **fields: Any) -> Any:
        self._kept.append(_ffi.new(ctype, fields))
        return self._kept[-1]

    def _fill(self, struct: Any, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        kind = _ffi.typeof(struct)
        types = dict((kind.item if kind.kind == "pointer" else kind).fields)
        for name, array in arrays.items():
            setattr(struct, name, self._array(types[name].type, array))

    def _array(self, ctype: Any, array: npt.NDArray[Any]) -> Any:
        contiguous = np.ascontiguousarray(array)
        self._kept.append(contiguous)
        return _ffi.cast(ctype, contiguous.ctypes.data)
