"""Draw docs/pictures/adaptation.svg and cost.svg from the tables in benchmarks/results."""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

from audio_emotion.evaluation.measures import cost
from audio_emotion.evaluation.report import figures
from audio_emotion.report.page import save_figure
from tools.results.network import CORPORA, RESULTS, read

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
SHIPPED = "default.aem"

STYLES = {"ravdess": ("#1f5fa8", "o"), "tess": ("#b5541c", "s")}


def adaptation() -> None:
    """Draw recall against utterances heard from the same speaker."""
    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    for corpus, (color, marker) in STYLES.items():
        rows = [row for row in read("network_adaptation.csv") if row["corpus"] == corpus]
        recall = {row["heard"]: float(row["uar"]) for row in rows}
        groups = ["none", "1 to 4", "5 to 9", "10 to 19", "20 or more"]
        values = [recall[group] for group in groups]
        axes.plot(groups, values, color=color, marker=marker, label=CORPORA[corpus])
    axes.set_xlabel("utterances heard from the same speaker before")
    axes.set_ylabel("UAR, unseen speakers")
    axes.set_ylim(0.45, 0.8)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    save_figure(figure, PICTURES / "adaptation", ["svg"])


def costs() -> None:
    """Draw recall against flash, RAM and time of every model whose cost is known."""
    profile = cost.read_profile(RESULTS / "profile.csv")
    points, board = cost.points(profile, cost.known_recalls(RESULTS), SHIPPED)
    save_figure(figures.cost(points, board), PICTURES / "cost", ["svg"])


if __name__ == "__main__":
    mpl.rcParams.update({"svg.hashsalt": "adaptation", "font.size": 10, "svg.fonttype": "none"})
    adaptation()
    costs()
