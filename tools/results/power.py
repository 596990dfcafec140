"""What `audio-emotion power` found, for docs/results.md; run to take it from logs/power."""

import csv
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from audio_emotion.devices import boards

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "benchmarks" / "results" / "power.csv"
PICTURES = ROOT / "docs" / "pictures"
DRAWN = ("boxes", "trace_esp32s3")


class Published(NamedTuple):
    """Which board a trace is of, and the mean current in the original's paper."""

    board: str
    current_ma: float


PUBLISHED = {
    "esp32": Published("esp32", 50.07),
    "esp32s3": Published("esp32-s3", 30.09),
    "nrf52": Published("nrf52840", 5.39),
    "rp2040": Published("rp2040", 30.56),
}


def section() -> str:
    """Lay out means, idling, predictions and battery life beside what the original publishes."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lines, worst = [], 0.0
    for row in rows:
        published = PUBLISHED[row["trace"]]
        board = boards.find(published.board)
        theirs = board.original
        assert theirs is not None
        ours = {key: float(row[key]) for key in row if key not in {"trace", "why_none"}}
        worst = max(
            worst,
            abs(ours["power_mw"] / theirs.power_mw - 1),
            abs(ours["current_ma"] / published.current_ma - 1),
        )
        lines.append(
            f"| {board.name} | {ours['corrupt']:,.0f} of {ours['samples']:,.0f} "
            f"| **{ours['power_mw']:.1f}** ({theirs.power_mw:.1f}) "
            f"| **{ours['current_ma']:.2f}** ({published.current_ma:.2f}) "
            f"| {ours['idle_mw']:.1f} | {ours['predictions']:.0f} "
            f"| **{ours['duration_ms']:.1f}** ({theirs.answer_ms:.1f}) "
            f"| **{ours['above_idle_mj']:.2f}** | {ours['in_all_mj']:.2f} ({theirs.answer_mj:.2f}) "
            f"| {ours['battery_hours']:.0f} |"
        )
    return (
        "## Power traces\n\n"
        "`make power` runs `audio-emotion power` on the four traces that the original system published and writes `logs/power/report.html`.\n"
        "In brackets what its paper says. Corrupt samples, all near the ends, are found by rules that hold for any trace, not by cutting at row\n"
        f"50,000 as the original does; means differ from the published ones by at most {100 * worst:.1f} %. The original's response times were\n"
        "measured in another way, over 58 answers. Hours: a battery of 1000 mAh at 3.7 V, 60 predictions an hour, without self-discharge,\n"
        "aging or losses of a converter.\n\n"
        "| board | corrupt samples | mean power (mW) | mean current (mA) | idle (mW) | predictions seen | a prediction (ms) | mJ above idle "
        "| mJ in all | hours |\n" + "|---" * 10 + "|\n" + "\n".join(lines) + "\n\n"
        "![power and current of the four boards](pictures/power-boxes.png)\n\n"
        "![current of the ESP32-S3 over time, three predictions, and its corrupt end](pictures/power-trace_esp32s3.png)\n\n"
        "These are two or three predictions a board, so medians of as many. The ESP32-S3's third lies behind the original's cut. The paper's\n"
        "energy of an answer is mean power times response time; what a prediction adds to idling is less, because these boards hardly idle:\n"
        "between predictions they draw nearly as much, and it is that which empties the battery. The nRF52840's idling swings between two\n"
        "levels every 27 ms, so its predictions are told apart only when smoothed over 50 ms. After each prediction the RP2040 draws a little\n"
        "more for about 100 ms; that counts as idling. Nothing in a trace says that a rise is a prediction;\n"
        "what speaks for it is that they last as long as the published response times.\n"
    )


def take(folder: Path) -> None:
    """Copy the table, and two pictures with fewer colors, from a run of the command."""
    from PIL import Image  # noqa: PLC0415  (comes with matplotlib)

    shutil.copyfile(folder / "power.csv", TABLE)
    for name in DRAWN:
        with Image.open(folder / f"{name}.png") as picture:
            small = picture.convert("RGB").quantize(64, dither=Image.Dither.NONE)
        small.save(PICTURES / f"power-{name}.png", optimize=True)


if __name__ == "__main__":
    take(Path(sys.argv[1]))
