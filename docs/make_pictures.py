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
        recall = {
            row["heard"]: float(row["uar"])
            for row in read("network_adaptation.csv")
            if row["corpus"] == corpus
        }
        later = recall.pop("20 or more")
        heard = sorted(map(int, recall))
        values = [recall[str(n)] for n in heard]
        axes.plot(heard, values, color=color, marker=marker, markersize=4, label=CORPORA[corpus])
        axes.plot([20, 23], [later, later], color=color, linewidth=3, solid_capstyle="butt")
    axes.set_xlabel("utterances heard from the same speaker before (bar: 20 or more)")
    axes.set_ylabel("UAR, unseen speakers")
    axes.set_ylim(0.45, 0.8)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, metadata={"Date": None})


if __name__ == "__main__":
    main()
