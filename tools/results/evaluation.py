"""Unseen speakers, fairness, confidence, for docs/results.md; run to take them from evaluations.

python -m tools.results.evaluation logs/network logs/default logs/MLP
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"

CORPORA = {"ravdess": "RAVDESS", "tess": "TESS", "savee": "SAVEE", "crema": "CREMA-D (2 emotions)"}
MODELS = {
    "network": "networks of the six folds",
    "default": "`default.aem`, its own unheard speakers",
    "MLP": "MLP, trained without each fold",
}
MEASURES = {
    "uar": "UAR",
    "macro_f1": "macro F1",
    "weighted_f1": "weighted F1",
    "accuracy": "accuracy",
}

Document = dict[str, Any]


def document(model: str) -> Document:
    """Read what an evaluation found."""
    found: Document = json.loads((RESULTS / f"evaluation_{model}.json").read_text(encoding="utf-8"))
    return found


def section() -> str:
    """Lay out how well, for whom and how surely."""
    network = document("network")
    commands = "\n".join(
        f"    audio-emotion evaluate {document(model)['made']['model']} "
        f"{document(model)['made']['catalogue']}"
        for model in MODELS
    )
    return (
        "## Evidence: unseen speakers, with intervals\n\n"
        "`make evidence` runs, each of them with `--noise ../shared/noise`,\n\n"
        f"{commands}\n\n"
        f"({times()}, on two cores with other work beside it).\n"
        "Each writes a report to read in a browser, and every answer as CSV. Intervals: 2,000 resamples of the speakers, widened for\n"
        "small numbers of them as Student's t is; two speakers, TESS, have none. Guessing is meant among the emotions tested.\n\n"
        + speakers()
        + "\n"
        + other_measures()
        + "\n### Per emotion\n\nThe networks of the six folds, all corpora.\n\n"
        + classes(network)
        + "\n### Protocols\n\nMLP, trained inside every split; UAR. On the last two lines speakers are in training and test.\n\n"
        + protocols(document("MLP"))
        + "\n### Is the network better?\n\n"
        + comparison(network)
        + "\n### For whom it works worse\n\n"
        + gaps(network)
        + "\n### How sure it may be\n\n"
        + confidence()
        + "\n### Cost beside recall\n\n![recall against flash, RAM and time](pictures/cost.svg)\n\n"
        "The square is the network that ships, its recall that of the networks of the folds; time on the slowest board, from emulated\n"
        "instructions. Figures: [on the microcontroller](#on-the-microcontroller).\n"
    )


def times() -> str:
    """Say how long they took."""
    return ", ".join(
        f"{MODELS[model].split(',')[0]} {document(model)['made']['seconds']:.0f} s"
        for model in MODELS
    )


def shown(estimate: Document | None, sign: str = "") -> str:
    """Write an estimate with its interval."""
    if estimate is None or estimate["value"] is None:
        return "not defined"
    value = f"{estimate['value']:{sign}.3f}"
    if estimate["low"] is None:
        return value
    return f"{value} ({estimate['low']:{sign}.2f} to {estimate['high']:{sign}.2f})"


def table(head: list[str], lines: list[list[str]]) -> str:
    """Write a markdown table."""
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, ["---"] * len(head), *lines))


def corpus(entry: Document, name: str) -> Document | None:
    """Find the scores of one corpus; None where it has none."""
    return next((one for one in entry["corpora"] if one["corpus"] == name and "uar" in one), None)


def recall(entry: Document, name: str) -> str:
    """Write the UAR of one corpus."""
    scores = corpus(entry, name)
    return f"**{shown(scores['uar'])}**" if scores else ""


def speakers(models: Iterable[str] = tuple(MODELS)) -> str:
    """UAR on unseen speakers of each corpus."""
    lines, chance = [], [""] * (2 + len(CORPORA))
    for model in models:
        name = MODELS[model]
        unseen = document(model)["protocols"][0]
        overall = unseen["all"]
        recalls = [recall(unseen, key) for key in CORPORA]
        lines.append([name, str(overall["n_speakers"]), f"**{shown(overall['uar'])}**", *recalls])
        if model == "network":
            each = [corpus(unseen, key) or overall for key in CORPORA]
            chance = [f"{one['chance']:.3f}" for one in (overall, *each)]
    lines.append(["*guessing, or always the commonest emotion*", "", *chance])
    return table(["UAR", "speakers", "all", *CORPORA.values()], lines)


def other_measures() -> str:
    """Give the measures that others report, beside what needs no hearing."""
    lines = []
    for model, name in MODELS.items():
        overall = document(model)["protocols"][0]["all"]
        lines.append([name, *(shown(overall[key]) for key in MEASURES)])
    overall = document("network")["protocols"][0]["all"]
    majority = overall["majority"]
    guesses = [f"{overall['guessing'][key]:.3f}" for key in MEASURES]
    lines.append(["*guessing*", *guesses])
    always = [f"{majority[key]:.3f}" for key in MEASURES]
    lines.append([f"*always {majority['emotion']}*", *always])
    return table(["all corpora", *MEASURES.values()], lines)


def classes(of_model: Document) -> str:
    """Recall, precision and F1 of each emotion."""
    lines = [
        [
            one["emotion"],
            str(one["n_utterances"]),
            *(shown(one[key]) for key in ("recall", "precision", "f1")),
        ]
        for one in of_model["protocols"][0]["all"]["per_class"]
    ]
    return table(["emotion", "utterances", "recall", "precision", "F1"], lines)


def protocols(of_model: Document) -> str:
    """UAR by protocol."""
    lines = [
        [
            entry["protocol"],
            shown(entry["all"]["uar"]),
            *(shown((corpus(entry, key) or {}).get("uar")) for key in CORPORA),
        ]
        for entry in of_model["protocols"]
    ]
    return table(["protocol", "all", *CORPORA.values()], lines)


def comparison(of_model: Document) -> str:
    """Say whether the difference is more than chance."""
    found = of_model["comparison"]
    by_measure = {one["measure"]: one for one in found["measures"]}
    uar = by_measure["uar"]
    lines = [
        [
            where(one["corpus"]),
            *(shown(one[key]) for key in ("ours", "theirs")),
            f"**{shown(one['difference'], '+')}**",
        ]
        for one in found["corpora"]
    ]
    chance = f"{found['mcnemar_p']:.1g}" if found["mcnemar_p"] else "below 1e-12"
    return (
        f"Than {found['model']}, on the same {found['n_utterances']:,} utterances of {found['n_speakers']} speakers: UAR "
        f"{shown(uar['ours'])} against {shown(uar['theirs'])}, difference\n**{shown(uar['difference'], '+')}**; accuracy "
        f"{shown(by_measure['accuracy']['difference'], '+')}. Only the network is right {found['only_ours_right']} times, only "
        f"{found['model']}\n{found['only_theirs_right']} times (McNemar's exact test: p {chance}). Where it is better and where not, in UAR:\n\n"
        + table(["corpus", "network", found["model"], "difference"], lines)
    )


def gaps(of_model: Document) -> str:
    """Differences between women and men, and between corpora."""
    fairness = of_model["fairness"]
    lines = [
        [
            f"{who}, {where(one['where'])}",
            " and ".join(str(group["n_speakers"]) for group in one["groups"]),
            *(bold(one[key], fairness["limit"]) for key in ("recall", "precision")),
        ]
        for who, key in (("women less men", "sex"), ("this corpus less the others", "corpus"))
        for one in fairness[key]
        if not one["why"]
    ]
    return (
        "The networks of the six folds; means over the emotions that both sides have, bold where within the published limit of\n"
        f"{fairness['limit']:g} (ser-tests, arXiv 2312.06270). TESS has no men and SAVEE no women, so nothing can be said there.\n\n"
        + table(["difference", "speakers", "recall", "precision"], lines)
    )


def where(names: str) -> str:
    """Write corpora as people do."""
    return " and ".join(CORPORA[name].split(" (")[0] for name in names.split(" and "))


def bold(estimate: Document, limit: float) -> str:
    """Write a difference, bold if it is small enough."""
    words = shown(estimate, "+")
    small = estimate["value"] is not None and abs(estimate["value"]) <= limit
    return f"**{words}**" if small else words


def confidence() -> str:
    """Calibration, and what abstaining is worth."""
    lines, chosen = [], []
    for model, name in MODELS.items():
        found = document(model)["confidence"]
        curve, stored = found["risk_coverage"], found["stored_threshold"]
        fitted = found["cross_fitted"]
        lines.append(
            [
                name,
                f"{found['as_stored']['expected_calibration_error']:.3f}",
                f"{fitted['expected_calibration_error']:.3f}" if fitted else "not defined",
                f"{curve['area']:.3f} ({curve['area_if_ideal']:.3f} to {curve['area_if_useless']:.3f})",
                f"{stored['lowest']:g}",
                f"{stored['answered']:.0%}",
                f"{stored['accuracy']:.1%}",
            ]
        )
        chosen += [
            [
                name,
                f"{one['wanted']:.0%}",
                f"{one['threshold']:.2f}",
                f"{one['answered']:.0%}",
                f"{one['accuracy']:.1%}",
            ]
            for one in found["thresholds"]
            if one["threshold"] is not None
        ]
    return (
        "Expected calibration error with the temperature in the file, and with one fitted on other speakers than it is measured on; area\n"
        "under the risk-coverage curve (were the confidence ideal, were it useless); what the file's threshold gives. The files of the folds\n"
        "are not calibrated and always sure; `default.aem` is, on the very speakers that it is asked about here.\n\n"
        + table(
            [
                "",
                "error, as stored",
                "fitted on others",
                "risk-coverage area",
                "threshold",
                "answered",
                "right",
            ],
            lines,
        )
        + "\nThe threshold that other speakers' answers ask for, and what it gives:\n\n"
        + table(["", "wanted right", "probability at least", "answered", "right"], chosen)
    )


def take(folders: list[Path]) -> None:
    """Put what the documents say into smaller ones, without curves, four digits."""
    for folder in folders:
        found = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
        for key in ("robustness", "length", "not_altered", "cost"):
            found.pop(key, None)
        found["confidence"]["risk_coverage"].pop("curve")
        lines = [f" {json.dumps(key)}: {json.dumps(short(value))}" for key, value in found.items()]
        path = RESULTS / f"evaluation_{found['model']}.json"
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def short(value: Any) -> Any:
    """Round what is no whole number to four digits; of tiny ones keep the size."""
    if isinstance(value, dict):
        return {key: short(one) for key, one in value.items()}
    if isinstance(value, list):
        return [short(one) for one in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


if __name__ == "__main__":
    take([Path(argument) for argument in sys.argv[1:]])
