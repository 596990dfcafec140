"""Fit every classifier on a whole features table and compare the C labels with Python's.

    python benchmarks/classifier_parity.py generated_dataset/extracted_acoustic_features.csv

Writes benchmarks/results/classifier_parity.csv.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "helpers"))

import exported_models
from audio_emotion.data.feature_table import read_features
from audio_emotion.engine import features
from audio_emotion.recognition.classifier_file import ClassifierModel, Metadata
from audio_emotion.training.classifiers import ZOO, fit

RESULT = Path(__file__).parent / "results" / "classifier_parity.csv"


def main() -> None:
    dataset = read_features(Path(sys.argv[1]))
    rows = []
    for name, recipe in ZOO.items():
        metadata = Metadata(
            name=name,
            recipe=recipe.describe(),
            version="",
            schema_hash=features.schema_hash(),
            feature_names=list(features.names()),
            training_data=dataset.description(),
            data_hash=dataset.hash(),
            speakers=[],
        )
        model = ClassifierModel(fit(recipe, dataset.utterances, dataset.catalogue), metadata)
        expected = model.probabilities(dataset.utterances)
        with tempfile.TemporaryDirectory() as folder:
            found = exported_models.c_probabilities(model, dataset.utterances, Path(folder))
        error = np.abs(found - expected).max(axis=1)
        rows.append(
            {
                "classifier": name,
                "model_bytes": model.parameters.n_bytes,
                "recordings": len(error),
                "labels_differ": int((found.argmax(axis=1) != expected.argmax(axis=1)).sum()),
                "probability_error_p99": np.quantile(error, 0.99),
                "probability_error_max": error.max(),
            }
        )
        print(rows[-1], flush=True)
        pd.DataFrame(rows).to_csv(RESULT, index=False, float_format="%.3g")


if __name__ == "__main__":
    main()
