import dataclasses
import json
import zipfile

import numpy as np
import pytest
import skops.io
from sklearn.pipeline import Pipeline

from audio_emotion.data.feature_table import FeatureTable
from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import ModelError
from audio_emotion.recognition import classifier_file, skops_file
from audio_emotion.training.classifiers import ZOO, fit
from separable_dataset import dataset


def fitted(name: str, **changes) -> classifier_file.ClassifierModel:
    """A classifier of three emotions, which takes half the time of all seven."""
    data = dataset(per_emotion=2)
    few = data.catalogue["emotion"].isin(["anger", "neutral", "surprise"]).to_numpy()
    data = FeatureTable(data.catalogue[few].reset_index(drop=True), data.utterances[few])
    metadata = {
        "name": name,
        "recipe": ZOO[name].describe(),
        "version": "1.2.3",
        "schema_hash": features.schema_hash(),
        "feature_names": list(features.names()),
        "training_data": "made up",
        "data_hash": data.hash(),
        "speakers": ["ravdess_01"],
    }
    pipeline = fit(ZOO[name], data.utterances, data.catalogue)
    return classifier_file.ClassifierModel(
        pipeline, classifier_file.Metadata(**(metadata | changes))
    )


def rewritten(path, **members: bytes):
    """Copy of a model file with some members replaced."""
    target = path.with_name("changed.skops")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            copy.writestr(name, members.get(name.split(".")[0], source.read(name)))
    return target


@pytest.mark.parametrize("name", ZOO)
def test_saved_and_loaded_model_gives_the_same_bits(tmp_path, name):
    original = fitted(name)
    classifier_file.save(original, tmp_path / "m.skops")
    loaded = classifier_file.load(tmp_path / "m.skops")
    assert loaded.metadata == original.metadata
    utterances = dataset(seed=1).utterances
    expected = original.probabilities(utterances)
    assert (loaded.probabilities(utterances) == expected).all()
    assert expected.shape == (len(utterances), 7)
    assert expected.sum(axis=1) == pytest.approx(1)
    assert (expected >= 0).all()


@pytest.mark.parametrize("name", ["SVM", "ExtraTrees", "MLP"])
def test_same_model_gives_the_same_bytes(tmp_path, name):
    classifier_file.save(fitted(name), tmp_path / "a.skops")
    classifier_file.save(fitted(name), tmp_path / "b.skops")
    assert (tmp_path / "a.skops").read_bytes() == (tmp_path / "b.skops").read_bytes()


def test_file_is_a_plain_skops_file_too(tmp_path):
    classifier_file.save(fitted("LDA"), tmp_path / "m.skops")
    assert isinstance(skops.io.load(tmp_path / "m.skops"), Pipeline)


@pytest.mark.parametrize(("name", "most"), [("Ridge", 0), ("SVM", 1), ("MLP", 0), ("LDA", 0)])
def test_likeliest_emotion_is_the_classifiers_answer(name, most):
    """An SVM counts the votes of pairs of classes, and a score of a pair may round to the other."""
    trained = fitted(name)
    utterances = dataset(seed=2).utterances
    answer = np.array(EMOTIONS)[trained.probabilities(utterances).argmax(axis=1)]
    assert np.sum(answer != trained.pipeline.predict(utterances)) <= most


def test_temperature_changes_how_sure_but_not_what():
    sure, unsure = fitted("LDA"), fitted("LDA", temperature=3.0)
    utterances = dataset(seed=2).utterances
    a, b = sure.probabilities(utterances), unsure.probabilities(utterances)
    assert (a.argmax(axis=1) == b.argmax(axis=1)).all()
    assert b.max(axis=1).mean() < a.max(axis=1).mean()


@pytest.mark.parametrize("emotions", [("fear", "sadness"), ("anger", "fear", "surprise")])
@pytest.mark.parametrize("name", ["Ridge", "SVM", "LDA"])
def test_emotion_not_trained_on_has_probability_zero(emotions, name):
    data = dataset()
    known = data.catalogue["emotion"].isin(emotions).to_numpy()
    pipeline = fit(ZOO[name], data.utterances[known], data.catalogue[known])
    probabilities = classifier_file.ClassifierModel(pipeline, fitted("LDA").metadata).probabilities(
        data.utterances
    )
    assert {EMOTIONS[k] for k in np.flatnonzero(probabilities.any(axis=0))} == set(emotions)
    assert probabilities.sum(axis=1) == pytest.approx(1)


def test_other_feature_schema_is_refused(tmp_path):
    classifier_file.save(fitted("LDA", schema_hash=1), tmp_path / "m.skops")
    with pytest.raises(ModelError, match=r"made for feature schema 00000001 by version 1\.2\.3"):
        classifier_file.load(tmp_path / "m.skops")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\x80\x04]\x94.", b"text"])
def test_what_is_no_model_is_refused(tmp_path, content):
    path = tmp_path / "m.skops"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="not a model of audio-emotion"):
        classifier_file.load(path)


def test_missing_file_and_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.skops", tmp_path):
        with pytest.raises(ModelError, match="cannot be read"):
            classifier_file.load(path)


def test_skops_file_without_metadata_is_refused(tmp_path):
    skops.io.dump(fitted("LDA").pipeline, tmp_path / "m.skops")
    with pytest.raises(ModelError, match="not a model of audio-emotion"):
        classifier_file.load(tmp_path / "m.skops")


@pytest.mark.parametrize(
    "change", [{"temperature": "hot"}, {"feature_names": 7}, {"schema_hash": "1"}, {"surprise": 1}]
)
def test_metadata_of_other_kinds_is_refused(tmp_path, change):
    trained = fitted("LDA")
    classifier_file.save(trained, tmp_path / "m.skops")
    metadata = json.dumps(dataclasses.asdict(trained.metadata) | change).encode()
    with pytest.raises(ModelError, match="not a model of audio-emotion"):
        classifier_file.load(rewritten(tmp_path / "m.skops", metadata=metadata))


@pytest.mark.parametrize(
    "schema",
    [
        {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode", "content": "os"},
        {"__class__": "Popen", "__module__": "subprocess", "__loader__": "TypeNode"},
        {"__class__": "Pipeline", "__module__": "sklearn.pipeline", "__loader__": "NoSuchNode"},
        {},
        [],
        None,
    ],
)
def test_hostile_schema_is_refused(tmp_path, schema):
    classifier_file.save(fitted("LDA"), tmp_path / "m.skops")
    if schema:
        schema |= {"__id__": 1, "protocol": 2, "_skops_version": "0.11"}
    path = rewritten(tmp_path / "m.skops", schema=json.dumps(schema).encode())
    with pytest.raises(ModelError, match="refused"):
        classifier_file.load(path)


def test_object_with_code_is_refused(tmp_path):
    hostile = fitted("LDA")
    hostile.pipeline.steps.append(("code", print))
    classifier_file.save(hostile, tmp_path / "m.skops")
    with pytest.raises(ModelError, match="refused"):
        classifier_file.load(tmp_path / "m.skops")


def test_safe_object_that_is_no_classifier_is_refused(tmp_path):
    classifier_file.save(fitted("LDA"), tmp_path / "m.skops")
    schema = skops_file.canonical(skops.io.dumps({"emotion": "anger"}))["schema.json"]
    with pytest.raises(ModelError, match="no pipeline"):
        classifier_file.load(rewritten(tmp_path / "m.skops", schema=schema))


def test_support_vectors_that_contradict_each_other_are_refused(tmp_path):
    hostile = fitted("SVM")
    hostile.pipeline[-1]._n_support[0] += 1000
    classifier_file.save(hostile, tmp_path / "m.skops")
    with pytest.raises(ModelError, match="refused, the shapes of its support vectors"):
        classifier_file.load(tmp_path / "m.skops")


def test_truncated_at_any_length_is_refused(tmp_path):
    classifier_file.save(fitted("LDA"), tmp_path / "m.skops")
    content = (tmp_path / "m.skops").read_bytes()
    for length in range(0, len(content), len(content) // 40):
        (tmp_path / "short.skops").write_bytes(content[:length])
        with pytest.raises(ModelError):
            classifier_file.load(tmp_path / "short.skops")
