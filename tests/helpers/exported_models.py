"""Small trained models, and their exported C compiled for this machine."""

from pathlib import Path
from typing import Any

import cffi
import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import native
from audio_emotion.data.feature_table import FeatureTable
from audio_emotion.engine import features
from audio_emotion.export import classifier_source
from audio_emotion.export.emit import emit
from audio_emotion.recognition.classifier_file import ClassifierModel, Metadata


def train(
    classifier: Any, data: FeatureTable, *before: Any, temperature: float = 1.5
) -> ClassifierModel:
    """Fit a classifier after a scaler and other steps."""
    steps = [StandardScaler(), *before, classifier]
    pipeline = Pipeline([(f"step_{index}", step) for index, step in enumerate(steps)])
    return ClassifierModel(
        pipeline.fit(data.utterances, data.catalogue["emotion"].to_numpy()),
        Metadata(
            name=type(classifier).__name__,
            recipe="",
            version="0",
            schema_hash=features.schema_hash(),
            feature_names=list(features.names()),
            training_data="made up",
            data_hash=data.hash(),
            speakers=["ravdess_01"],
            temperature=temperature,
        ),
    )


def c_probabilities(
    model: ClassifierModel, utterances: npt.NDArray[np.float32], folder: Path
) -> npt.NDArray[np.float32]:
    """Compute probabilities by a model's C, compiled with strict flags and its kind alone."""
    stamp = model.metadata, "0", "no license"
    (folder / "model.h").write_text(classifier_source.header(*stamp))
    emitted = emit(model)
    (folder / "model.c").write_text(classifier_source.source(emitted, *stamp))
    command = ["cc", *native.FLAGS, "-fPIC", "-shared", f"-I{native.CORE}", f"-I{folder}"]
    needed = ("classifier", "emotion", "input_scaling", "maths", "tables", emitted.kind)
    sources = [folder / "model.c", *(native.CORE / f"{name}.c" for name in needed)]
    ffi = cffi.FFI()
    ffi.cdef(
        f"""
        struct ae_model {{ uint32_t schema_hash; }};
        extern struct ae_model {classifier_source.SYMBOL};
        int ae_classify(const void *model, const void *result, void *work, float *probabilities);
        """
    )
    lib = ffi.dlopen(str(native.build(command, sources, ".so")))
    model_pointer = ffi.addressof(lib, classifier_source.SYMBOL)
    probabilities = np.zeros((len(utterances), 7), np.float32)
    result = np.zeros(utterances.shape[1] + 1, np.float32)  # features, then their n_frames
    work = np.zeros(8192, np.uint8)
    for utterance, row in zip(utterances, probabilities, strict=True):
        result[:-1] = utterance
        arrays = [native.pointer(ffi, "void *", array) for array in (result, work)]
        status = lib.ae_classify(model_pointer, *arrays, native.pointer(ffi, "float *", row))
        assert status == 0
    return probabilities
