"""Cost of a cluster's work, and what a million hours would take: `cluster_scaling.csv`."""

from __future__ import annotations

from typing import Final

from audio_emotion.data.cluster import PARTITION
from audio_emotion.engine import features
from tools.measurements import read, values

HOURS: Final = 1_000_000
CLIP_S: Final = 3.0
CORES: Final = 100
MEMORY_GB: Final = 64


def projected() -> dict[str, float]:
    """Return what `HOURS` would take, as clips of `CLIP_S`, by the measured rates."""
    times_real_time = values("dataset_stages", "stage", "times_real_time")
    *_, before, last = read("cluster_scaling")
    client_ms = [run["client_ms_per_clip"] * run["clips"] for run in (before, last)]
    client_ms_per_clip = (client_ms[1] - client_ms[0]) / (last["clips"] - before["clips"])
    n_clips = HOURS * 3600 / CLIP_S
    core_h = HOURS / times_real_time["file to features"]
    client_h = n_clips * client_ms_per_clip / 1000 / 3600  # without what starting takes
    row_bytes = 4 * len(features.names())
    return {
        "clips": n_clips,
        "core_h": core_h,
        "core_h_without_decoding": HOURS / times_real_time["without decoding"],
        "client_h": client_h,
        "cores_that_wait": core_h / client_h,
        "partitions": n_clips / PARTITION,
        "partitions_per_s": n_clips / PARTITION / core_h / 3600 * CORES,
        "parquet_tb": n_clips * last["table_bytes_per_clip"] / 1e12,
        "float32_tb": n_clips * row_bytes / 1e12,
        "clips_in_memory": MEMORY_GB * 1e9 / row_bytes,
    }
