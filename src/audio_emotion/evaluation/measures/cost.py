"""Cost of a model on a board, beside its recall."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from audio_emotion.errors import InputError, reason_of
from audio_emotion.files import check_lines

CORPUS: Final = "ravdess"  # with many speakers, who all say the same sentences

# Columns of a point, from the figures of `audio-emotion profile`.
FLASH: Final = (("flash code", "bytes"), ("flash constants", "bytes"))
RAM: Final = (("total RAM", "bytes"),)
LATENCY: Final = (("latency", "ms"),)

Profile = dict[tuple[str, str], dict[tuple[str, str], float]]
"""Of (model, board) the value of each (figure, unit)."""


def read_profile(path: Path) -> Profile:
    """Read the cost of models.

    Parameters
    ----------
    path : Path
        Output of `audio-emotion profile --json`, or a CSV with columns `model`, `board`,
        `figure`, `unit` and `value` as `benchmarks/results/profile.csv`.

    Raises
    ------
    InputError
        Neither of these.
    """
    try:
        check_lines(path)
        text = path.read_text(encoding="utf-8")
        rows = _of_json(json.loads(text)) if path.suffix == ".json" else _of_csv(text)
        profile: Profile = {}
        for model, board, figure, unit, value in rows:
            profile.setdefault((model, board), {})[figure, unit] = float(value)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: not a profile of a model ({reason_of(error)}). "
            "Write it with: audio-emotion profile --model MODEL --json > profile.json"
        ) from error
    return profile


def points(
    profile: Profile, recalls: dict[str, float], this: str
) -> tuple[list[dict[str, Any]], str]:
    """Return recall and cost of models, on the board with the longest latency.

    Parameters
    ----------
    profile : Profile
    recalls : dict
        UAR on unseen RAVDESS speakers, by model.
    this : str
        The model that was evaluated.

    Returns
    -------
    points : list of dict
        `model`, `board`, `uar`, `flash_bytes`, `ram_bytes`, `answer_ms` and whether it is `this`.
    board : str
    """
    known: list[dict[str, Any]] = [
        {
            "model": model,
            "board": board,
            "uar": recalls[model],
            "flash_bytes": _sum(figures, FLASH),
            "ram_bytes": _sum(figures, RAM),
            "answer_ms": _sum(figures, LATENCY),
            "this": model == this,
        }
        for (model, board), figures in profile.items()
        if model in recalls and all(key in figures for key in (*FLASH, *RAM, *LATENCY))
    ]
    if not known:
        return [], ""
    slowest = str(max(known, key=lambda point: float(point["answer_ms"]))["board"])
    return [point for point in known if point["board"] == slowest], slowest


def known_recalls(folder: Path) -> dict[str, float]:
    """Read the recall of other models from `performance.csv` and `evaluation_network.json`, if any.

    The recall of the network that ships is that of networks of its recipe, one per fold.
    """
    recalls = {
        f"{row['name']}.skops": float(row[f"unseen_uar_{CORPUS}"])
        for row in _rows(folder / "performance.csv")
        if row.get(f"unseen_uar_{CORPUS}")
    }
    networks = folder / "evaluation_network.json"
    if networks.is_file():
        recall = _recall(json.loads(networks.read_text(encoding="utf-8")))
        recalls |= {} if recall is None else {"default.aem": recall}
    return recalls


def of_document(document: dict[str, Any], profile: Profile, path: Path) -> dict[str, Any]:
    """Return the cost of an evaluated model, and of others that are in the same table."""
    recall = _recall(document)
    if recall is None:
        why = f"too few utterances of {CORPUS} were tested to have a recall"
        return {"points": [], "board": "", "why": why}
    models = {model for model, _ in profile}
    same = [model for model in models if Path(model).stem == document["model"]]
    this = same[0] if same else next(iter(models)) if len(models) == 1 else ""
    if not this:
        return {"points": [], "board": "", "why": f"{path.name} has no {document['model']}"}
    recalls = known_recalls(path.parent) | {this: recall}
    found, board = points(profile, recalls, this)
    why = "" if found else f"{path.name} lacks flash, RAM or latency"
    return {"points": found, "board": board, "why": why}


def _recall(document: dict[str, Any]) -> float | None:
    """Return the UAR on unseen speakers of `CORPUS`."""
    unseen = (one for one in document["protocols"] if one["protocol"] == "unseen speakers")
    scored = (one for one in next(unseen)["corpora"] if one["corpus"] == CORPUS and "uar" in one)
    return next((one["uar"]["value"] for one in scored), None)


def _sum(figures: dict[tuple[str, str], float], keys: Iterable[tuple[str, str]]) -> float:
    return sum(figures[key] for key in keys)


def _of_json(document: dict[str, Any]) -> Iterator[tuple[str, str, str, str, float]]:
    for board in document["boards"]:
        for figure in board["figures"]:
            yield (
                document["model"],
                board["board"],
                figure["name"],
                figure["unit"],
                figure["value"],
            )


def _of_csv(text: str) -> Iterator[tuple[str, str, str, str, str]]:
    for row in csv.DictReader(text.splitlines()):
        yield row["model"], row["board"], row["figure"], row["unit"], row["value"]


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
