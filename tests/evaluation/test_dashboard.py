"""`audio-emotion report`: one page on a model, from evaluations and a profile."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("matplotlib")

from typer.testing import CliRunner

from audio_emotion import cli
from audio_emotion.errors import InputError
from audio_emotion.recognition.model import default_model_path, find_model
from audio_emotion.report.page import NOT_DEFINED
from conftest import REPOSITORY

RESULTS = REPOSITORY / "benchmarks" / "results"
NETWORK, SHIPPED = (RESULTS / f"evaluation_{name}.json" for name in ("network", "default"))
PROFILE = RESULTS / "profile.csv"


def report(*words: object) -> None:
    CliRunner().invoke(cli.app, ["report", *map(str, words)], catch_exceptions=False)


def test_the_page_says_what_its_sources_say(tmp_path: Path) -> None:
    out = tmp_path / "new" / "model.html"
    report(NETWORK, SHIPPED, "--profile", PROFILE, "--out", out)
    page = out.read_text(encoding="utf-8")
    network = json.loads(NETWORK.read_text())
    assert hashlib.sha256(default_model_path().read_bytes()).hexdigest()[:16] in page
    among = network["strangers"]["left_out"]["mean_uar_among"]
    read = network["strangers"]["read_speech"]["confident_false"]["value"]
    tiles = page[: page.index("<nav")]
    assert f"<strong>{among:.2f}</strong>" in tiles
    assert f"<strong>{read:.1%}</strong>" in tiles
    table = pd.read_csv(PROFILE).query("model == 'default.aem' and board == 'rp2040'")
    costs = table.set_index(["figure", "unit"])["value"]
    flash = costs["flash code", "bytes"] + costs["flash constants", "bytes"]
    assert f"<td>{flash / 1024:.1f}</td><td>{costs['total RAM', 'bytes'] / 1024:.1f}</td>" in page
    for heading in ("On a board", "Corpora left out", "People who just read", "Before you use it"):
        assert heading in page
    assert not re.search(r"(?:src|href)=\"?https?:", page)


def test_a_profile_without_a_figure_leaves_its_cell_empty(tmp_path: Path) -> None:
    table = pd.read_csv(PROFILE).query("figure != 'load'")
    table.to_csv(tmp_path / "profile.csv", index=False)
    report(NETWORK, "--profile", tmp_path / "profile.csv", "--out", tmp_path / "model.html")
    page = (tmp_path / "model.html").read_text(encoding="utf-8")
    assert f"<td>{NOT_DEFINED}</td>" in page[page.index("On a board") :]


def test_another_model_has_its_own_card(tmp_path: Path) -> None:
    report(NETWORK, "--model", "small", "--profile", PROFILE, "--out", tmp_path / "small.html")
    page = (tmp_path / "small.html").read_text(encoding="utf-8")
    assert f"small.aem, {find_model('small').stat().st_size:,} bytes" in page


def test_what_is_no_evaluation_is_one_sentence(tmp_path: Path) -> None:
    old = json.loads(SHIPPED.read_text()) | {"schema": 1}
    (tmp_path / "old.json").write_text(json.dumps(old))
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "text.json").write_text("no JSON")
    for name, message in (
        ("old.json", "of schema 1, but this version reads"),
        ("list.json", "not a document of `audio-emotion evaluate`"),
        ("text.json", "not JSON"),
        ("none.json", "no such file"),
        (".", "is a directory"),
    ):
        with pytest.raises(InputError, match=message):
            report(tmp_path / name, "--out", tmp_path / "out.html")
    other = pd.read_csv(PROFILE).query("model != 'small.aem'")
    other.to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(InputError, match=r"no figures of small\.aem, only of Bagging"):
        report(NETWORK, "--model", "small", "--profile", tmp_path / "other.csv")
    assert not (tmp_path / "out.html").exists()
