"""Profile models on the boards that can be emulated: benchmarks/results/profile.csv.

python benchmarks/profile_models.py models/*.aem models/*.skops

The rows of models that are not named stay.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from audio_emotion.data.sample import sample_recording
from audio_emotion.devices.boards import ORIGINAL_BOARDS
from audio_emotion.devices.profile import profile
from audio_emotion.files import replacing
from audio_emotion.recognition.model import load_model

RESULT = Path(__file__).parent / "results" / "profile.csv"


HEADING = ["model", "board", "figure", "unit", "how", "value"]


def rows_of(path: Path) -> list[list[str]]:
    """One row per board and figure."""
    boards = [board for board in ORIGINAL_BOARDS if board.cpu]
    document = profile(load_model(path), boards, sample_recording())
    return [
        [path.name, board["board"], one["name"], one["unit"], one["how"], f"{one['value']:.9g}"]
        for board in document["boards"]
        for one in board["figures"]
    ]


def main() -> None:
    """Replace the rows of the models that are named."""
    paths = sorted(map(Path, sys.argv[1:]))
    with RESULT.open(newline="") as file:
        named = {path.name for path in paths}
        rows = [row for row in list(csv.reader(file))[1:] if row[0] not in named]
    for path in paths:
        rows += rows_of(path)
        print(f"profiled {path.name}")
    rows.sort(key=lambda row: row[0])  # stable: figures stay in their order
    with replacing(RESULT) as temporary, temporary.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADING, *rows])


if __name__ == "__main__":
    main()
