"""Noise, telephones, rooms, brevity, for docs/results.md; run to take them from evaluations.

python -m tools.results.robustness logs/network/evaluation.json logs/default/evaluation.json
"""

import csv
import json
import sys
from pathlib import Path

import pandas as pd

from audio_emotion.evaluation import length, robustness
from audio_emotion.evaluation.perturbations import speechless
from audio_emotion.evaluation.report import robustness_figures
from audio_emotion.report.page import save_figure

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
PICTURES = ROOT / "docs" / "pictures"

NOISES = {
    "background": "recorded: dogs, rain, ... *",
    "babble": "babble of 4 others",
    "white": "white",
    "pink": "pink",
}
SNRS = ("20", "10", "5", "0")
CORPORA = {"all": "all", "ravdess": "RAVDESS", "savee": "SAVEE", "tess": "TESS", "crema": "CREMA-D"}

PANEL, SHIPPED = "network", "default"

Row = dict[str, str]


def read(name: str, model: str) -> list[Row]:
    """Rows of one table about one model."""
    with (RESULTS / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["model"] == model]


def section() -> str:
    """Lay out what alters the answers, what is answered to noise, and how much speech it takes."""
    rows = read("robustness", PANEL)
    return (
        "## Noise, telephones, rooms\n\n"
        "`audio-emotion evaluate build/network generated_dataset/audio_dataframe.csv --noise ../shared/noise`: the networks of the\n"
        f"six folds, each asked about speakers it has not heard, {rows[0]['n_utterances']} utterances as recorded and again under every condition: chosen\n"
        "evenly over corpora, emotions and speakers, so that SAVEE, TESS and the few CREMA-D recordings of other emotions weigh more than among\n"
        f"all, and the UAR is **{number(rows[0], 'uar_clean')}** as recorded. Changes of it with 95 % intervals over speakers.\n\n"
        f"{kept(rows)}\n\n{worst(rows)}\n\n"
        + noise(rows)
        + "\n![recall against noise](pictures/robustness-noise.png)\n\n"
        + conditions(rows)
        + "\n"
        + alone()
        + "\n"
        + brevity()
    )


def kept(rows: list[Row]) -> str:
    """Say how often the published thresholds hold."""
    said = []
    for model, of_model in ((PANEL, rows), (SHIPPED, read("robustness", SHIPPED))):
        hearing = [row for row in of_model if row["group"] in robustness.RECALL_GROUPS]
        tiny = [row for row in of_model if row["group"] in robustness.UNCHANGED_GROUPS]
        who = "the networks of the folds" if model == PANEL else "`default.aem`"
        said.append(
            f"for {who} in {holding(hearing)} noises and lines and {holding(tiny)} tiny changes"
        )
    return (
        "Published thresholds (ser-tests, arXiv 2312.06270): recall drops by at most 0.05 under noise and on the telephone; 95 % of the\n"
        "answers stay under changes that nobody hears. Applied at every level, 0 dB too, to the figure itself and not to its interval, they hold (bold)\n"
        f"{said[0]},\n{said[1]}."
    )


def worst(rows: list[Row]) -> str:
    """Say what costs most, and what costs nothing that can be told from chance."""
    altered = [row for row in rows if row["change"]]
    by_group: dict[str, Row] = {}
    for row in sorted(altered, key=lambda row: float(row["change"])):
        by_group.setdefault(row["group"], row)
    most = "; ".join(f"{named(row)}: {float(row['change']):+.3f}" for row in by_group.values())
    spared = [row for row in altered if row["change_low"] and float(row["change_high"]) >= 0]
    return f"The worst of each group: {most}.\nIn {len(spared)} of {len(altered)} conditions the interval reaches no loss at all."


def named(row: Row) -> str:
    """Name a condition with its level and, if it codes, its rate."""
    rate = f" ({float(row['kbit_s']):.1f} measured)" if row["kbit_s"] else ""
    return f"{row['condition']}, {float(row['level']):g} {row['unit']}{rate}"


def holding(rows: list[Row]) -> str:
    """Count those that hold."""
    return f"{sum(row['holds'] == 'True' for row in rows)} of {len(rows)}"


def noise(rows: list[Row]) -> str:
    """Change of the UAR by kind of noise and ratio."""
    lines = []
    for kind, name in NOISES.items():
        of_kind = {
            f"{float(row['level']):g}": row
            for row in rows
            if row["group"] == "noise" and row["condition"] == kind
        }
        cells = [change(of_kind[snr]) for snr in SNRS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    kinds = sorted(
        (row for row in rows if row["group"] == "kind of noise"),
        key=lambda row: float(row["change"]),
    )
    each = ", ".join(f"{row['condition']} {float(row['change']):+.3f}" for row in kinds)
    return (
        "| noise | "
        + " | ".join(f"{snr} dB" for snr in SNRS)
        + " |\n|---"
        + "|---" * len(SNRS)
        + "|\n"
        + "\n".join(lines)
        + f"\n\n\\* the recordings that these networks were trained with, too; the other noises are new to them. Each kind at 10 dB:\n{each}.\n"
    )


def conditions(rows: list[Row]) -> str:
    """Every other condition, for the networks of the folds and for the file that ships."""
    shipped = {key(row): row for row in read("robustness", SHIPPED)}
    lines = []
    for row in rows:
        if row["group"] in {"noise", "kind of noise", speechless.GROUP}:
            continue
        other = shipped[key(row)]
        lines.append(
            f"| {row['group']} | {named(row)} | {change(row)} | {unchanged(row)} "
            f"| {float(other['change']):+.3f} | {unchanged(other)} |"
        )
    clean = number(next(iter(shipped.values())), "uar_clean")
    return (
        f"On the right the file that ships, on {next(iter(shipped.values()))['n_utterances']} recordings of the speakers it was trained without (UAR {clean}).\n"
        "Unchanged: share of answers that stay the same.\n\n"
        "| | condition | UAR | unchanged | `default.aem`: UAR | unchanged |\n|---|---|---|---|---|---|\n"
        + "\n".join(lines)
        + "\n"
    )


def alone() -> str:
    """Lay out what the file that ships says of noise without speech."""
    rows = [row for row in read("robustness", SHIPPED) if row["group"] == speechless.GROUP]
    clean = read("robustness", SHIPPED)[0]
    lines = [
        f"| {row['condition']}{', ' + format(float(row['level']), 'g') + ' dBFS' if row['level'] else ''} "
        f"| {float(row['confidence']):.2f} | {float(row['sure']):.0%} | {row['commonest']} "
        f"| {float(row['commonest_share']):.0%} | {float(row['noticed']):.0%} |"
        for row in rows
    ]
    return (
        "### Noise without speech\n\n"
        f"`default.aem` asked about {speechless.SECONDS:g} s in which nobody speaks. About speech its mean probability is {float(clean['confidence_clean']):.2f} and it is sure\n"
        f"of {float(clean['sure_clean']):.0%}. Noticed: what the listener takes for an utterance, so that a device would ask at all.\n\n"
        "| | mean probability | sure | commonest answer | its share | noticed |\n|---|---|---|---|---|---|\n"
        + "\n".join(lines)
        + "\n"
    )


def brevity() -> str:
    """UAR against seconds of speech, and the time to a stable answer."""
    rows = read("listening_length", PANEL)
    recalls = {(row["corpus"], row["seconds"]): row for row in rows if row["measure"] == "uar"}
    stable = {row["corpus"]: row for row in rows if row["measure"] == "stable"}
    of_all = [row for row in rows if row["measure"] == "uar" and row["corpus"] == "all"]
    lines = []
    for row in of_all:
        named = f"{float(row['seconds']):g} s" if row["seconds"] else "whole recording"
        cells = [number(recalls[corpus, row["seconds"]], "value") for corpus in CORPORA]
        shares = f"{float(row['settled']):.0%} | {float(row['ended']):.0%}"
        lines.append(f"| {named} | " + " | ".join(cells) + f" | {shares} |")
    quartiles = [
        " to ".join(f"{float(stable[corpus][key]):.2f}" for key in ("low", "high"))
        for corpus in CORPORA
    ]
    medians = [f"**{float(stable[corpus]['value']):.2f}**" for corpus in CORPORA]
    return (
        "### How much speech an answer needs\n\n"
        f"The same networks, asked every {1000 * length.STEP_S:.0f} ms while they listen ({stable['all']['n_utterances']} utterances; seconds count from the first\n"
        "speech, what has ended counts with all of it, so that the same utterances stand behind every line). UAR:\n\n"
        "| speech heard | "
        + " | ".join(CORPORA.values())
        + " | answers as at the end | ended |\n|---"
        + "|---" * (len(CORPORA) + 2)
        + "|\n"
        + "\n".join(lines)
        + "\n| stable from, median s | "
        + " | ".join(medians)
        + " | | |\n| quartiles | "
        + " | ".join(quartiles)
        + " | | |\n\n![recall against seconds of speech](pictures/robustness-length.png)\n"
    )


def change(row: Row) -> str:
    """Change of the UAR with its interval, bold if the threshold published for it holds."""
    value = f"{float(row['change']):+.3f}"
    is_kept = row["holds"] == "True" and row["group"] in robustness.RECALL_GROUPS
    shown = f"**{value}**" if is_kept else value
    interval = f" ({float(row['change_low']):+.2f} to {float(row['change_high']):+.2f})"
    return shown + (interval if row["change_low"] else "")


def unchanged(row: Row) -> str:
    """Share of answers that stay, bold if the threshold published for it holds."""
    value = f"{float(row['unchanged']):.1%}"
    is_kept = row["holds"] == "True" and row["group"] in robustness.UNCHANGED_GROUPS
    return f"**{value}**" if is_kept else value


def number(row: Row, column: str) -> str:
    """Three digits, or nothing."""
    return f"{float(row[column]):.3f}" if row[column] else ""


def key(row: Row) -> tuple[str, str, str]:
    """Tell a condition from the others."""
    return row["group"], row["condition"], row["level"]


def take(documents: list[Path]) -> None:
    """Put what evaluations measured into tables, and draw the pictures of the first one."""
    for name, of_document in (("robustness", "robustness"), ("listening_length", "length")):
        tables = []
        for path in documents:
            document = json.loads(path.read_text(encoding="utf-8"))
            table = pd.DataFrame(document[of_document])
            table.insert(0, "model", document["model"])
            tables.append(table)
        everything = pd.concat(tables, ignore_index=True)
        everything.to_csv(RESULTS / f"{name}.csv", index=False, float_format="%.6g")
    first = json.loads(documents[0].read_text(encoding="utf-8"))
    altered = pd.DataFrame(first["robustness"])
    altered = altered[altered["group"] != speechless.GROUP]
    noisy = robustness_figures.against_noise(altered, robustness.MAX_RECALL_DROP)
    save_figure(noisy, PICTURES / "robustness-noise", ["png"])
    curve = length.curve(pd.DataFrame(first["length"]))
    save_figure(curve, PICTURES / "robustness-length", ["png"])


if __name__ == "__main__":
    take([Path(argument) for argument in sys.argv[1:]])
