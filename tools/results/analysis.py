"""What `audio-emotion analyse` found, for docs/results.md; run to take it from logs/analysis."""

import csv
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
PICTURES = ROOT / "docs" / "pictures"

TABLES = ("findings", "features", "parting", "agreement", "importance")
DRAWN = ("violins", "emotions")

CORPORA = {"ravdess": "RAVDESS", "savee": "SAVEE", "tess": "TESS", "crema": "CREMA-D (2 emotions)"}
SAID = (
    "Anger or sadness",
    "Anger or happiness",
    "Hard and easy pairs",
    "As the original drew it",
    "One's own voice",
    "Corpora",
    "What ShrinkageLDA needs",
    "What MLP needs",
)
SHOWN = 12


def read(name: str) -> list[dict[str, str]]:
    """Read one table of the analysis."""
    with (RESULTS / f"analysis_{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def section() -> str:
    """Lay out what moves most, and the findings in words."""
    distinct: dict[str, dict[str, str]] = {}
    for row in read("features"):
        distinct.setdefault(row["cluster"], row)
    lines = [
        f"| {row['meaning']} | **{float(row['epsilon2']):.2f}** "
        f"| {float(row['low']):.2f} to {float(row['high']):.2f} | {float(row['epsilon2_raw']):.2f} "
        f"| {float(row['speaker_epsilon2']):.2f} | "
        + " | ".join(f"{float(row[f'epsilon2_{corpus}']):.2f}" for corpus in CORPORA)
        + " |"
        for row in list(distinct.values())[:SHOWN]
    ]
    said = {row["topic"]: row["text"] for row in read("findings")}
    found = "\n".join(f"- **{topic}.** {said[topic]}" for topic in SAID)
    return (
        "## How emotion moves the voice\n\n"
        "`make analysis` runs `audio-emotion analyse` and writes `logs/analysis/report.html` with all features, all pairs of emotions and\n"
        "all pictures. Speakers are compared with themselves only and each corpus counts the same, because TESS has 2,800 utterances of two\n"
        "speakers, and nearly all of CREMA-D is happy or sad. Of features that mean the same the first is shown. Epsilon-squared: share of\n"
        "the variance of ranks that emotion explains (0 to 1), with 95 % intervals over speakers; then as measured, across speakers; what the\n"
        "speaker explains of it; and each corpus by itself.\n\n"
        "| feature | within speaker | 95 % | as measured | speaker | "
        + " | ".join(CORPORA.values())
        + " |\n"
        + "|---" * (5 + len(CORPORA))
        + "|\n"
        + "\n".join(lines)
        + "\n\n![distributions of six features by emotion](pictures/analysis-violins.png)\n\n"
        "What each emotion does beside the same speaker's others, Cliff's delta in hundredths (red: higher):\n\n"
        "![heat map of features by emotion](pictures/analysis-emotions.png)\n\n"
        f"In the words of the report, computed from the tables:\n\n{found}\n\n"
        "p values are too small, since utterances of one speaker are not independent; the effect sizes and intervals do not rest on them.\n"
        "Intervals are for other speakers of these corpora, not for other corpora: those differ by more, as the columns show.\n"
    )


def take(folder: Path) -> None:
    """Copy the small tables, and two pictures with fewer colors, from an analysis."""
    from PIL import Image  # noqa: PLC0415  (comes with matplotlib)

    for name in TABLES:
        shutil.copyfile(folder / f"{name}.csv", RESULTS / f"analysis_{name}.csv")
    for name in DRAWN:
        with Image.open(folder / f"{name}.png") as picture:
            small = picture.convert("RGB").quantize(240, dither=Image.Dither.NONE)
        small.save(PICTURES / f"analysis-{name}.png", optimize=True)


if __name__ == "__main__":
    take(Path(sys.argv[1]))
