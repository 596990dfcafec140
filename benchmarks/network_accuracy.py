"""Measure the accuracy of the streaming network on unseen speakers, by its files.

    python benchmarks/network_accuracy.py --noise ../shared/noise

trains one network for each outer fold (`audio_emotion.data.folds`), one for the original's random
split and a few with another seed, size or amount of data, and measures the int8 files through the
core. Files, checkpoints and results stay in `build/network`; run again, it goes on where it was.
Writes `network_accuracy.csv` (one row per run and corpus), `network_adaptation.csv` (recall against
earlier utterances of the same speaker), `network_confidence.csv` (risk against coverage) and
`network_probe.csv` (whether the corpus can be told from the embedding).
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from audio_emotion.data import folds
from audio_emotion.data.feature_table import read_catalogue
from audio_emotion.engine import network_file as network_files
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.files import replacing
from audio_emotion.recognition.batch import extract_batch
from audio_emotion.recognition.model import load_model
from audio_emotion.training import metrics
from audio_emotion.training.calibration import fit_temperature
from audio_emotion.training.classical import TEST_SHARE
from audio_emotion.training.classifiers import SEED
from audio_emotion.training.metrics import SMALLEST_CLASS
from audio_emotion.training.network import assess, clips, train_net
from audio_emotion.training.network.layers import UNIT_Q9, Shape, TorchNetwork
from audio_emotion.training.network.loop import Recipe, train
from audio_emotion.training.network.lower import lower

RESULTS = Path(__file__).parent / "results"
PROBED = range(5)  # the last fold has no speaker of CREMA-D
CURVES = (0, 3)  # folds on which another seed, size or amount of data is tried
# Earlier utterances of the speaker, in groups: single numbers have too few utterances.
EARLIER = {"none": 0, "1 to 4": 1, "5 to 9": 5, "10 to 19": 10, "20 or more": 20}


@dataclass(frozen=True)
class Run:
    """One network to train and measure."""

    protocol: str  # "unseen" or "random"
    fold: int
    seed: int
    channels: int = Shape.channels
    actors: str = "all"  # of RAVDESS and CREMA-D, or "half"

    @property
    def name(self) -> str:
        plain = f"{self.protocol}{self.fold}_seed{self.seed}"
        channels = "" if self.channels == Shape.channels else f"_channels{self.channels}"
        return plain + channels + ("" if self.actors == "all" else f"_{self.actors}")

    def split(self, catalogue: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        rows = np.arange(len(catalogue))
        if self.protocol == "random":
            trained, tested = train_test_split(rows, test_size=TEST_SHARE, random_state=SEED)
            return np.sort(trained), np.sort(tested)
        tested = folds.assign(catalogue) == self.fold
        trained = ~tested
        if self.actors == "half":
            numbers = catalogue["speaker"].str.extract(r"(\d+)$")[0].fillna("0").astype(int)
            trained &= (numbers // 2 % 2 == 0).to_numpy()  # men and women alike
        return rows[trained], rows[tested]

    def recipe(self, steps: int) -> Recipe:
        # In the random split a corpus gives its labels away, and that is what it measures.
        smallest = 0 if self.protocol == "random" else Recipe.smallest_class
        shape = Shape(channels=self.channels)
        return Recipe(seed=self.seed, steps=steps, smallest_class=smallest, shape=shape)


def measure(run: Run, arguments: argparse.Namespace) -> None:
    """Train a network and write its predictions, unless that was done before."""
    predictions = arguments.out / f"{run.name}.csv"
    if predictions.exists():
        return
    catalogue = read_catalogue(arguments.catalogue)
    _, rows = run.split(catalogue)
    table = catalogue.iloc[rows][["path", "corpus", "speaker", "emotion"]].reset_index(drop=True)
    path = arguments.out / f"{run.name}.aem"
    if not path.exists():
        table["found_float"] = train_one(run, arguments, catalogue, path)
    recognizer = load_model(path)
    embeddings = extract_batch(recognizer, table["path"].to_list(), jobs=1)
    np.save(arguments.out / f"{run.name}.npy", embeddings)
    probabilities = recognizer.probabilities(embeddings)
    table["found"] = assess.likeliest(probabilities)
    table[[f"p_{emotion}" for emotion in EMOTIONS]] = probabilities
    if run.protocol == "unseen":
        speakers = table["speaker"].to_numpy(dtype=str)
        orders = assess.predict_adapting(recognizer, embeddings, speakers)
        orders.to_csv(arguments.out / f"{run.name}_orders.csv", index=False)
    with replacing(predictions) as temporary:
        table.to_csv(temporary, index=False, float_format="%.6g")
    columns = (table[name].to_numpy(dtype=str) for name in ("corpus", "emotion", "found"))
    print(run.name, metrics.by_corpus(*columns), flush=True)


def train_one(
    run: Run, arguments: argparse.Namespace, catalogue: pd.DataFrame, path: Path
) -> list[str]:
    """Write a network's file, and tell what its weights answer when nothing is rounded."""
    trained, tested = run.split(catalogue)
    recipe = run.recipe(arguments.steps)
    recordings = clips.load_clips(catalogue, arguments.cache)
    noises = clips.read_noises(arguments.noise) if arguments.noise else train_net.NO_NOISE
    checkpoint = path.with_suffix(".checkpoint")
    network = train(recordings, trained, noises, recipe, checkpoint=checkpoint)
    found = float_predictions(network, recordings, tested)
    metadata = train_net.describe(run.name, catalogue.iloc[trained], recipe)
    network_files.write(lower(network), path, metadata)
    checkpoint.unlink(missing_ok=True)
    return found


def float_predictions(
    network: TorchNetwork, recordings: clips.Clips, rows: np.ndarray
) -> list[str]:
    """Return the predictions of a network without rounding."""
    network.quantize(False)
    found = []
    with torch.no_grad():
        for row in rows:
            log_mel = torch.from_numpy(recordings.log_mel(row).astype(np.float32))
            inputs = log_mel[: len(log_mel) // network.stride * network.stride] - network.center
            pooled = network.pool(network.rows(inputs[None] / UNIT_Q9))
            found.append(EMOTIONS[int(network.logits(network.embed(pooled)).argmax())])
    network.quantize()
    return found


def summarize(runs: list[Run], out: Path) -> None:
    """Gather what the runs left, and write the tables."""
    predictions = pd.concat(
        [pd.read_csv(out / f"{run.name}.csv").assign(**asdict(run)) for run in runs],
        ignore_index=True,
    )
    plain = (predictions["channels"] == Shape.channels) & (predictions["actors"] == "all")
    unseen = predictions[plain & (predictions["protocol"] == "unseen") & (predictions["seed"] == 0)]
    tables = {
        "accuracy": accuracy(predictions),
        "adaptation": adaptation(unseen, out),
        "confidence": calibration(unseen),
        "probe": pd.DataFrame(probe(fold, out) for fold in PROBED),
    }
    for name, table in tables.items():
        table.to_csv(RESULTS / f"network_{name}.csv", index=False, float_format="%.4f")


def accuracy(predictions: pd.DataFrame) -> pd.DataFrame:
    """Recall of every corpus in every run, and over the folds together; F1 of the random split."""
    rows = []
    runs = ["protocol", "seed", "channels", "actors"]
    for keys, of_folds in predictions.groupby(runs):
        head = dict(zip(runs, keys, strict=True))
        weighted = head["protocol"] == "random"
        for fold, table in [("all", of_folds), *of_folds.groupby("fold")]:
            for corpus, part in [("all", table), *table.groupby("corpus")]:
                truth = part["emotion"].to_numpy(dtype=str)
                classes, counts = np.unique(truth, return_counts=True)
                usual = np.isin(truth, classes[counts >= min(SMALLEST_CLASS, len(part) // 40)])
                score = metrics.weighted_f1 if weighted else metrics.uar
                row = head | {"fold": fold, "corpus": corpus, "n": int(usual.sum())}
                for column in ("found", "found_float"):
                    if column in part and part[column].notna().all():
                        found = part[column].to_numpy(dtype=str)
                        row[column] = score(truth[usual], found[usual])
                rows.append(row)
    table = pd.DataFrame(rows)
    return table.rename(columns={"found": "int8", "found_float": "float"})


def adaptation(unseen: pd.DataFrame, out: Path) -> pd.DataFrame:
    """Compute the recall of each corpus by earlier utterances of the speaker."""
    parts = []
    for (fold, seed), table in unseen.groupby(["fold", "seed"]):
        orders = pd.read_csv(out / f"unseen{fold}_seed{seed}_orders.csv")
        for column in ("corpus", "emotion", "fold", "seed"):
            orders[column] = table[column].to_numpy()[orders["row"]]
        parts.append(orders)
    orders = pd.concat(parts, ignore_index=True)
    orders = orders[orders["corpus"].isin(["ravdess", "savee", "tess"])]
    group = np.searchsorted(list(EARLIER.values()), orders["n_previous"], side="right") - 1
    orders["heard"] = np.array(list(EARLIER))[group]
    rows = []
    for (corpus, n, seed), group in orders.groupby(["corpus", "heard", "seed"], sort=False):
        uar = metrics.uar(
            group["emotion"].to_numpy(dtype=str), group["prediction"].to_numpy(dtype=str)
        )
        rows.append({"corpus": corpus, "heard": n, "seed": seed, "uar": uar, "n": len(group)})
    return pd.DataFrame(rows)


def probe(fold: int, out: Path) -> dict[str, object]:
    """Measure how well a linear classifier separates RAVDESS and CREMA-D by the embedding.

    Happy and sad clips of both, by speakers in the training data of neither model;
    mean recall, 0.5 for guessing. Beside it, the same for happy and sad.
    """
    name = Run("unseen", fold, 0).name
    table = pd.read_csv(out / f"{name}.csv")
    chosen = (
        table["corpus"].isin(["ravdess", "crema"]) & table["emotion"].isin(["happiness", "sadness"])
    ).to_numpy()
    embeddings, table = np.load(out / f"{name}.npy")[chosen], table[chosen]
    values: dict[str, object] = {"fold": fold, "n": len(table)}
    for column in ("corpus", "emotion"):
        classifier = make_pipeline(
            StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000)
        )
        truth = table[column].to_numpy(dtype=str)
        found = cross_val_predict(
            classifier, embeddings, truth, groups=table["speaker"], cv=GroupKFold(4)
        )
        values[column] = metrics.uar(truth, found)
    return values


def calibration(unseen: pd.DataFrame) -> pd.DataFrame:
    """Compute the accuracy of predictions whose probability is at least p.

    The temperature of each fold is fitted on the other folds.
    """
    columns = [f"p_{emotion}" for emotion in EMOTIONS]
    parts = []
    for fold in sorted(set(unseen["fold"])):
        others, here = unseen[unseen["fold"] != fold], unseen[unseen["fold"] == fold]
        truth = others["emotion"].to_numpy(dtype=str)
        temperature = fit_temperature(assess.log_probabilities(others[columns].to_numpy()), truth)
        odds = np.exp(assess.log_probabilities(here[columns].to_numpy()) / temperature)
        largest = (odds / odds.sum(axis=1, keepdims=True)).max(axis=1)
        parts.append(here.assign(largest=largest, temperature=temperature))
    predictions = pd.concat(parts)
    right = predictions["found"] == predictions["emotion"]
    rows = []
    for least in np.arange(0.0, 1.0, 0.05):
        confident = predictions["largest"] >= least
        nearby = confident & (predictions["largest"] < least + 0.05)
        rows.append(
            {
                "least_probability": least,
                "answered": confident.mean(),
                "right": right[confident].mean(),
                "mean_probability_in_bin": predictions["largest"][nearby].mean(),
                "right_in_bin": right[nearby].mean(),
                "n_in_bin": int(nearby.sum()),
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--catalogue", type=Path, default=Path("generated_dataset/audio_dataframe.csv")
    )
    parser.add_argument("--noise", type=Path, help="folder of background noises")
    parser.add_argument("--out", type=Path, default=Path("build/network"))
    parser.add_argument("--cache", type=Path, default=Path("generated_dataset/log_mel"))
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    parser.add_argument("--jobs", type=int, default=2, help="trainings at the same time")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    clips.load_clips(read_catalogue(arguments.catalogue), arguments.cache)
    runs = [Run("unseen", fold, 0) for fold in range(folds.N_FOLDS)] + [Run("random", 0, 0)]
    for fold in CURVES:
        runs.append(Run("unseen", fold, 1))
        runs.append(Run("unseen", fold, 0, channels=48))
    runs.append(Run("unseen", CURVES[0], 0, actors="half"))
    with ProcessPoolExecutor(arguments.jobs) as pool:
        list(pool.map(measure, runs, [arguments] * len(runs)))
    summarize(runs, arguments.out)


if __name__ == "__main__":
    main()
