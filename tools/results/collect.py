"""Take what docs/results.md shows out of the reports in logs/ into benchmarks/results/.

python -m tools.results.collect evaluation logs/network logs/default logs/MLP
python -m tools.results.collect analysis logs/analysis
python -m tools.results.collect power logs/power
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
from PIL import Image

from audio_emotion.evaluation.document import stranger_rows
from tools.measurements import FOLDS, PICTURES, RESULTS, SHIPPED

_ANALYSIS: Final = ("findings", "features", "separation", "agreement", "importance")
_TABLES: Final = {"robustness": "robustness", "length": "listening_length"}
_LEFT_OUT: Final = ("robustness", "length", "robustness_failures", "cost")


def evaluations(folders: Sequence[Path]) -> None:
    """Write the documents without their curves; strangers and robustness as CSV, too."""
    documents = {}
    for folder in folders:
        document = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
        if Path(document["made"]["catalogue"]).is_absolute():
            raise SystemExit(f"{folder}: its command names a place that only one machine has.")
        documents[document["model"]] = document
    for part, name in _TABLES.items():
        tables = []
        for model in (FOLDS, SHIPPED):
            tables.append(pd.DataFrame(documents[model][part]))
            tables[-1].insert(0, "model", model)
        table = pd.concat(tables, ignore_index=True)
        table.to_csv(RESULTS / f"{name}.csv", index=False, float_format="%.6g")
    _strangers(documents)
    for model, document in documents.items():
        document["confidence"]["risk_coverage"].pop("curve")
        entries = [
            f" {json.dumps(key)}: {json.dumps(_short(value))}"
            for key, value in document.items()
            if key not in _LEFT_OUT
        ]
        text = "{\n" + ",\n".join(entries) + "\n}\n"
        (RESULTS / f"evaluation_{model}.json").write_text(text, encoding="utf-8")


def _strangers(documents: dict[str, Any]) -> None:
    """Write the figures of strangers, and the curves of risk against coverage, as CSV."""
    figures, curves = [], []
    for model, document in documents.items():
        figures += [{"model": model} | row for row in stranger_rows(document["strangers"])]
        left_out = document["strangers"]["left_out"]
        if left_out and left_out["transfer"]["risk_coverage"]:
            curve = left_out["transfer"]["risk_coverage"].pop("curve")
            curves += [{"model": model} | point for point in curve]
    for name, rows in (("strangers", figures), ("risk_coverage", curves)):
        pd.DataFrame(rows).to_csv(RESULTS / f"{name}.csv", index=False, float_format="%.6g")


def analysis(folder: Path) -> None:
    """Copy the small tables and two pictures of an analysis."""
    for name in _ANALYSIS:
        shutil.copyfile(folder / f"{name}.csv", RESULTS / f"analysis_{name}.csv")
    for name in ("violins", "emotions"):
        _copy_picture(folder / f"{name}.png", f"analysis-{name}", colors=240)


def power(folder: Path) -> None:
    """Copy the table and two pictures of a report on traces."""
    shutil.copyfile(folder / "power.csv", RESULTS / "power.csv")
    for name in ("boxes", "trace_esp32s3"):
        _copy_picture(folder / f"{name}.png", f"power-{name}", colors=64)


def main(kind: str, *folders: str) -> None:
    """Take from a report of a kind."""
    paths = [Path(folder) for folder in folders]
    if kind == "evaluation":
        evaluations(paths)
    else:
        {"analysis": analysis, "power": power}[kind](*paths)


def _short(value: Any) -> Any:
    """Round what is no whole number to four digits; of tiny ones keep the size."""
    if isinstance(value, dict):
        return {key: _short(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_short(one) for one in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _copy_picture(source: Path, name: str, colors: int) -> None:
    with Image.open(source) as picture:
        small = picture.convert("RGB").quantize(colors, dither=Image.Dither.NONE)
    small.save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
