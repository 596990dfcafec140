"""What strangers may expect: corpora left out, read speech, no speech, altered recordings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from statistics import mean
from typing import Any, Final

from audio_emotion.data.corpora import TITLES, corpus_title
from audio_emotion.recognition.network_model import NetworkModel
from tools.measurements import ROOT, Estimate, Target, evaluation, percent, read, references
from tools.results.evaluation import MODELS, of_protocol

WANTED: Final = 0.8
"""Share of right answers that is asked for where confidence is measured."""

FOLD_STEPS: Final = 12_000
"""Batches that the networks in `evaluation_network.json` were trained on."""

_BEFORE: Final = "20 or more"
_DROPS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "level": ("30 dB quieter", {"condition": "gain", "level": -30}),
    "telephone": ("on the telephone", {"group": "telephone"}),
    "room": ("in a room of 0.7 s", {"group": "room", "level": 0.7}),
    "noise": ("in recorded noise, 10 dB", {"condition": "background", "level": 10}),
    "tilt": ("through a microphone tilted by up to 6 dB per octave", {"condition": "tilt"}),
}
"""Kind of change, in words, and its rows of `robustness.csv`; the worst of them counts."""

Row = dict[str, Any]


def shipped_steps() -> int:
    """Return the batches that the network that ships was trained on."""
    metadata = NetworkModel.load(ROOT / "models" / "default.aem").metadata
    return int(json.loads(metadata.recipe)["steps"])


def measured() -> list[str]:
    """Return the models that strangers were measured with, those of the folds first."""
    return [model for model in MODELS if evaluation(model)["strangers"]["left_out"]]


def expectations(model: str) -> list[Row]:
    """Return `what`, figure and `target` of everything that has a target, strangers first."""
    targets = references()["targets"]["strangers"]
    return [
        {"what": what, "figure": show(value), "target": _against(targets, key, value, show)}
        for key, what, value, show in _figures(model)
        if value is not None
    ]


def headline(model: str) -> list[Row]:
    """Return the expectations that come first."""
    return expectations(model)[:7]


def figure(model: str, key: str) -> str | None:
    """Return a figure of `expectations` by the key of its target; None if it is not measured."""
    for name, _, value, show in _figures(model):
        if name == key and value is not None:
            return str(show(value))
    return None


def left_out(model: str) -> list[Row]:
    """Return each corpus left out: UAR, and its confident answers where `WANTED` is asked for."""
    found = evaluation(model)["strangers"]["left_out"]
    effects = {one["corpus"]: one | _wanted(one) for one in found["transfer"]["corpora"]}
    return [
        one
        | {"title": corpus_title(one["corpus"]), "n_emotions": len(one["emotions"])}
        | {key: effects.get(one["corpus"], {}).get(key) for key in _EFFECTS}
        for one in found["corpora"]
    ]


def fitted(model: str) -> Row:
    """Return the temperature and the threshold that are fitted on all corpora left out."""
    found: Row = evaluation(model)["strangers"]["left_out"]["transfer"]["fitted_on_all"]
    return found | _wanted(found)


def read_speech(model: str) -> Row:
    """Return the answers to sentences read by strangers."""
    found: Row = evaluation(model)["strangers"]["read_speech"]
    return found


def shares(model: str, of: str) -> list[Row]:
    """Return `non_speech` or `speech_missed`, of all and of each corpus."""
    return [
        one | {"title": TITLES.get(one["corpus"], "all")}
        for one in evaluation(model)["strangers"][of]
    ]


def adaptation(model: str) -> list[Row]:
    """Return UAR by utterances heard before, and the speakers that adaptation makes worse."""
    return [
        {"title": corpus_title(one["corpus"]), "without": one["uar"][-1]["without"]}
        | {"corpus": one["corpus"]}
        | {group["previous"]: group["adapted"] for group in one["uar"]}
        | one["harm"]
        for one in evaluation(model)["adaptation"] or ()
    ]


_EFFECTS: Final = ("temperature", "threshold", "coverage", "accuracy", "area")


def _figures(model: str) -> Iterator[tuple[str, str, float | None, Any]]:
    """Yield key of the target, what it is, figure, and how it is written."""
    document = evaluation(model)
    strangers = document["strangers"]
    corpora = {one["corpus"]: one for one in left_out(model)}
    chosen = [corpora[name] for name in references()["left_out"]["corpora"] if name in corpora]
    names = ", ".join(one["title"] for one in chosen)
    if chosen:
        uar = mean(one["uar_among"].value for one in chosen)
        yield "left_out_uar", f"{names}, left out: mean UAR among their own emotions", uar, _score
    right = [one["accuracy"] for one in chosen if one["accuracy"] is not None]
    what = f"the same, where {WANTED:.0%} right is asked for: right of the confident answers, mean"
    yield "confident_right", what, mean(right) if right else None, percent
    if read := strangers["read_speech"]:
        what = "strangers who read (neutral): confidently called an emotion"
        yield "read_confident_false", what, read["confident_false"].value, percent
        what = "strangers who read: neutral, or not confident"
        yield "read_kept", what, read["neutral_or_not_confident"].value, percent
    for one in strangers["non_speech"][:1]:
        what = "sounds without speech: answered with an emotion"
        yield "non_speech_answered", what, one["answered"].value, percent
        what = "sounds without speech: confidently"
        yield "non_speech_confident", what, one["confident"].value, percent
    for one in strangers["speech_missed"][:1]:
        yield "speech_missed", "speech called no speech", one["no_speech"].value, percent
    for key, (what, wanted) in _DROPS.items():
        rows = read_changes(model, wanted)
        yield key, f"UAR lost {what}", max(rows) if rows else None, _score
    yield from _known(model, document)


def _known(model: str, document: Row) -> Iterator[tuple[str, str, float | None, Any]]:
    """Yield figures of unseen speakers of corpora that are trained on."""
    scored = {one["corpus"]: one for one in of_protocol(document, "unseen speakers")["corpora"]}
    for corpus in ("ravdess", "tess", "savee"):
        uar = scored.get(corpus, {}).get("uar", Estimate(None, None, None)).value
        yield corpus, f"{TITLES[corpus]}, unseen speakers: UAR", uar, _score
    for one in adaptation(model):
        if one["corpus"] == "ravdess":
            what = f"{TITLES['ravdess']} after {_BEFORE} utterances of the person"
            yield "adapted_ravdess", what, one.get(_BEFORE), _score
    for one in document["fairness"]["sex"]:
        if one["where"] == "ravdess" and not one["why"]:
            what = f"{TITLES['ravdess']}, recall of women less that of men, either way"
            yield "sexes", what, abs(one["recall"].value), _score


def read_changes(model: str, wanted: Row) -> list[float]:
    """Return the UAR lost in the conditions that are wanted; negative where it is gained."""
    return [-row["change"] for row in read("robustness", model=model, **wanted)]


def _wanted(found: Row) -> Row:
    """Return the threshold for `WANTED`, and its effect."""
    effect: Row = next(one for one in found["thresholds"] if one["wanted"] == WANTED)
    return effect


def _against(targets: Row, key: str, value: float, show: Any) -> str:
    target: Target = targets[key]
    side = "at most" if target.at_most else "at least"
    return f"{side} {show(target.limit)}: {target.verdict(value)}"


def _score(value: float) -> str:
    return f"{value:.3f}"
