"""The original system's way of serving: Flask, a file on the disk, librosa and a forest.

Source: `predictor.py` and `processing.py` of prasenjit52282/embedded-audio-emotion. The forest has
scikit-learn's default size and has learnt random numbers: what it says is not measured. It is
loaded once; the original loads it for every prediction.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from flask import Flask, request
from sklearn.ensemble import RandomForestClassifier
from werkzeug.serving import make_server

sys.path.insert(0, str(Path(__file__).parents[1]))

from peers import original_method
from recordings import Recording

EMOTIONS = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
N_UTTERANCES = 1400  # as RAVDESS has

app = Flask(__name__)


def forest(n_features: int) -> RandomForestClassifier:
    random = np.random.default_rng(0)
    values = random.normal(size=(N_UTTERANCES, n_features))
    return RandomForestClassifier(n_jobs=1).fit(values, random.choice(EMOTIONS, N_UTTERANCES))


def row(path: Path) -> np.ndarray:
    (features,) = original_method.METHODS.values()
    values = features(Recording(path, 0, 0.0, np.empty(0, np.int16))).values()
    return np.concatenate([np.atleast_1d(value) for value in values])[None]


@app.post("/api/predict")
def predict() -> dict[str, str]:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        request.files["file"].save(file)
        file.flush()
        values = row(Path(file.name))
    return {"emotion": str(MODEL.predict(values)[0])}


if __name__ == "__main__":
    MODEL = forest(row(Path(sys.argv[1])).shape[1])  # and numba compiles
    server = make_server("127.0.0.1", 0, app, threaded=True)  # what app.run() does
    print(f"http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()
