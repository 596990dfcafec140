"""Batches of a few speakers with several utterances each, and the means of their embeddings.

An utterance is scored relative to its speaker: the device subtracts the running mean of the
embeddings of the same speaker. In training, other utterances of the batch stand for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.training.network.clips import Clips

PER_SPEAKER: Final = 8  # utterances of each speaker in a batch
PRIOR: Final = 4  # utterances that the mean over all speakers counts for
LONGEST: Final = 64  # utterances after which the oldest begin to fade

# Share of a batch's speakers. Of the corpora at hand, RAVDESS has most speakers with all emotions,
# TESS most utterances of fewest speakers.
SHARES: Final = {"ravdess": 0.50, "savee": 0.17, "tess": 0.15, "crema": 0.18}
_OTHER_SHARE: Final = 0.25


class SpeakerSampler:
    """Random batches: corpora by their shares, speakers alike, then emotions alike."""

    def __init__(
        self, clips: Clips, rows: npt.NDArray[np.intp], shares: Mapping[str, float] = SHARES
    ) -> None:
        corpora, speakers = clips.column("corpus"), clips.column("speaker")
        self._of: dict[str, list[list[npt.NDArray[np.intp]]]] = {}
        for corpus in np.unique(corpora[rows]):
            self._of[corpus] = []
            in_corpus = rows[corpora[rows] == corpus]
            for speaker in np.unique(speakers[in_corpus]):
                of_speaker = in_corpus[speakers[in_corpus] == speaker]
                labels = clips.labels[of_speaker]
                self._of[corpus].append([of_speaker[labels == label] for label in set(labels)])
        share = np.array([shares.get(corpus, _OTHER_SHARE) for corpus in self._of])
        self._share = share / share.sum()

    def draw(self, n_speakers: int, random: np.random.Generator) -> npt.NDArray[np.intp]:
        """Draw a batch: `n_speakers` groups of `PER_SPEAKER` clips."""
        batch: list[int] = []
        corpora = list(self._of)
        for corpus in random.choice(len(corpora), n_speakers, p=self._share):
            speakers = self._of[corpora[corpus]]
            emotions = speakers[random.integers(len(speakers))]
            order = random.permutation(len(emotions))
            for turn in range(PER_SPEAKER):
                of_emotion = emotions[order[turn % len(order)]]
                batch.append(of_emotion[random.integers(len(of_emotion))])
        return np.array(batch, dtype=np.intp)


def speaker_means(embeddings: Tensor) -> Tensor:
    """Compute the mean embedding of some other utterances of each speaker, shrunk towards 0.

    Half of the utterances have none before them. For the others, 1 to `PER_SPEAKER` - 1 of the
    same group stand for themselves or for four times as many.

    Parameters
    ----------
    embeddings : float tensor of shape (n_speakers * PER_SPEAKER, embedding)
        In the order of `SpeakerSampler.draw`.
    """
    n = len(embeddings)
    group = torch.arange(n) // PER_SPEAKER
    others = (group[:, None] == group) & ~torch.eye(n, dtype=torch.bool)
    n_previous = torch.randint(PER_SPEAKER, (n, 1))
    n_previous[torch.rand(n) < 0.5] = 0
    turn = torch.rand(n, n).masked_fill(~others, 2.0).argsort(1).argsort(1)
    previous = (others & (turn < n_previous)).float()
    weight = torch.where(torch.rand(n, 1) < 0.5, 1.0, 4.0) * n_previous
    mean = previous @ embeddings / n_previous.clamp(min=1)
    return mean * weight / (weight + PRIOR)


def allowed_emotions(
    clips: Clips, rows: Sequence[int] | npt.NDArray[np.intp], smallest_class: int
) -> Tensor:
    """Return which emotions each clip's corpus has, shape (n_clips, n_emotions).

    A corpus with few emotions tells these apart, and nothing about the others: CREMA-D's clips at
    hand, nearly all happy or sad, must not teach that its microphones sound happy or sad.
    """
    n_emotions = len(EMOTIONS)
    corpora = clips.column("corpus")
    allowed = torch.ones(len(corpora), n_emotions, dtype=torch.bool)
    for corpus in np.unique(corpora[rows]):
        labels = clips.labels[rows][corpora[rows] == corpus]
        has = np.bincount(labels, minlength=n_emotions) >= smallest_class
        allowed[corpora == corpus] = torch.from_numpy(has)
    allowed[torch.arange(len(corpora)), torch.from_numpy(clips.labels)] = True
    return allowed
