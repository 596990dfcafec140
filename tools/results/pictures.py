"""Draw the pictures of docs/results.md from the tables in benchmarks/results/."""

from __future__ import annotations

from typing import Final

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd

from audio_emotion.evaluation.measures import cost, non_speech, robustness
from audio_emotion.evaluation.report import figures, robustness_figures
from audio_emotion.report.figures import save_figure
from tools.measurements import CORPORA, FOLDS, PICTURES, RESULTS, SHIPPED
from tools.results import network

STYLES: Final = {"ravdess": ("#1f5fa8", "o"), "tess": ("#b5541c", "s")}


def adaptation() -> None:
    """Draw recall against utterances of the same speaker so far."""
    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    measured = network.adaptation()
    for corpus, (color, marker) in STYLES.items():
        recalls = [measured[corpus][group] for group in network.BEFORE]
        axes.plot(network.BEFORE, recalls, color=color, marker=marker, label=CORPORA[corpus])
    axes.set_xlabel("earlier utterances of the same speaker")
    axes.set_ylabel("UAR, unseen speakers")
    axes.set_ylim(0.45, 0.8)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    save_figure(figure, PICTURES / "adaptation", ["svg"])


def costs() -> None:
    """Draw recall against flash, RAM and time of every model whose cost is known."""
    profile = cost.read_profile(RESULTS / "profile.csv")
    points, board = cost.points(profile, cost.known_recalls(RESULTS), f"{SHIPPED}.aem")
    save_figure(figures.cost(points, board), PICTURES / "cost", ["svg"])


def noise_and_length() -> None:
    """Draw recall of the networks of the folds against noise, and against seconds of speech."""
    altered, lengths = (
        table[table["model"] == FOLDS].drop(columns="model")
        for table in (
            pd.read_csv(RESULTS / f"{name}.csv") for name in ("robustness", "listening_length")
        )
    )
    altered = altered[altered["group"] != non_speech.GROUP]
    noisy = robustness_figures.against_noise(altered, robustness.MAX_RECALL_DROP)
    save_figure(noisy, PICTURES / "robustness-noise", ["png"])
    save_figure(robustness_figures.against_length(lengths), PICTURES / "robustness-length", ["png"])


if __name__ == "__main__":
    mpl.rcParams.update({"svg.hashsalt": "adaptation", "font.size": 10, "svg.fonttype": "none"})
    adaptation()
    costs()
    noise_and_length()
