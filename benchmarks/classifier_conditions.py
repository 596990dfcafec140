"""Answers of classifiers about people and sounds kept out of training, at any level and codec.

    python benchmarks/classifier_conditions.py generated_dataset/extracted_acoustic_features.csv \
        [MLP ...]

Trains each classifier in the six outer folds and tests it on the recordings as they are, 30 dB
quieter, and as Opus of about 30 kbit/s where they are FLAC (RAVDESS, SAVEE). `fitted` is the same
with those recordings as Opus in training. Writes benchmarks/results/classifier_conditions.csv: UAR
of each corpus, and the shares of its recordings that are answered with an emotion, confidently,
and confidently wrong. Temperature and threshold are those of the recordings as they are.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import soundfile as sf

from audio_emotion.data import audio, folds
from audio_emotion.data.feature_table import FeatureTable, read_features
from audio_emotion.engine import features
from audio_emotion.engine.features import SAMPLE_RATE, FeatureVector, Samples
from audio_emotion.errors import InputError
from audio_emotion.training import metrics, unseen
from audio_emotion.training.calibration import fit_temperature
from audio_emotion.training.classical import all_scores
from audio_emotion.training.classifiers import ZOO, fit

RESULT = Path(__file__).parent / "results" / "classifier_conditions.csv"
COMPRESSION = 0.9  # of libsndfile, about 30 kbit/s


def quieter(samples: Samples) -> Samples:
    return np.rint(samples * 10 ** (-30 / 20)).astype(np.int16)


def as_opus(samples: Samples) -> Samples:
    file = io.BytesIO()
    sf.write(
        file, samples, SAMPLE_RATE, format="OGG", subtype="OPUS", compression_level=COMPRESSION
    )
    file.seek(0)
    return audio.read(file)


def changed(dataset: FeatureTable, condition: str) -> FeatureTable:
    """Extract the features again; recordings that are Opus already, or too quiet, stay."""
    parallel = joblib.Parallel(n_jobs=-1, batch_size=32)
    rows = parallel(
        joblib.delayed(extracted)(path, known, condition)
        for path, known in zip(dataset.catalogue["path"], dataset.utterances, strict=True)
    )
    return FeatureTable(dataset.catalogue, np.array(rows, np.float32))


def extracted(path: str, known: FeatureVector, condition: str) -> FeatureVector:
    if condition == "opus" and not path.endswith(".flac"):
        return known
    samples = audio.read(path)
    try:
        return features.extract(as_opus(samples) if condition == "opus" else quieter(samples))
    except InputError:
        return known


def tested(name: str, known: FeatureTable, tests: dict[str, FeatureTable]) -> dict[str, np.ndarray]:
    """Train in every fold, and compute the scores of its test rows in each table."""
    splits = list(folds.split(folds.assign(known.catalogue)))
    scores = {condition: np.zeros((len(known.catalogue), 8)) for condition in tests}
    for train, test in splits:
        pipeline = fit(ZOO[name], known.utterances[train], known.catalogue.iloc[train])
        for condition, table in tests.items():
            scores[condition][test] = all_scores(pipeline, table.utterances[test])
    return scores


def rows_of(
    name: str, catalogue: pd.DataFrame, scores: dict[str, np.ndarray]
) -> Iterator[dict[str, object]]:
    truth = catalogue["emotion"].to_numpy(dtype=str)
    temperature = fit_temperature(scores["recorded"], truth)
    threshold = unseen.threshold(unseen.decide(catalogue, scores["recorded"], temperature))
    recorded = unseen.decide(catalogue, scores["recorded"], temperature)["label"]
    for condition, output in scores.items():
        found = unseen.decide(catalogue, output, temperature)
        recalls = metrics.by_corpus(*unseen.speech(found))
        same = (found["label"] == recorded).groupby(found["corpus"]).mean()
        for corpus, answers in unseen.answers_by_corpus(found, threshold).items():
            uar = recalls.get(corpus, {}).get("uar")
            yield {"classifier": name, "condition": condition, "corpus": corpus, "uar": uar} | (
                answers | {"same_label": same[corpus]}
            )


def main(path: Path, names: list[str]) -> None:
    dataset = read_features(path)
    tables = {"recorded": dataset}
    tables |= {condition: changed(dataset, condition) for condition in ("quieter", "opus")}
    rows: list[dict[str, object]] = []
    for name in names:
        rows += rows_of(name, dataset.catalogue, tested(name, dataset, tables))
        fitted = tested(name, tables["opus"], {"recorded": dataset, "opus": tables["opus"]})
        rows += rows_of(f"{name} fitted", dataset.catalogue, fitted)
        pd.DataFrame(rows).to_csv(RESULT, index=False, float_format="%.4g")
    print(pd.DataFrame(rows).to_string(index=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or ["MLP"])
