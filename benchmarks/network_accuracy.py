"""Accuracy of the streaming network on people it has not heard, as its files give it.

    python benchmarks/network_accuracy.py --noise ../shared/noise

trains one network for each outer fold (`audio_emotion.folds`) and each seed, one for the original's
random split, and measures the int8 files through the core. Files, checkpoints and results stay in
`build/network`; run again, it goes on where it was. Writes `network_accuracy.csv` (one row per
protocol, fold, seed and corpus), `network_adaptation.csv` (recall against utterances heard from the
same speaker), `network_confidence.csv` (risk against coverage) and `network_probe.csv` (whether the
corpus can be told from the embedding).
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from audio_emotion import folds, metrics, recognition
from audio_emotion import network as network_files
from audio_emotion.classifiers import SEED
from audio_emotion.corpora import EMOTIONS
from audio_emotion.train import TEST_SHARE, fit_temperature, read_catalogue
from audio_emotion.training import assess, clips, train_net
from audio_emotion.training.layers import UNIT_Q9, Network
from audio_emotion.training.loop import Recipe, train
from audio_emotion.training.lower import lower

RESULTS = Path(__file__).parent / "results"
MARGIN = 12  # frames around speech, as the listener leaves
LATER = 20  # utterances after which adaptation is judged


@dataclass(frozen=True)
class Run:
    """One network to train and measure."""

    protocol: str  # "unseen" or "random"
    fold: int
    seed: int

    @property
    def name(self) -> str:
        return f"{self.protocol}{self.fold}_seed{self.seed}"

    def split(self, catalogue: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        rows = np.arange(len(catalogue))
        if self.protocol == "random":
            trained, tested = train_test_split(rows, test_size=TEST_SHARE, random_state=SEED)
            return np.sort(trained), np.sort(tested)
        tested = folds.assign(catalogue) == self.fold
        return rows[~tested], rows[tested]

    def recipe(self, recipe: Recipe) -> Recipe:
        # In the random split a corpus gives its labels away, and that is what it measures.
        smallest = 0 if self.protocol == "random" else recipe.smallest_class
        return replace(recipe, seed=self.seed, smallest_class=smallest)


def measure(run: Run, arguments: argparse.Namespace) -> None:
    """Train a network and write what it answers, unless that was done before."""
    answers = arguments.out / f"{run.name}.csv"
    if answers.exists():
        return
    catalogue = read_catalogue(arguments.catalogue)
    trained_rows, tested_rows = run.split(catalogue)
    noises = clips.noises(arguments.noise) if arguments.noise else train_net.NO_NOISE
    recipe = run.recipe(Recipe(steps=arguments.steps))
    gathered = clips.gather(catalogue, arguments.cache)
    network = train(
        gathered,
        trained_rows,
        noises,
        recipe,
        checkpoint=arguments.out / f"{run.name}.checkpoint",
    )
    path = arguments.out / f"{run.name}.aem"
    nobody = train_net.describe(run.name, catalogue.iloc[trained_rows], recipe)
    network_files.write(lower(network), path, nobody)
    recognizer = recognition.load(path)
    tested = catalogue.iloc[tested_rows].reset_index(drop=True)
    embeddings = assess.hear(recognizer, tested["path"].to_list(), jobs=1)
    np.save(arguments.out / f"{run.name}.npy", embeddings)
    probabilities = recognizer.probabilities(embeddings)
    table = tested[["path", "corpus", "speaker", "emotion"]].copy()
    table["found"] = assess.likeliest(probabilities)
    table[[f"p_{emotion}" for emotion in EMOTIONS]] = probabilities
    table["found_float"] = float_answers(network, gathered, tested_rows)
    if run.protocol == "unseen":
        speakers = tested["speaker"].to_numpy(dtype=str)
        orders = assess.adapted(recognizer, embeddings, speakers)
        orders.to_csv(arguments.out / f"{run.name}_orders.csv", index=False)
    temporary = answers.with_suffix(".part")
    table.to_csv(temporary, index=False, float_format="%.6g")
    temporary.replace(answers)
    print(run.name, assess.by_corpus(tested, table["found"].to_numpy(dtype=str)), flush=True)


def float_answers(network: Network, heard: clips.Clips, rows: np.ndarray) -> list[str]:
    """What the same weights say when nothing is rounded."""
    network.quantize(False)
    found = []
    with torch.no_grad():
        for row in rows:
            begin, end = heard.spans[0, row]
            log_mel = heard.log_mel(row)[max(0, begin - MARGIN) : end + MARGIN]
            inputs = (torch.from_numpy(log_mel.astype(np.float32)) - network.center) / UNIT_Q9
            pooled = network.pool(network.rows(inputs[None]))
            found.append(EMOTIONS[int(network.logits(network.embed(pooled)).argmax())])
    network.quantize()
    return found


def summarize(runs: list[Run], out: Path) -> None:
    """Gather what the runs left, and write the tables."""
    tables = []
    for run in runs:
        table = pd.read_csv(out / f"{run.name}.csv")
        tables.append(table.assign(protocol=run.protocol, fold=run.fold, seed=run.seed))
    answers = pd.concat(tables, ignore_index=True)
    accuracy = pd.DataFrame([row for table in tables for row in scores(table)])
    accuracy.to_csv(RESULTS / "network_accuracy.csv", index=False, float_format="%.4f")
    unseen = answers[answers["protocol"] == "unseen"]
    adaptation(unseen, out).to_csv(
        RESULTS / "network_adaptation.csv", index=False, float_format="%.4f"
    )
    probes = pd.DataFrame([probe(run, out) for run in runs if run.protocol == "unseen"])
    probes.to_csv(RESULTS / "network_probe.csv", index=False, float_format="%.4f")
    calibration(unseen).to_csv(RESULTS / "network_confidence.csv", index=False, float_format="%.4f")


def scores(table: pd.DataFrame) -> list[dict[str, object]]:
    """One row for each corpus of a run, and one for all."""
    first = table.iloc[0]
    head = {key: first[key] for key in ("protocol", "fold", "seed")}
    table = table.reset_index(drop=True)
    rows = []
    for column in ("found", "found_float"):
        found = table[column].to_numpy(dtype=str)
        how = {"found": "int8", "found_float": "float"}[column]
        for corpus, uar in assess.by_corpus(table, found).items():
            rows.append(
                head | {"arithmetic": how, "corpus": corpus, "measure": "uar", "value": uar}
            )
        f1 = metrics.weighted_f1(table["emotion"].to_numpy(dtype=str), found)
        rows.append(
            head | {"arithmetic": how, "corpus": "all", "measure": "weighted_f1", "value": f1}
        )
    return rows


def adaptation(unseen: pd.DataFrame, out: Path) -> pd.DataFrame:
    """Recall of each corpus with all emotions, by utterances heard from the speaker before."""
    heard = []
    for (fold, seed), table in unseen.groupby(["fold", "seed"]):
        orders = pd.read_csv(out / f"unseen{fold}_seed{seed}_orders.csv")
        for column in ("corpus", "emotion", "fold", "seed"):
            orders[column] = table[column].to_numpy()[orders["row"]]
        heard.append(orders)
    orders = pd.concat(heard, ignore_index=True)
    orders = orders[orders["corpus"].isin(["ravdess", "savee", "tess"])]
    orders["heard"] = orders["heard"].where(orders["heard"] < LATER, f"{LATER} or more")
    rows = []
    for (corpus, n, seed), group in orders.groupby(["corpus", "heard", "seed"], sort=False):
        uar = metrics.uar(group["emotion"].to_numpy(dtype=str), group["found"].to_numpy(dtype=str))
        rows.append({"corpus": corpus, "heard": n, "seed": seed, "uar": uar, "n": len(group)})
    return pd.DataFrame(rows)


def probe(run: Run, out: Path) -> dict[str, object]:
    """How well a linear classifier tells RAVDESS from CREMA-D by the embedding.

    Happy and sad clips of both, speakers that neither the network nor the classifier has heard;
    mean recall, 0.5 for guessing. Beside it, how well it tells happy from sad.
    """
    table = pd.read_csv(out / f"{run.name}.csv")
    chosen = (
        table["corpus"].isin(["ravdess", "crema"]) & table["emotion"].isin(["happiness", "sadness"])
    ).to_numpy()
    embeddings = np.load(out / f"{run.name}.npy")[chosen]
    table = table[chosen]
    values: dict[str, object] = {"fold": run.fold, "seed": run.seed, "n": len(table)}
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
    """Risk against coverage: accuracy of the answers whose probability is at least p.

    The temperature of each fold is fitted on the other folds.
    """
    columns = [f"p_{emotion}" for emotion in EMOTIONS]
    parts = []
    for fold in sorted(set(unseen["fold"])):
        others, here = unseen[unseen["fold"] != fold], unseen[unseen["fold"] == fold]
        truth = others["emotion"].to_numpy(dtype=str)
        temperature = fit_temperature(assess.log_odds(others[columns].to_numpy()), truth)
        odds = np.exp(assess.log_odds(here[columns].to_numpy()) / temperature)
        largest = (odds / odds.sum(axis=1, keepdims=True)).max(axis=1)
        parts.append(here.assign(largest=largest, temperature=temperature))
    answers = pd.concat(parts)
    right = answers["found"] == answers["emotion"]
    rows = []
    for least in np.arange(0.0, 1.0, 0.05):
        sure = answers["largest"] >= least
        nearby = sure & (answers["largest"] < least + 0.05)
        rows.append(
            {
                "least_probability": least,
                "answered": sure.mean(),
                "right": right[sure].mean(),
                "mean_probability_in_bin": answers["largest"][nearby].mean(),
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
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--folds", type=int, nargs="+", default=list(range(folds.N_FOLDS)))
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    parser.add_argument("--jobs", type=int, default=2, help="trainings at the same time")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    clips.gather(read_catalogue(arguments.catalogue), arguments.cache)
    runs = [Run("unseen", fold, seed) for seed in arguments.seeds for fold in arguments.folds]
    runs.insert(len(arguments.folds), Run("random", 0, arguments.seeds[0]))
    with ProcessPoolExecutor(arguments.jobs) as pool:
        list(pool.map(measure, runs, [arguments] * len(runs)))
    summarize(runs, arguments.out)


if __name__ == "__main__":
    main()
