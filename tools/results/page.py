"""What the page weighs and costs, for docs/results.md."""

import csv
from pathlib import Path

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"


def section() -> str:
    """Lay out bytes, milliseconds and microseconds."""
    with (RESULTS / "page.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    lines = [f"| {row['figure']} | {float(row['value']):,.0f} | {row['unit']} |" for row in rows]
    return (
        "## In the browser\n\n"
        "`make web && python benchmarks/page.py`, in Debian's Chromium, without a GPU, served by `audio-emotion serve`: bytes as they\n"
        "travel (gzip), the median of nine loads with nothing cached, and of hearing all sample voices in a row. Targets: 150,000 bytes for\n"
        "all but the clips, one second.\n\n"
        "| | | |\n|---|---:|---|\n" + "\n".join(lines) + "\n"
    )
