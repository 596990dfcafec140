"""MODEL_CARD.md: what ships, for whom it is meant and not meant, and how well it does.

All figures are those of evaluations, as `tools/results/evaluation.py` and `tools/results/robustness.py` keep them.
"""

from pathlib import Path

from audio_emotion.engine import network_file as network
from tools.cards.model_use import INTENDED, LICENSES, LIMITS, PROHIBITED
from tools.results import evaluation as evidence
from tools.results import robustness as robustness_results
from tools.results.evaluation import shown

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "models" / "default.aem"

CARD = """# Model card: `models/default.aem`

Written by `tools/cards` from the JSON of `audio-emotion evaluate` (`make evidence`). Do not edit.

## What it is

A streaming int8 network, {n_weights:,} weights in {size:,} bytes of flash, that says which of seven emotions it heard: {emotions}.
It listens to log-mel energies while somebody speaks, runs on a microcontroller without a network connection, answers with
probabilities, and says "not sure" below {threshold:g}. Made by embedded-audio-emotion {version}; its recipe and the bytes are
described [beside the file](models/default.aem.md).

## Intended use

{intended} Whoever demonstrates it should show its probabilities, and the figures below.

## Prohibited and unsuitable use

{prohibited}

Unsuitable, because nothing here says that it works: felt instead of acted emotion, children, other languages than English,
several people at once, medical or forensic conclusions, any decision about a person.

## Training data and licenses

{training_data}. {licenses} The code is under the MIT license.
The speakers {unheard} were kept out of training.

## How well, on speakers it has never heard

Networks of its recipe, each trained without one of six groups of speakers and asked about that group, so that everybody is
asked about and nobody is known: {n_utterances:,} utterances of {n_speakers} speakers. Below them the very file that ships, asked
about the {n_unheard} speakers it was trained without. UAR is the mean of the recalls of the emotions; 95 % intervals come from
resampling the speakers, wider where they are few. Two speakers have none. The folds were looked at while the recipe was chosen
([which, and how](docs/results.md#the-streaming-network)), so that the figures are slightly optimistic.

{speakers}
On a random 70/30 split, as most papers report, speakers and sentences are known and any model looks far better: for these
networks see [results](docs/results.md#the-streaming-network). It is no forecast for anybody new.

### Per emotion

{classes}
## For whom it works worse

{gaps}
## How sure it may be

{confidence}
## Noise, telephones, rooms

Change of the UAR of the networks of the six folds, from {clean} as recorded; 95 % intervals. {kept}

{noise}
All conditions, noise without speech, and how much speech an answer needs: [results](docs/results.md#noise-telephones-rooms).

## Limits

{limits}

- Corpora are told apart by the network, not only emotions ([results](docs/results.md#can-the-corpus-be-told)).
- CREMA-D is represented by two emotions mostly; its recall is no claim about the others.
- TESS is two women, SAVEE four men whose sentences give the emotion away; figures about them are about few people.
- It answers whatever it hears, noise, too: use the listener that finds utterances, and the threshold.

## Made how

{commands}
"""


def root_card() -> str:
    """Fill the card."""
    model = network.load(SHIPPED)
    folds, shipped = evidence.document("network"), evidence.document("default")
    overall = folds["protocols"][0]["all"]
    measured = model.metadata.scores
    rows = robustness_results.read("robustness", "network")
    return CARD.format(
        n_weights=sum(layer.weights.size for layer in model.network.layers)
        + model.network.embedding_weights.size
        + model.network.head_weights.size,
        size=len(model.content),
        emotions=", ".join(model.network.emotions),
        threshold=model.network.threshold,
        version=model.metadata.version,
        intended=INTENDED,
        prohibited=PROHIBITED,
        licenses=LICENSES,
        training_data=f"Acted speech of {len(model.metadata.speakers)} adults: {model.metadata.training_data}",
        unheard=", ".join(measured["speakers"]),
        n_utterances=overall["n_utterances"],
        n_speakers=overall["n_speakers"],
        n_unheard=shipped["protocols"][0]["all"]["n_speakers"],
        speakers=evidence.speakers(("network", "default")),
        classes=evidence.classes(folds),
        gaps=evidence.gaps(folds),
        confidence=confidence(shipped),
        clean=f"{float(rows[0]['uar_clean']):.3f}",
        kept=robustness_results.kept(rows).replace("\n", " "),
        noise=robustness_results.noise(rows),
        limits=LIMITS.format(
            measured="#noise-telephones-rooms", wrong=1 - overall["accuracy"]["value"]
        ),
        commands="\n".join(
            f"    audio-emotion evaluate {one['made']['model']} {one['made']['catalogue']}"
            for one in (folds, shipped)
        ),
    )


def confidence(shipped: evidence.Document) -> str:
    """Say what probabilities and the threshold of the file are worth."""
    found = shipped["confidence"]
    stored, fitted = found["stored_threshold"], found["cross_fitted"]
    chosen = "; ".join(
        f"{one['wanted']:.0%} right: at least {one['threshold']:.2f}, {one['answered']:.0%} answered, "
        f"{one['accuracy']:.0%} right"
        for one in found["thresholds"]
        if one["threshold"] is not None
    )
    return (
        f"Of the file's answers {shown(shipped['protocols'][0]['all']['accuracy'])} are right, at a mean probability of "
        f"{found['as_stored']['mean_probability']:.3f}; expected calibration\n"
        f"error {found['as_stored']['expected_calibration_error']:.3f} with its own temperature (fitted on these speakers), "
        f"{fitted['expected_calibration_error']:.3f} with one fitted on others of them. At its threshold of\n"
        f"{stored['lowest']:g} it answers {stored['answered']:.0%} of the time and {stored['accuracy']:.0%} of that is right. "
        f"Thresholds that other speakers ask for:\n{chosen}.\n"
    )
