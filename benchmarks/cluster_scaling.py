"""Cost of a recording, and memory, of `audio-emotion dataset --dask` as recordings become more.

    python benchmarks/cluster_scaling.py

makes short clips like syllables, 0.3 s each and no two alike, and has their features extracted by a
scheduler and two workers on this machine. Every number of clips is a run of its own, from nothing,
by workers that have imported everything. Processor time is that of the three, so other programs
matter little to it; the client, which lists the recordings, is counted apart. Writes
results/cluster_scaling.csv; needs 2 GB of disk for a while.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from distributed import Client

from audio_emotion.data.cluster import partitions
from audio_emotion.engine.emotions import EMOTIONS

RESULT = Path(__file__).parent / "results" / "cluster_scaling.csv"
NUMBERS = (1_000, 10_000, 50_000, 200_000)
N_WORKERS = 2
SECONDS = 0.3
PER_FOLDER = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--numbers", type=int, nargs="+", default=NUMBERS)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for number in parser.parse_args().numbers:
            clips = Path(folder, f"clips-{number}")
            write_clips(clips, number)
            rows.append(run(clips, Path(folder, f"out-{number}"), number))
            print(rows[-1], flush=True)
            subprocess.run(["rm", "-r", clips], check=True)
    with RESULT.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_clips(root: Path, number: int) -> None:
    random = np.random.default_rng(number)
    n = round(16_000 * SECONDS)
    syllable = np.hanning(n) * np.sin(np.cumsum(np.linspace(0.04, 0.07, n)))
    for index in range(number):
        emotion = EMOTIONS[index % len(EMOTIONS)]
        folder = root / f"{index // PER_FOLDER:04}" / emotion
        folder.mkdir(parents=True, exist_ok=True)
        samples = 8000 * syllable * random.uniform(0.3, 1) + random.normal(0, 200, n)
        with wave.open(str(folder / f"{index:07}.wav"), "wb") as file:
            file.setparams((1, 2, 16_000, n, "NONE", ""))
            file.writeframes(samples.astype("<i2").tobytes())


def run(clips: Path, out: Path, number: int) -> dict[str, object]:
    with cluster() as (address, processes):
        command = [sys.executable, "-c", "from audio_emotion.cli import main; main()"]
        with Client(address) as client:
            client.run(import_everything)
        before = sum(processor_s(process.pid) for process in processes.values())
        start = time.perf_counter()
        client = subprocess.Popen(
            [*command, "dataset", str(clips), "--out", str(out), "--dask", address]
        )
        largest_client = client_s = 0.0
        while client.poll() is None:
            largest_client = max(largest_client, peak_mb(client.pid))
            client_s = max(client_s, processor_s(client.pid))
            time.sleep(0.2)
        wall = time.perf_counter() - start
        assert client.returncode == 0
        used = sum(processor_s(process.pid) for process in processes.values()) - before
        memory = {name: round(peak_mb(process.pid)) for name, process in processes.items()}
    return {
        "clips": number,
        "wall_s": f"{wall:.1f}",
        "processor_ms_per_clip": f"{1000 * used / number:.3f}",
        "times_real_time_per_core": round(number * SECONDS / used),
        "client_ms_per_clip": f"{1000 * client_s / number:.3f}",
        "table_bytes_per_clip": round(size(out / partitions.TABLE) / number),
        "client_mb": round(largest_client),
        "scheduler_mb": memory["scheduler"],
        "largest_worker_mb": max(memory[f"worker-{n}"] for n in range(N_WORKERS)),
    }


@contextmanager
def cluster() -> Iterator[tuple[str, dict[str, subprocess.Popen[bytes]]]]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        told = Path(folder, "scheduler.json")

        def start(*arguments: str) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments, "--no-dashboard"],
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        processes = {"scheduler": start("scheduler", "--port", "0", "--scheduler-file", str(told))}
        while not told.exists():
            time.sleep(0.1)
        with Client(scheduler_file=str(told)) as client:
            address = client.scheduler.address
            for n in range(N_WORKERS):
                # Without a nanny, so that the process that is measured is the one that works.
                options = ["--no-nanny", "--nthreads", "1", "--name", f"worker-{n}"]
                processes[f"worker-{n}"] = start("worker", address, *options)
            client.wait_for_workers(N_WORKERS)
        yield address, processes


def import_everything() -> None:
    import audio_emotion.data.cluster.partitions  # noqa: F401, PLC0415


def processor_s(process: int) -> float:
    """Time that a process has computed, in user and in kernel mode."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def size(folder: Path) -> int:
    """Bytes of the files in a folder."""
    return sum(path.stat().st_size for path in folder.iterdir())


def peak_mb(process: int) -> float:
    """Most memory that a process has held so far; 0 once it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    lines = dict(line.split(":", 1) for line in status.splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024 if "VmHWM" in lines else 0.0


if __name__ == "__main__":
    main()
