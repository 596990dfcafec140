"""Model files: a fitted classifier and what must be known about it, in one `.skops` archive.

The archive is a plain skops file of the scikit-learn pipeline with two more members,
`metadata.json` and `examples.json`. Nothing is ever unpickled: a file is read as plain data and
checked, and one that holds any object that training does not write is refused. The core predicts
from its arrays; scikit-learn is imported for what trains, and for classifiers that the core does
not have.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NoReturn

import numpy as np
import numpy.typing as npt

from audio_emotion.engine import features
from audio_emotion.engine.classifier import Classifier, Parameters
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.engine.listener import Listener
from audio_emotion.errors import ExportError, InputError, ModelError, reason_of
from audio_emotion.files import replacing
from audio_emotion.recognition import sklearn_pipeline, skops_check, skops_file
from audio_emotion.recognition.emit import emit
from audio_emotion.recognition.input_scaling import type_of
from audio_emotion.recognition.stored_examples import (
    MEMBER,
    NONE,
    Examples,
    choose,
    from_json,
    labels_of,
)

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

_METADATA: Final = "metadata.json"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip archive can carry


@dataclass(frozen=True)
class Metadata:
    """Metadata of a model file."""

    name: str
    recipe: str  # settings of the classifier
    version: str  # of this package
    schema_hash: int  # of the core's features
    feature_names: list[str]
    training_data: str  # in words, for people
    data_hash: str  # of the features and labels trained on
    speakers: list[str]  # in the training data
    scores: dict[str, Any] = field(default_factory=dict)
    temperature: float = 1.0  # divides the scores before the softmax
    threshold: float = 0.0  # of the largest probability of a confident prediction
    speech_threshold: float = 0.5  # of the probability that somebody speaks
    selected_features: list[str] = field(default_factory=list)  # that the classifier reads


_KINDS: Final = {
    "name": str,
    "recipe": str,
    "version": str,
    "schema_hash": int,
    "feature_names": list,
    "training_data": str,
    "data_hash": str,
    "speakers": list,
    "scores": dict,
    "temperature": float,
    "threshold": float,
    "speech_threshold": float,
    "selected_features": list,
}


@dataclass(frozen=True)
class ClassifierModel:
    """A fitted pipeline over acoustic features: see `recognition.model.EmotionModel`."""

    fitted: Pipeline | skops_file.Object
    metadata: Metadata
    content: bytes | None = field(default=None, repr=False)  # of the file that both are from
    examples: Examples = field(default=NONE, repr=False, compare=False)

    kind: ClassVar[Literal["classifier"]] = "classifier"
    adapts: ClassVar[bool] = False

    def __repr__(self) -> str:
        """Return name and classifier."""
        kind = type_of(self.fitted.steps[-1][1]).rpartition(".")[2]
        return f"<ClassifierModel {self.name!r}, {kind}>"

    @cached_property
    def pipeline(self) -> Pipeline:
        """The pipeline of scikit-learn.

        Raises
        ------
        ModelError
            The version that runs cannot read it, or gives the stored examples other labels.
        """
        if self.content is None:
            return self.fitted
        return sklearn_pipeline.build(
            self.content, self.name, self.scikit_learn, self.examples, self.labels_of_pipeline
        )

    @property
    def scikit_learn(self) -> str:
        """Version of scikit-learn that fitted it."""
        if self.content is None:
            from sklearn import __version__  # noqa: PLC0415

            return str(__version__)
        return str(self.fitted.steps[-1][1].attributes["_sklearn_version"])

    def labels(self, utterances: features.FeatureVector) -> list[str]:
        """Return the label of each utterance: `NO_SPEECH`, or the likeliest emotion."""
        return labels_of(*self._answers(utterances), self.speech_threshold)

    def labels_of_pipeline(
        self, pipeline: Pipeline, utterances: features.FeatureVector
    ) -> list[str]:
        """Return the same by scikit-learn."""
        answers = sklearn_pipeline.answers(pipeline, utterances, self.temperature)
        return labels_of(*answers, self.speech_threshold)

    def with_examples(self, utterances: features.FeatureVector) -> ClassifierModel:
        """Return the model with some of these utterances as its stored examples."""
        by_pipeline = partial(self.labels_of_pipeline, self.pipeline)
        return replace(self, examples=choose(utterances, self.labels, by_pipeline))

    @property
    def classes(self) -> list[str]:
        """Classes of the pipeline, in its order."""
        return list(self.fitted.steps[-1][1].classes_)

    @cached_property
    def parameters(self) -> Parameters:
        """Constants that the core computes with.

        Raises
        ------
        ExportError
            The core has no such classifier, or not with these settings.
        ValueError
            Its numbers are too large.
        """
        return emit(self.fitted, self.metadata)

    @cached_property
    def _core(self) -> Classifier | None:
        try:
            return Classifier(self.parameters)
        except ExportError:
            return None

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.metadata.name

    @property
    def threshold(self) -> float:
        """Largest probability below which a prediction is not confident."""
        return self.metadata.threshold

    @property
    def speech_threshold(self) -> float:
        """Probability that somebody speaks below which nobody does."""
        return self.metadata.speech_threshold

    @property
    def temperature(self) -> float:
        """Divisor of the scores before the softmax."""
        return self.metadata.temperature

    @property
    def calibrated_on(self) -> list[str]:
        """Speakers that temperature and threshold were fitted on, none of them trained on."""
        return []

    @property
    def size_bytes(self) -> int:
        """Size of its file."""
        return len(to_bytes(self))

    @property
    def crc32(self) -> int:
        """CRC-32 of its file."""
        return zlib.crc32(to_bytes(self))

    def adaptation(self, voice: object = None) -> NoReturn:  # noqa: ARG002  (as a network's)
        """Refuse: only networks adapt to a speaker.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError(
            f"{self.name} is a classifier of acoustic features, which cannot adapt to a speaker. "
            "Give a network (.aem), or omit --adapt and --adapt-from."
        )

    def extractor(self) -> features.Extractor:
        """Return an extractor of acoustic features."""
        return features.Extractor()

    def listener(self, **config: int) -> Listener:
        """Return a listener that finds the utterances of a stream and extracts their features."""
        return Listener(**config)

    def probabilities(self, utterances: features.FeatureVector) -> npt.NDArray[np.float64]:
        """Compute the probabilities of utterances, if somebody speaks.

        The softmax of the classifier's scores divided by the temperature; scores are the log
        probabilities of classifiers that have them, and the decision function of the others.
        The bits are those of the exported C. An emotion the model was not trained on has
        probability 0. The class `NO_SPEECH`, of models that have it, is left out.

        Parameters
        ----------
        utterances : float32 array of shape (n_utterances, n_features)

        Returns
        -------
        array of shape (n_utterances, n_emotions)
            In the order of `EMOTIONS`; rows sum to 1.

        Raises
        ------
        ModelError
            A score is not finite, because the file's numbers are too large.
        """
        return self._answers(utterances)[0]

    def speech(self, utterances: features.FeatureVector) -> npt.NDArray[np.float64]:
        """Compute the probability that somebody speaks: that of all classes but `NO_SPEECH`.

        Arguments and errors are those of `probabilities`.

        Returns
        -------
        array of shape (n_utterances,)
            1 of a model without that class.
        """
        return self._answers(utterances)[1]

    def _answers(
        self, utterances: features.FeatureVector
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return probabilities of the emotions, and of speech."""
        try:
            if self._core is None:
                probabilities, speech = sklearn_pipeline.answers(
                    self.pipeline, utterances, self.temperature
                )
            else:
                probabilities, speech = (
                    values.astype(np.float64) for values in self._core.classify(utterances)
                )
            if not (np.isfinite(probabilities).all() and np.isfinite(speech).all()):
                raise ValueError("a score is not finite")
        except ValueError as error:
            raise ModelError(
                f"{self.name}: cannot predict, {_sentence(error)}. Train the model again with: "
                "audio-emotion train."
            ) from error
        return probabilities, speech


def save(model: ClassifierModel, path: Path) -> None:
    """Write a model file, complete or not at all; the same model gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        partial.write_bytes(to_bytes(model))


def to_bytes(model: ClassifierModel) -> bytes:
    """Write a model file's content; the same model gives the same bytes."""
    if model.content is not None:
        return model.content
    import skops.io  # noqa: PLC0415

    metadata = json.dumps(asdict(model.metadata), indent=1, sort_keys=True)
    members = skops_file.canonical(skops.io.dumps(model.pipeline))
    members[_METADATA] = metadata.encode()
    if model.examples.labels:
        members[MEMBER] = model.examples.to_json()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, member in members.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            archive.writestr(entry, member, zipfile.ZIP_DEFLATED, compresslevel=9)
    return content.getvalue()


def load(path: Path) -> ClassifierModel:
    """Read a model file.

    Raises
    ------
    ModelError
        Not a model file, not a safe one, or one whose features are not the core's.
    """
    metadata = read_metadata(path)
    if metadata.schema_hash != features.schema_hash() or (
        metadata.feature_names != list(features.names())
    ):
        raise ModelError(
            f"{path}: made for feature schema {metadata.schema_hash:08x} by version "
            f"{metadata.version}, but this core computes {features.schema_hash():08x}. "
            "Train it again with: audio-emotion train."
        )
    try:
        with skops_file.archive_of(path) as archive:
            n_features = len(metadata.feature_names)
            found = skops_check.check(skops_file.read(archive), n_features)
            examples = NONE
            if MEMBER in archive.namelist():
                examples = from_json(skops_file.read_json(archive, MEMBER), n_features)
            assert archive.fp is not None
            archive.fp.seek(0)
            content = archive.fp.read()
        _check(skops_check.classes(found), metadata)
        model = ClassifierModel(found, metadata, content, examples)
        if not re.fullmatch(r"[\w.+]{1,32}", model.scikit_learn):
            raise ValueError("it does not say which scikit-learn made it")
        model.probabilities(np.zeros((1, n_features), np.float32))
        if different := examples.n_different(model.labels):
            raise ValueError(
                f"{different} of its {len(examples.labels)} stored examples have another label "
                "than when it was trained"
            )
    except ModelError as error:  # of its first answer
        raise ModelError(f"{path}: refused, {_sentence(error.__cause__ or error)}.") from error
    except Exception as error:  # a hostile file may fail anywhere in zipfile or numpy
        raise ModelError(f"{path}: refused, {_sentence(error)}") from error
    return model


def read_metadata(path: Path) -> Metadata:
    """Read the metadata of a model file alone; no object is built.

    Raises
    ------
    ModelError
        Not a model file.
    """
    try:
        with skops_file.archive_of(path) as archive:
            metadata = Metadata(**skops_file.read_json(archive, _METADATA))
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({reason_of(error)}).") from error
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise ModelError(
            f"{path}: not a model of audio-emotion ({_sentence(error)}). "
            "Models are written by: audio-emotion train."
        ) from error
    for name, kind in _KINDS.items():
        if not isinstance(getattr(metadata, name), kind):
            raise ModelError(
                f"{path}: not a model of audio-emotion, {name!r} is not of type {kind.__name__}."
            )
    return metadata


def _check(classes: list[str], metadata: Metadata) -> None:
    """Raise a ValueError unless classes and metadata are such as training writes."""
    if not {*classes} & {*EMOTIONS} or not {*classes} <= {*EMOTIONS, NO_SPEECH}:
        raise ValueError(f"its classes are not some of {', '.join(EMOTIONS)} and {NO_SPEECH}")
    if not 0.001 <= metadata.temperature <= 1000:  # as of networks
        raise ValueError(f"a temperature of {metadata.temperature:g} is not from 0.001 to 1000")
    for threshold in (metadata.threshold, metadata.speech_threshold):
        if not 0 <= threshold <= 1:
            raise ValueError(f"a threshold of {threshold:g} is not from 0 to 1")


def _sentence(error: BaseException) -> str:
    """Return the first sentence of an error, on one line."""
    return " ".join(reason_of(error).split()).split(". ")[0]
