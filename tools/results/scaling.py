"""What a cluster's work costs, and the same figures for a million hours, in docs/scaling.md."""

import csv
from pathlib import Path

from audio_emotion.data.cluster.partitions import PARTITION
from audio_emotion.engine import features

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "scaling.md"

HOURS = 1_000_000
CLIP_S = 3.0
CORES = 100
MEMORY_GB = 64

COLUMNS = {
    "clips": "clips",
    "processor_ms_per_clip": "processor time per clip (ms)",
    "client_ms_per_clip": "client per clip (ms)",
    "client_mb": "client (MB)",
    "scheduler_mb": "scheduler (MB)",
    "largest_worker_mb": "larger worker (MB)",
}


def measured() -> str:
    """Lay out what was measured from 1,000 clips on."""
    rows = _rows("cluster_scaling.csv")
    lines = [
        "| " + " | ".join(COLUMNS.values()) + " |",
        "|" + "---:|" * len(COLUMNS),
        *("| " + " | ".join(_shown(row[name]) for name in COLUMNS) + " |" for row in rows),
    ]
    return "\n".join(lines)


def projected() -> str:
    """Lay out what a million hours would take."""
    stages = {row["stage"]: float(row["times_real_time"]) for row in _rows("dataset_stages.csv")}
    *_, before, last = _rows("cluster_scaling.csv")
    n_clips = HOURS * 3600 / CLIP_S
    core_h = HOURS / stages["file to features"]
    plain_core_h = HOURS / stages["without decoding"]
    client_h = n_clips * _slope(before, last, "client_ms_per_clip") / 1000 / 3600
    table_tb = n_clips * int(last["table_bytes_per_clip"]) / 1e12
    row_bytes = 4 * len(features.names())
    fits = MEMORY_GB * 1e9 / row_bytes
    table = {
        "recordings": f"{n_clips:,.0f}",
        "features from Opus": f"{core_h:,.0f} core hours: {core_h / CORES:.0f} h on {CORES} cores",
        "features, were nothing to be decoded": f"{plain_core_h:,.0f} core hours",
        "client, which lists the recordings": f"{client_h:.0f} h of one core",
        "partitions": f"{n_clips / PARTITION:,.0f}, {n_clips / PARTITION / core_h / 3600 * CORES:.0f} "
        f"a second on {CORES} cores",
        "table": f"{table_tb:.1f} TB of Parquet, {n_clips * row_bytes / 1e12:.1f} TB as float32",
    }
    breaks = (
        f"1. `train` reads the whole table: {MEMORY_GB} GB hold {fits / 1e6:.0f} million utterances, "
        f"{fits * CLIP_S / 3600:,.0f} hours.\n   Train on some of the parts.\n"
        f"2. The client lists in one thread: above {core_h / client_h:.0f} cores they wait for it. Start one "
        "run per corpus, each\n   into a folder of its own.\n"
        "3. A recording that is new early in the order moves all later ones by a place, and their parts are "
        "made again: add\n   recordings as folders that sort last, or as another run.\n"
        "4. A store that is listed a folder at a time: no folder should hold more names than memory does.\n"
    )
    lines = ["| what | how much |", "|---|---|", *(f"| {a} | {b} |" for a, b in table.items())]
    return "\n".join(lines) + "\n\nWhat would break first, in this order:\n\n" + breaks.rstrip()


def section() -> str:
    """Lay out what is measured, and what follows from it."""
    return (
        f"{measured()}\n\n## A million hours\n\n"
        f"As recordings of {CLIP_S:g} s, by the figures above and those of the stages in [results](results.md); nothing of\n"
        f"this size was run.\n\n{projected()}"
    )


def _slope(before: dict[str, str], last: dict[str, str], name: str) -> float:
    """Per clip, between the two largest runs: without what starting takes."""
    total = [float(row[name]) * int(row["clips"]) for row in (before, last)]
    return (total[1] - total[0]) / (int(last["clips"]) - int(before["clips"]))


def _shown(value: str) -> str:
    return f"{int(value):,}" if value.isdigit() else f"{float(value):.2f}"


def _rows(name: str) -> list[dict[str, str]]:
    with (RESULTS / name).open(newline="") as file:
        return list(csv.DictReader(file))
