"""Budgets: refused with the figures, or met by the best smaller model."""

import dataclasses
import json
import sys
from functools import partial

import pandas as pd
import pytest
from sklearn.feature_selection import VarianceThreshold
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

import exported_models
from audio_emotion import cli
from audio_emotion.devices import budget, fit
from audio_emotion.devices.budget import Budget, Footprint
from audio_emotion.errors import ExportError, InputError
from audio_emotion.export import export
from audio_emotion.progress import RunOptions
from audio_emotion.recognition import classifier_file
from separable_dataset import dataset

# Linear scores weigh more when they read more: there is something to choose.
DATA = dataset(per_emotion=2)

fit_to = partial(fit.fit_to, options=RunOptions(jobs=1))


@pytest.fixture(scope="module")
def trained():
    given = exported_models.train(LogisticRegression(C=0.01), DATA, VarianceThreshold())
    speakers = sorted(set(DATA.catalogue["speaker"]))
    return dataclasses.replace(
        given, metadata=dataclasses.replace(given.metadata, speakers=speakers)
    )


@pytest.fixture
def quick(monkeypatch):
    """Assume the code's size, which one test measures."""
    monkeypatch.setattr(
        fit, "measure", lambda model: Footprint(50_000 + model.parameters.n_bytes, 9_000)
    )


@pytest.mark.parametrize(
    ("text", "size"), [("131072", 131072), ("128K", 131072), ("0.5M", 524288), ("24 kB", None)]
)
def test_sizes(text, size):
    if size is None:
        with pytest.raises(InputError, match="Write 128K, 1M or 131072"):
            budget.parse_size(text)
    else:
        assert budget.parse_size(text) == size


def test_a_program_is_measured_whole(trained):
    footprint = budget.measure(trained)
    n_bytes = trained.parameters.n_bytes
    assert n_bytes + 20_000 < footprint.flash < n_bytes + 80_000
    assert 8_000 < footprint.ram < 24 * 1024
    assert budget.require(trained, Budget(flash=footprint.flash, ram=footprint.ram)) == footprint
    with pytest.raises(ExportError, match=f"takes {footprint.flash:,} bytes of flash"):
        budget.require(trained, Budget(flash=footprint.flash - 1))
    with pytest.raises(ExportError, match="more than the 1,000 bytes of RAM allowed"):
        budget.require(trained, Budget(ram=1000))


@pytest.mark.usefixtures("quick")
def test_the_best_model_that_fits_is_chosen(trained, tmp_path):
    # Less than all that training keeps: it leaves out the features of level.
    limit = Budget(flash=50_000 + trained.parameters.n_bytes * 9 // 10)
    found = fit_to(trained, DATA, limit)
    rows = fit.table(found, limit)
    assert rows["flash_bytes"].is_monotonic_increasing
    assert not rows["fits"].all()
    fitting = rows[rows["fits"]]
    assert rows[rows["chosen"]]["unseen_uar"].tolist() == [fitting["unseen_uar"].max()]
    assert found.chosen.uar > 0.3, "made-up emotions are easy to recognize"

    written = fit.save_pareto(found, limit, tmp_path / "logs")
    assert [path.name for path in written] == ["pareto.csv", "pareto.png"]
    assert pd.read_csv(written[0])["settings"].tolist() == rows["settings"].tolist()
    assert written[1].stat().st_size > 1000

    # What was chosen is what Python reads and what C computes.
    export.export(found.chosen.model, tmp_path / "out", "c", with_model=True)
    read = classifier_file.load(tmp_path / "out" / "model.skops")
    expected = read.probabilities(DATA.utterances)
    c = exported_models.c_probabilities(read, DATA.utterances, tmp_path)
    assert c.argmax(axis=1).tolist() == expected.argmax(axis=1).tolist()


@pytest.mark.usefixtures("quick")
def test_what_nothing_can_meet_is_refused(trained):
    with pytest.raises(ExportError, match=r"no LogisticRegression fits into 50,000 bytes of flash"):
        fit_to(trained, DATA, Budget(flash=50_000))


@pytest.mark.usefixtures("quick")
def test_trees_are_pruned(trained):
    tree = exported_models.train(DecisionTreeClassifier(random_state=1), DATA, VarianceThreshold())
    metadata = dataclasses.replace(tree.metadata, speakers=trained.metadata.speakers)
    found = fit_to(
        classifier_file.ClassifierModel(tree.pipeline, metadata), DATA, Budget(flash=50_450)
    )
    assert found.chosen.model.pipeline[-1].get_n_leaves() < tree.pipeline[-1].get_n_leaves()
    assert len({candidate.footprint.flash for candidate in found.candidates}) > 2


@pytest.mark.usefixtures("quick")
def test_speakers_that_the_model_was_not_trained_on_stay_out(trained):
    speakers = trained.metadata.speakers[:-1]
    given = classifier_file.ClassifierModel(
        trained.pipeline, dataclasses.replace(trained.metadata, speakers=speakers)
    )
    found = fit_to(given, DATA, Budget(flash=1_000_000))
    assert found.chosen.model.metadata.speakers == speakers
    strangers = dataclasses.replace(trained.metadata, speakers=["somebody_else"])
    with pytest.raises(InputError, match="none of the speakers"):
        fit_to(classifier_file.ClassifierModel(trained.pipeline, strangers), DATA, Budget(flash=1))


def test_command(trained, tmp_path, monkeypatch, capsys):
    path = tmp_path / "mine.skops"
    classifier_file.save(trained, path)
    table = tmp_path / "features.csv"
    names = trained.metadata.feature_names
    features = pd.DataFrame(DATA.utterances, columns=names)
    pd.concat([DATA.catalogue, features], axis=1).to_csv(table, index=False, float_format="%.9g")

    def command(*arguments: object) -> int | None:
        monkeypatch.setattr(sys, "argv", ["audio-emotion", "export", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        return stopped.value.code

    out = tmp_path / "out"
    assert command(path, out, "--flash", "1K") == 1
    assert "more than the 1,024 bytes of flash allowed" in capsys.readouterr().err
    assert command(path, out, "--fit", "--flash", "1M") == 2
    assert not out.exists()
    logs = tmp_path / "logs"
    fitting = ("--fit", "--features", table, "--logs", logs, "--jobs", 1)
    assert not command(path, out, "--flash", "1M", *fitting, "--json")
    assert str(out / "model.skops") in json.loads(capsys.readouterr().out)["files"]
    assert classifier_file.load(out / "model.skops").metadata.name == "LogisticRegression"
    assert (logs / "pareto.png").is_file()
