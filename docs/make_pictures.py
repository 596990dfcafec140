"""Draw docs/pictures/adaptation.svg from benchmarks/results/network_adaptation.csv."""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from network_results import CORPORA, read

PICTURE = Path(__file__).parent / "pictures" / "adaptation.svg"

STYLES = {"ravdess": ("#1f5fa8", "o"), "tess": ("#b5541c", "s")}


def main() -> None:
    """Draw recall against utterances heard from the same speaker."""
    mpl.rcParams.update({"svg.hashsalt": "adaptation", "font.size": 10, "svg.fonttype": "none"})
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
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, metadata={"Date": None})


if __name__ == "__main__":
    main()
