"""Models of another version of scikit-learn, or whose stored examples have other labels."""

from __future__ import annotations

import dataclasses
import json
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import sklearn

from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.errors import ModelError, ModelWarning
from audio_emotion.recognition import classifier_file
from audio_emotion.recognition.classifier_file import ClassifierModel, load
from fitted_classifiers import on_made_up, with_no_speech
from separable_dataset import dataset

ROWS = dataset(per_emotion=1).utterances
RUNNING = sklearn.__version__


@pytest.fixture(scope="module")
def trained() -> ClassifierModel:
    return on_made_up("LDA").with_examples(ROWS)


def saved(model: ClassifierModel, folder: Path, *, made_with: str = RUNNING) -> Path:
    """A model file as another version of scikit-learn would write it."""
    classifier_file.save(model, path := folder / "m.skops")
    versions = (json.dumps(json.dumps(version)) for version in (RUNNING, made_with))
    return rewritten(path, lambda text: text.replace(*versions))


def rewritten(path: Path, change) -> Path:
    """A model file with another schema.json."""
    target = path.with_name(f"re{path.name}")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            content = source.read(name)
            copy.writestr(name, change(content.decode()) if name == "schema.json" else content)
    return target


def test_examples_are_of_every_label_and_come_back_bit_for_bit(tmp_path: Path) -> None:
    model = with_no_speech("LDA").with_examples(dataset(per_emotion=2).utterances)
    again = load(saved(model, tmp_path))
    assert set(again.examples.labels) == {*EMOTIONS, NO_SPEECH} - {"surprise"}
    assert again.examples.utterances.tobytes() == model.examples.utterances.tobytes()
    assert again.labels(again.examples.utterances) == again.examples.labels
    assert again.labels_of_pipeline(again.pipeline, again.examples.utterances) == (
        again.examples.labels
    )


def test_the_core_predicts_whatever_made_the_file(trained: ClassifierModel, tmp_path: Path) -> None:
    other = load(saved(trained, tmp_path, made_with="1.2.3"))
    assert other.scikit_learn == "1.2.3"
    np.testing.assert_array_equal(other.probabilities(ROWS), trained.probabilities(ROWS))


def test_another_version_is_one_line(trained: ClassifierModel, tmp_path: Path) -> None:
    other = load(saved(trained, tmp_path, made_with="1.2.3"))
    with pytest.warns(ModelWarning) as caught:
        assert other.pipeline.predict(ROWS).tolist() == trained.pipeline.predict(ROWS).tolist()
    assert [str(one.message) for one in caught] == [
        f"LDA: made with scikit-learn 1.2.3, {RUNNING} runs and gives its 14 stored examples the "
        "same labels."
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load(saved(trained, tmp_path)).pipeline


def test_a_file_without_examples_says_so(tmp_path: Path) -> None:
    other = load(saved(on_made_up("LDA"), tmp_path, made_with="1.2.3"))
    with pytest.warns(ModelWarning, match="cannot be checked, as the file keeps no examples"):
        assert other.pipeline


def test_another_version_that_gives_other_labels(trained: ClassifierModel, tmp_path: Path) -> None:
    """As one would that reads an attribute differently: here it is there, but for scikit-learn."""
    other = load(saved(trained, tmp_path, made_with="1.2.3"))
    labels = list(reversed(other.examples.labels))
    wrong = sum(a != b for a, b in zip(labels, other.examples.labels, strict=True))
    other = dataclasses.replace(other, examples=other.examples._replace(labels=labels))
    sentence = rf"1\.2\.3, {RUNNING} runs and gives {wrong} of its 14 stored examples another label"
    with pytest.raises(ModelError, match=sentence):
        _ = other.pipeline


def test_a_type_of_another_version(tmp_path: Path) -> None:
    """1.8 does not name the package of a loss; the core needs none, and skops would import it."""
    model = on_made_up("GradientBoosting").with_examples(ROWS)
    path = saved(model, tmp_path, made_with="1.8.0")
    other = load(rewritten(path, lambda text: text.replace('"sklearn._loss._loss"', '"_loss"')))
    assert other.labels(ROWS) == model.labels(ROWS)
    sentence = rf"made with scikit-learn 1\.8\.0, {RUNNING} runs and cannot read it"
    with pytest.raises(ModelError, match=sentence):
        _ = other.pipeline


def test_examples_with_another_label_by_the_core(trained: ClassifierModel, tmp_path: Path) -> None:
    labels = ["fear"] * len(trained.examples.labels)
    lying = dataclasses.replace(trained, examples=trained.examples._replace(labels=labels))
    with pytest.raises(ModelError, match="refused, 12 of its 14 stored examples have another"):
        load(saved(lying, tmp_path))
    short = dataclasses.replace(
        trained, examples=trained.examples._replace(utterances=trained.examples.utterances[:, 1:])
    )
    with pytest.raises(ModelError, match="refused, its stored examples are not of its features"):
        load(saved(short, tmp_path))


def test_a_version_that_is_none_is_refused(trained: ClassifierModel, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="refused, it does not say which scikit-learn made it"):
        load(saved(trained, tmp_path, made_with="1.2\u001b[31m"))
