# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "embedded-audio-emotion[web]", "flask>=3", "librosa==0.11.0", "numpy", "rich", "soundfile",
#     "soxr",
# ]
# [tool.uv.sources]
# embedded-audio-emotion = { path = ".." }
# ///
"""Load on loopback: our server beside the original's way, Flask and librosa for every request.

    python benchmarks/serve_load.py

Writes results/serve_load.csv. Clients send a recording of 4.4 s at 44.1 kHz as a form, again as
soon as they have the answer, or a refusal. The two servers take turns, on the same machine, in
several rounds; ratios are taken within a round.
"""

from __future__ import annotations

import argparse
import csv
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np

import recordings

BENCHMARKS = Path(__file__).parent
RESULTS = BENCHMARKS / "results" / "serve_load.csv"
SAMPLE_RATE = 44_100
CLIENTS = (1, 4, 200)  # the last more than either can serve

OURS = "audio-emotion serve"
ORIGINAL = "original's way: Flask, librosa, forest"
COMMANDS = {
    OURS: ["-c", "from audio_emotion.cli import main; main()", "serve", "--port", "0"],
    ORIGINAL: [str(BENCHMARKS / "peers" / "original_server.py")],
}


class Turn(NamedTuple):
    """Answers of one server to its clients in one round."""

    latencies_s: list[float]
    n_failed: int
    duration_s: float

    @property
    def per_second(self) -> float:
        return len(self.latencies_s) / self.duration_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--seconds", type=float, default=10, help="of every turn")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = recordings.write(Path(folder), SAMPLE_RATE)[0]
        body, kind = form(clip.path)
        with served(OURS) as ours, served(ORIGINAL, str(clip.path)) as original:
            addresses = {OURS: ours, ORIGINAL: original}
            turns: dict[tuple[str, int], list[Turn]] = {}
            for _ in range(options.rounds):
                for n_clients in CLIENTS:
                    for name, address in addresses.items():
                        turn = load(address, body, kind, n_clients, options.seconds)
                        turns.setdefault((name, n_clients), []).append(turn)
    write(turns)


def form(path: Path) -> tuple[bytes, str]:
    """Body and content type of a form with a recording."""
    boundary = "boundary-of-the-form"
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="file"; filename="{path.name}"\r\n'
        "Content-Type: audio/wav\r\n\r\n"
    )
    body = head.encode() + path.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


@contextmanager
def served(name: str, *arguments: str) -> Iterator[str]:
    """Start a server; yields where it is."""
    command = [sys.executable, *COMMANDS[name], *arguments]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout
        line = server.stdout.readline().split()
        if not line:
            sys.exit(f"serve_load: {name} did not start. Try: {' '.join(command)}")
        yield urlsplit(line[0]).netloc
    finally:
        server.terminate()
        server.wait()


def load(address: str, body: bytes, kind: str, n_clients: int, seconds: float) -> Turn:
    """Let clients ask a server for some time; requests that have begun are waited for."""
    began = time.perf_counter()

    def client() -> tuple[list[float], int]:
        latencies, n_failed = [], 0
        connection = http.client.HTTPConnection(address)
        while (sent := time.perf_counter()) < began + seconds:
            connection.request("POST", "/api/predict", body, {"Content-Type": kind})
            response = connection.getresponse()
            answer = json.loads(response.read())
            if response.status == 200 and "emotion" in answer:
                latencies.append(time.perf_counter() - sent)
            else:
                n_failed += 1
        connection.close()
        return latencies, n_failed

    with ThreadPoolExecutor(n_clients) as threads:
        results = [future.result() for future in [threads.submit(client) for _ in range(n_clients)]]
    duration_s = time.perf_counter() - began
    return Turn(
        [t for latencies, _ in results for t in latencies], sum(n for _, n in results), duration_s
    )


def answered(turns: list[Turn]) -> float:
    """Return the share of the requests that got a result."""
    n = sum(len(turn.latencies_s) for turn in turns)
    return n / (n + sum(turn.n_failed for turn in turns))


def write(turns: dict[tuple[str, int], list[Turn]]) -> None:
    rows = []
    for (name, n_clients), of_rounds in turns.items():
        latencies = np.array([t for turn in of_rounds for t in turn.latencies_s])
        ratios = [
            ours.per_second / turn.per_second
            for ours, turn in zip(turns[OURS, n_clients], of_rounds, strict=True)
        ]
        rows.append(
            {
                "server": name,
                "clients": n_clients,
                "requests": len(latencies),
                "failed": sum(turn.n_failed for turn in of_rounds),
                "answered": f"{answered(of_rounds):.3g}",
                "requests_per_s": f"{statistics.median(t.per_second for t in of_rounds):.4g}",
                "median_ms": f"{1000 * np.median(latencies):.4g}",
                "p99_ms": f"{1000 * np.percentile(latencies, 99):.4g}",
                "ours_times_faster": f"{statistics.median(ratios):.3g}",
                "cores": os.cpu_count(),
            }
        )
    with RESULTS.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        print(row)


if __name__ == "__main__":
    main()
