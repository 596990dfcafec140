"""Model files: a fitted classifier and what must be known about it, in one `.skops` archive.

The archive is a plain skops file of the scikit-learn pipeline with one more member,
`metadata.json`. Nothing is ever unpickled: skops rebuilds objects only of types that it or
`classifiers.TRUSTED_TYPES` lists, and a file that asks for any other is refused.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final, NoReturn

import numpy as np
import numpy.typing as npt
import skops.io
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from audio_emotion.data.corpora import EMOTIONS
from audio_emotion.engine import features
from audio_emotion.engine.listener import Listener
from audio_emotion.errors import InputError, ModelError
from audio_emotion.files import replacing
from audio_emotion.recognition import skops_check as nodes
from audio_emotion.training.classifiers import TRUSTED_TYPES, scores

_METADATA: Final = "metadata.json"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip archive can carry
_LARGEST: Final = 1 << 30  # bytes unpacked; the default forests need about 50 MB


@dataclass(frozen=True)
class Metadata:
    """What a model file says about itself."""

    name: str
    recipe: str  # settings of the classifier
    version: str  # of this package
    schema_hash: int  # of the core's features
    feature_names: list[str]
    training_data: str  # in words, for people
    data_hash: str  # of the features and labels trained on
    speakers: list[str]  # trained on: nobody else's results are seen
    scores: dict[str, Any] = field(default_factory=dict)
    temperature: float = 1.0  # divides the scores before the softmax


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
}


@dataclass(frozen=True)
class Model:
    """A fitted pipeline with its metadata: a `recognition.EmotionModel` by acoustic features."""

    pipeline: Pipeline
    metadata: Metadata

    threshold: ClassVar[float] = 0.0  # it is always sure
    adapts: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """What the model is called."""
        return self.metadata.name

    def speaker(self) -> NoReturn:
        """Refuse: only networks get used to a speaker.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError(
            f"{self.name} is a classifier of acoustic features, which cannot get used to a "
            "speaker. Give a network (.aem), or leave --adapt away."
        )

    def extractor(self) -> features.Extractor:
        """Describe utterances as `probabilities` wants them."""
        return features.Extractor()

    def listener(self, **config: int) -> Listener:
        """Find and describe the utterances of a stream."""
        return Listener(**config)

    def probabilities(self, utterances: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Probability of each emotion.

        The softmax of the classifier's scores divided by the temperature; scores are the log
        probabilities of classifiers that have them, and the decision function of the others.
        An emotion the model was not trained on has probability 0.

        Parameters
        ----------
        utterances : array of shape (n_utterances, n_features)

        Returns
        -------
        array of shape (n_utterances, n_emotions)
            In the order of `EMOTIONS`; rows sum to 1.

        Raises
        ------
        ModelError
            Its numbers are so large that there is no answer: nobody trained it like that.
        """
        try:
            logits = scores(self.pipeline, utterances) / self.metadata.temperature
            if not np.isfinite(logits).all():
                raise ValueError("a score is not finite")
        except ValueError as error:
            raise ModelError(
                f"{self.name}: no answer, {_sentence(error)}. Train the model again with: "
                "audio-emotion train."
            ) from error
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        result = np.zeros((len(utterances), len(EMOTIONS)))
        columns = [EMOTIONS.index(emotion) for emotion in self.pipeline.classes_]
        result[:, columns] = odds / odds.sum(axis=1, keepdims=True)
        return result


@dataclass(frozen=True)
class Tree:
    """What each node of a decision tree is: arrays of shape (n_nodes,), node 0 is the root."""

    leaf: npt.NDArray[np.bool_]
    left: npt.NDArray[np.integer[Any]]
    right: npt.NDArray[np.integer[Any]]
    feature: npt.NDArray[np.integer[Any]]

    def is_sound(self, n_features: int) -> bool:
        """Whether every path goes down, stays inside and asks for features there are.

        scikit-learn numbers a node before its children.
        """
        node = np.arange(len(self.leaf))
        left, right, feature = (
            values.astype(np.int64) for values in (self.left, self.right, self.feature)
        )
        inside = (left > node) & (right > node) & (left < len(node)) & (right < len(node))
        known = (feature >= 0) & (feature < n_features)
        return len(node) > 0 and bool((self.leaf | (inside & known)).all())


def save(model: Model, path: Path) -> None:
    """Write a model file, complete or not at all; the same model gives the same bytes."""
    metadata = json.dumps(asdict(model.metadata), indent=1, sort_keys=True)
    members = _canonical(skops.io.dumps(model.pipeline))
    members[_METADATA] = metadata.encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)


def load(path: Path) -> Model:
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
        with zipfile.ZipFile(path) as archive:
            nodes.check(archive)
        pipeline = skops.io.load(path, trusted=TRUSTED_TYPES)
        _check(pipeline, metadata, path)
    except ModelError:
        raise
    except Exception as error:  # a hostile file may fail anywhere in zipfile, skops, scikit-learn
        raise ModelError(f"{path}: refused, {_sentence(error)}") from error
    return Model(pipeline, metadata)


def read_metadata(path: Path) -> Metadata:
    """Read only what a model file says about itself; no object is built.

    Raises
    ------
    ModelError
        Not a model file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > _LARGEST:
                raise ModelError(
                    f"{path}: unpacks to {size} bytes, more than the {_LARGEST} a model may have."
                )
            metadata = Metadata(**json.loads(archive.read(_METADATA)))
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}).") from error
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise ModelError(
            f"{path}: not a model of audio-emotion ({_sentence(error)}). "
            "Models are written by: audio-emotion train."
        ) from error
    for name, kind in _KINDS.items():
        if not isinstance(getattr(metadata, name), kind):
            raise ModelError(
                f"{path}: not a model of audio-emotion, {name!r} is no {kind.__name__}."
            )
    return metadata


def _canonical(archive: bytes) -> dict[str, bytes]:
    """Members of a skops archive with memory addresses and random names replaced by counts.

    skops marks shared objects by their `id()` and names array files after it, or after a UUID;
    neither means anything outside the archive.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        content = {name: source.read(name) for name in source.namelist()}
    schema = json.loads(content.pop(nodes.SCHEMA))
    ids: dict[int, int] = {}
    files: dict[str, str] = {}

    def renumber(node: Any) -> None:
        if isinstance(node, dict):
            if "__id__" in node:
                node["__id__"] = ids.setdefault(node["__id__"], len(ids))
            if node.get("file") in content:
                ending = Path(node["file"]).suffix
                node["file"] = files.setdefault(node["file"], f"{len(files):04d}{ending}")
            for child in node.values():
                renumber(child)
        elif isinstance(node, list):
            for child in node:
                renumber(child)

    renumber(schema)
    members = {nodes.SCHEMA: json.dumps(schema, separators=(",", ":")).encode()}
    members.update({new: content[old] for old, new in files.items()})
    return members


def trees(pipeline: Pipeline) -> Iterator[Tree]:
    """Every decision tree of a fitted pipeline; none for a classifier of another kind."""
    classifier = pipeline[-1]
    for estimator in (classifier, *getattr(classifier, "estimators_", ())):
        if hasattr(estimator, "tree_"):
            tree = estimator.tree_
            left, right = tree.children_left, tree.children_right
            yield Tree(left == -1, left, right, tree.feature)
    for of_one_round in getattr(classifier, "_predictors", ()):
        for predictor in of_one_round:
            nodes = predictor.nodes
            # No feature of ours is a category, so a node that asks for one has no feature.
            feature = np.where(nodes["is_categorical"] == 0, nodes["feature_idx"].astype(int), -1)
            yield Tree(nodes["is_leaf"] != 0, nodes["left"], nodes["right"], feature)


def _check(pipeline: Any, metadata: Metadata, path: Path) -> None:
    """Refuse what is safe to build but cannot be what `save` wrote."""
    classes = getattr(pipeline, "classes_", ())
    n_features = len(metadata.feature_names)
    if (
        not isinstance(pipeline, Pipeline)
        or getattr(pipeline, "n_features_in_", 0) != n_features
        or not len(classes)
        or not set(classes) <= set(EMOTIONS)
        or not metadata.temperature > 0
    ):
        raise ModelError(
            f"{path}: refused, it does not hold a fitted classifier of the emotions "
            f"{', '.join(EMOTIONS)} over {n_features} features."
        )
    n_inputs = pipeline[:-1].transform(np.zeros((1, n_features), np.float32)).shape[1]
    # Compiled code follows these numbers without looking.
    if not all(tree.is_sound(n_inputs) for tree in trees(pipeline)):
        raise ModelError(f"{path}: refused, a tree of it points outside itself or its features.")
    if isinstance(pipeline[-1], SVC) and not _is_sound_svm(pipeline[-1], n_inputs):
        raise ModelError(
            f"{path}: refused, the sizes of its support vectors contradict each other."
        )
    answer = scores(pipeline, np.zeros((1, n_features), np.float32))
    if answer.shape != (1, len(classes)) or not np.isfinite(answer).all():
        raise ModelError(f"{path}: refused, it has no score for some of its emotions.")


def _is_sound_svm(svm: SVC, n_inputs: int) -> bool:
    # With underscores: what libsvm is given, which need not be what the public names say.
    n_classes = len(svm.classes_)
    n_pairs = n_classes * (n_classes - 1) // 2
    n_vectors = int(svm.n_support_.sum())
    return bool(
        len(svm._n_support) == n_classes
        and (svm._n_support >= 0).all()
        and svm.support_.shape == (n_vectors,)
        and svm.support_vectors_.shape == (n_vectors, n_inputs)
        and svm._dual_coef_.shape == (n_classes - 1, n_vectors)
        and svm._intercept_.shape == (n_pairs,)
        and svm._probA.shape in ((0,), (n_pairs,))
        and svm._probB.shape == svm._probA.shape
    )


def _sentence(error: Exception) -> str:
    """First sentence of an error, on one line."""
    return " ".join(str(error).split()).split(". ")[0] or type(error).__name__
