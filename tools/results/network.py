"""Recall, adaptation and confidence of the streaming network, from `network_*.csv`."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import mean, stdev
from typing import Any, Final

from tools.measurements import CORPORA, read, references, values

# The folds that were looked at while the recipe was chosen: docs/experiments.md.
CHOSEN_ON: Final = {1, 4}

BEFORE: Final = ("none", "1 to 4", "5 to 9", "10 to 19", "20 or more")
"""How many utterances of the same speaker came before, as `network_adaptation.csv` groups them."""

_PLAIN: Final = {"protocol": "unseen", "seed": 0, "channels": 96, "actors": "all"}
_CHANGED: Final[dict[str, dict[str, Any]]] = {
    "as it ships": {},
    "another seed": {"seed": 1},
    "48 channels instead of 96": {"channels": 48},
    "half of the RAVDESS and CREMA-D actors": {"actors": "half"},
}
_OLDER_TESS_SPEAKER: Final = 0  # the fold that holds her


def unseen(corpus: str) -> float:
    """Return the UAR on all unseen speakers of a corpus."""
    return _int8(**_PLAIN, corpus=corpus, fold="all")


def random_f1() -> float:
    """Return the weighted F1 of the random 70/30 split."""
    return _int8(protocol="random", corpus="all", fold="all")


def by_corpus() -> list[dict[str, Any]]:
    """Return UAR of each corpus: of all utterances, over folds and over fresh folds."""
    targets = references()["targets"]["network"]
    rows = []
    for corpus, title in CORPORA.items():
        folds = values("network_accuracy", "fold", "int8", **_PLAIN, corpus=corpus)
        uar = folds.pop("all")
        rows.append(
            {
                "corpus": title,
                "uar": uar,
                "folds": _spread(folds.values()),
                "fresh": _spread(uar for fold, uar in folds.items() if fold not in CHOSEN_ON),
                "target": ", then ".join(
                    f"{target.limit:.2f} ({target.verdict(uar)})"
                    for target in targets.get(corpus, [])
                ),
            }
        )
    return rows


def ablations() -> list[dict[str, Any]]:
    """Return what seed, size and data change, on two of the fresh folds."""
    rows = []
    for name, changed in _CHANGED.items():
        wanted = _PLAIN | changed
        folds = {row["fold"]: row for row in read("network_accuracy", **wanted, corpus="ravdess")}
        lost = [
            row["float"] - row["int8"]
            for fold, row in folds.items()
            if fold != "all" and row["float"] is not None
        ]
        rows.append(
            {
                "changed": name,
                "fold_0": folds[0]["int8"],
                "fold_3": folds[3]["int8"] if 3 in folds else None,
                "tess": _int8(**wanted, fold=_OLDER_TESS_SPEAKER, corpus="tess"),
                "lost": mean(lost) if lost else None,
            }
        )
    return rows


def largest_loss_by_int8() -> float:
    """Return the largest mean difference of UAR between float and int8, where it is known."""
    return max(float(row["lost"]) for row in ablations() if row["lost"] is not None)


def adaptation() -> dict[str, dict[str, Any]]:
    """Return UAR of each corpus by `BEFORE`."""
    return {
        corpus: {"corpus": CORPORA[corpus]}
        | values("network_adaptation", "heard", "uar", corpus=corpus)
        for corpus in ("ravdess", "savee", "tess")
    }


def confidence() -> list[dict[str, Any]]:
    """Return the share of predictions with each probability, and how many of them are right."""
    return [row for row in read("network_confidence") if row["answered"] > 0]


def calibration_error() -> float:
    """Return the expected calibration error."""
    bins = [row for row in confidence() if row["n_in_bin"]]
    gaps = (
        row["n_in_bin"] * abs(row["mean_probability_in_bin"] - row["right_in_bin"]) for row in bins
    )
    return float(sum(gaps) / sum(row["n_in_bin"] for row in bins))


def probe(of: str) -> str:
    """Return the mean recall of a linear probe for `corpus` or `emotion`, over folds."""
    return _spread(row[of] for row in read("network_probe") if row["corpus"] is not None)


def _int8(**wanted: Any) -> float:
    (row,) = read("network_accuracy", **wanted)
    return float(row["int8"])


def _spread(of: Iterable[float]) -> str:
    """Write mean and standard deviation."""
    of = list(of)
    return f"{mean(of):.3f}" + (f" ± {stdev(of):.3f}" if len(of) > 1 else "")
