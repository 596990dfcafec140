"""Write the card of a model that ships beside its file, from the metadata of the file.

Without a file: MODEL_CARD.md, from the results of evaluations.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import numpy as np

from audio_emotion.data.corpora import LABELS
from audio_emotion.engine import network_file
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.export.license import model_license
from audio_emotion.recognition.classifier_file import load
from audio_emotion.recognition.network_model import NetworkModel
from tools.markdown import render
from tools.measurements import FOLDS, ROOT, SHIPPED
from tools.measurements import evaluation as document
from tools.results import evaluation, robustness, strangers

MODEL: Final = ROOT / "models" / "default.aem"


def network_facts(path: Path) -> dict[str, Any]:
    """Return metadata and sizes of the file of a network."""
    model = NetworkModel.load(path)
    weights = [layer.weights for layer in model.network.layers]
    weights += [model.network.embedding_weights, model.network.head_weights]
    return {
        "metadata": model.metadata,
        "scores": model.metadata.scores,
        "front_end": network_file.FRONT_END_HASH,
        "n_layers": len(model.network.layers),
        "n_weights": sum(one.size for one in weights),
        "size": len(model.content),
        "emotions": model.network.emotions,
        "threshold": float(model.network.threshold),
        "license": model_license(model),
    }


def classifier_facts(path: Path) -> dict[str, Any]:
    """Return metadata and sizes of the file of a classifier."""
    model = load(path)
    metadata = model.metadata
    speech = np.array(metadata.scores["confusion"])[: len(EMOTIONS)]
    return {
        "metadata": metadata,
        "scores": metadata.scores,
        "size": path.stat().st_size,
        "labels": [label for label in LABELS if label in model.pipeline.classes_],
        "accuracy": speech.trace() / speech.sum(),
        "license": model_license(model),
    }


def model_card() -> str:
    """Return MODEL_CARD.md."""
    return render(
        "cards/templates/model_card.md.in",
        **network_facts(MODEL),
        models=(FOLDS, SHIPPED),
        documents=[document(model) for model in (FOLDS, SHIPPED)],
        evaluation=evaluation,
        robustness=robustness,
        strangers=strangers,
    )


def card(path: Path) -> str:
    """Return the card of a model's file."""
    if path.suffix == ".aem":
        return render("cards/templates/network.md.in", **network_facts(path))
    return render("cards/templates/classifier.md.in", **classifier_facts(path))


def main(path: Path | None) -> None:
    """Write the card beside a model file, or MODEL_CARD.md."""
    if path is None:
        (ROOT / "MODEL_CARD.md").write_text(model_card(), encoding="utf-8")
    else:
        path.with_name(f"{path.name}.md").write_text(card(path), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
