"""A model as C: what `export` writes for a board's own tools and what emulated boards are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from importlib.metadata import version
from typing import Any, Final, NamedTuple

import numpy as np

from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import Floats, Samples
from audio_emotion.engine.network_file import FRONT_END_HASH
from audio_emotion.engine.utterance_recognizer import AdaptationState, classify
from audio_emotion.errors import ExportError
from audio_emotion.export import classifier_source as csource
from audio_emotion.export import network_source as netsource
from audio_emotion.export.emit import emit
from audio_emotion.recognition.classifier_file import ClassifierModel
from audio_emotion.recognition.model import EmotionModel
from audio_emotion.recognition.network_model import NetworkModel

# Of a probability, between C and Python: 0.007 was the most over 6367 recordings, QDA uncalibrated.
TOLERANCE: Final = 0.01

# By the first part of a speaker's name: the corpora whose licenses forbid commerce with a model.
_CORPORA: Final = {
    "crema": "CREMA-D (ODbL 1.0)",
    "ravdess": "RAVDESS (CC BY-NC-SA 4.0)",
    "savee": "SAVEE (research only)",
    "tess": "TESS (CC BY-NC-ND 4.0)",
}


@dataclass(frozen=True)
class Firmware:
    """A model as C."""

    model_h: str
    model_c: str
    n_bytes: int
    """Flash that the constants take."""
    emotions: Sequence[str]
    """Those that the model knows."""
    core: Sequence[str]
    """Headers that a program of it begins with."""
    program: str
    """Template of what is measured: `begin`, `hear`, and `answer` that leaves its results."""
    n_results: int
    """Numbers that `result` of the program begins with."""
    version: Mapping[str, str]
    """What the core must agree with."""
    defines: Mapping[str, int] = field(default_factory=dict)
    """Settings of the core that are not the default."""
    templates: str | None = None
    """Folder of templates that take the place of those of the same name."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What templates call this kind's things."""


@dataclass(frozen=True)
class Verification:
    """What Python says of a recording, for C to say the same."""

    emotion: str
    expected_h: str
    document: Mapping[str, Any]


@singledispatch
def firmware(model: EmotionModel) -> Firmware:
    """Turn a model into C.

    Raises
    ------
    ExportError
        The core cannot run it.
    """
    raise ExportError(f"a {type(model).__name__} cannot be exported.")


@singledispatch
def verification(model: EmotionModel, _samples: Samples) -> Verification:
    """Say what C has to say of a recording, too."""
    raise ExportError(f"a {type(model).__name__} cannot be exported.")


def model_license(model: EmotionModel) -> str:
    """Say what the recordings that a model was trained on allow."""
    known = known_corpora(model)
    if not known:
        return "that of the recordings it was trained on"
    return f"non-commercial use only, because of the recordings: {', '.join(known)}"


def known_corpora(model: EmotionModel) -> list[str]:
    """Name the corpora that a model was trained on and whose licenses we know."""
    prefixes = {speaker.split("_")[0] for speaker in model.metadata.speakers}
    return [words for corpus, words in _CORPORA.items() if corpus in prefixes]


@firmware.register
def _(model: ClassifierModel) -> Firmware:
    emitted = emit(model)
    stamp = (model.metadata, *_stamp(model))
    return Firmware(
        model_h=csource.header(*stamp),
        model_c=csource.source(emitted, *stamp),
        n_bytes=emitted.n_bytes,
        emotions=list(model.pipeline.classes_),
        core=("listener.h", "classifier.h", *(f"{kind}.h" for kind in csource.KINDS)),
        program="classifier.c",
        n_results=len(features.names()),
        version={"schema_hash": f"{model.metadata.schema_hash:08x}"},
        words={
            "SYMBOL": csource.SYMBOL,
            "TOLERANCE": f"{TOLERANCE}",
            "LISTENER": "struct ae_listener",
            "LISTENER_H": "listener.h",
            "COMPARED": "every feature\n(bit for bit), the probabilities and the label",
            "SKETCH_BEGIN": "ae_listener_reset(&listener, &ae_endpointer_defaults)",
            "SKETCH_ANSWER": "ae_emotion_names[ae_likeliest(probabilities)]",
            "SKETCH_NEW_SPEAKER": "",
            "SKETCH_NOTE": "",
        },
    )


@verification.register
def _(model: ClassifierModel, samples: Samples) -> Verification:
    utterance = features.extract(samples)
    probabilities = model.probabilities(utterance[None])[0]
    emotion = EMOTIONS[int(probabilities.argmax())]
    expected_h = f"""/* What Python said of recording.wav. */
#include "model.h"

static const float expected_features[AE_N_FEATURES] = {{
{csource.number_list(utterance)}
}};
static const float expected_probabilities[AE_N_EMOTIONS] = {{
{csource.number_list(probabilities.astype(np.float32))}
}};
static const char expected_emotion[] = "{emotion}";
"""
    document = {
        "emotion": emotion,
        "probabilities": dict(zip(EMOTIONS, map(float, probabilities), strict=True)),
        "features": {
            name: float(f"{value:.9g}")
            for name, value in zip(features.names(), utterance, strict=True)
        },
    }
    return Verification(emotion, expected_h, document)


@firmware.register
def _(model: NetworkModel) -> Firmware:
    content, stamp = model.content, _stamp(model)
    return Firmware(
        model_h=netsource.header(model.metadata, len(content), model.arena_bytes, *stamp),
        model_c=netsource.source(content, model.metadata, *stamp),
        n_bytes=len(content),
        emotions=sorted(model.network.emotions),
        core=("net_stream.h", "net_utterance.h"),
        program="network.c",
        n_results=len(EMOTIONS),
        version={"front_end_hash": f"{FRONT_END_HASH:08x}"},
        defines={"AE_NET_ARENA": model.arena_bytes},
        templates="network",
        words={
            "SYMBOL": netsource.SYMBOL,
            "LISTENER": "struct ae_net_stream",
            "LISTENER_H": "net_stream.h",
            "COMPARED": "when\nsomebody spoke, scores (bit for bit), probabilities and the label",
            "SKETCH_BEGIN": """if (!audioEmotionBegin(&listener))
        Serial.println("the network is damaged")""",
            "SKETCH_ANSWER": "audioEmotionName(probabilities)",
            "SKETCH_NEW_SPEAKER": """    if (Serial.read() == 'n')  // another person speaks
        ae_adapt_reset(&listener.speaker);
""",
            "SKETCH_NOTE": " It gets used to a voice: send `n` when\n   another person speaks.",
        },
    )


@verification.register
def _(model: NetworkModel, samples: Samples) -> Verification:
    said = list(_utterances(model, samples))
    if not said:
        raise ExportError("the recording to verify with has no utterance that a listener finds.")
    n_classes = len(model.network.emotions)
    rows = [
        f"""    {{.start = {one.start}, .end = {one.end},
     .scores = {{
{csource.number_list(one.scores)}
     }},
     .probabilities = {{
{csource.number_list(one.probabilities)}
     }}}},
"""
        for one in said
    ]
    emotion = EMOTIONS[int(said[0].probabilities.argmax())]
    expected_h = f"""/* What Python said of recording.wav. */
#include "model.h"

#define N_CLASSES {n_classes}

static const struct expected {{
    uint64_t start, end;
    float scores[N_CLASSES], probabilities[AE_N_EMOTIONS];
}} expected[] = {{
{"".join(rows)}}};
static const char expected_emotion[] = "{emotion}";
"""
    document = {
        "emotion": emotion,
        "utterances": [
            {
                "start": one.start,
                "end": one.end,
                "scores": [float(f"{score:.9g}") for score in one.scores],
                "probabilities": dict(zip(EMOTIONS, map(float, one.probabilities), strict=True)),
            }
            for one in said
        ],
    }
    return Verification(emotion, expected_h, document)


class _Said(NamedTuple):
    start: int
    end: int
    scores: Floats
    probabilities: Floats


def _utterances(model: NetworkModel, samples: Samples) -> Iterator[_Said]:
    """Listen as a device does, which gets used to the speaker from each utterance to the next."""
    listener, adaptation = model.listener(), AdaptationState()
    for event in [*listener.process(samples), *listener.finish()]:
        if event.features is not None:
            yield _Said(event.start, event.end, *classify(model, event.features, adaptation))


def _stamp(model: EmotionModel) -> tuple[str, str]:
    """Version and notice, as generated files begin with them."""
    return version("embedded-audio-emotion"), f"License of these constants: {model_license(model)}."
