"""The pages that programs write say what their sources say, and verdicts follow from figures."""

from __future__ import annotations

import doctest
import json
import re
from pathlib import Path

import jinja2
import pandas as pd
import pytest
from PIL import Image

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.evaluation.measures.adaptation import PREVIOUS
from tools import markdown, measurements
from tools.cards.__main__ import MODEL, card, model_card
from tools.markdown import lines, replaced, table
from tools.measurements import RESULTS, ROOT, Estimate, Target
from tools.results import boards, collect
from tools.results.__main__ import STRANGER, pages


def of(value: float) -> dict[str, object]:
    return {"value": value, "low": None, "high": None, "why": "made up"}


def left_out(corpus: str, among: float, accuracy: float) -> tuple[dict, dict]:
    """Return the scores of a corpus that was left out, and its confident answers."""
    sizes = {"corpus": corpus, "n_utterances": 588, "n_speakers": 6, "chance": 1 / 7}
    scored = sizes | {"emotions": list(EMOTIONS), "uar": of(0.4), "uar_among": of(among)}
    effect = {"wanted": 0.8, "threshold": 0.7, "coverage": 0.2, "accuracy": accuracy}
    return scored, {"corpus": corpus, "temperature": 1.1, "area": 0.3, "thresholds": [effect]}


SIZES = {"n_utterances": 100, "n_speakers": 9}
CORPORA, EFFECTS = zip(left_out("emovo", 0.5, 0.75), left_out("urdu", 0.4, 0.75), strict=True)
STRANGERS = {
    "left_out": {
        "corpora": list(CORPORA),
        "mean_uar": 0.4,
        "mean_uar_among": 0.45,
        "transfer": {
            "corpora": list(EFFECTS),
            "risk_coverage": {
                **{"area": 0.3, "area_if_ideal": 0.1, "area_if_useless": 0.5},
                "curve": [
                    {"coverage": 0.5, "risk": 0.1, "probability": 0.9},
                    {"coverage": 1.0, "risk": 0.3, "probability": 0.4},
                ],
            },
            "fitted_on_all": {
                "temperature": 1.2,
                "thresholds": [{"wanted": 0.8, "threshold": 0.6}],
            },
            "why": "",
        },
    },
    "read_speech": SIZES
    | {"confident_false": of(0.03), "neutral_or_not_confident": of(0.97), "neutral": of(0.9)}
    | {"confident": of(0.5), "no_speech": of(0.01)}
    | {"predictions": [{"emotion": "anger", "share": 0.1, "confident": 0.02}]},
    "non_speech": [{"corpus": "all", "answered": of(0.04), "confident": of(0.02)} | SIZES],
    "speech_missed": [{"corpus": "all", "no_speech": of(0.006)} | SIZES],
}
ADAPTATION = [
    {
        "corpus": "ravdess",
        "uar": [
            {"previous": name, "n": 100, "adapted": uar, "without": 0.68}
            for name, uar in zip(PREVIOUS, (0.69, 0.70, 0.71, 0.73, 0.79), strict=True)
        ],
        "harm": {"n_speakers": 22, "worse": 0.09, "much_worse": 0.0, "mean": 0.05, "worst": -0.02},
    }
]
AT_MOST_5 = Target(5, at_most=True)
AT_LEAST_5 = Target(5, at_most=False)


def test_pages_are_what_the_results_make_them() -> None:
    written = pages()
    names = {"results.md", "README.md", "scaling.md", "embedded.md", "faq.md"}
    assert names <= {path.name for path in written}
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


def test_figures_within_sentences_are_filled_in_and_in_one_rounding() -> None:
    page = 'takes <!--= boards.shown("ram_bytes") -->9 KB<!--/--> of RAM'
    filled = markdown.filled(page, boards=boards)
    kilobytes = boards.network("rp2040", "ram_bytes") / 1024
    assert filled == page.replace("9 KB", f"{kilobytes:.1f} KB")
    assert boards.shown("load_percent") == f"{boards.network('rp2040', 'load_percent'):.0f} %"
    assert boards.shown("flash_bytes").split()[0].isdigit()  # beyond 100 KB without a fraction
    with pytest.raises(jinja2.UndefinedError):
        markdown.filled("<!--= nowhere -->1<!--/-->")


def test_estimate() -> None:
    assert str(Estimate(0.5, 0.25, 0.75)) == "0.500 (0.25 to 0.75)"
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
        document["strangers"] = STRANGERS
        for part, name in kept.items():
            rows = measurements.read(name, model=folder.name)
            document[part] = [{key: row[key] for key in row if key != "model"} for row in rows]
        folder.mkdir()
        (folder / "evaluation.json").write_text(json.dumps(document))
    monkeypatch.setattr(collect, "RESULTS", tmp_path)
    collect.main("evaluation", *map(str, folders))
    written = {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()}
    for name in kept.values():
        assert written[f"{name}.csv"] == (RESULTS / f"{name}.csv").read_text()
    for model in ("network", "default", "MLP"):
        before = json.loads((RESULTS / f"evaluation_{model}.json").read_text())
        after = json.loads(written[f"evaluation_{model}.json"])
        assert "curve" not in after["strangers"]["left_out"]["transfer"]["risk_coverage"]
        assert after | {"strangers": 0} == before | {"strangers": 0}
    figures = pd.read_csv(tmp_path / "strangers.csv")
    assert list(figures["model"].unique()) == ["network", "default", "MLP"]
    of_network = figures[figures["model"] == "network"].set_index(["corpus", "measure"])["value"]
    assert of_network["emovo", "uar_among"] == 0.5
    assert of_network["emovo", "accuracy for 0.8 right"] == 0.75
    assert of_network["read_speech", "confident_false"] == 0.03
    assert of_network["all", "answered"] == 0.04
    assert of_network["all", "no_speech"] == 0.006
    curve = pd.read_csv(tmp_path / "risk_coverage.csv")
    assert curve[curve["model"] == "default"]["risk"].tolist() == [0.1, 0.3]


def test_what_strangers_may_expect_is_written_with_its_verdicts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As soon as it is measured, it stands first in every page."""
    for path in RESULTS.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    document = json.loads((RESULTS / "evaluation_network.json").read_text())
    document |= {"strangers": STRANGERS, "adaptation": ADAPTATION}
    (tmp_path / "evaluation_network.json").write_text(json.dumps(document))
    monkeypatch.setattr(measurements, "RESULTS", tmp_path)
    written = {path.name: text for path, text in pages().items()}
    written["MODEL_CARD.md"] = model_card()
    lines = {
        "EMOVO, URDU, left out: mean UAR among their own emotions": ("0.450", "0.550", "18 %"),
        "right of the confident answers, mean": ("75 %", "77 %", "3 %"),
        "strangers who read (neutral): confidently called an emotion": ("3.0 %", "2.0 %", "50 %"),
        "strangers who read: neutral, or not confident": ("97 %", "96 %", None),
        "sounds without speech: answered with an emotion": ("4.0 %", "5.0 %", None),
        "sounds without speech: confidently": ("2.0 %", "1.0 %", "100 %"),
        "speech called no speech": ("0.6 %", "0.5 %", "20 %"),
        "RAVDESS after 20 or more utterances of the person": ("0.790", "0.780", None),
    }
    for name in ("results.md", "MODEL_CARD.md"):
        for what, (measured, limit, missed) in lines.items():
            (line,) = (line for line in written[name].splitlines() if f"{what} |" in line)
            assert f"**{measured}**" in line
            assert limit in line
            assert line.endswith("met |" if missed is None else f"missed by {missed} |"), line
    text = written["results.md"]
    order = ("## Strangers", "### Corpora left out", "## The networks of the six", "random 70/30")
    assert sorted(order, key=text.index) == list(order)
    stranger, *_, known = written["README.md"].split(STRANGER)[1].strip().splitlines()
    assert stranger.startswith("What a stranger may expect")
    assert re.search(r"right about \w+ times in ten", known)
    assert "| EMOVO | 588 | 6 | 7 | 0.400 | **0.500** | 0.14 | 0.70 | 20% | 75.0% |" in text
    assert "| RAVDESS | 0.690 | 0.700 | 0.710 | 0.730 | 0.790 | 0.680 | 22 | 9% |" in text


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


def test_a_command_that_one_machine_understands_is_not_taken(tmp_path: Path) -> None:
    made = {"made": {"catalogue": str(tmp_path / "audio_dataframe.csv")}}
    (tmp_path / "evaluation.json").write_text(json.dumps(made))
    with pytest.raises(SystemExit, match="a place that only one machine has"):
        collect.evaluations([tmp_path])
