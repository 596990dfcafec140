"""The pages that programs write say what their sources say, and verdicts follow from figures."""

from __future__ import annotations

import doctest
import json
from pathlib import Path

import pytest
from PIL import Image

from tools import markdown, measurements
from tools.cards.__main__ import MODEL, card, model_card
from tools.markdown import lines, replaced, table
from tools.measurements import RESULTS, ROOT, Estimate, Target
from tools.results import collect
from tools.results.__main__ import pages

AT_MOST_5 = Target(5, at_most=True)
AT_LEAST_5 = Target(5, at_most=False)


def test_pages_are_what_the_results_make_them() -> None:
    written = pages()
    assert {path.name for path in written} == {"results.md", "README.md", "scaling.md"}
    for path, text in written.items():
        assert path.read_text(encoding="utf-8") == text, "python -m tools.results"


@pytest.mark.parametrize("path", [MODEL, MODEL.with_suffix(".skops")], ids=lambda path: path.name)
def test_card_is_what_the_model_makes_it(path: Path) -> None:
    assert path.with_name(f"{path.name}.md").read_text(encoding="utf-8") == card(path)


def test_model_card_is_what_the_evaluations_make_it() -> None:
    assert (ROOT / "MODEL_CARD.md").read_text(encoding="utf-8") == model_card()


@pytest.mark.parametrize(
    ("target", "measured", "verdict"),
    [
        (AT_MOST_5, 5.0, "met"),
        (AT_MOST_5, 5.1, "missed by 2 %"),
        (AT_MOST_5, 5.001, "missed by less than 1 %"),
        (AT_MOST_5, 75, "missed by 1,400 %"),
        (AT_LEAST_5, 5.0, "met"),
        (AT_LEAST_5, 4.0, "missed by 20 %"),
    ],
)
def test_verdict(target: Target, measured: float, verdict: str) -> None:
    assert target.verdict(measured) == verdict


def test_verdict_of_many() -> None:
    assert AT_MOST_5.misses({"a": 4, "b": 5}) == "met by all"
    assert AT_MOST_5.misses({"a": 4, "b": 6, "c": 7}) == "missed by b (20 %), c (40 %)"
    assert AT_MOST_5.misses({"a": 6, "b": 6}) == "missed by all, by 20 %"
    assert AT_MOST_5.met_by({"a": 4, "b": 6, "c": 5}) == "met by a, c"
    assert AT_MOST_5.met_by({"a": 6}) == "met by none"


def test_every_limit_is_read_as_a_target() -> None:
    def leaves(found: object) -> list[object]:
        if isinstance(found, dict):
            return [leaf for value in found.values() for leaf in leaves(value)]
        if isinstance(found, list):
            return [leaf for value in found for leaf in leaves(value)]
        return [found]

    targets = leaves(measurements.references()["targets"])
    assert len(targets) > 20
    assert all(isinstance(target, Target) and target.limit > 0 for target in targets)


def test_estimate() -> None:
    assert f"{Estimate(0.5, 0.25, 0.75)}" == "0.500 (0.25 to 0.75)"
    assert f"{Estimate(0.5, -0.25, 0.75):+}" == "+0.500 (-0.25 to +0.75)"
    assert f"{Estimate(0.5, None, None)}" == "0.500"
    assert f"{Estimate(None, None, None)}" == "not defined"


def test_table() -> None:
    rows = [{"name": "a", "n": 1200}, {"name": "b", "n": None}]
    expected = "| what | how many |\n|---|---:|\n| a | **1,200** |\n| b |  |"
    assert table(rows, {"what": "{name}", "how many": "**{n:,}**"}, align="lr") == expected


def test_examples() -> None:
    result = doctest.testmod(markdown)
    assert result.attempted
    assert not result.failed


def test_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError):
        lines([{"a": 1}], ["{b}"])


def test_evaluations_are_collected_as_they_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {"robustness": "robustness", "length": "listening_length"}
    folders = [tmp_path / model for model in ("network", "default", "MLP")]
    for folder in folders:
        document = json.loads((RESULTS / f"evaluation_{folder.name}.json").read_text())
        document["confidence"]["risk_coverage"]["curve"] = [{"answered": 1.0}]
        for part, name in kept.items():
            rows = measurements.read(name, model=folder.name)
            document[part] = [{key: row[key] for key in row if key != "model"} for row in rows]
        folder.mkdir()
        (folder / "evaluation.json").write_text(json.dumps(document))
    monkeypatch.setattr(collect, "RESULTS", tmp_path)
    collect.main("evaluation", *map(str, folders))
    written = {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()}
    assert written == {name: (RESULTS / name).read_text() for name in written}
    assert len(written) == 5


def test_pictures_and_tables_of_a_report_are_collected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, results, pictures = (tmp_path / name for name in ("report", "results", "pictures"))
    for folder in (report, results, pictures):
        folder.mkdir()
    (report / "power.csv").write_text("trace\n")
    for name in ("boxes", "trace_esp32s3"):
        drawn = Image.effect_noise((40, 30), 50).convert("RGB")
        drawn.save(report / f"{name}.png")
    monkeypatch.setattr(collect, "RESULTS", results)
    monkeypatch.setattr(collect, "PICTURES", pictures)
    collect.main("power", str(report))
    assert (results / "power.csv").read_text() == "trace\n"
    for name in ("power-boxes.png", "power-trace_esp32s3.png"):
        with Image.open(pictures / name) as picture:
            assert picture.size == (40, 30)
            assert len(picture.getcolors()) <= 64


def test_block_between_marks_is_replaced() -> None:
    assert replaced("a\n<!-- m -->\nold\n<!-- m -->\nb\n", "<!-- m -->", "new\n") == (
        "a\n<!-- m -->\n\nnew\n\n<!-- m -->\nb\n"
    )


def test_numbers_of_a_table_are_numbers() -> None:
    (row, *_) = measurements.read("robustness", model="default", group="noise", level=20)
    assert row["holds"] in (True, False)
    assert isinstance(row["uar"], float)
    assert measurements.read("soak")[0]["largest_change"] is None
