"""Small trained models, and their exported C compiled for this machine."""

import subprocess
from dataclasses import replace
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
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.export import classifier_source
from audio_emotion.recognition.classifier_file import ClassifierModel, Metadata
from audio_emotion.recognition.sklearn_pipeline import scores


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


def train_on_non_speech(
    classifier: Any, data: FeatureTable, speech_threshold: float = 0.5
) -> ClassifierModel:
    """Fit a classifier as if every fifth utterance were no speech."""
    catalogue = data.catalogue.copy()
    catalogue.loc[::5, "emotion"] = NO_SPEECH
    model = train(classifier, replace(data, catalogue=catalogue))
    metadata = replace(model.metadata, speech_threshold=speech_threshold)
    return ClassifierModel(model.pipeline, metadata)


def sklearn_answers(
    model: ClassifierModel, utterances: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of the emotions and of speech, by scikit-learn in float64."""
    logits = scores(model.pipeline, utterances) / model.temperature
    softmax = np.exp(logits - logits.max(axis=1, keepdims=True))
    softmax /= softmax.sum(axis=1, keepdims=True)
    speech = np.ones(len(utterances))
    probabilities = np.zeros((len(utterances), len(EMOTIONS)))
    for name, column in zip(model.pipeline.classes_, softmax.T, strict=True):
        if name == NO_SPEECH:
            speech -= column
        else:
            probabilities[:, EMOTIONS.index(name)] = column
    return probabilities / probabilities.sum(axis=1, keepdims=True), speech


SKETCH = """
#include <AudioEmotion.h>
#include <stdio.h>

static struct LISTENER listener;

int main(int, char **argv) {
    static int16_t pcm[160];
    struct AudioEmotionAnswer answer;
    FILE *wav = fopen(argv[1], "rb");
    fseek(wav, 44, SEEK_SET);
    BEGIN
    for (int n_silent = 0; n_silent < 100;) {
        size_t n = fread(pcm, 2, 160, wav);
        for (n_silent += n == 0; n < 160; n++)
            pcm[n] = 0;
        if (audioEmotionListen(&listener, pcm, n, &answer))
            printf("%s, %d, %.17g\\n", answer.name, answer.emotion, (double)answer.speech);
    }
}
"""


def sketch_says(library: Path, listener: str, begin: str) -> list[tuple[str, int, float]]:
    """Run an exported Arduino library on its recording, followed by a second of silence.

    Returns
    -------
    list of (name, emotion, speech)
        Fields of each AudioEmotionAnswer.
    """
    build = library / "build"
    build.mkdir(exist_ok=True)
    (build / "sketch.cpp").write_text(SKETCH.replace("LISTENER", listener).replace("BEGIN", begin))
    sources = [str(path) for path in (library / "src" / "audio_emotion").glob("*.c")]
    for command in (
        ["cc", "-std=c99", "-c", *sources],
        ["c++", "-std=c++11", "-Wall", "-Wextra", "-Werror", f"-I{library / 'src'}", "sketch.cpp"]
        + [f"{Path(path).stem}.o" for path in sources],
        ["./a.out", str(library / "verify" / "recording.wav")],
    ):
        done = subprocess.run(command, cwd=build, capture_output=True, text=True, check=True)
    fields = [line.split(", ") for line in done.stdout.splitlines()]
    return [(name, int(emotion), float(speech)) for name, emotion, speech in fields]


def c_probabilities(
    model: ClassifierModel, utterances: npt.NDArray[np.float32], folder: Path
) -> npt.NDArray[np.float32]:
    """Compute probabilities of the emotions by a model's C."""
    return c_answers(model, utterances, folder)[0]


def c_answers(
    model: ClassifierModel, utterances: npt.NDArray[np.float32], folder: Path
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], list[bool]]:
    """Compute probabilities of the emotions and of speech, and whether that is speech.

    By a model's C, compiled with strict flags and its kind alone.
    """
    stamp = model.metadata, "0", "no license"
    (folder / "model.h").write_text(classifier_source.header(*stamp))
    emitted = model.parameters
    (folder / "model.c").write_text(classifier_source.source(emitted, *stamp))
    command = ["cc", *native.FLAGS, "-fPIC", "-shared", f"-I{native.CORE}", f"-I{folder}"]
    needed = ("classifier", "emotion", "input_scaling", "maths", "tables", emitted.kind)
    sources = [folder / "model.c", *(native.CORE / f"{name}.c" for name in needed)]
    ffi = cffi.FFI()
    ffi.cdef(
        f"""
        struct ae_model {{ uint32_t schema_hash; }};
        extern struct ae_model {classifier_source.SYMBOL};
        int ae_classify(const void *model, const void *result, void *work, float *probabilities,
                        float *speech);
        bool ae_model_is_speech(const void *model, float speech);
        """
    )
    lib = ffi.dlopen(str(native.build(command, sources, ".so")))
    model_pointer = ffi.addressof(lib, classifier_source.SYMBOL)
    probabilities = np.zeros((len(utterances), 7), np.float32)
    speech = np.zeros((len(utterances), 1), np.float32)
    result = np.zeros(utterances.shape[1] + 1, np.float32)  # features, then their n_frames
    work = np.zeros(8192, np.uint8)
    for utterance, *rows in zip(utterances, probabilities, speech, strict=True):
        result[:-1] = utterance
        arrays = [native.pointer(ffi, "void *", array) for array in (result, work)]
        outputs = [native.pointer(ffi, "float *", row) for row in rows]
        assert lib.ae_classify(model_pointer, *arrays, *outputs) == 0
    is_speech = [lib.ae_model_is_speech(model_pointer, value) for value in speech[:, 0]]
    return probabilities, speech[:, 0], is_speech
