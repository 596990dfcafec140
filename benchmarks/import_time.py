"""Time to import the package, beside numpy in the same run.

    python benchmarks/import_time.py

starts a new interpreter for each, in turns, and writes `import_time.csv`: the median of what
`python -X importtime` says, beyond the interpreter's own start.
"""

from __future__ import annotations

import csv
import statistics
import subprocess
import sys
from pathlib import Path

RUNS = 15
MODULES = ("audio_emotion", "numpy")
OUT = Path(__file__).parent / "results" / "import_time.csv"


def import_ms(module: str) -> float:
    """Time of one import in a new interpreter, with all that it imports."""
    command = [sys.executable, "-X", "importtime", "-c", f"import {module}"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stderr.splitlines()
    _, cumulative_us, name = lines[-1].removeprefix("import time:").split("|")
    assert name.strip() == module
    return int(cumulative_us) / 1000


def main() -> None:
    times: dict[str, list[float]] = {module: [] for module in MODULES}
    for _ in range(RUNS):
        for module in MODULES:
            times[module].append(import_ms(module))
    medians = {module: statistics.median(values) for module, values in times.items()}
    with OUT.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["module", "median_ms", "ratio_to_numpy"])
        for module, median in medians.items():
            writer.writerow([module, f"{median:.2f}", f"{median / medians['numpy']:.3f}"])
    print(OUT.read_text(encoding="utf-8"), end="")


if __name__ == "__main__":
    main()
