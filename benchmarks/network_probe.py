"""Measure what a linear classifier can tell from the embeddings of networks.

    python benchmarks/network_probe.py build/network generated_dataset/audio_dataframe.csv

Corpus, language and codec should not decide about the emotion. Each network embeds recordings of
speakers that it was not trained on; a logistic regression is fitted on some of the speakers and
tested on the others. Beside the corpus, the language and the codec stands the emotion, told the
same way. Writes benchmarks/results/network_probe.csv: mean recall by network, and that of guessing.
Embeddings are kept with --cache; run again, it goes on where it was.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from rich.progress import track
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from audio_emotion.data import audio
from audio_emotion.engine.features import FeatureVector
from audio_emotion.errors import AudioError
from audio_emotion.evaluation.evaluated_model import read_valid_catalogue
from audio_emotion.evaluation.perturbations.codecs import Coded
from audio_emotion.evaluation.protocols.evaluation_split import (
    EvaluationSplit,
    FoldModel,
    is_spoken,
    splits_of_files,
)
from audio_emotion.evaluation.protocols.predictions import Alteration, extract, map_recordings
from audio_emotion.evaluation.protocols.row_cache import Extracted, RowCache
from audio_emotion.evaluation.protocols.subsample import stratified
from audio_emotion.progress import RunOptions, progress_bar
from audio_emotion.recognition.model import EmotionModel
from audio_emotion.training import metrics

RESULT = Path(__file__).parent / "results" / "network_probe.csv"
TOLD_APART = ("ravdess", "crema")
THEIR_EMOTIONS = ("happiness", "sadness")
LANGUAGE_EMOTIONS = ("anger", "neutral", "sadness")  # that most corpora have
FEWEST = 20  # utterances of a class
N_CODED = 200
CODEC = Coded("Opus", 24.0)
UNCODED = ("ravdess", "savee")  # lossless files
N_GROUPS = 4


def told(embeddings: FeatureVector, truth: np.ndarray, speakers: np.ndarray) -> float | None:
    """Return the mean recall of a linear classifier on other speakers; None of too few of them."""
    if len(set(truth.tolist())) < 2 or len(set(speakers.tolist())) < N_GROUPS:
        return None
    classifier = make_pipeline(
        StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000)
    )
    groups = GroupKFold(N_GROUPS)
    found = cross_val_predict(classifier, embeddings, truth, groups=speakers, cv=groups)
    return metrics.uar(truth, found)


def coded_and_not(fold: FoldModel, table: pd.DataFrame, cache: RowCache) -> pd.DataFrame:
    """Embed lossless recordings as they are and after a codec: `speaker`, `codec`, `embedding`."""
    rows = fold.rows[table.iloc[fold.rows]["corpus"].isin(UNCODED).to_numpy()]
    chosen = stratified(table, rows, N_CODED)
    here = table.iloc[chosen]
    paths = here["path"].to_list()

    def embed(model: EmotionModel, place: int) -> Extracted | AudioError:
        samples = audio.read(paths[place])
        extractor, embedded = model.extractor(), []
        for version in (samples, CODEC(samples, np.random.default_rng(0))):
            extractor.reset()
            extractor.process(version)
            embedded.append(extractor.finish())
        return Extracted(np.stack(embedded), np.zeros(0, np.float32))

    split = EvaluationSplit(fold.name, "unseen speakers", (fold,))
    alteration = Alteration(paths, embed, ("codec", CODEC), 0)
    found = []
    for _, extracted in map_recordings(split, chosen, alteration, RunOptions(), cache):
        for place, one in extracted.items():
            speaker = here["speaker"].iloc[place]
            found += [(speaker, str(k), row) for k, row in enumerate(one.rows)]
    return pd.DataFrame(found, columns=["speaker", "codec", "embedding"])


def probe(here: pd.DataFrame, coded: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, str]]:
    """Yield what is told, the utterances to tell it from, and its column."""
    both = here[here["corpus"].isin(TOLD_APART) & here["emotion"].isin(THEIR_EMOTIONS)]
    for column, what in (
        ("corpus", "the corpus, RAVDESS or CREMA-D"),
        ("emotion", "the emotion, happiness or sadness"),
    ):
        yield what, both, column
    spoken = here[here["emotion"].isin(LANGUAGE_EMOTIONS) & (here["language"] != "")]
    counts = spoken["language"].value_counts()
    spoken = spoken[spoken["language"].isin(counts.index[counts >= FEWEST])]
    yield "the language", spoken, "language"
    yield "the emotion, anger, neutral or sadness, in any language", spoken, "emotion"
    yield f"a codec, {CODEC.name} at {CODEC.level:g} kbit/s or none", coded, "codec"


def main() -> None:
    """Probe every network of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", type=Path, help="folder of the networks of the folds")
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--cache", type=Path, help="folder of embeddings that are kept")
    arguments = parser.parse_args()
    table = read_valid_catalogue(arguments.catalogue)
    table = table[is_spoken(table, "emotion")].reset_index(drop=True)
    split = next(
        one
        for one in splits_of_files(arguments.networks, table)
        if one.protocol == "unseen speakers"
    )
    cache = RowCache(arguments.cache)
    with progress_bar(True, "embedding", "recordings") as advance:
        options = RunOptions(progress=advance)
        embeddings = np.stack(extract(split, table, split.rows, options, cache))  # type: ignore[arg-type]
    rows = []
    for fold in track(split.fold_models, "probing"):
        places = np.searchsorted(split.rows, fold.rows)
        here = table.iloc[fold.rows].assign(embedding=list(embeddings[places]))
        for what, utterances, column in probe(here, coded_and_not(fold, table, cache)):
            truth = utterances[column].to_numpy(dtype=str)
            speakers = utterances["speaker"].to_numpy(dtype=str)
            recall = told(np.array(utterances["embedding"].to_list()), truth, speakers)
            if recall is not None:
                guessing = 1 / len(set(truth.tolist()))
                rows.append((what, fold.name, len(truth), recall, guessing))
    found = pd.DataFrame(rows, columns=["what", "fold", "n", "recall", "guessing"])
    found.sort_values("what", kind="stable").to_csv(RESULT, index=False, float_format="%.4f")


if __name__ == "__main__":
    main()
