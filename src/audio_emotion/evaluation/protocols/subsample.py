"""A representative part of a catalogue, where all of it would take too long."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audio_emotion.data.folds import Indices


def stratified(catalogue: pd.DataFrame, rows: Indices, n_utterances: int) -> Indices:
    """Choose utterances evenly over corpora and emotions, and over the speakers of each.

    In each round, every emotion of every corpus gives one utterance, of the speaker who has given
    fewest of that corpus. The same catalogue gives the same choice, and a smaller
    choice is part of a larger one.

    Parameters
    ----------
    catalogue : DataFrame
        Columns `corpus`, `speaker`, `emotion`.
    rows : int array
        Of the catalogue: those to choose from.
    n_utterances : int
        How many; all if there are no more.

    Returns
    -------
    int array of shape (min(n_utterances, len(rows)),)
        Ascending.
    """
    random = np.random.default_rng(0)
    there = catalogue.iloc[rows][["corpus", "speaker", "emotion"]].assign(row=rows)
    cells: list[tuple[str, dict[str, list[int]]]] = []
    for (corpus, _emotion), of_cell in there.groupby(["corpus", "emotion"]):
        of_speakers = {
            str(speaker): random.permutation(of_one["row"].to_numpy()).tolist()
            for speaker, of_one in of_cell.groupby("speaker")
        }
        names = random.permutation(list(of_speakers)).tolist()
        cells.append((str(corpus), {name: of_speakers[name] for name in names}))
    given: dict[str, int] = {}
    chosen: list[int] = []
    while len(chosen) < min(n_utterances, len(rows)):
        for _corpus, of_speakers in cells:
            left = [speaker for speaker, utterances in of_speakers.items() if utterances]
            if left and len(chosen) < n_utterances:
                speaker = min(left, key=lambda name: given.get(name, 0))
                given[speaker] = given.get(speaker, 0) + 1
                chosen.append(of_speakers[speaker].pop())
    return np.sort(np.array(chosen, dtype=np.intp))
