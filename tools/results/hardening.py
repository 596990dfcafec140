"""What fuzzing tried and what a day of sound did, for docs/results.md."""

import csv
from pathlib import Path

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"


def section() -> str:
    """Lay out both tables."""
    return (
        "## Fuzzing, and a day of sound\n\n"
        "`make tools && python tests/fuzz/run.py --seconds 600 --csv benchmarks/results/fuzz.csv` on what the\n"
        "[hardening](hardening.md) lists, after what it found was mended. Edges are those of the core in C, and of the package and\n"
        "what it parses with in Python.\n\n"
        f"{_fuzzing()}\n"
        "`make soak`: the same minutes of recordings again and again. Of the listeners, the round from which on every utterance has the\n"
        "same place and the same bits as in the round before; of one utterance that lasts all day, the value that moved most between the\n"
        "first hour and the last, relative to itself.\n\n"
        f"{_soak()}"
    )


def _rows(name: str) -> list[dict[str, str]]:
    with (RESULTS / name).open(newline="") as file:
        return list(csv.DictReader(file))


def _fuzzing() -> str:
    lines = ["| target | inputs | s | edges | crashes |", "|---|---:|---:|---:|---|"]
    for row in _rows("fuzz.csv"):
        crashes = {"True": "yes", "False": "none"}[row["found"]]
        lines.append(
            f"| {row['target']} | {int(row['runs']):,} | {row['seconds']} | {row['edges']} | {crashes} |"
        )
    return "\n".join(lines) + "\n"


def _soak() -> str:
    lines = [
        "| | samples | rounds | utterances | same since round | largest change | times real time |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in _rows("soak.csv"):
        change = f"{float(row['largest_change']):.1%} of {row['of']}" if row["of"] else ""
        lines.append(
            f"| {row['what']} | {int(row['samples']):,} | {int(row['rounds']):,} | "
            f"{int(row['utterances']):,} | {row['same_since_round']} | {change} | "
            f"{row['times_real_time']} |"
        )
    return "\n".join(lines) + "\n"
