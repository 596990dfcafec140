"""Of the sample's recordings, how many an exported example finds and names, by level and gain.

    python benchmarks/board_levels.py
    python benchmarks/board_levels.py STM32H743

Every example runs in the double of its board's driver (tests/board_interfaces): each recording
with its own gain and, for one example of each driver, with none. Writes the rows of the examples
that are named, or of all, to benchmarks/results/board_levels.csv. The likeliest emotion counts,
confident or not.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from operator import contains
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "helpers")]

import board_doubles  # noqa: E402
from audio_emotion.data import audio  # noqa: E402
from audio_emotion.data.catalogue import catalogue  # noqa: E402
from audio_emotion.engine.network_file import to_bytes  # noqa: E402
from audio_emotion.export import export  # noqa: E402
from audio_emotion.recognition.model import load_model  # noqa: E402
from audio_emotion.recognition.network_model import NetworkModel  # noqa: E402

RESULT: Final = Path(__file__).parent / "results" / "board_levels.csv"
COLUMNS: Final = ["example", "gain", "level_db", "offset", "recordings", "found", "right"]
WITHOUT_GAIN: Final = ("Nano33BLESense_PDM", "NanoRP2040Connect_PDM", "RP2040_I2S", "Zephyr")
# Level of the recordings, and an offset in units of the upper 16 bits.
CONDITIONS: Final = ((0, 0), (-12, 0), (-22, 0), (-32, 0), (-22, 300))
BEFORE, AFTER = np.zeros(8000, np.int16), np.zeros(20_000, np.int16)


def always_confident() -> NetworkModel:
    model = load_model()
    assert isinstance(model, NetworkModel)
    return NetworkModel(to_bytes(replace(model.network, threshold=0.0)), model.metadata)


def words_of(path: str, level_db: float, offset: int) -> board_doubles.Words:
    samples = np.concatenate([BEFORE, audio.read(path), AFTER]).astype(np.float64)
    words = samples * 10 ** (level_db / 20) * 2**16 + offset * 2**16
    return (np.clip(np.rint(words / 256), -(2**23), 2**23 - 1) * 256).astype(np.int32)


def answers(program: Path, path: str, level_db: float, offset: int) -> list[str]:
    return board_doubles.run(program, words_of(path, level_db, offset)).answers()


def rows_of(name: str, exported: Path) -> Iterator[list[object]]:
    """Yield a row for each gain and condition."""
    clips = catalogue(ROOT / "sample").utterances
    for gain in (0, None) if name in WITHOUT_GAIN else (None,):
        folder = exported / f"{name}, {gain}".replace(" ", "")
        program = board_doubles.build(exported, board_doubles.EXAMPLES[name], folder, gain=gain)
        for level_db, offset in CONDITIONS:
            run = partial(answers, program, level_db=level_db, offset=offset)
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                heard = list(pool.map(run, clips["path"]))
            found = sum(said != [] for said in heard)
            right = sum(map(contains, heard, clips["emotion"]))
            which = "none" if gain == 0 else "its own"
            yield [name, which, level_db, offset, len(clips), found, right]


def main() -> None:
    names = sys.argv[1:] or list(board_doubles.EXAMPLES)
    kept = pd.read_csv(RESULT)
    rows = kept[~kept["example"].isin(names)].to_numpy().tolist()
    with tempfile.TemporaryDirectory() as folder:
        exported = Path(folder)
        model = always_confident()
        for target in {board_doubles.EXAMPLES[name].target for name in names}:
            export.export(model, exported / target, target)
        for name in names:
            for row in rows_of(name, exported):
                rows.append(row)
                print(*row, flush=True)
    order = {name: index for index, name in enumerate(board_doubles.EXAMPLES)}
    rows.sort(key=lambda row: order[row[0]])  # stable: conditions stay in their order
    pd.DataFrame(rows, columns=COLUMNS).to_csv(RESULT, index=False)


if __name__ == "__main__":
    main()
