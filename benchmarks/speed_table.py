"""From single timings to the table of extraction_speed.py."""

import csv
from pathlib import Path
from statistics import median
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
CSV = HERE / "results" / "extraction_speed.csv"
README = HERE / "README.md"

# The table in README.md stands between two of these.
MARK = "<!-- made by extraction_speed.py -->\n"


class Turn(NamedTuple):
    """One method, once, on one recording."""

    sr: int
    round_number: int
    method: str
    seconds: float
    duration_s: float


class Row(NamedTuple):
    """All turns of a method at one sample rate of the recordings."""

    recording_sr_hz: int
    method: str
    median_ms: float
    min_ms: float
    median_times_real_time: float
    median_times_ours: float
    rounds: int
    processor: str


def summarize(turns: list[Turn], reference: str) -> list[Row]:
    """One row per sample rate and method; `reference` is the method that counts as ours."""
    ours = {(t.sr, t.round_number): t.seconds for t in turns if t.method == reference}
    groups: dict[tuple[int, str], list[Turn]] = {}
    for turn in turns:
        groups.setdefault((turn.sr, turn.method), []).append(turn)
    return [
        Row(
            sr,
            method,
            1000 * median(t.seconds for t in group),
            1000 * min(t.seconds for t in group),
            median(t.duration_s / t.seconds for t in group),
            median(t.seconds / ours[t.sr, t.round_number] for t in group),
            len(group),
            processor_name(),
        )
        for (sr, method), group in groups.items()
    ]


def processor_name() -> str:
    """As Linux calls it; elsewhere nothing is known."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "unknown"
    return next((line.split(":")[1].strip() for line in lines if "model name" in line), "unknown")


def write_csv(rows: list[Row]) -> None:
    with CSV.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Row._fields)
        writer.writerows([f"{v:.4g}" if isinstance(v, float) else v for v in row] for row in rows)


def read_csv() -> list[Row]:
    with CSV.open(newline="") as file:
        return [
            Row(**{name: kind(row[name]) for name, kind in Row.__annotations__.items()})
            for row in csv.DictReader(file)
        ]


def columns(row: Row) -> tuple[str, ...]:
    return (
        f"{row.recording_sr_hz / 1000:g} kHz",
        row.method,
        f"{row.median_ms:.1f}",
        f"{row.min_ms:.1f}",
        f"{row.median_times_real_time:,.0f}",
        f"{row.median_times_ours:.3g}",
    )


HEADINGS = ("recording", "method", "median ms", "min ms", "times real time", "times ours")


def markdown() -> str:
    rows = read_csv()
    lines = [HEADINGS, ("---", "---", *["---:"] * 4), *map(columns, rows)]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"\n{table}\n{rows[0].rounds} rounds on one core of: {rows[0].processor}.\n\n"


def write_readme() -> None:
    before, _, after = README.read_text().split(MARK)
    README.write_text(before + MARK + markdown() + MARK + after)


def show() -> None:
    rows = read_csv()
    table = Table(title="Acoustic features of a clip of 4.4 s, on one core")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading in HEADINGS[:2] else "right")
    for row in rows:
        table.add_row(*columns(row), end_section=row.method == rows[-1].method)
    Console().print(table)
