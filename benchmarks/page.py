"""Measure the size of the page, its loading time, and its cost per 10 ms of sound.

    make web && python benchmarks/page.py

Writes benchmarks/results/page.csv: bytes as they travel (gzip), milliseconds from the request to
a page that is ready and to its first answer, microseconds of 10 ms of sound in the browser. Run it
on a quiet machine.
"""

from __future__ import annotations

import csv
import gzip
import re
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from audio_emotion.recognition.model import default_model_path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "web"))

from chromium import DIST, chromium, opened, served  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "page.csv"
TIMES = 9
PARTS = {
    "core and network": ("*.wasm",),
    "scripts": ("*.js",),
    "page and style": ("*.html", "*.css", "*.svg"),
    "figures": ("*.json",),
}
COST = re.compile(r"takes (\d+) µs, and (\d+) µs more")


def main() -> None:
    rows = [("figure", "unit", "value"), *sizes()]
    with (
        served(default_model_path()) as address,
        sync_playwright() as playwright,
        chromium(playwright) as browser,
    ):
        rows += times(browser, address)
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    print(*(", ".join(map(str, row)) for row in rows), sep="\n")


def sizes() -> Iterator[tuple[str, str, int]]:
    """Return the sizes of everything but the clips."""
    total = 0
    for part, patterns in PARTS.items():
        paths = [path for pattern in patterns for path in DIST.rglob(pattern)]
        n_bytes = sum(len(gzip.compress(path.read_bytes(), 9)) for path in paths)
        total += n_bytes
        yield part, "bytes", n_bytes
    yield "all but the clips", "bytes", total


def times(browser: Browser, address: str) -> Iterator[tuple[str, str, float]]:
    """Load the page, and recognize a recording; a new profile every time."""
    loads, answers, network, voice = [], [], [], []
    recording = max((DIST / "clips").iterdir(), key=lambda path: path.stat().st_size)
    for _ in range(TIMES):
        with browser.new_context() as context:
            page = opened(context.new_page(), address)
            loads.append(int(page.evaluate("document.documentElement.dataset.ready")))
            page.set_input_files("#file", recording)
            page.wait_for_selector("#utterances li")
            answers.append(round(page.evaluate("performance.now()")))
            found = COST.search(page.inner_text("#cost"))
            assert found is not None
            network.append(int(found[1]))
            voice.append(int(found[2]))
    yield "until it is ready", "ms", statistics.median(loads)
    yield (
        "until the first answer, of a recording that is opened at once",
        "ms",
        statistics.median(answers),
    )
    yield "10 ms of sound through the network", "us", statistics.median(network)
    yield "the same through the acoustic features", "us", statistics.median(voice)


if __name__ == "__main__":
    main()
