"""Write docs/results.md from its template, and the tables and figures within other documents."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from audio_emotion.evaluation.measures import non_speech, speech_length
from tools import measurements
from tools.markdown import FIGURE, filled, render, replaced
from tools.measurements import ROOT
from tools.results import (
    analysis,
    boards,
    classifiers,
    evaluation,
    network,
    power,
    robustness,
    scaling,
    strangers,
)

MARK: Final = "<!-- made by tools/results -->"
STRANGER: Final = "<!-- made by tools/results: what a stranger may expect -->"


def pages() -> dict[Path, str]:
    """Return what the pages should contain, by their paths."""
    found = {
        "read": measurements.read,
        "values": measurements.values,
        **measurements.references(),
        "analysis": analysis,
        "boards": boards,
        "classifiers": classifiers,
        "evaluation": evaluation,
        "network": network,
        "power": power,
        "robustness": robustness,
        "scaling": scaling,
        "strangers": strangers,
        "non_speech_s": non_speech.SECONDS,
        "step_ms": 1000 * speech_length.STEP_S,
    }
    written = {ROOT / "docs" / "results.md": render("results/templates/results.md.in", **found)}
    for mark, template, name in (
        (MARK, "headline", "README.md"),
        (STRANGER, "stranger", "README.md"),
        (MARK, "scaling", "docs/scaling.md"),
    ):
        page, block = ROOT / name, render(f"results/templates/{template}.md.in", **found)
        before = written.get(page) or page.read_text(encoding="utf-8")
        written[page] = replaced(before, mark, block)
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        before = written.get(page) or page.read_text(encoding="utf-8")
        if FIGURE.search(before):
            written[page] = filled(before, **found)
    return written


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
