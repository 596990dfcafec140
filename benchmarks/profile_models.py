"""Profile models on the boards that can be emulated: benchmarks/results/profile.csv.

python benchmarks/profile_models.py models/*.skops
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from audio_emotion.boards import ORIGINAL_BOARDS
from audio_emotion.profile import default_recording, profile
from audio_emotion.recognition import load

RESULT = Path(__file__).parent / "results" / "profile.csv"


def main() -> None:
    """Write one row per model, board and figure."""
    boards = [board for board in ORIGINAL_BOARDS if board.cpu]
    with RESULT.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["model", "board", "figure", "unit", "how", "value"])
        for path in map(Path, sys.argv[1:]):
            document = profile(load(path), boards, default_recording())
            for board in document["boards"]:
                for one in board["figures"]:
                    figure = (one["name"], one["unit"], one["how"], f"{one['value']:.9g}")
                    table.writerow([path.stem, board["board"], *figure])
            print(f"profiled {path.stem}")


if __name__ == "__main__":
    main()
