"""The command `power`: what it prints, what it writes, and what it says when it cannot."""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path

import pytest

from audio_emotion import cli
from audio_emotion.report import figures
from power_traces import HEADER, corrupted_trace, synthetic_trace


def call(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["audio-emotion", "power", *map(str, words)])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0)


@pytest.fixture
def traces(tmp_path: Path) -> list[Path]:
    corrupted, _ = corrupted_trace("huge")
    still = synthetic_trace(starts=(), rise_mw=0)
    return [corrupted.write(tmp_path / "spoiled.csv"), still.write(tmp_path / "still.csv")]


def test_it_writes_a_report_with_pictures(
    tmp_path: Path,
    traces: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("matplotlib")
    assert call(monkeypatch, *traces, "--out", tmp_path / "logs", "--battery-mah", 1000) == 0
    folder = tmp_path / "logs" / "power"
    names = {path.name for path in folder.iterdir()}
    pictures = {
        f"{name}.{end}"
        for name in ("boxes", "trace_spoiled", "trace_still")
        for end in ("pdf", "png")
    }
    assert names == {"report.html", "power.json", "power.csv"} | pictures
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.count("<figure") == 3
    assert not re.search(r"(?:src|href)=\"?https?:", page.replace("http://www.w3.org", ""))
    assert "3,201 of 20,000 samples are corrupt" in page
    with (folder / "power.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["predictions"] for row in rows] == ["3", "0"]
    assert rows[1]["idle_mw"] == rows[1]["battery_hours"] == ""
    printed = capsys.readouterr().out
    assert "rows 16,800 to 20,000 are corrupt" in printed
    assert "still: no predictions found" in printed
    assert "self-discharge" in printed


def test_json_holds_everything(
    tmp_path: Path,
    traces: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(figures, "can_draw", lambda: False)
    words = ("--json", "--battery-mah", 500, "--predictions-per-hour", 120)
    assert call(monkeypatch, *traces, "--out", tmp_path, *words) == 0
    printed = capsys.readouterr()
    content = json.loads(printed.out)
    assert content == json.loads((tmp_path / "power" / "power.json").read_text())
    corrupted, still = content["traces"]
    assert corrupted["predictions"]["count"] == 3
    assert len(corrupted["predictions"]["list"]) == 3
    assert corrupted["corrupt"]["samples"] == sum(corrupted["corrupt"]["reasons"].values())
    assert corrupted["battery"]["predictions_per_hour"] == 120
    assert still["predictions"]["duration_ms"] is None
    assert still["predictions"]["reason"]
    assert still["battery"]["reason"]


def test_brackets_in_names_are_no_markup(
    tmp_path: Path,
    traces: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(figures, "can_draw", lambda: False)
    named = traces[1].rename(tmp_path / "[red]still.csv")
    assert call(monkeypatch, named, "--out", tmp_path / "logs[" / "bold]") == 0
    printed = capsys.readouterr().out
    assert "[red]still: no predictions found" in printed
    assert "logs[/bold]" in printed.replace("\n", "")


def test_without_matplotlib_the_numbers_still_come(
    tmp_path: Path,
    traces: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(figures, "can_draw", lambda: False)
    assert call(monkeypatch, traces[0], "--out", tmp_path) == 0
    printed = capsys.readouterr()
    assert "hint: no figure was drawn" in printed.err
    assert "[plot]'" in printed.err
    assert {path.name for path in (tmp_path / "power").iterdir()} == {
        "report.html",
        "power.json",
        "power.csv",
    }


def test_a_bad_trace_keeps_no_other_from_being_analyzed(
    tmp_path: Path,
    traces: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(figures, "can_draw", lambda: False)
    bad = tmp_path / "bad.csv"
    bad.write_text("Time (ms),Power (mW)\n")
    missing = tmp_path / "missing.csv"
    assert call(monkeypatch, bad, traces[0], missing, "--out", tmp_path, "--json") == 1
    printed = capsys.readouterr()
    content = json.loads(printed.out)
    assert [Path(one["path"]).name for one in content["traces"]] == ["spoiled.csv"]
    assert [Path(one["path"]).name for one in content["errors"]] == ["bad.csv", "missing.csv"]
    errors = [line for line in printed.err.splitlines() if "error" in line]
    assert len(errors) == 2
    assert "Not analyzed" in (tmp_path / "power" / "report.html").read_text()


def test_nothing_is_written_if_no_trace_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, tmp_path / "none.csv", "--out", tmp_path / "logs") == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert list((tmp_path / "logs" / "power").iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [("--battery-mah", "-1"), ("--predictions-per-hour", "5"), ("--battery-mah", "nan")],
)
def test_options_that_cannot_be_are_one_sentence(
    tmp_path: Path,
    traces: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, str],
) -> None:
    assert call(monkeypatch, traces[0], "--out", tmp_path, *words) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_two_traces_of_one_name_are_refused(
    tmp_path: Path, traces: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(monkeypatch, traces[0], traces[0], "--out", tmp_path) == 1


def test_a_trace_without_current_is_drawn_by_its_power(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    names = (HEADER[0], "other", HEADER[2], "another")
    path = synthetic_trace(4_000, starts=(1_000, 2_500)).write(tmp_path / "a.csv", names)
    assert call(monkeypatch, path, "--out", tmp_path) == 0
    assert "not defined" in capsys.readouterr().out
    assert "the power over time" in (tmp_path / "power" / "report.html").read_text()
