"""`audio-emotion evaluate` of corpora left out, read speech and noise, with random networks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

pytest.importorskip("matplotlib")

from typer.testing import CliRunner

from audio_emotion import cli
from audio_emotion.data.corpora import COLUMNS
from audio_emotion.engine.emotions import NO_SPEECH
from audio_emotion.engine.features import SAMPLE_RATE
from audio_emotion.errors import InputError
from audio_emotion.evaluation import run
from audio_emotion.evaluation.measures import left_out, scores
from audio_emotion.evaluation.protocols import predictions
from audio_emotion.progress import RunOptions
from audio_emotion.recognition.model import load_model
from audio_emotion.recognition.predict import predict as predict_files
from audio_emotion.training import metrics
from fitted_classifiers import clips
from prediction_fixtures import model_file

EMOTIONS = ("anger", "fear", "neutral", "sadness")
SPEAKERS = {name: [f"{name}_{k}" for k in range(3)] for name in ("emovo", "urdu", "read_speech")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a catalogue, networks of folds, and networks without a corpus."""
    folder = tmp_path_factory.mktemp("strangers")
    paths = iter(sorted(clips()))
    rows = [
        (str(next(paths)), corpus, speaker, "", emotion, "", "", "", "")
        for corpus, speakers in SPEAKERS.items()
        for speaker in speakers
        for emotion in (EMOTIONS if corpus != "read_speech" else ("neutral", "neutral"))
    ]
    for number in range(3):
        path = folder / f"noise{number}.wav"
        noise = 0.1 * np.random.default_rng(number).standard_normal(SAMPLE_RATE)
        soundfile.write(path, noise, SAMPLE_RATE)
        rows.append((str(path), "noise", f"freesound_{number}", "", NO_SPEECH, "", "", "", ""))
    pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(folder / "all.csv", index=False)
    everybody = [*(name for names in SPEAKERS.values() for name in names), "freesound_0"]
    for fold in range(3):
        others = [name for name in everybody if not name.endswith(f"_{fold}")]
        (folder / "network").mkdir(exist_ok=True)
        model_file(folder / "network" / f"fold{fold}.aem", [*others, "freesound_9"], first=fold)
    for first, corpus in enumerate(("emovo", "urdu"), start=3):
        others = [name for name in everybody if not name.startswith(corpus)]
        (folder / "corpora").mkdir(exist_ok=True)
        model_file(folder / "corpora" / f"without_{corpus}.aem", others, first=first)
    return folder


@pytest.fixture(autouse=True)
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (left_out, scores, metrics):
        monkeypatch.setattr(module, "SMALLEST_CLASS", 1)


def evaluate(folder: Path, **how: object) -> run.Evaluation:
    return run.evaluate(
        str(folder / "network"),
        folder / "all.csv",
        left_out=folder / "corpora",
        with_robustness=False,
        options=RunOptions(jobs=1),
        **how,  # type: ignore[arg-type]
    )


def test_each_corpus_is_predicted_without_it(folder: Path) -> None:
    found = evaluate(folder)
    unseen = found.predictions[found.predictions["protocol"] == "unseen corpus"]
    assert set(unseen["corpus"]) == {"emovo", "urdu"}
    for corpus, here in unseen.groupby("corpus"):
        model = load_model(folder / "corpora" / f"without_{corpus}.aem")
        results = predict_files(here["path"].to_list(), model)["results"]
        expected = [one["emotion"] or NO_SPEECH for one in results]
        assert here["prediction"].to_list() == expected
    document = found.document
    keys = list(document)
    assert keys.index("strangers") < keys.index("protocols")
    protocols = [one["protocol"] for one in document["protocols"]]
    assert protocols == ["unseen corpus", "unseen speakers"]
    scored = document["strangers"]["left_out"]["corpora"]
    assert [(one["corpus"], one["n_utterances"]) for one in scored] == [("emovo", 12), ("urdu", 12)]
    assert document["strangers"]["read_speech"]["n_utterances"] == 6
    assert document["strangers"]["non_speech"][0]["n_utterances"] == 3
    assert document["strangers"]["speech_missed"][0]["n_utterances"] == 30
    # Read speech and noise count in no recall.
    assert document["protocols"][1]["all"]["n_utterances"] == 24
    assert {one["corpus"] for one in document["adaptation"]} == {"emovo", "urdu"}


def test_a_killed_evaluation_goes_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract_batch, calls = predictions.extract_batch, []

    def dies(*arguments: object, **how: object) -> np.ndarray:
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(arguments)
        return extract_batch(*arguments, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(predictions, "_CHUNK", 4)
    monkeypatch.setattr(predictions, "extract_batch", dies)
    with pytest.raises(KeyboardInterrupt):
        evaluate(folder, cache=tmp_path / "rows")
    monkeypatch.setattr(predictions, "extract_batch", extract_batch)
    whole = evaluate(folder)
    extracted: list[str] = []

    def counts(model: object, paths: list[str], **how: object) -> np.ndarray:
        extracted.extend(paths)
        return extract_batch(model, paths, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(predictions, "extract_batch", counts)
    resumed = evaluate(folder, cache=tmp_path / "rows")
    assert len(extracted) == len(whole.predictions) - 8  # two chunks of four
    pd.testing.assert_frame_equal(resumed.predictions, whole.predictions)
    extracted.clear()
    pd.testing.assert_frame_equal(
        evaluate(folder, cache=tmp_path / "rows").predictions, whole.predictions
    )
    assert not extracted


def test_the_command_says_what_strangers_may_expect(folder: Path, tmp_path: Path) -> None:
    command = [
        "evaluate",
        folder / "all.csv",
        "--model",
        folder / "network",
        "--left-out",
        folder / "corpora",
    ]
    how = ["--no-robustness", "--out", tmp_path, "--jobs", 1, "--cache", tmp_path / "rows"]
    done = CliRunner().invoke(cli.app, [*map(str, command), *map(str, how)])
    assert done.exit_code == 0, done.output
    assert done.stdout.index("Corpora left out") < done.stdout.index("read speech")
    assert done.stdout.index("no speech: answered") < done.stdout.index("UAR of network")
    page = (tmp_path / "network" / run.REPORT).read_text()
    headings = ("Corpora left out of training", "People who just read", "Models and utterances")
    assert sorted(headings, key=page.index) == list(headings)
    document = json.loads((tmp_path / "network" / run.DOCUMENT).read_text())
    assert document["strangers"]["left_out"]["transfer"]["fitted_on_all"]["temperature"] > 0


def test_what_cannot_be_evaluated_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is trained without each corpus in any case"):
        run.evaluate("MLP", folder / "all.csv", left_out=folder / "corpora")
    table = pd.read_csv(folder / "all.csv", dtype=str, keep_default_na=False)
    read = table[~table["corpus"].isin(["emovo", "urdu"])]
    read.to_csv(tmp_path / "read.csv", index=False)
    with pytest.raises(InputError, match="besides read speech and no speech"):
        run.evaluate(str(folder / "network"), tmp_path / "read.csv", with_robustness=False)
    command = [
        "evaluate",
        str(folder / "all.csv"),
        "--model",
        str(folder / "network"),
        "--no-robustness",
    ]
    done = CliRunner().invoke(cli.app, [*command, "--rooms", str(tmp_path)])
    assert done.exit_code == 2
    assert "--rooms has no effect" in done.output
