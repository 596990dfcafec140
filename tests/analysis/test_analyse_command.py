"""`audio-emotion analyse` from the table to the report."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("matplotlib")

from typer.testing import CliRunner, Result

from analysis_dataset import dataset, write
from audio_emotion import cli
from audio_emotion.analysis import importance, run
from audio_emotion.engine import features
from audio_emotion.errors import InputError, ModelError
from conftest import REPOSITORY

NETWORK = REPOSITORY / "models" / "default.aem"
MOVED = "shimmer_local"


def analyse(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.app, ["analyse", *map(str, arguments)])


def table(folder: Path) -> Path:
    data = dataset({MOVED: lambda acted, _: 5 * (acted == "anger")})
    return write(data, folder / "features.csv")


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command writes about a table in which shimmer is higher in anger."""
    folder = tmp_path_factory.mktemp("analysis")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importance, "REPEATS", 1)
        done = analyse(table(folder), "--out", folder / "logs", "--jobs", "1", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == json.loads(
        (folder / "logs" / "analysis" / "analysis.json").read_text()
    )
    return folder / "logs"


def test_everything_is_written(logs: Path) -> None:
    figures = ["violins", "ranking", "emotions", "pairs", "clusters", "importance"]
    tables = [
        "findings",
        "features",
        "pairs",
        "separation",
        "distributions",
        "agreement",
        "importance",
    ]
    assert {path.name for path in logs.iterdir()} == {"analysis"} | {
        f"bp{number}.{ending}" for number in (1, 2, 3, 4) for ending in ("pdf", "png")
    }
    assert {path.name for path in (logs / "analysis").iterdir()} == {
        "report.html",
        "analysis.json",
        *(f"{name}.csv" for name in tables),
        *(f"{name}.{ending}" for name in figures for ending in ("pdf", "png")),
    }


def test_tables_hold_all_features_pairs_and_emotions(logs: Path) -> None:
    n_features = len(features.names())
    ranking = pd.read_csv(logs / "analysis" / "features.csv")
    assert sorted(ranking["feature"]) == sorted(features.names())
    assert ranking["feature"][0] == MOVED
    pairs = pd.read_csv(logs / "analysis" / "pairs.csv")
    assert len(pairs) == 6 * n_features
    row = pairs.set_index(["feature", "first", "second"]).loc[(MOVED, "anger", "sadness")]
    assert row["low"] <= row["delta"] <= row["high"]
    assert row["delta"] > 0.9
    assert row["agreeing"] == row["corpora"] == 2
    assert row["delta"] == pytest.approx((row["delta_mine"] + row["delta_ravdess"]) / 2)
    best = pd.read_csv(logs / "analysis" / "separation.csv")
    assert set(best[(best[["first", "second"]] == "anger").any(axis=1)]["feature"][::5]) == {MOVED}
    spread = pd.read_csv(logs / "analysis" / "distributions.csv")
    assert len(spread) == 2 * 4 * n_features
    quantiles = spread[["p05", "p25", "p50", "p75", "p95"]]
    assert (quantiles.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    needs = pd.read_csv(logs / "analysis" / "importance.csv")
    assert set(needs["model"]) == set(importance.DEFAULT_CLASSIFIERS)
    single = needs[needs["group"] == "feature"]
    assert set(single.loc[single.groupby("model")["loss"].idxmax(), "features"]) == {MOVED}


def test_the_report_has_findings_and_figures(logs: Path) -> None:
    page = (logs / "analysis" / "report.html").read_text()
    assert "Anger and sadness are best separated by shimmer (higher in anger," in page
    assert page.count("<figure") == 10
    assert "nan" not in page.lower().split()
    assert "audio-emotion analyse features.csv" in page


def test_the_same_table_gives_the_same_bytes_and_words(logs: Path, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importance, "REPEATS", 1)
        patch.setattr(run, "save_figure", lambda *_: [])  # slow; test_report.py has them
        done = analyse(table(tmp_path), "--out", tmp_path / "logs", "--jobs", "1")
    lines = done.stdout.splitlines()
    assert "anger > " in next(line for line in lines if line.startswith("shimmer "))
    assert lines[-1].startswith(f"wrote {tmp_path / 'logs' / 'analysis' / 'report.html'} and ")
    assert len(lines) <= 20
    again = [path for path in (tmp_path / "logs").rglob("*") if path.is_file()]
    assert len(again) == 9
    for path in again:
        before = logs / path.relative_to(tmp_path / "logs")
        assert path.read_bytes() == before.read_bytes(), path.name


def test_input_that_cannot_be_read_or_written_is_one_sentence(tmp_path: Path) -> None:
    data = dataset()
    data.utterances[3, 5] = float("nan")
    broken = write(data, tmp_path / "broken.csv")
    with pytest.raises(InputError, match="row 5 has a value that is missing"):
        CliRunner().invoke(cli.app, ["analyse", str(broken)], catch_exceptions=False)
    (tmp_path / "file").write_text("")
    given = table(tmp_path)
    with pytest.raises(InputError, match="--out"):
        CliRunner().invoke(
            cli.app,
            ["analyse", str(given), "--out", str(tmp_path / "file")],
            catch_exceptions=False,
        )
    assert isinstance(analyse(given, "--model", tmp_path / "none.skops").exception, ModelError)
    network = analyse(given, "--model", NETWORK).exception
    assert isinstance(network, InputError)
    assert "a network, which takes no acoustic features" in str(network)
