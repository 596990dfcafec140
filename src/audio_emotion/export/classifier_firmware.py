"""A classifier of acoustic features as C."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

import numpy as np

from audio_emotion.engine import features
from audio_emotion.engine.emotions import NO_SPEECH
from audio_emotion.engine.features import Samples
from audio_emotion.export import classifier_source
from audio_emotion.export.classifier_source import number_list
from audio_emotion.export.generated import Firmware, Verification
from audio_emotion.export.license import notice
from audio_emotion.recognition.classifier_file import ClassifierModel
from audio_emotion.recognition.model import answers

# Of a probability, between C and Python: 0.007 was the most over 6367 recordings, QDA uncalibrated.
TOLERANCE: Final = 0.01


def classifier_firmware(model: ClassifierModel) -> Firmware:
    """Return a classifier as C.

    Raises
    ------
    ExportError
        The core cannot run it.
    """
    emitted = model.parameters
    stamp = (model.metadata, version("embedded-audio-emotion"), notice(model))
    return Firmware(
        kind=model.kind,
        symbol=classifier_source.SYMBOL,
        model_h=classifier_source.header(*stamp),
        model_c=classifier_source.source(emitted, *stamp),
        n_bytes=emitted.n_bytes,
        emotions=[name for name in model.classes if name != NO_SPEECH],
        core=("listener.h", "classifier.h", *(f"{kind}.h" for kind in classifier_source.KINDS)),
        n_results=len(features.names()),
        version={"schema_hash": f"{model.metadata.schema_hash:08x}"},
    )


def classifier_verification(model: ClassifierModel, samples: Samples) -> Verification:
    """Compute features and probabilities of a whole recording."""
    utterance = features.extract(samples)
    (answer,) = answers(model, utterance[None])
    probabilities = np.array(list(answer.probabilities.values()), np.float32)
    variables = {
        "EXPECTED_FEATURES": number_list(utterance),
        "EXPECTED_PROBABILITIES": number_list(probabilities),
        "EXPECTED_SPEECH": number_list(np.array([answer.speech], np.float32)).strip(),
        "TOLERANCE": f"{TOLERANCE}",
    }
    document = {
        **answer._asdict(),
        "features": {
            name: float(f"{value:.9g}")
            for name, value in zip(features.names(), utterance, strict=True)
        },
    }
    return Verification(answer.emotion or NO_SPEECH, variables, document)
