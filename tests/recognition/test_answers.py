"""No speech is an answer, the same in documents, streams, tables and Python."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from rich.console import Console
from typer.testing import CliRunner

import audio_emotion as ae
import fitted_classifiers
import separable_dataset
from audio_emotion import cli
from audio_emotion.cli import long_recordings, predictions
from audio_emotion.cli.csv_output import CsvOutput
from audio_emotion.data import audio
from audio_emotion.engine import network_file
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.engine.utterance_recognizer import UtteranceRecognizer
from audio_emotion.errors import ModelError
from audio_emotion.recognition import classifier_file, sklearn_pipeline
from audio_emotion.recognition.batch import extract_batch
from audio_emotion.recognition.classifier_file import ClassifierModel
from audio_emotion.recognition.model import Answer, EmotionModel, answers, likeliest
from audio_emotion.recognition.network_model import NetworkModel
from audio_emotion.recognition.predict import expand, predict
from audio_emotion.recognition.stream import stream
from random_network_models import METADATA, made_up

SR = 16_000
# What the core's float32, and its inputs of 16 bits, cost beside scikit-learn's float64; that the
# bits are those of the exported C is tested in tests/core/test_classifier.py.
FLOATS = 2e-5
FIXED_POINT = 2e-3

NAMES = ("LDA", "SVM", "ExtraTrees", "Ridge")


@pytest.fixture(scope="module")
def clips(sample: Path) -> list[Path]:
    return expand([sample])[0][::6]


@pytest.fixture(scope="module")
def halved(clips: list[Path]) -> NetworkModel:
    """A network to which half of the clips are no speech."""
    speech = made_up().speech(extract_batch(made_up(), [*map(str, clips)], jobs=1))
    return made_up(speech_threshold=float(np.median(speech)))


@pytest.fixture(scope="module")
def written(halved: NetworkModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "halved.aem"
    network_file.write(halved.network, path, METADATA)
    return path


def rows_of(seed: int = 1) -> NDArray[np.float32]:
    return separable_dataset.dataset(per_emotion=2, seed=seed).utterances


def assert_consistent(model: EmotionModel, rows: NDArray[np.generic]) -> list[Answer]:
    found = answers(model, rows)
    speech, probabilities = model.speech(rows), model.probabilities(rows)
    assert speech.shape == (len(rows),)
    for answer, one, row in zip(found, speech, probabilities, strict=True):
        assert answer.speech == one
        assert list(answer.probabilities.items()) == list(zip(EMOTIONS, row, strict=True))
        spoken = one >= model.speech_threshold
        assert answer.emotion == (likeliest(row) if spoken else None)
        assert answer.confident == (spoken and row.max() >= model.threshold)
    return found


def test_answers_of_a_network(clips: list[Path], halved: NetworkModel) -> None:
    rows = extract_batch(halved, [*map(str, clips)], jobs=1)
    found = assert_consistent(halved, rows)
    assert 0 < sum(answer.emotion is None for answer in found) < len(found)
    recognizer = UtteranceRecognizer(halved)
    for path, answer in zip(clips, found, strict=True):
        recognizer.reset()
        recognizer.process(audio.read(path))
        assert recognizer.finish().speech == answer.speech
    assert answers(halved, rows[:0]) == []


@pytest.mark.parametrize("name", NAMES)
def test_answers_of_a_classifier_with_the_eighth_class(name: str) -> None:
    trained = fitted_classifiers.with_no_speech(name)
    metadata = dataclasses.replace(trained.metadata, threshold=0.4, temperature=0.5)
    model = ClassifierModel(trained.pipeline, metadata)
    rows = rows_of()
    found = assert_consistent(model, rows)
    logits = sklearn_pipeline.scores(model.pipeline, rows) / 0.5
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    classes = list(model.pipeline.classes_)
    expected = softmax[:, classes.index(NO_SPEECH)]
    assert model.speech(rows) == pytest.approx(1 - expected, abs=FIXED_POINT)
    for emotion in classes:
        if emotion != NO_SPEECH:
            column = model.probabilities(rows)[:, EMOTIONS.index(emotion)]
            of_all = pytest.approx(softmax[:, classes.index(emotion)], abs=FIXED_POINT)
            assert column * (1 - expected) == of_all
    assert model.probabilities(rows).sum(axis=1) == pytest.approx(1, abs=FLOATS)
    assert not model.probabilities(rows)[:, EMOTIONS.index("surprise")].any()
    data = fitted_classifiers.relabelled(separable_dataset.dataset(per_emotion=2), "surprise")
    truth = data.catalogue["emotion"] == NO_SPEECH
    silent = [answer.emotion is None for answer in answers(model, data.utterances)]
    assert np.mean(silent == truth) > 0.9
    assert {answer.confident for answer in found} == {True, False}


@pytest.mark.parametrize("name", NAMES)
def test_a_classifier_without_the_class_always_hears_speech(name: str) -> None:
    model = fitted_classifiers.on_made_up(name)
    assert model.speech(rows_of()).tolist() == [1.0] * len(rows_of())
    assert all(answer.emotion for answer in answers(model, rows_of()))


def test_no_probability_is_lost_where_nobody_speaks() -> None:
    """The emotions of a row that is certainly no speech still add up to 1."""
    trained = fitted_classifiers.with_no_speech("LDA")
    model = ClassifierModel(
        trained.pipeline, dataclasses.replace(trained.metadata, temperature=1e-6)
    )
    rows = rows_of()
    assert model.speech(rows).min() == 0
    assert model.probabilities(rows).sum(axis=1) == pytest.approx(1, abs=FLOATS)


def test_thresholds_are_in_the_file(tmp_path: Path) -> None:
    model = fitted_classifiers.with_no_speech("LDA")
    metadata = dataclasses.replace(model.metadata, threshold=0.625, speech_threshold=0.25)
    classifier_file.save(ClassifierModel(model.pipeline, metadata), path := tmp_path / "m.skops")
    loaded = ae.load_model(path)
    assert (loaded.threshold, loaded.speech_threshold) == (0.625, 0.25)
    assert answers(loaded, rows_of()) == answers(
        ClassifierModel(model.pipeline, metadata), rows_of()
    )


@pytest.mark.parametrize("value", [-0.1, 1.5, float("nan"), float("inf")])
@pytest.mark.parametrize("field", ["threshold", "speech_threshold"])
def test_a_threshold_that_is_none_is_refused(field: str, value: float, tmp_path: Path) -> None:
    model = fitted_classifiers.with_no_speech("LDA")
    metadata = dataclasses.replace(model.metadata, **{field: value})
    classifier_file.save(ClassifierModel(model.pipeline, metadata), path := tmp_path / "m.skops")
    with pytest.raises(ModelError, match=r"m.skops: refused, a threshold of .* is not from 0 to 1"):
        ae.load_model(path)


def test_a_classifier_of_no_emotion_is_refused(tmp_path: Path) -> None:
    model = fitted_classifiers.with_no_speech("ExtraTrees")
    forest = model.pipeline[-1]
    few = np.array([NO_SPEECH] * len(forest.classes_))
    try:
        before, forest.classes_ = forest.classes_, few
        classifier_file.save(model, path := tmp_path / "m.skops")
    finally:
        forest.classes_ = before
    with pytest.raises(ModelError, match="refused, its classes are not two or more names"):
        ae.load_model(path)


def test_only_speech_is_adapted_to(clips: list[Path], halved: NetworkModel) -> None:
    """A document is as if the others had not been there."""
    every = predict(clips, halved, adapt=True)["results"]
    spoken = [path for path, result in zip(clips, every, strict=True) if result["emotion"]]
    assert 0 < len(spoken) < len(clips)
    alone = predict(spoken, halved, adapt=True)["results"]
    assert [result for result in every if result["emotion"]] == alone
    assert alone[1:] != predict(spoken, halved)["results"][1:]


def test_documents_tables_and_csv(clips: list[Path], halved: NetworkModel, tmp_path: Path) -> None:
    pcm = np.concatenate([audio.read(path) for path in clips])
    soundfile.write(path := tmp_path / "long.wav", pcm, SR, subtype="PCM_16")
    document = predict([*clips, path], halved)
    assert document["schema"] == 3
    results = document["results"]
    windows = [part for result in results for part in (*result["utterances"], *result["timeline"])]
    everything = [*results, *windows]
    for one in everything:
        assert (one["emotion"] is None) == (one["speech"] < halved.speech_threshold)
        assert not (one["emotion"] is None and one["confident"])
    assert {one["emotion"] is None for one in windows} == {True, False}
    assert json.loads(json.dumps(document)) == document
    console = Console(width=120, file=io.StringIO())
    console.print(predictions.predictions_table(results, 120))
    silent = [one for one in document["results"] if one["emotion"] is None]
    lines = [line for line in console.file.getvalue().splitlines() if NO_SPEECH in line]
    assert [line.split("█")[0].split()[-2:] for line in lines[: len(silent)]] == [
        ["no", "speech"]
    ] * len(silent)
    for line, one in zip(lines, silent, strict=False):
        assert f"{1 - one['speech']:4.0%}" in line
    console.print(long_recordings.parts_table(results[-1]["timeline"]))
    parts = console.file.getvalue().splitlines()[-len(results[-1]["timeline"]) :]
    for line, one in zip(parts, results[-1]["timeline"], strict=True):
        assert (NO_SPEECH in line) == (one["emotion"] is None)
    output = CsvOutput(file := io.BytesIO())
    output.write_header()
    for one in document["results"]:
        output.write(one)
    rows = list(csv.DictReader(io.StringIO(file.getvalue().decode())))
    assert sum(row["emotion"] == NO_SPEECH for row in rows) == sum(
        one["emotion"] is None for one in everything
    )


def test_the_caption_counts_what_was_not_said(sample: Path) -> None:
    paths = sorted(sample.rglob("*.flac"))
    for model, caption in (
        (
            made_up(speech_threshold=1.0),
            f"0 of {len(paths)} acted emotions recognized, {len(paths)} no speech",
        ),
        (made_up(1.0), f"0 of {len(paths)} acted emotions recognized, {len(paths)} not confident"),
    ):
        assert (
            predictions.predictions_table(predict(paths, model)["results"], 80).caption == caption
        )


def test_streams_end_without_an_emotion(clips: list[Path], halved: NetworkModel) -> None:
    pause = np.zeros(SR, np.int16)
    pcm = np.concatenate([piece for path in clips for piece in (pause, audio.read(path), pause)])
    ended = [e for e in stream(iter([pcm]), halved, adapt=False) if e["event"] == "ended"]
    recognizer = UtteranceRecognizer(halved)
    for event in ended:
        recognizer.reset()
        recognizer.process(pcm[round(event["start_s"] * SR) : round(event["end_s"] * SR)])
        result = recognizer.finish()
        assert event["speech"] == result.speech
        assert (event["emotion"] is None) == (result.speech < halved.speech_threshold)
        assert event["confident"] == (event["emotion"] is not None and result.confident)
        assert list((event["probabilities"] or {}).values()) == result.probabilities.tolist()
        assert (NO_SPEECH in predictions.event_line(event)) == (event["emotion"] is None)
    assert {event["emotion"] is None for event in ended} == {True, False}


def test_python_objects(clips: list[Path], halved: NetworkModel) -> None:
    table = ae.predict(clips, model=halved)
    found = [ae.predict(path, model=halved) for path in clips]
    assert table["emotion"].isna().tolist() == [one.emotion is None for one in found]
    assert table["speech"].tolist() == [one.speech for one in found]
    silent = next(one for one in found if one.emotion is None)
    spoken = next(one for one in found if one.emotion is not None)
    assert silent.probability == 1 - silent.speech
    assert repr(silent) == f"<Prediction: no speech, {silent.probability:.0%}, {silent.file}>"
    page = silent._repr_html_()
    assert "<b>no speech</b>:" in page
    assert page.count("<tr>") == 1
    assert not any(emotion in page for emotion in EMOTIONS)
    assert spoken.probability == max(spoken.probabilities.values())
    assert spoken._repr_html_().count("<tr>") == len(EMOTIONS)


def test_commands(clips: list[Path], halved: NetworkModel, written: Path) -> None:
    def run(*arguments: object) -> str:
        result = CliRunner().invoke(cli.app, [*map(str, arguments)])
        assert result.exit_code == 0, result.output
        return result.stdout

    assert json.loads(run("predict", *clips, "--model", written, "--json")) == predict(
        clips, halved
    )
    silent = next(r["path"] for r in predict(clips, halved)["results"] if r["emotion"] is None)
    assert NO_SPEECH in run("predict", silent, written)


def test_models_that_ship_have_names(clips: list[Path]) -> None:
    expected = predict(clips[:1], ae.load_model())
    assert predict(clips[:1], ae.load_model("default")) == expected
    run = CliRunner().invoke
    arguments = ["predict", str(clips[0]), "--model", "default", "--json"]
    assert json.loads(run(cli.app, arguments).stdout) == expected
    listened = [
        run(cli.app, ["listen", *model, "--input", str(clips[0]), "--json"]).stdout
        for model in ([], ["default"], ["--model", "default"])
    ]
    assert listened[0]
    assert listened == [listened[0]] * 3
    with pytest.raises(ModelError, match=r"nothing: cannot be read .* or one of: default"):
        ae.load_model("nothing")
    with pytest.raises(ModelError, match="cannot be read"):
        ae.load_model("./default")


@pytest.mark.parametrize(
    "arguments", [["predict", "a.wav", "b.aem"], ["listen", "b.aem", "--input", "a.wav"]]
)
def test_one_model_at_a_time(arguments: list[str]) -> None:
    result = CliRunner().invoke(cli.app, [*arguments, "--model", "default"])
    assert result.exit_code == 2
    assert "are two models. Give one." in result.output
