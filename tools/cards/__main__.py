"""Write the card of a model that ships beside its file, from what the file says.

Without a file: MODEL_CARD.md, from what evaluations found.
"""

import sys
from pathlib import Path

import numpy as np

from audio_emotion.data.corpora import EMOTIONS
from audio_emotion.engine import network_file as network
from audio_emotion.recognition.classifier_file import read_metadata
from tools.cards import root_card
from tools.cards.model_use import INTENDED, LICENSES, LIMITS, PROHIBITED

USE = f"""## Use

{INTENDED}
{LIMITS}

{PROHIBITED}

{LICENSES}
"""
MEASURED = "../MODEL_CARD.md#noise-telephones-rooms"

NETWORK_CARD = """# The model that ships: `default.aem`

Written by `tools/cards` from the model file; made by `make train-default`. Do not edit.

| | |
|---|---|
| model | streaming int8 network over log-mel energies (front end `{front_end:08x}`), {n_layers} layers, {n_weights:,} weights |
| size | {size:,} bytes in flash |
| answers | {emotions} |
| trained on | {training_data} |
| recipe | `{recipe}` |
| made by | embedded-audio-emotion {version} |

## How well, on speakers it has never heard

This very file on {n_utterances} recordings of the {n_speakers} speakers of `sample/`, which it was trained without (its
temperature, {temperature}, was fitted on them; that changes no label):

| corpus | UAR |
|---|---|
{corpora}

Guessing scores 0.143 (CREMA-D, of which two emotions are at hand: 0.5, but it may answer all seven). Sure, that is with a
probability of at least {threshold}, of {sure:.0%} of them, and then right in {accuracy_if_sure:.0%}; of all answers {accuracy:.0%} are right.

Networks of the same recipe, trained without each fold of speakers in turn: [results](../docs/results.md). They are the figures
to quote, over all actors and both TESS speakers.

{use}"""

CARD = """# The acoustic model: `default.skops`

Written by `tools/cards` from the model file; made by `make default-model`. Do not edit. The streaming network
`default.aem` is what all commands use unless told otherwise; this one answers from named acoustic features.

| | |
|---|---|
| classifier | {name} over {n_features} acoustic features (schema `{schema_hash:08x}`) |
| size | {size:,} bytes |
| answers | {emotions} |
| trained on | {training_data} |
| recipe | `{recipe}` |
| made by | embedded-audio-emotion {version} |

## How well, on speakers it has never heard

Six folds, no speaker in two of them, all corpora trained on together; `src/audio_emotion/data/folds.py` names the folds. The
hyperparameters were chosen on these same folds, so the figures are slightly optimistic. UAR is the mean of the recalls
of the emotions of which a corpus has at least 20 utterances; guessing scores one divided by their number.

| corpus | emotions | guessing | UAR | macro F1 |
|---|---|---|---|---|
{corpora}

On a random 70/30 split, the original system's protocol, in which speakers and sentences *are* known: weighted F1
{random_f1:.3f}. Probabilities are calibrated by one temperature ({temperature}) fitted on the unseen speakers.

The speakers of `sample/` were kept out of everything: training, folds and calibration.

{use}"""


def network_card(path: Path) -> str:
    """Fill the card of a network."""
    model = network.load(path)
    metadata, scores = model.metadata, model.metadata.scores
    return NETWORK_CARD.format(
        front_end=network.FRONT_END_HASH,
        n_layers=len(model.network.layers),
        n_weights=sum(layer.weights.size for layer in model.network.layers)
        + model.network.embedding_weights.size
        + model.network.head_weights.size,
        size=len(model.content),
        emotions=", ".join(model.network.emotions),
        training_data=metadata.training_data,
        recipe=metadata.recipe,
        version=metadata.version,
        corpora="\n".join(f"| {name} | **{uar:.3f}** |" for name, uar in scores["uar"].items()),
        n_speakers=len(scores["speakers"]),
        threshold=f"{model.network.threshold:g}",
        use=USE.format(measured=MEASURED, wrong=1 - scores["accuracy"]),
        **{
            key: scores[key]
            for key in ("n_utterances", "temperature", "sure", "accuracy", "accuracy_if_sure")
        },
    )


def classifier_card(model: Path) -> str:
    """Fill the card of a classifier."""
    metadata = read_metadata(model)
    corpora = "\n".join(
        f"| {corpus} | {values['n_classes']} | {1 / values['n_classes']:.3f} "
        f"| **{values['uar']:.3f}** | {values['macro_f1']:.3f} |"
        for corpus, values in metadata.scores["corpora"].items()
    )
    confusion = np.array(metadata.scores["confusion"])
    accuracy = confusion.trace() / confusion.sum()
    return CARD.format(
        name=metadata.name,
        n_features=len(metadata.feature_names),
        schema_hash=metadata.schema_hash,
        size=model.stat().st_size,
        emotions=", ".join(EMOTIONS),
        training_data=metadata.training_data,
        recipe=metadata.recipe,
        version=metadata.version,
        corpora=corpora,
        use=USE.format(measured=MEASURED, wrong=1 - accuracy),
        random_f1=metadata.scores["random_f1"],
        temperature=metadata.temperature,
    )


def main(model: Path | None) -> None:
    """Write the card beside a model file, or MODEL_CARD.md."""
    if model is None:
        card = root_card.root_card()
        (root_card.ROOT / "MODEL_CARD.md").write_text(card, encoding="utf-8")
        return
    card = network_card(model) if model.suffix == ".aem" else classifier_card(model)
    model.with_name(f"{model.name}.md").write_text(card, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
