"""Results of `audio-emotion evaluate`: recalls with intervals, fairness, confidence."""

from __future__ import annotations

from typing import Any, Final

from audio_emotion.data.corpora import corpus_title
from tools.measurements import CORPORA, FOLDS, SHIPPED, Estimate, evaluation, read

MODELS: Final = {
    FOLDS: "networks of the six folds",
    SHIPPED: "`default.aem`, its own unseen speakers",
    "MLP": "MLP, trained without each fold",
}
MEASURES: Final = ("uar", "macro_f1", "weighted_f1", "accuracy")

_NUMBERS: Final = (
    *("no", "one", "two", "three", "four", "five"),
    *("six", "seven", "eight", "nine", "ten"),
)
_UNDEFINED: Final = Estimate(None, None, None)


def made() -> list[dict[str, Any]]:
    """Return how each evaluation was made: `model`, `catalogue`."""
    return [evaluation(model)["made"] for model in MODELS]


def of_protocol(document: dict[str, Any], protocol: str) -> dict[str, Any]:
    """Return the scores of a protocol."""
    return next(entry for entry in document["protocols"] if entry["protocol"] == protocol)


def unseen(model: str) -> dict[str, Any]:
    """Return all scores on unseen speakers."""
    scores: dict[str, Any] = of_protocol(evaluation(model), "unseen speakers")["all"]
    return scores


def right_of_ten(model: str) -> str:
    """Write in words how many of ten answers to unseen speakers are right."""
    return _NUMBERS[round(10 * unseen(model)["accuracy"].value)]


def trained_on_n_speakers() -> int:
    """Return the number of speakers that the network that ships was trained on."""
    (model,) = of_protocol(evaluation(SHIPPED), "unseen speakers")["fold_models"]
    return int(model["trained_on_n_speakers"])


def right_from(probability: float, model: str = FOLDS) -> float:
    """Return the share of right predictions among those with a probability of the bin there."""
    bins = evaluation(model)["confidence"]["as_stored"]["bins"]
    return next(float(one["right"]) for one in bins if abs(one["from"] - probability) < 1e-6)


def recall_after(seconds: float | None, model: str = FOLDS) -> float:
    """Return the UAR after seconds of speech; of whole recordings without them."""
    rows = read("listening_length", model=model, measure="uar", corpus="all", seconds=seconds)
    return float(rows[0]["value"])


def sexes(corpus: str = "ravdess") -> float:
    """Return the recall of a corpus' women less that of its men, of the networks of the folds."""
    gaps = {one["where"]: one for one in evaluation(FOLDS)["fairness"]["sex"]}
    return float(gaps[corpus]["recall"].value)


def recalls(*models: str) -> list[dict[str, Any]]:
    """Return the UAR on unseen speakers, of all and of each corpus."""
    return [
        {"model": MODELS[model], "n_speakers": unseen(model)["n_speakers"]}
        | _by_corpus(of_protocol(evaluation(model), "unseen speakers"))
        for model in models
    ]


def chance() -> dict[str, float]:
    """Return the UAR of guessing, of all and of each corpus."""
    overall = unseen(FOLDS)
    found = dict.fromkeys(("all", *CORPORA), overall["chance"])
    scored = of_protocol(evaluation(FOLDS), "unseen speakers")["corpora"]
    return found | {one["corpus"]: one["chance"] for one in scored if "uar" in one}


def measures() -> list[dict[str, Any]]:
    """Return the measures that others report, on all unseen speakers."""
    return [{"model": title} | unseen(model) for model, title in MODELS.items()]


def protocols(model: str) -> list[dict[str, Any]]:
    """Return the UAR by protocol, of all and of each corpus."""
    undefined = dict.fromkeys(CORPORA, _UNDEFINED)
    return [
        {"protocol": entry["protocol"]} | _by_corpus(entry, undefined)
        for entry in evaluation(model)["protocols"]
    ]


def comparison(model: str) -> dict[str, Any]:
    """Return the comparison with another model: by measure, by corpus, and by utterance."""
    found: dict[str, Any] = evaluation(model)["comparison"]
    found["corpora"] = [one | {"title": corpus_title(one["corpus"])} for one in found["corpora"]]
    return found | {one["measure"]: one for one in found["measures"]}


def fairness(model: str) -> dict[str, Any]:
    """Return differences of recall and precision between groups, bold within the `limit`."""
    found = evaluation(model)["fairness"]
    titles = {"sex": "women less men", "corpus": "this corpus less the others"}
    differences = [
        {
            "difference": f"{title}, {corpus_title(one['where'])}",
            "speakers": " and ".join(str(group["n_speakers"]) for group in one["groups"]),
            "recall": _bold_within(one["recall"], found["limit"]),
            "precision": _bold_within(one["precision"], found["limit"]),
        }
        for key, title in titles.items()
        for one in found[key]
        if not one["why"]
    ]
    return {"limit": found["limit"], "differences": differences}


def confidence(*models: str) -> list[dict[str, Any]]:
    """Return calibration errors, the risk-coverage curve and the effect of the stored threshold."""
    return [{"model": MODELS[model]} | evaluation(model)["confidence"] for model in models]


def thresholds(*models: str) -> list[dict[str, Any]]:
    """Return the thresholds chosen on other speakers, and their effect."""
    return [
        {"model": found["model"]} | one
        for found in confidence(*models)
        for one in found["thresholds"]
        if one["threshold"] is not None
    ]


def _by_corpus(
    entry: dict[str, Any], otherwise: dict[str, Estimate] | None = None
) -> dict[str, Any]:
    scored = {one["corpus"]: one["uar"] for one in entry["corpora"] if "uar" in one}
    return {"all": entry["all"]["uar"]} | (otherwise or dict.fromkeys(CORPORA)) | scored


def _bold_within(estimate: Estimate, limit: float) -> str:
    is_small = estimate.value is not None and abs(estimate.value) <= limit
    return f"**{estimate:+}**" if is_small else f"{estimate:+}"
