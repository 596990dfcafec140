"""Draw the pictures of docs/results.md from the tables in benchmarks/results/."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd

from audio_emotion.evaluation.measures import cost, non_speech, robustness
from audio_emotion.evaluation.measures.adaptation import PREVIOUS
from audio_emotion.evaluation.report import figures, robustness_figures
from audio_emotion.report.figures import save_figure
from tools.measurements import FOLDS, PICTURES, RESULTS, SHIPPED, evaluation, read
from tools.results import strangers


def adaptation() -> None:
    """Draw what is gained by utterances of the same speaker so far, one line per corpus."""
    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    for model in strangers.measured()[:1]:
        for number, one in enumerate(strangers.adaptation(model)):
            groups = [group for group in PREVIOUS if group in one]
            axes.plot(
                groups,
                [one[group] for group in groups],
                color=figures.COLORS[number % len(figures.COLORS)],
                marker=figures.MARKERS[number // len(figures.COLORS) % len(figures.MARKERS)],
                label=one["title"],
            )
    axes.set_xlabel("earlier utterances of the same speaker")
    axes.set_ylabel("UAR, unseen speakers")
    figures.style(axes)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1), fontsize=9)
    save_figure(figure, PICTURES / "adaptation", ["svg"])


def risk() -> None:
    """Draw the share of right answers among the most confident ones, of corpora left out."""
    for model in strangers.measured()[:1]:
        found = evaluation(model)["strangers"]["left_out"]["transfer"]["risk_coverage"]
        curve = read("risk_coverage", model=model)
        drawn = figures.risk_coverage_curve(found | {"curve": curve})
        save_figure(drawn, PICTURES / "strangers-risk", ["svg"])


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
    if strangers.measured():
        adaptation()
        risk()
    costs()
    noise_and_length()
