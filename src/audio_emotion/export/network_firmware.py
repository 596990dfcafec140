"""A network as C."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np

from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.engine.features import Samples
from audio_emotion.engine.network_file import FRONT_END_HASH
from audio_emotion.engine.utterance_recognizer import AdaptationState, Scores, classify
from audio_emotion.errors import ExportError
from audio_emotion.export import network_source
from audio_emotion.export.classifier_source import number, number_list
from audio_emotion.export.generated import Firmware, Verification
from audio_emotion.export.license import notice
from audio_emotion.recognition.model import likeliest, named
from audio_emotion.recognition.network_model import NetworkModel


class _Utterance(NamedTuple):
    start: int
    end: int
    scores: Scores
    is_speech: bool

    def initializer(self) -> str:
        """Return it as an element of `expected` in expected.h."""
        speech, is_speech = number(np.float32(self.scores.speech)), str(self.is_speech).lower()
        return f"""    {{.start = {self.start}, .end = {self.end},
     .scores = {{
{number_list(self.scores.logits)}
     }},
     .probabilities = {{
{number_list(self.scores.probabilities)}
     }},
     .speech = {speech}, .is_speech = {is_speech}}},"""

    def entry(self) -> dict[str, Any]:
        """Return it as an element of `utterances` in expected.json."""
        probabilities = self.scores.probabilities.astype(np.float64)
        return {
            "start": self.start,
            "end": self.end,
            "emotion": likeliest(probabilities) if self.is_speech else None,
            "speech": self.scores.speech,
            "scores": [float(f"{score:.9g}") for score in self.scores.logits],
            "probabilities": named(probabilities),
        }


def network_firmware(model: NetworkModel) -> Firmware:
    """Return a network as C."""
    content = model.content
    stamp = (version("embedded-audio-emotion"), notice(model))
    return Firmware(
        kind=model.kind,
        symbol=network_source.SYMBOL,
        model_h=network_source.header(model.metadata, len(content), model.arena_bytes, *stamp),
        model_c=network_source.source(content, model.metadata, *stamp),
        n_bytes=len(content),
        emotions=sorted(model.network.emotions),
        core=("net_stream.h", "net_utterance.h"),
        n_results=len(EMOTIONS),
        version={"front_end_hash": f"{FRONT_END_HASH:08x}"},
        defines={"AE_NET_ARENA": model.arena_bytes},
    )


def network_verification(model: NetworkModel, samples: Samples) -> Verification:
    """Compute scores and probabilities of the utterances in a recording.

    Raises
    ------
    ExportError
        There is none.
    """
    utterances = list(_utterances(model, samples))
    if not utterances:
        raise ExportError("the recording to verify with has no utterance that a listener finds.")
    entries = [one.entry() for one in utterances]
    variables = {
        "N_CLASSES": f"{len(model.network.emotions)}",
        "EXPECTED_UTTERANCES": "\n".join(one.initializer() for one in utterances),
    }
    document = {"emotion": entries[0]["emotion"], "utterances": entries}
    return Verification(entries[0]["emotion"] or NO_SPEECH, variables, document)


def _utterances(model: NetworkModel, samples: Samples) -> Iterator[_Utterance]:
    """Yield the utterances of one speaker, to whom the model adapts as on a device."""
    listener, adaptation = model.listener(), AdaptationState()
    for event in [*listener.process(samples), *listener.finish()]:
        if event.features is not None:
            scores = classify(model, event.features, adaptation)
            is_speech = scores.speech >= model.speech_threshold
            yield _Utterance(event.start, event.end, scores, is_speech)
